"""Spots of an extract where a combination of things is found, with how well each fits."""

import logging
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from geoagent.geo import EARTH_RADIUS_KM, Floats, Point, chord_to_km, distance_km, km_to_chord, unit_vectors
from geoagent.osm.extract import Extract, Numbers
from geoagent.osm.query import Combination, Nearby, Thing
from geoagent.plain_text import fold

log = logging.getLogger(__name__)

SOFT_SHARE, SOFT_M = 0.25, 15.0
"""A thing that lies further than asked for fits less: as a Gaussian of a quarter of the distance and 15 m."""
MISSING = 0.02
"""What a thing fits that has nothing of the kind anywhere near: maps lack things."""
DENIED = 0.1
"""What a place fits at which the map has what must not be there: people miscount storeys, and do not see all."""
LEAST_FIT = 0.1
ONE_PLACE_KM = 0.03
MOST_POINTS = 10_000
"""Of more points that fit only so many are kept: nobody looks through them."""


class MapSpot(NamedTuple):
    """A place where a combination is found: how well it fits from 0 to 1, and how far off each wanted thing is in
    metres (infinite where there is none).
    """

    name: str
    point: Point
    fit: float
    away_m: tuple[float, ...]
    against: tuple[str, ...] = ()


def spots(wanted: Combination, extract: Extract, inside: tuple[Point, float] | None = None) -> list[MapSpot]:
    """The places where a combination is found, the best first; `inside` is a circle by its centre and radius in km."""
    rows = _rows(wanted.thing, extract)
    if inside is not None:
        centre, radius_km = inside
        here = unit_vectors(centre.lat, centre.lon)[0]
        near = np.linalg.norm(unit_vectors(extract.lat[rows], extract.lon[rows]) - here, axis=1)
        rows = rows[near <= km_to_chord(radius_km)]
    if not len(rows):
        return []
    at = unit_vectors(extract.lat[rows], extract.lon[rows])
    away = [_away_m(at, extract.thing[rows], one, extract) for one in wanted.near]
    denied = [_away_m(at, extract.thing[rows], one, extract) <= one.within_m for one in wanted.without]
    fit = np.ones(len(rows))
    for one, metres in zip(wanted.near, away, strict=True):
        fit *= fits(metres, one.within_m)
    for there in denied:
        fit *= np.where(there, DENIED, 1.0)
    against = [str(one) for one in wanted.without]
    order = _best_fitting(fit)
    points = [Point(lat=float(extract.lat[row]), lon=float(extract.lon[row])) for row in rows[order]]
    found = (
        MapSpot(
            extract.names[extract.thing[rows[i]]], point, float(fit[i]), tuple(float(metres[i]) for metres in away),
            tuple(said for said, there in zip(against, denied, strict=True) if there[i]),
        )
        for i, point in zip(order, points, strict=True)
    )  # fmt: skip
    return _apart(found)


def _best_fitting(fit: Floats) -> Numbers:
    """The numbers of the points that fit, the best first; a warning tells where there are too many to tell all."""
    order = np.argsort(-fit, kind="stable")
    order = order[: np.count_nonzero(fit >= LEAST_FIT)]
    if len(order) > MOST_POINTS:
        log.warning(
            f"{len(order):,} points of the map fit, too many to tell; the first {MOST_POINTS:,} of the best are kept: "
            "name a town, or what else is near"
        )
    return order[:MOST_POINTS]


def fits(metres: Floats, within_m: float) -> Floats:
    """How well things fit that lie so far off where they are to lie within some metres."""
    beyond = np.maximum(metres - within_m, 0.0) / (SOFT_SHARE * within_m + SOFT_M)
    fitting: Floats = np.maximum(np.exp(-0.5 * np.minimum(beyond, 30.0) ** 2), MISSING)
    return fitting


def _rows(thing: Thing, extract: Extract) -> Numbers:
    """The numbers of the points of the things of a kind, name and height."""
    chosen = extract.kinds == thing.kind
    if thing.over_storeys is not None:
        chosen &= extract.storeys > thing.over_storeys
    if thing.name is not None:
        asked = fold(thing.name)
        chosen &= np.array([picked and asked in fold(name) for picked, name in zip(chosen, extract.names, strict=True)])
    return np.flatnonzero(chosen[extract.thing])


def _away_m(at: Floats, own: Numbers, wanted: Nearby, extract: Extract) -> Floats:
    """How far the nearest thing of a kind is from each place, itself left out; infinite where there is none."""
    rows = _rows(wanted.thing, extract)
    if not len(rows):
        return np.full(len(at), math.inf)
    tree = KDTree(unit_vectors(extract.lat[rows], extract.lon[rows]))
    far = km_to_chord(min(10 * wanted.within_m / 1000 + 1, EARTH_RADIUS_KM))
    chord, number = tree.query(at, k=1, distance_upper_bound=far)
    metres = 1000 * chord_to_km(np.where(np.isfinite(chord), chord, 0.0))
    metres[~np.isfinite(chord)] = math.inf
    itself = np.isfinite(chord) & (extract.thing[rows[np.minimum(number, len(rows) - 1)]] == own)
    if itself.any():
        metres[itself] = _away_from_others_m(at[itself], own[itself], tree.data, extract.thing[rows], far)
    return metres


def _away_from_others_m(at: Floats, own: Numbers, points: Floats, things: Numbers, far: float) -> Floats:
    """How far the nearest point of another thing is from each place; infinite where none is within the chord `far`.

    The numbers of two things differ in some binary digit. So it is the nearest of those points whose number differs in
    one digit, for one digit after the other: a search of a few trees, however many points a thing has.
    """
    least = np.full(len(at), math.inf)
    for digit in range(int(things.max()).bit_length()):
        for value in (0, 1):
            here, there = own >> digit & 1 == value, things >> digit & 1 != value
            if here.any() and there.any():
                chord, _ = KDTree(points[there]).query(at[here], k=1, distance_upper_bound=far)
                least[here] = np.minimum(least[here], chord)
    found = np.isfinite(least)
    return np.where(found, 1000 * chord_to_km(np.where(found, least, 0.0)), math.inf)


def _apart(found: Iterable[MapSpot]) -> list[MapSpot]:
    """Spots without those that are points of a better one near by."""
    kept: list[MapSpot] = []
    cells: dict[tuple[int, int], list[MapSpot]] = {}
    for one in found:
        row, column = round(one.point.lat / 0.0005), round(one.point.lon / 0.0005)
        near = (spot for y in (-1, 0, 1) for x in (-1, 0, 1) for spot in cells.get((row + y, column + x), ()))
        if not any(distance_km(spot.point, one.point) <= ONE_PLACE_KM for spot in near):
            kept.append(one)
            cells.setdefault((row, column), []).append(one)
    return kept
