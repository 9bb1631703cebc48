"""Reads where a hint puts a place relative to those that it names: near, between, so far off, in which part of a
country.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.atlas.natural_regions import natural_names, natural_regions
from geoagent.case.evidence import LevelName
from geoagent.case.likelihood import Band, Kernel
from geoagent.geo import EARTH_RADIUS_KM, Area, Point, distance_km, unit_vectors
from geoagent.reading.hints.areas import hinted_cities
from geoagent.reading.hints.mentions import LARGE, NAME, areas_of, is_name, known_prefix
from geoagent.reading.hints.words import region_named
from geoagent.reading.names.contexts import KM_A_MILE

NEAR_KM = 25.0
"""How far from a city "near" reaches: one standard deviation."""
BESIDE_KM, BESIDE_SPREAD_KM = 45.0, 35.0
"""How far off "north of" a city is taken to be where no distance is told, and one standard deviation of that."""
BEYOND_DEG = 0.1
"""How far north of a city's middle what is north of it begins, in degrees."""
OTHER_SIDE = 0.15
"""The weight of the north of a country for a hint that says south: where the south ends is anyone's guess."""
BEARINGS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
_SIDE = r"(?P<side>[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)(?:-?(?P<more>east|west))?"
_PIECES = r"(?:parts?|half|side|coast|end|tip|areas?|regions?|provinces?|outskirts)"
_PART = re.compile(
    rf"\b(?P<the>(?:[Tt]he|[Ii]n|[Ii]m|[Ll]e|[Ee]l|[Aa]u) )?{_SIDE}(?P<ern>ern)?(?:(?P<piece> {_PIECES})?"
    rf"(?P<of> of| in))?(?: the)?[ -](?P<name>{NAME})"
)
_AWAY = re.compile(
    rf"(?P<number>\d{{1,4}}) ?(?P<unit>km|kilom[eè]t\w+|miles?|mi)\b"
    rf" (?:to the )?(?:{_SIDE} of|(?:away )?from|outside(?: of)?|von|de) (?P<name>{NAME})"
)
_DIRECTION = r"(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)(?:-?(?:east|west))?(?:ern)?"
_EITHER = re.compile(
    rf"\b(?P<one>{_DIRECTION})(?: or (?:the )?|/)(?P<other>{_DIRECTION})"
    rf"(?P<rest>(?: {_PIECES})?(?: of)?(?: the)? {NAME})"
)
_FAR = re.compile(r"\d ?(?:km|kilom[eè]t\w+|miles?|mi)\b(?: to(?: the)?)? $")
_NEAR = re.compile(
    r"\b(?:[Nn]ear(?:by| to)?|[Cc]lose to|[Nn]ot far from|[Oo]utside(?: of)?|[Ii]n the vicinity of|[Nn]ext to|[Bb]eside"
    rf"|[Aa]djacent to|[Aa]round) (?:the (?:city|town) of )?(?P<name>{NAME})"
)
_NEGATED = re.compile(r"\b(?:not|isn't|nicht|pas|no|except|outside|unlike)\b[^.,;?!]{0,15}$", re.IGNORECASE)
_INSIDE = re.compile(r"\b(?:in|on|auf|im|sur|en|isla|island of|isle of|à|de)(?: the)? $", re.IGNORECASE)
SHORT, TELLING = 4, 6
"""From how many letters on the one-word name of a natural region is no other word: after "in", and anywhere."""
_BETWEEN = re.compile(rf"\b[Bb]etween (?P<one>{NAME}) and (?P<other>{NAME})")


class RelativePlace(NamedTuple):
    """A place that a hint gives relative to a named one ("near Lyon"): how that is told, and the Gaussian for it.

    `row` is the named place in the atlas. `band` is what lies north or south of it, where that is said. `level` is how
    fine the place is; `name` is what a natural region is called, else empty.
    """

    statement: str
    kernel: Kernel
    row: int
    band: Band | None = None
    level: LevelName = "city"
    name: str = ""


class Side(NamedTuple):
    """A part of a country that a hint names, such as its south: how it is told, and how far each division lies in
    it.

    `weights` has that for each division, from 0.15 to 1, and 0.15 for the country itself.
    """

    country: Area
    label: str
    weights: dict[Area, float]


def _parts(text: str, atlas: Atlas) -> Iterator[tuple[re.Match[str], str]]:
    """What has the form of a part, each with the name that is known; another part may follow without a stop."""
    position = 0
    while (match := _PART.search(text, position)) is not None:
        name = known_prefix(match["name"], atlas)
        position = match.start("name") + len(name) if name else match.start() + 1
        if name:
            yield match, name


def names_city(words: str, atlas: Atlas) -> bool:
    """Whether words begin with the name of a large city, or of a known one whose name no country or division bears."""
    return _city(words, set(), atlas) is not None


def told_apart(text: str) -> str:
    """A text in which each phrase for two parts of one country repeats the name: "north or south of Vietnam" becomes
    "north of Vietnam or south of Vietnam".
    """
    return _EITHER.sub(r"\g<one>\g<rest> or \g<other>\g<rest>", text)


