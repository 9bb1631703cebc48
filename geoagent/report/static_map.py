"""The map of an answer as a picture, for paper and where no script runs: belief, tested places, point and towns."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely

from geoagent.atlas import Atlas
from geoagent.case.prediction import Prediction
from geoagent.geo import Point
from geoagent.report.answer import ShownCandidate
from geoagent.report.country_outlines import land_round, rings_of
from geoagent.report.map import WORLD, Window, close_up, closed, countries, from_azimuthal
from geoagent.report.regions import Outline

WIDTH, HEIGHT = 640, 440
LEAST_KM, MOST_KM = 30.0, 4500.0
"""How far a close-up reaches; where it would have to reach further, there is none."""
TAIL = 6.0
"""A 90 % radius more than so many times that of 50 % is the distance to another place altogether."""
MARK = 20.0
"""Pixels that the mark of a candidate takes."""
STEM = 26.0
"""How far above its place a mark stands."""
FINE_KM = 4.0
"""Where a pixel is less than so many km, the outlines of the world are too coarse."""
NAMES = 14
LETTER, LINE = 6.6, 15.0
"""The width of a letter and the height of a line of a name, in pixels."""
LENGTHS_KM = (10, 20, 50, 100, 200, 500, 1000, 2000)


class Mark(NamedTuple):
    """The mark of a tested place on a static map.

    `x` and `y` are where it stands, in pixels; `to` is how far from there the place itself lies, in pixels.
    """

    x: float
    y: float
    to: tuple[float, float]
    letter: str
    outcome: str
    place: str


class Name(NamedTuple):
    """The name of a town on a static map.

    `x` and `y` are where the town lies, in pixels; the name stands right of it.
    """

    x: float
    y: float
    name: str


class Drawing(NamedTuple):
    """A static map as a template draws it: its window, the data of SVG paths, and the marks and names on it.

    `regions` has the paths of the belief's regions, "r90" and "r50"; it is empty where the belief cannot be computed
    again or nothing moved it. `point` is the answered point in pixels, or None. A scale bar of `scale` pixels is
    `scale_km` long.
    """

    window: Window
    land: str
    regions: dict[str, str]
    point: tuple[float, float] | None
    marks: list[Mark]
    names: list[Name]
    scale_km: int
    scale: float


def draw_world(prediction: Prediction, found: Sequence[Outline], candidates: Sequence[ShownCandidate]) -> Drawing:
    """A static map of the world with the regions of the belief (`found`), the tested places and the answered point.

    `prediction` is the answer, `candidates` are the tested places.
    """
    return _draw(WORLD, prediction, found, candidates, countries(WORLD), [])


def draw_close_up(
    prediction: Prediction, found: Sequence[Outline], candidates: Sequence[ShownCandidate], atlas: Atlas
) -> Drawing | None:
    """A static map of what lies round the answered point; None where half of the belief lies too far apart for one.

    `prediction` is the answer. `found` are the regions of the belief, `candidates` the tested places. Towns are named
    only where the answer names one, since their names would say more than it does.
    """
    near, far = prediction.radius_km_50, prediction.radius_km_90
    reach_km = max(LEAST_KM, 1.15 * far if far <= TAIL * near else 2.5 * near)
    if reach_km > MOST_KM:
        return None
    window = close_up(prediction.point, reach_km, WIDTH, HEIGHT)
    named = any(level.stated and level.level == "city" for level in prediction.levels)
    land = _land(window, prediction.point) if window.km_per_pixel < FINE_KM else countries(window)
    return _draw(window, prediction, found, candidates, land, _towns(window, atlas) if named else [])


def _draw(
    window: Window, prediction: Prediction, found: Sequence[Outline], candidates: Sequence[ShownCandidate], land: str,
    towns: Sequence[Name],
) -> Drawing:  # fmt: skip
    point = None if prediction.is_unknown else _place(window, prediction.point)
    taken = [point] if point else []
    marks = _marks(window, candidates, taken)
    scale_km = max((km for km in LENGTHS_KM if km / window.km_per_pixel < window.width / 4), default=LENGTHS_KM[0])
    return Drawing(
        window, land, {f"r{100 * region.share:.0f}": _path(window, region.shape) for region in found}, point, marks,
        _apart(towns, [*taken, *((mark.x, mark.y) for mark in marks)], window),
        scale_km, scale_km / window.km_per_pixel,
    )  # fmt: skip


def _path(window: Window, shape: shapely.Geometry) -> str:
    """A shape in degrees as a path; on the map of the world what goes on beyond its edges comes back at the other."""
    if window.centre is not None:
        return "".join(closed(window.pixels(ring[:, 1], ring[:, 0])) for ring in rings_of(shape))
    parts = [
        (turn, shapely.intersection(shape, shapely.box(turn - 180, -90, turn + 180, 90))) for turn in (-360, 0, 360)
    ]
    rings = [(ring, turn) for turn, part in parts for ring in rings_of(part)]
    return "".join(closed(window.pixels(ring[:, 1], ring[:, 0] - turn)) for ring, turn in rings)


def _land(window: Window, centre: Point) -> str:
    """The land in a close-up, country by country."""
    x, y = window.width / window.scale / 2, window.height / window.scale / 2
    edge = np.linspace(-1, 1, 9)
    sides = [(edge * x, np.full(9, end * y)) for end in (-1, 1)] + [(np.full(9, end * x), edge * y) for end in (-1, 1)]
    lat, lon = from_azimuthal(np.column_stack([np.concatenate(axis) for axis in zip(*sides, strict=True)]), centre)
    off = (lon - centre.lon + 180) % 360 - 180
    high = min(float(lat.max()), 89.9), max(float(lat.min()), -89.9)
    pole = abs(centre.lat) > 80
    west, east = (-180.0, 180.0) if pole else (float(off.min()), float(off.max()))
    land = land_round(centre.lon + west, high[1], centre.lon + east, high[0], window.km_per_pixel / 200)
    return "".join(closed(window.pixels(ring[:, 1], ring[:, 0])) for rings in land for ring in rings)


def _place(window: Window, point: Point) -> tuple[float, float] | None:
    pixels = window.pixels([point.lat], [point.lon])
    return (round(float(pixels[0, 0]), 1), round(float(pixels[0, 1]), 1)) if window.shows(pixels)[0] else None


def _marks(window: Window, candidates: Sequence[ShownCandidate], taken: Sequence[tuple[float, float]]) -> list[Mark]:
    """A mark above each candidate, moved to the right until it covers none before it."""
    marks: list[Mark] = []
    for candidate in candidates:
        place = _place(window, candidate.point) if candidate.point else None
        if place is None:
            continue
        x, y = place[0], max(place[1] - STEM, MARK / 2)
        while any(abs(x - mark.x) < MARK and abs(y - mark.y) < MARK for mark in marks):
            x += 1
        if x < window.width - MARK / 2:
            to = (round(place[0] - x, 1), round(place[1] - y, 1))
            marks.append(Mark(round(x, 1), round(y, 1), to, candidate.letter, candidate.outcome, candidate.place))
    return marks


def _towns(window: Window, atlas: Atlas) -> list[Name]:
    """The towns in a window, the largest first."""
    pixels = window.pixels(atlas.lat, atlas.lon)
    rows = np.flatnonzero(window.shows(pixels, -MARK) & (atlas.city == np.arange(len(atlas))))
    largest = rows[np.argsort(-atlas.population[rows], kind="stable")][: 4 * NAMES]
    return [Name(round(float(pixels[r, 0]), 1), round(float(pixels[r, 1]), 1), atlas.name(int(r))) for r in largest]


def _apart(towns: Sequence[Name], taken: Sequence[tuple[float, float]], window: Window) -> list[Name]:
    """The first towns whose names cover neither each other nor a mark."""
    boxes = [(x - MARK / 2, y - MARK / 2, x + MARK / 2, y + MARK / 2) for x, y in taken]
    kept: list[Name] = []
    for town in towns:
        box = (town.x - 4, town.y - LINE / 2, town.x + 8 + LETTER * len(town.name), town.y + LINE / 2)
        over = any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in boxes)
        if not over and box[2] < window.width and len(kept) < NAMES:
            kept.append(town)
            boxes.append(box)
    return kept
