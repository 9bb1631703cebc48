"""Turns hits on a map into evidence on where the photo was taken, by how well each fits what was read in the photo, and
into spots.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.atlas.country_names import name_parts
from geoagent.atlas.place_path import find_path
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Areas, Kernel, Mixture
from geoagent.errors import ToolInputError
from geoagent.geo import Area, Point, distance_km
from geoagent.plain_text import printable
from geoagent.tools.core.searched_region import where_in
from geoagent.tools.core.tool import ToolContext
from geoagent.web.map_answers import Circle

FOUND = 0.95
"""How often what is read in a photo is one of the hits that a map has for it, where it has any."""
LEAST_SIGMA_KM = 0.03
REACH = 5.0
"""How far a spot reaches, in standard deviations of its kernel: it then takes nine tenths of its row."""
LONGEST_STREET_KM = 1.5
"""Half the length from which a street alone says too little of where on it."""
CITY_KM = (4.0, 25.0)


HERE_ALONE = 20.0
"""How many times likelier a town becomes that has what another, which was searched before, has not."""


class Hit(NamedTuple):
    """A street, house or thing that a map has for what was read in a photo, as a circle of `radius_km` round `point`.

    `fit` is how well it fits what was read, in proportion to other hits: one with 3 fits three times as well as one
    with 1.
    """

    name: str
    point: Point
    radius_km: float
    fit: float


class Asked(NamedTuple):
    """The area in which a map is searched: a country, or a city with a circle round it; None for everywhere."""

    area: Area | None
    circle: Circle | None = None

    @property
    def country_code(self) -> str | None:
        """The ISO code of the country of the area; None where the map is searched everywhere."""
        return self.area.country if self.area else None


def asked_area(atlas: Atlas, written: str | None) -> Asked:
    """The area in which a map is to be searched, from its written name: a country, or a city as "City, Country";
    everywhere where `written` is None or "".

    Raises ToolInputError where the atlas does not know the name, or it is neither a country nor a city.
    """
    if not written:
        return Asked(None)
    parts = name_parts(written)
    country = atlas.country_of_whole_name(written)
    if not country and all(atlas.country_of_whole_name(part) for part in parts):
        country = atlas.country_named(written)
    if country:
        return Asked(country)
    found = find_path(atlas, _with_country(parts, atlas), None)
    if not found.places:
        raise ToolInputError(f"{printable(written)!r} is not a known city or country; write it as City, Country")
    row = found.places[0].row
    city = atlas.city_of(row)
    if city is None:
        raise ToolInputError(f"{printable(written)!r} is no city; name a city or a country")
    return Asked(city, city_circle(atlas, city, row))


def _with_country(parts: list[str], atlas: Atlas) -> str:
    """A path whose end is the usual name of the country that it names: "Seoul, Korea, South"."""
    ends = ((i, atlas.country_of_whole_name(", ".join(parts[i:]))) for i in range(1, len(parts)))
    cut, country = next(((i, country) for i, country in ends if country), (len(parts), None))
    return ", ".join([*parts[:cut], *([atlas.country_name(country.country)] if country else [])])


def city_circle(atlas: Atlas, city: Area, row: int) -> Circle:
    """The circle in which a map of the city `city` is searched: round the city's row of the atlas (`row`), as far as
    its boroughs lie, with a radius within `CITY_KM`.
    """
    centre = Point(lat=float(atlas.lat[row]), lon=float(atlas.lon[row]))
    rows = atlas.rows(city).nonzero()[0]
    far = max(distance_km(centre, Point(lat=float(atlas.lat[r]), lon=float(atlas.lon[r]))) for r in rows)
    return Circle(centre, min(max(far + float(atlas.footprint_km[row]), CITY_KM[0]), CITY_KM[1]))


def merged(hits: Sequence[Hit]) -> list[Hit]:
    """Map hits without duplicates, those that fit best first: hits of one name that lie together become one hit.

    Hits of one name that lie apart stay; their coordinates are then added to their names.
    """
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: -hit.fit):
        near = next((i for i, h in enumerate(found) if h.name == hit.name and _together(h, hit)), None)
        if near is None:
            found.append(hit)
            continue
        other = found[near]
        half_km = distance_km(other.point, hit.point) / 2
        middle = Point(lat=(other.point.lat + hit.point.lat) / 2, lon=(other.point.lon + hit.point.lon) / 2)
        found[near] = other._replace(point=middle, radius_km=half_km + max(other.radius_km, hit.radius_km))
    names = [hit.name for hit in found]
    return [h if names.count(h.name) == 1 else h._replace(name=f"{h.name} ({_written(h.point)})") for h in found]


def _together(a: Hit, b: Hit) -> bool:
    """Whether two hits are parts of one street; the date line parts them."""
    near = distance_km(a.point, b.point) <= 0.3 + a.radius_km + b.radius_km
    return a.fit == b.fit and near and abs(a.point.lon - b.point.lon) < 1


class Finding(NamedTuple):
    """What a tool says of the things that it has, or has not, found on a map.

    - `statement` says it in words. `kind` and `group` are those of the evidence that is made of it.
    - `tool` is the name of the tool, and `clues` are the ids of the texts that were searched for.
    """

    statement: str
    kind: str
    tool: str
    group: str
    clues: tuple[str, ...]


def hits_trace(
    context: ToolContext, hits: Sequence[Hit], area: Area | None, said: Finding
) -> tuple[Evidence, tuple[Spot, ...]]:
    """One piece of evidence made of hits on a map, and a spot (a place finer than any of the atlas) for each; a street
    of more than 3 km becomes no spot.

    The hits are alternatives, each as likely as it fits. `area` is where the map was searched (None for everywhere):
    the evidence says where in the area the photo was taken, not that it was taken there. So the area keeps its
    probability, unless another area was searched for these texts in vain. Earlier evidence of the kind for these texts
    is replaced.
    """
    atlas = context.belief.atlas
    earlier = tuple(e.id for e in context.trace.evidence if e.kind == said.kind and set(e.clues) <= set(said.clues))
    total = sum(hit.fit for hit in hits)
    inside = _share(atlas, area)
    in_vain = [e for e in context.trace.evidence if e.kind == f"{said.kind}_missing"]
    if area and any(set(e.clues) & set(said.clues) for e in in_vain):
        inside = inside * HERE_ALONE / (1 + inside * (HERE_ALONE - 1))
    parts = [(FOUND * hit.fit / total, _kernel(hit, area)) for hit in hits]
    likelihood = Mixture(parts=tuple(parts))
    if area:
        outside = Areas(weights={area: 0.0}, elsewhere=1.0)
        likelihood = where_in(Areas(weights={area: 1.0}), outside, inside, parts)
    evidence = Evidence(
        kind=said.kind, witness=f"tool:{said.tool}", statement=said.statement[:2000],
        likelihood=likelihood, level="street", group=said.group, clues=said.clues, supersedes=earlier or None,
    )  # fmt: skip
    cases = tuple(
        Spot(name=h.name, level="street", point=h.point, radius_km=REACH * _sigma_km(h), evidence=evidence.id)
        for h in hits
        if h.radius_km <= LONGEST_STREET_KM
    )
    return evidence, cases


def missing(area: Area, chance: float, said: Finding) -> Evidence:
    """Evidence against the city `area`, because its map lacks what was read in the photo.

    `chance` is how often, from 0 to 1, even the map of the right city lacks such a thing.
    """
    return Evidence(
        kind=f"{said.kind}_missing", witness=f"tool:{said.tool}", statement=said.statement[:2000],
        likelihood=Areas(weights={area: chance}, elsewhere=1.0), level="city",
        group=f"missing:{said.group}"[:200], clues=said.clues,
    )  # fmt: skip


def _kernel(hit: Hit, area: Area | None) -> Kernel:
    """A hit as a kernel; not bounded by the city, whose edge the atlas knows only to the nearest row."""
    within = area.country_area if area else None
    return Kernel(lat=hit.point.lat, lon=hit.point.lon, sigma_km=_sigma_km(hit), within=within)


def _sigma_km(hit: Hit) -> float:
    return max(LEAST_SIGMA_KM, hit.radius_km / 2)


def _share(atlas: Atlas, area: Area | None) -> float:
    """The prior of an area; of the whole Earth 1."""
    return min(math.fsum(atlas.prior[atlas.rows(area)]), 1.0) if area else 1.0


def _written(point: Point) -> str:
    return f"{point.lat:.4f}, {point.lon:.4f}"