def is_beside(match: re.Match[str], atlas: Atlas) -> bool:
    """Whether a phrase such as "north of X", matched in a hint, means a place outside X.

    Of a city it does; of a country only without "the" before it, since "the north of Spain" is in Spain.
    """
    before = match.string[: match.start()]
    if not match["of"] or match["ern"] or match["piece"] or _FAR.search(before):
        return False
    apart = re.search(r"(?:^|\b(?:lies|is|located|situated|just|directly|somewhere|place|country|island) )to $", before)
    return not match["the"] or apart is not None or _city(match["name"], set(), atlas) is not None


def take_beside(text: str, scope: set[Area], atlas: Atlas) -> tuple[str, list[RelativePlace], list[str]]:
    """A hint without phrases such as "north of Lyon", the place that such a phrase gives, and the phrases that are not
    used.

    Where there are several such phrases none is used, since nobody can tell how far each goes. `scope` has the
    countries in which the named city is sought first.
    """
    found = [(match, match.start("name") + len(name)) for match, name in _parts(text, atlas) if is_beside(match, atlas)]
    spots = [spot for match, _ in found for spot in _beside(match, scope, atlas)] if len(found) == 1 else []
    unused = [] if spots else [text[match.start() : end].strip(" ,") for match, end in found]
    for match, end in reversed(found):
        text = f"{text[: match.start()]}, {text[end:]}"
    return text, spots, unused


def _beside(match: re.Match[str], scope: set[Area], atlas: Atlas) -> Iterator[RelativePlace]:
    row = _city(match["name"], scope, atlas)
    if row is not None:
        point = _moved(_at(atlas, row), BESIDE_KM, _bearing(match["side"], match["more"]))
        statement = f"{match['side'].lower()}{match['more'] or ''} of {atlas.at_row(row)}"
        yield _spot(statement, point, BESIDE_SPREAD_KM, scope, row)._replace(band=_beyond(match["side"], row, atlas))


def _beyond(side: str, row: int, atlas: Atlas) -> Band | None:
    """The latitudes north or south of a city; what lies east or west of it is no band."""
    lat = float(atlas.lat[row])
    match side.lower():
        case "north":
            return Band(south=min(90.0, round(lat + BEYOND_DEG, 3)), north=90.0, soft_deg=BEYOND_DEG / 2)
        case "south":
            return Band(south=-90.0, north=max(-90.0, round(lat - BEYOND_DEG, 3)), soft_deg=BEYOND_DEG / 2)
    return None


def take_positions(text: str, atlas: Atlas) -> str:
    """A hint without the cities that it names to say what lies near, between or so far from them; countries there
    stay.
    """

    def countries(match: re.Match[str]) -> str:
        names = [value for key, value in match.groupdict().items() if value and key in ("name", "one", "other")]
        kept = [name for name in names if _city(name, set(), atlas) is None]
        return ", " + ", ".join(kept) + ","

    for pattern in (_AWAY, _BETWEEN, _NEAR):
        text = pattern.sub(countries, text)
    return text


def find_spots(text: str, scope: set[Area], atlas: Atlas) -> list[RelativePlace]:
    """The places that a hint puts near, between or so far from cities, which are sought in the areas of `scope`
    first.
    """
    return [*_between(text, scope, atlas), *_away(text, scope, atlas), *_near(_AWAY.sub(",", text), scope, atlas)]


def _city(words: str, scope: set[Area], atlas: Atlas) -> int | None:
    """The row of the city that is meant, unless a country bears the name, or a division without a large city of it."""
    name = known_prefix(words, atlas) or ""
    if any(area.level == "country" for area in areas_of(name, atlas)) or region_named(name):
        return None
    for scopes in ([scope], [set[Area]()]):
        cities = hinted_cities(name, scopes, atlas)[:1]
        row = next((row for row in atlas.rows_named(name) if atlas.city_of(row) in cities), None) if cities else None
        if row is not None and (not areas_of(name, atlas) or atlas.population[row] >= LARGE):
            return row
    return None


def _at(atlas: Atlas, row: int) -> Point:
    return Point(lat=float(atlas.lat[row]), lon=float(atlas.lon[row]))


def _spot(statement: str, point: Point, sigma_km: float, scope: set[Area], row: int) -> RelativePlace:
    within = next(iter(scope)) if len(scope) == 1 else None
    lat, lon = round(point.lat, 5), round(point.lon, 5)
    return RelativePlace(statement, Kernel(lat=lat, lon=lon, sigma_km=round(sigma_km, 3), within=within), row)


def _near(text: str, scope: set[Area], atlas: Atlas) -> Iterator[RelativePlace]:
    for found in _NEAR.finditer(text):
        row = _city(found["name"], scope, atlas)
        if row is not None:
            reach = max(NEAR_KM, 2 * float(atlas.extent_km[row]))
            yield _spot(f"near {atlas.at_row(row)}", _at(atlas, row), reach, scope, row)


