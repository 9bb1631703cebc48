"""Where a hint puts a place relative to those that it names: near, between, so far off, in which part of a country."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.case.likelihood import Kernel
from geoagent.geo import EARTH_RADIUS_KM, Area, Point, distance_km, unit_vectors
from geoagent.reading.hints.areas import NAME, hinted_city
from geoagent.reading.names.contexts import KM_A_MILE

NEAR_KM = 25.0
"""How far from a city "near" reaches: one standard deviation."""
OTHER_SIDE = 0.15
"""The weight of the north of a country for a hint that says south: where the south ends is anyone's guess."""
BEARINGS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
_SIDE = r"(?P<side>[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)(?:-?(?P<more>east|west))?"
_PART = re.compile(rf"\b{_SIDE}(?:ern)?(?: (?:part|half|side|coast))?(?: of)? (?:the )?(?P<name>{NAME})")
_AWAY = re.compile(
    rf"(?P<number>\d{{1,4}}) ?(?P<unit>km|kilomet\w+|miles?|mi)\b"
    rf" (?:to the )?(?:{_SIDE} of|(?:away )?from|outside(?: of)?) (?P<name>{NAME})"
)
_NEAR = re.compile(
    r"\b(?:[Nn]ear(?:by| to)?|[Cc]lose to|[Nn]ot far from|[Oo]utside(?: of)?|[Ii]n the vicinity of)"
    rf" (?P<name>{NAME})"
)
_BETWEEN = re.compile(rf"\b[Bb]etween (?P<one>{NAME}) and (?P<other>{NAME})")
_BESIDE = re.compile(rf"\b{_SIDE} of (?P<name>{NAME})")


class Spot(NamedTuple):
    """A place that a hint gives relative to named ones ("near Lyon"): how that is told, and the Gaussian for it."""

    statement: str
    kernel: Kernel


def without_positions(text: str, atlas: Atlas) -> str:
    """A hint without the places that it names to say what lies beside them: "north of Neuquén", "between A and B".

    The south of a country lies in it: countries stay. A place that it is near stays too.
    """

    def countries(match: re.Match[str]) -> str:
        names = [value for key, value in match.groupdict().items() if value and key in ("name", "one", "other")]
        return ", " + ", ".join(name for name in names if _is_country(name, atlas)) + ","

    for pattern in (_AWAY, _BETWEEN, _BESIDE):
        text = pattern.sub(countries, text)
    return _NEAR.sub(lambda match: f", {match['name']}", text)


def _is_country(name: str, atlas: Atlas) -> bool:
    return any(area.level == "country" for area in atlas.areas_named(name))


def find_spots(text: str, scope: set[Area], atlas: Atlas) -> list[Spot]:
    """The places near, between or so far from cities of the areas in `scope`, of any country if that is empty."""
    return [*_between(text, scope, atlas), *_away(text, scope, atlas), *_near(_AWAY.sub(",", text), scope, atlas)]


def _city(name: str, scope: set[Area], atlas: Atlas) -> int | None:
    """The row of the city that is meant, unless a country or division bears the name."""
    if atlas.areas_named(name):
        return None
    cities = hinted_city(name, [scope], atlas)
    return next((row for row in atlas.rows_named(name) if atlas.city_of(row) in cities), None) if cities else None


def _at(atlas: Atlas, row: int) -> Point:
    return Point(lat=float(atlas.lat[row]), lon=float(atlas.lon[row]))


def _spot(statement: str, point: Point, sigma_km: float, scope: set[Area]) -> Spot:
    within = next(iter(scope)) if len(scope) == 1 else None
    lat, lon = round(point.lat, 5), round(point.lon, 5)
    return Spot(statement, Kernel(lat=lat, lon=lon, sigma_km=round(sigma_km, 3), within=within))


def _near(text: str, scope: set[Area], atlas: Atlas) -> Iterator[Spot]:
    for found in _NEAR.finditer(text):
        row = _city(found["name"], scope, atlas)
        if row is not None:
            reach = max(NEAR_KM, 2 * float(atlas.extent_km[row]))
            yield _spot(f"near {atlas.at_row(row)}", _at(atlas, row), reach, scope)


