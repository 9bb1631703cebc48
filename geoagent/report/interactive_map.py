"""What the interactive map draws of an answer, as plain data: in the report and on the page of the service."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from geoagent.atlas import Atlas
from geoagent.belief import Belief
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Alternatives, Band, Gap, Kernel, Mixture, Patches, Ring, Statement
from geoagent.case.prediction import Prediction
from geoagent.case.summary import meaning_of_point
from geoagent.case.trace import TraceFile
from geoagent.case.views import Frozen
from geoagent.geo import KM_PER_DEG, Point
from geoagent.plain_text import percent
from geoagent.report.answer import ShownCandidate, most_probable
from geoagent.report.country_outlines import land_round, packed
from geoagent.report.regions import Outline, PackedRegion, packed_regions

LEAST_KM, MOST_KM = 30.0, 1500.0
"""How far the fine outlines reach round an answer; where it would need further, the coarse ones do."""
REACH = 2.5
"""In radii that hold 90 %."""
DETAIL_STEPS = 400
OFF = 1 / 2000
"""How far the fine outlines may be simplified, as a share of their width."""
CITIES, TOWNS = 240, 160
RIVALS, WORTH_NAMING = 6, 0.01
WIDEST_KM = 60.0
"""Evidence that spreads further is no place of its own."""
NAMED = 80


class Town(Frozen):
    """A town as a label of the interactive map."""

    name: str
    lat: float
    lon: float
    population: int


class Mark(Frozen):
    """A tested place or a rival country on the interactive map, with what is said of it.

    `letter` and `outcome` are those of a tested place. `told` is its probability in words.
    """

    kind: Literal["tested", "rival"]
    letter: str = ""
    name: str
    lat: float
    lon: float
    outcome: str = ""
    told: str = ""


class Place(Frozen):
    """The place that a piece of evidence points to, on the interactive map: a circle, a band of latitudes, or
    rectangles.

    `evidence` is its id. `band` is the southern and the northern latitude, or None. `boxes` are rectangles: south,
    west, north and east in degrees.
    """

    evidence: str
    name: str
    lat: float
    lon: float
    radius_km: float = 0.0
    band: tuple[float, float] | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()


class Key(Frozen):
    """A line of a map's legend: the kind of mark, as the style sheet names it, and what it means in words."""

    mark: Literal["r50", "r90", "circle", "point", "tested", "rival", "place"]
    words: str


class Detail(Frozen):
    """The finer outlines of countries round an answer, inside a box: west, south, east, north in degrees.

    `countries` are the outlines of each country in the compact form of `packed`, on a grid of `steps_per_deg`.
    """

    box: tuple[float, float, float, float]
    steps_per_deg: int
    countries: tuple[str, ...]


class ShownMap(Frozen):
    """All that the interactive map draws of an answer, besides the outlines of the world; empty where nothing is known.

    `meaning` says what the point is. `radii_km` hold 90 % and 50 % of the belief. `places` are those that evidence
    points to. `detail` is None where the belief reaches too far for finer outlines. `legend` explains what is drawn.
    """

    regions: tuple[PackedRegion, ...] = ()
    point: Point | None = None
    meaning: str = ""
    radii_km: tuple[float, ...] = ()
    marks: tuple[Mark, ...] = ()
    places: tuple[Place, ...] = ()
    towns: tuple[Town, ...] = ()
    detail: Detail | None = None
    legend: tuple[Key, ...] = ()


@cache
def map_data(name: str) -> str:
    """The data that every interactive map draws, as JSON text: the countries, or the borders of divisions.

    `name` is "world_map.json" or "division_borders.json".
    """
    return (files("geoagent") / "data" / name).read_text(encoding="utf-8").rstrip()


def shown_map(
    file: TraceFile, belief: Belief, found: Sequence[Outline], candidates: Sequence[ShownCandidate]
) -> ShownMap:
    """The data of the interactive map for an answer: regions, tested places, rivals, places of evidence and towns.

    `file` is its trace, `belief` the one at the end of the case. `found` are the outlines that `regions` gave,
    `candidates` the tested places. Towns near by are named only where the answer names one, since their names would say
    more than it does; an answer that is told coarsely names no town at all.
    """
    prediction, atlas = file.prediction, belief.atlas
    if prediction.is_unknown:
        return ShownMap()
    far = prediction.radius_km_90
    detail = _detail(prediction.point, max(LEAST_KM, REACH * far)) if REACH * far <= MOST_KM else None
    named = any(level.stated and level.level == "city" for level in prediction.levels)
    towns = [*_cities(atlas), *(_towns(atlas, detail) if detail and named else ())]
    towns = towns if file.disclosure == "exact" else []
    tested = [_tested(candidate, point) for candidate in candidates if (point := candidate.point)]
    marks = (*tested, *_rivals(prediction, belief))
    places = (*(place for item in file.trace.evidence for place in _places(item)), *map(_spot, file.trace.spots))
    return ShownMap(
        regions=tuple(packed_regions(found)),
        point=prediction.point,
        meaning=meaning_of_point(prediction),
        radii_km=(prediction.radius_km_90, prediction.radius_km_50),
        marks=marks,
        places=places,
        towns=tuple({(town.name, town.lat): town for town in towns}.values()),
        detail=detail,
        legend=tuple(legend(found, meaning_of_point(prediction), marks, places)),
    )


