"""Spots of an extract where a combination of things is found, with how well each fits."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from geoagent.geo import EARTH_RADIUS_KM, Floats, Point, chord_to_km, distance_km, km_to_chord, unit_vectors
from geoagent.osm.extract import Extract, Numbers
from geoagent.osm.query import Combination, Nearby, Thing
from geoagent.plain_text import fold

SOFT_SHARE, SOFT_M = 0.25, 15.0
"""A thing that lies further than asked for fits less: as a Gaussian of a quarter of the distance and 15 m."""
MISSING = 0.02
"""What a thing fits that has nothing of the kind anywhere near: maps lack things."""
DENIED = 0.1
"""What a place fits at which the map has what must not be there: people miscount storeys, and do not see all."""
LEAST_FIT = 0.1
ONE_PLACE_KM = 0.03


class MapSpot(NamedTuple):
    """A place where a combination is found: how well it fits from 0 to 1, and how far off each wanted thing is in
    metres (infinite where there is none).
    """

    name: str
    point: Point
    fit: float
    away_m: tuple[float, ...]
    against: tuple[str, ...] = ()


def spots(wanted: Combination, extract: Extract, inside: tuple[Point, float] | None = None) -> Iterator[MapSpot]:
    """The places where a combination is found, the best first; `inside` is a circle by its centre and radius in km.

    Each is made when it is asked for: an outline is a point every 25 m, and a wood has thousands.
    """
    rows = _rows(wanted.thing, extract)
    if inside is not None:
        centre, radius_km = inside
        here = unit_vectors(centre.lat, centre.lon)[0]
        near = np.linalg.norm(unit_vectors(extract.lat[rows], extract.lon[rows]) - here, axis=1)
        rows = rows[near <= km_to_chord(radius_km)]
    if not len(rows):
        return
    at = unit_vectors(extract.lat[rows], extract.lon[rows])
    away = [_away_m(at, extract.thing[rows], one, extract) for one in wanted.near]
    denied = [_away_m(at, extract.thing[rows], one, extract) <= one.within_m for one in wanted.without]
    fit = np.ones(len(rows))
    for one, metres in zip(wanted.near, away, strict=True):
        fit *= fits(metres, one.within_m)
    for there in denied:
        fit *= np.where(there, DENIED, 1.0)
    against = [str(one) for one in wanted.without]
    best = np.argsort(-fit, kind="stable")
    found = (
        MapSpot(
            extract.names[extract.thing[rows[i]]],
            Point(lat=float(extract.lat[rows[i]]), lon=float(extract.lon[rows[i]])),
            float(fit[i]),
            tuple(float(metres[i]) for metres in away),
            tuple(said for said, there in zip(against, denied, strict=True) if there[i]),
        )
        for i in best[fit[best] >= LEAST_FIT]
    )
    yield from _apart(found)


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
    points, of = unit_vectors(extract.lat[rows], extract.lon[rows]), extract.thing[rows]
    far = km_to_chord(min(10 * wanted.within_m / 1000 + 1, EARTH_RADIUS_KM))
    chord = _nearest_other(at, own, points, of, far) if np.isin(own, of).any() else _nearest(at, points, far)
    metres = np.full(len(at), math.inf)
    there = np.isfinite(chord)
    metres[there] = 1000 * chord_to_km(chord[there])
    return metres


def _nearest(at: Floats, points: Floats, far: float) -> Floats:
    """The chord from each place to the nearest of some points; infinite where that is far."""
    if not len(at) or not len(points):
        return np.full(len(at), math.inf)
    return np.asarray(KDTree(points).query(at, distance_upper_bound=far)[0])


def _nearest_other(at: Floats, own: Numbers, points: Floats, of: Numbers, far: float) -> Floats:
    """The chord from each place to the nearest point of another thing than its own.

    Two things differ in some bit of their numbers: the nearest of all whose number differs in a bit, for each bit.
    """
    number = np.unique(np.concatenate((own, of)), return_inverse=True)[1]
    mine, theirs = number[: len(own)], number[len(own) :]
    least = np.full(len(at), math.inf)
    for bit in range(int(number.max()).bit_length()):
        for side in (0, 1):
            asking, asked = mine >> bit & 1 == side, theirs >> bit & 1 != side
            least[asking] = np.minimum(least[asking], _nearest(at[asking], points[asked], far))
    return least


def _apart(found: Iterable[MapSpot]) -> Iterator[MapSpot]:
    """Spots without those that are points of a better one near by."""
    cells: dict[tuple[int, int], list[MapSpot]] = {}
    for one in found:
        row, column = round(one.point.lat / 0.0005), round(one.point.lon / 0.0005)
        near = (spot for y in (-1, 0, 1) for x in (-1, 0, 1) for spot in cells.get((row + y, column + x), ()))
        if not any(distance_km(spot.point, one.point) <= ONE_PLACE_KM for spot in near):
            cells.setdefault((row, column), []).append(one)
            yield one