def _between(text: str, scope: set[Area], atlas: Atlas) -> Iterator[Spot]:
    for found in _BETWEEN.finditer(text):
        rows = [_city(found[part], scope, atlas) for part in ("one", "other")]
        if rows[0] is None or rows[1] is None:
            continue
        one, other = _at(atlas, rows[0]), _at(atlas, rows[1])
        x, y, z = unit_vectors([one.lat, other.lat], [one.lon, other.lon]).sum(axis=0)
        middle = Point(lat=math.degrees(math.atan2(z, math.hypot(x, y))), lon=math.degrees(math.atan2(y, x)))
        statement = f"between {atlas.at_row(rows[0])} and {atlas.at_row(rows[1])}"
        yield _spot(statement, middle, max(5.0, distance_km(one, other) / 4), scope)


def _away(text: str, scope: set[Area], atlas: Atlas) -> Iterator[Spot]:
    for found in _AWAY.finditer(text):
        row = _city(found["name"], scope, atlas)
        if row is None:
            continue
        km = float(found["number"]) * (KM_A_MILE if found["unit"].startswith("mi") else 1.0)
        statement = f"{found['number']} {found['unit']} from {atlas.at_row(row)}"
        if found["side"]:
            point = _moved(_at(atlas, row), km, _bearing(found["side"], found["more"]))
            yield _spot(statement, point, 0.3 * km + 5, scope)
        else:
            yield _spot(statement, _at(atlas, row), km, scope)


def _bearing(side: str, more: str | None) -> float:
    north_or_south = BEARINGS[side.lower()]
    if more is None:
        return north_or_south
    towards = 45.0 if (side.lower() == "north") == (more == "east") else -45.0
    return north_or_south + towards


def _moved(point: Point, km: float, bearing_deg: float) -> Point:
    """The point so far away in a direction, on the sphere."""
    phi, theta, delta = math.radians(point.lat), math.radians(bearing_deg), km / EARTH_RADIUS_KM
    lat = math.asin(math.sin(phi) * math.cos(delta) + math.cos(phi) * math.sin(delta) * math.cos(theta))
    east = math.sin(theta) * math.sin(delta) * math.cos(phi)
    lon = math.radians(point.lon) + math.atan2(east, math.cos(delta) - math.sin(phi) * math.sin(lat))
    return Point(lat=math.degrees(lat), lon=math.degrees(lon))


def find_sides(text: str, areas: set[Area], atlas: Atlas) -> dict[Area, dict[Area, float]]:
    """For each of the countries named by a part ("southern Kenya"): how far each of its divisions lies in that part.

    A country that is named more than once takes the larger weight of each division.
    """
    found: dict[Area, dict[Area, float]] = {}
    countries = {area for area in areas if area.level == "country"}
    for match in _PART.finditer(text):
        if any(atlas.areas_named(f"{match['side']}{end} {match['name']}") for end in ("", "ern")):
            continue
        for country in countries.intersection(atlas.areas_named(match["name"])):
            weights = _part_of(country, match["side"].lower(), match["more"], atlas)
            known = found.setdefault(country, {})
            known |= {division: max(weight, known.get(division, 0.0)) for division, weight in weights.items()}
    return found


def _part_of(country: Area, side: str, more: str | None, atlas: Atlas) -> dict[Area, float]:
    """The share of each division's prior that lies in a half (or quarter) of the country, as its land extends."""
    rows = np.flatnonzero(atlas.rows(country))
    inside = np.ones(len(rows), dtype=bool)
    for part in (side, more):
        if part is None:
            continue
        along = (atlas.lat if part in ("north", "south") else atlas.lon)[rows]
        low, high = np.quantile(along, [0.02, 0.98])
        middle = (low + high) / 2
        inside &= along > middle if part in ("north", "east") else along < middle
    weights = {}
    for division in np.unique(atlas.division[rows][atlas.division[rows] >= 0]).tolist():
        own = atlas.division[rows] == division
        share = float(atlas.prior[rows][own & inside].sum() / atlas.prior[rows][own].sum())
        weights[atlas.divisions[division]] = round(OTHER_SIDE + (1 - OTHER_SIDE) * share, 4)
    return weights