def legend(found: Sequence[Outline], meaning: str, marks: Sequence[Mark], places: Sequence[Place]) -> Iterator[Key]:
    """What is drawn, in words: outlines, else circles, and the point, which `meaning` names; then the other marks."""
    if len(found) == 1:
        yield Key(mark="r90", words="at least 90 % likely to be in here")
    elif found:
        yield Key(mark="r50", words="50 % likely to be in here")
        yield Key(mark="r90", words="90 % likely to be in here")
    else:
        yield Key(mark="circle", words="circles that hold 50 % and 90 %")
    yield Key(mark="point", words=meaning)
    kinds = {mark.kind for mark in marks}
    if "tested" in kinds:
        yield Key(mark="tested", words="a place that was tested")
    if "rival" in kinds:
        yield Key(mark="rival", words="where else it could be: another country")
    if any(place.band is None and not place.boxes for place in places):
        yield Key(mark="place", words="where a clue points to")


def _detail(point: Point, reach_km: float) -> Detail | None:
    high = reach_km / KM_PER_DEG
    wide = high / max(np.cos(np.radians(point.lat)), 0.05)
    west, south, east, north = point.lon - wide, max(point.lat - high, -89), point.lon + wide, min(point.lat + high, 89)
    if east - west > 90:
        return None
    land = land_round(west, south, east, north, OFF * 2 * high)
    return Detail(
        box=(west, south, east, north), steps_per_deg=DETAIL_STEPS,
        countries=tuple(packed(rings, DETAIL_STEPS) for rings in land),
    )  # fmt: skip


def _cities(atlas: Atlas) -> list[Town]:
    """The largest cities of the world."""
    return _largest(atlas, np.flatnonzero(atlas.city == np.arange(len(atlas))), CITIES)


def _towns(atlas: Atlas, detail: Detail) -> list[Town]:
    west, south, east, north = detail.box
    lon = (atlas.lon - west) % 360
    inside = (lon <= east - west) & (atlas.lat >= south) & (atlas.lat <= north) & (atlas.population > 0)
    return _largest(atlas, np.flatnonzero(inside), TOWNS)


def _largest(atlas: Atlas, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", count: int) -> list[Town]:
    largest = rows[np.argsort(-atlas.population[rows], kind="stable")][:count].tolist()
    return [
        Town(
            name=atlas.name(row), lat=round(float(atlas.lat[row]), 3), lon=round(float(atlas.lon[row]), 3),
            population=int(atlas.population[row]),
        )
        for row in largest
    ]  # fmt: skip


def _tested(shown: ShownCandidate, point: Point) -> Mark:
    return Mark(
        kind="tested", letter=shown.letter, name=shown.place, lat=point.lat, lon=point.lon, outcome=shown.outcome,
        told=percent(shown.probability) if shown.probability is not None else "",
    )  # fmt: skip


def _rivals(prediction: Prediction, belief: Belief) -> Iterator[Mark]:
    """The next countries, each at its most probable place."""
    leader = prediction.levels[0].code
    others = [region for region in prediction.alternatives if region.key != leader]
    for region in [other for other in others if other.probability >= WORTH_NAMING][:RIVALS]:
        point = most_probable(belief, region.key)
        if point:
            told = percent(region.probability)
            yield Mark(kind="rival", name=region.name, lat=point.lat, lon=point.lon, told=told)


def _spot(spot: Spot) -> Place:
    at = spot.point
    return Place(evidence=spot.evidence, name=spot.name, lat=at.lat, lon=at.lon, radius_km=spot.radius_km)


def _places(item: Evidence) -> Iterator[Place]:
    """Where a piece of evidence points to, if it points to a place."""
    name = item.statement[:NAMED]
    for shape in _shapes(item.likelihood):
        if isinstance(shape, Band):
            middle = (shape.south + shape.north) / 2
            yield Place(evidence=item.id, name=name, lat=middle, lon=0, band=(shape.south, shape.north))
        elif isinstance(shape, Patches):
            yield from _boxes(shape, item)
        elif isinstance(shape, Point):
            yield Place(evidence=item.id, name=name, lat=shape.lat, lon=shape.lon)
        elif isinstance(shape, Ring) and shape.radius_km <= WIDEST_KM:
            yield Place(evidence=item.id, name=name, lat=shape.lat, lon=shape.lon, radius_km=shape.radius_km)
        elif isinstance(shape, Kernel | Gap) and shape.sigma_km <= WIDEST_KM:
            yield Place(evidence=item.id, name=name, lat=shape.lat, lon=shape.lon, radius_km=shape.sigma_km)


def _boxes(said: Patches, item: Evidence) -> Iterator[Place]:
    """The rectangles that evidence favours, as one place."""
    most = max(part.weight for part in said.parts)
    kept = [part for part in said.parts if part.weight >= most / 2 and part.weight > said.elsewhere]
    if kept:
        boxes = tuple((part.south, part.west, part.north, part.east) for part in kept)
        lat, lon = (kept[0].south + kept[0].north) / 2, (kept[0].west + kept[0].east) / 2
        yield Place(evidence=item.id, name=item.statement[:NAMED], lat=lat, lon=lon, boxes=boxes)


def _shapes(said: Statement) -> Iterator[Statement | Point]:
    """What a statement consists of: shapes, and points that a witness named."""
    if isinstance(said, Mixture):
        for weight, part in said.parts:
            if weight > 0:
                yield from _shapes(part)
    elif isinstance(said, Alternatives):
        yield from (place.point for place in said.places if place.point)
    else:
        yield said


def as_json(shown: ShownMap) -> dict[str, object]:
    """The data of the interactive map as JSON data, without fields that have their default."""
    data: dict[str, object] = json.loads(shown.model_dump_json(exclude_defaults=True))
    return data