def find_natural(text: str, scope: set[Area], atlas: Atlas) -> list[RelativePlace]:
    """The islands, valleys and coasts that a hint names; a short name counts after "in", or with its country.

    `scope` has the countries that the hint names.
    """
    return [spot for found in _natural_pattern().finditer(text) for spot in _natural(found, scope, atlas)]


def _natural(found: re.Match[str], scope: set[Area], atlas: Atlas) -> Iterator[RelativePlace]:
    name, before = found[0], found.string[: found.start()]
    regions = natural_regions(name)
    regions = [one for one in regions if Area(one.country) in scope] or regions
    if len(regions) != 1 or atlas.areas_named(name) or _NEGATED.search(before):
        return
    region = regions[0]
    if scope and Area(region.country) not in scope and re.match(r", [A-Z]", found.string[found.end() :]):
        return
    telling = len(name) >= (SHORT if _INSIDE.search(before) else TELLING) and not names_city(name, atlas)
    nearest = atlas.nearest(region.centre, region.country)
    if nearest is not None and (Area(region.country) in scope or " " in name or telling):
        statement = f"in {name}, {atlas.country_name(region.country)}"
        spot = _spot(statement, region.centre, region.radius_km / 2, {Area(region.country)}, nearest[0])
        yield spot._replace(level="region", name=name)


@lru_cache(maxsize=1)
def _natural_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, natural_names()))})(?![\w-])")


def _between(text: str, scope: set[Area], atlas: Atlas) -> Iterator[RelativePlace]:
    for found in _BETWEEN.finditer(text):
        rows = [_city(found[part], scope, atlas) for part in ("one", "other")]
        if rows[0] is None or rows[1] is None:
            continue
        one, other = _at(atlas, rows[0]), _at(atlas, rows[1])
        x, y, z = unit_vectors([one.lat, other.lat], [one.lon, other.lon]).sum(axis=0)
        middle = Point(lat=math.degrees(math.atan2(z, math.hypot(x, y))), lon=math.degrees(math.atan2(y, x)))
        statement = f"between {atlas.at_row(rows[0])} and {atlas.at_row(rows[1])}"
        yield _spot(statement, middle, max(5.0, distance_km(one, other) / 4), scope, rows[0])


def _away(text: str, scope: set[Area], atlas: Atlas) -> Iterator[RelativePlace]:
    for found in _AWAY.finditer(text):
        row = _city(found["name"], scope, atlas)
        if row is None:
            continue
        km = float(found["number"]) * (KM_A_MILE if found["unit"].startswith("mi") else 1.0)
        statement = f"{found['number']} {found['unit']} from {atlas.at_row(row)}"
        if found["side"]:
            point = _moved(_at(atlas, row), km, _bearing(found["side"], found["more"]))
            yield _spot(statement, point, 0.3 * km + 5, scope, row)
        else:
            yield _spot(statement, _at(atlas, row), km, scope, row)


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


def find_sides(text: str, areas: set[Area], atlas: Atlas) -> list[Side]:
    """The parts of countries that a hint names, such as "southern Kenya"; only countries among `areas` count."""
    found = dict[str, Side]()
    countries = {area for area in areas if area.level == "country"}
    for match, name in _parts(text, atlas):
        own = f"{match['side']}{match['more'] or ''}"
        if any(is_name(f"{own}{end} {name}", "", atlas) for end in ("", "ern")) or is_beside(match, atlas):
            continue
        for country in countries.intersection(areas_of(name, atlas)):
            label = f"the {own.lower()} of {atlas.country_name(country.country)}"
            weights = _part_of(country, match["side"].lower(), match["more"], atlas)
            found.setdefault(label, Side(country, label, {country: OTHER_SIDE, **weights}))
    return list(found.values())


def _part_of(country: Area, side: str, more: str | None, atlas: Atlas) -> dict[Area, float]:
    """The share of each division's prior that lies in a half (or quarter) of the country, as its land extends."""
    rows = np.flatnonzero(atlas.rows(country))
    inside = half(rows, side, more, atlas)
    weights = {}
    for division in np.unique(atlas.division[rows][atlas.division[rows] >= 0]).tolist():
        own = atlas.division[rows] == division
        share = float(atlas.prior[rows][own & inside].sum() / atlas.prior[rows][own].sum())
        weights[atlas.divisions[division]] = round(OTHER_SIDE + (1 - OTHER_SIDE) * share, 4)
    return weights


def half(rows: NDArray[np.int64], side: str, more: str | None, atlas: Atlas) -> NDArray[np.bool_]:
    """Which rows of an area lie in its half on a side ("north", "east", …), or in its quarter where a second side,
    `more`, is given.

    The halves are those of the rows' extent, from the 2nd to the 98th percentile of latitude and longitude.
    """
    inside = np.ones(len(rows), dtype=bool)
    for part in (side, more):
        if part is None:
            continue
        along = (atlas.lat if part in ("north", "south") else atlas.lon)[rows]
        low, high = np.quantile(along, [0.02, 0.98])
        middle = (low + high) / 2
        inside &= along > middle if part in ("north", "east") else along < middle
    return inside
