"""Places written as a path, fine to coarse ("Long County, Baoji, Shaanxi"), of which the coarsest part is looked up
first.
"""

import re
from typing import NamedTuple

from geoagent.atlas.atlas import Atlas, Named
from geoagent.geo import Area, distance_km
from geoagent.plain_text import fold, without_kind

MAX_ROWS = 8
NOTABLE_SHARE = 0.02
AROUND_KM = 100.0
"""How far from a city a place of the same division may lie that is written as its part: a county of a prefecture."""


class Found(NamedTuple):
    """What a written path such as "Lyon, France" may mean: areas, and populated places, the most prominent first.

    `name` is the path's finest part as it was written. `corrected` is the known name that it was taken for, where it is
    not known itself. `unknown` are coarser parts that name nothing in which the finer ones could lie.
    """

    name: str
    areas: list[Area]
    places: list[Named]
    corrected: str | None = None
    unknown: tuple[str, ...] = ()


def parts_of(text: str) -> list[str]:
    """The parts of a written path, finest first: "Lyon, France" gives "Lyon" and "France".

    It is split at commas and semicolons. A path in Chinese characters without these is split behind such as 省 and 市,
    and turned round, since its coarsest part stands first.
    """
    parts = [part.strip() for part in re.split(r"[,，;]", text) if part.strip()]
    if len(parts) != 1 or not re.fullmatch(r"[㐀-鿿]{4,}", parts[0]):
        return parts
    kinds = "省市県縣县區区郡州"
    return re.findall(rf".{{2,}}?[{kinds}](?![{kinds}])|.+", parts[0])[::-1]


def find_path(atlas: Atlas, text: str, within: Area | None = None) -> Found:
    """The places that a written path, such as "Lyon, France", may mean; both lists are empty where nothing is found.

    Each coarser part narrows the finer ones; `within` is an area that must hold them all. Words for what a place is
    (County, Oblast, 市) may be missing or added. The finest part may be misspelt.
    """
    parts = parts_of(text) or [text]
    scope = Found("", [within] if within else [], [])
    unknown = []
    for part in reversed(parts[1:]):
        found = _exact(atlas, part, scope)
        if found.areas or found.places:
            scope = found._replace(places=_notable(found.places))
        else:
            unknown.append(part)
    found = _exact(atlas, parts[0], scope)
    if not found.areas and not found.places:
        found = _similar(atlas, parts[0], scope)
    return found._replace(unknown=tuple(reversed(unknown)))


def _notable(places: list[Named]) -> list[Named]:
    """The places that a coarser part may well mean: villages called New York hold nothing."""
    return [place for place in places[:MAX_ROWS] if place.prominence >= NOTABLE_SHARE * places[0].prominence]


def _exact(atlas: Atlas, part: str, scope: Found) -> Found:
    found = Found(part, [], [])
    for name in dict.fromkeys((fold(part), without_kind(part))):
        areas = [area for area in atlas.areas_named(name) + _codes(atlas, part) if _holds_area(scope, area)]
        places = [place for place in atlas.named(name) if _holds(atlas, scope, place.row)]
        found = Found(part, list(dict.fromkeys(found.areas + areas)), found.places or places)
    return found


def _similar(atlas: Atlas, part: str, scope: Found) -> Found:
    for name in dict.fromkeys((fold(part), without_kind(part))):
        alike = [other for other in atlas.similar(name, 10 * MAX_ROWS) if _holds(atlas, scope, other.row)][:MAX_ROWS]
        if alike:
            same = [other for other in alike if other.name == alike[0].name]
            return Found(part, [], [Named(other.row, other.prominence) for other in same], alike[0].name)
    return Found(part, [], [])


def _codes(atlas: Atlas, part: str) -> list[Area]:
    """The areas that two capital letters stand for: a country's ISO code, a state of the United States."""
    if not re.fullmatch(r"[A-Z]{2}", part):
        return []
    return [area for area in (Area(part), Area("US", part)) if atlas.knows(area)]


def _holds_area(scope: Found, area: Area) -> bool:
    if not scope.areas and not scope.places:
        return True
    return any(outer.contains(area) for outer in scope.areas)


def _holds(atlas: Atlas, scope: Found, row: int) -> bool:
    """Whether a row lies in what a coarser part names: in the area, in the city, or round it in its division."""
    if not scope.areas and not scope.places:
        return True
    if {atlas.country_of(row), atlas.division_of(row)} & set(scope.areas):
        return True
    for place in scope.places:
        together = atlas.country[row] == atlas.country[place.row] and atlas.division[row] == atlas.division[place.row]
        near = together and distance_km(atlas.point(row), atlas.point(place.row)) <= AROUND_KM
        if row != place.row and (near or atlas.city[row] == atlas.city[place.row]):
            return True
    return False
