"""What is drawn on a map of an answer: the cells of the belief, the candidates, the point, and the names of towns."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.case.prediction import Prediction
from geoagent.geo import Point
from geoagent.report.answer import ShownCandidate
from geoagent.report.cells import Replay, drawn, grid, replay, shaded
from geoagent.report.coast import coast
from geoagent.report.map import WORLD, Window, close_up, countries
from geoagent.report.replay import History

WORLD_PITCH = 7.0
CLOSE_PITCH = 10.0
"""How far apart cells are, in pixels."""
WIDTH, HEIGHT = 640, 440
LEAST_KM, MOST_KM = 60.0, 4500.0
"""How far a close-up reaches; where it would have to reach further, there is none."""
TAIL = 6.0
"""A 90 % radius more than so many times that of 50 % is the distance to another place altogether."""
MARK = 20.0
"""Pixels that the mark of a candidate takes."""
STEM = 26.0
"""How far above its place a mark stands."""
FINE_KM = 2.0
"""Where a pixel is less than so many km, the outlines of the world are too coarse."""
NAMES = 14
LETTER, LINE = 6.6, 15.0
"""The width of a letter and the height of a line of a name, in pixels."""
LENGTHS_KM = (10, 20, 50, 100, 200, 500, 1000, 2000)


class Mark(NamedTuple):
    """A tested place: where its mark stands, where from there it points to, its letter, its verdict, its name."""

    x: float
    y: float
    to: tuple[float, float]
    letter: str
    outcome: str
    place: str


class Name(NamedTuple):
    """A town with its name to the right of it, in pixels."""

    x: float
    y: float
    name: str


class Drawing(NamedTuple):
    """A map: the window, the land and the belief as paths, and what stands on it.

    `paths` and `replay` are None where the belief cannot be computed again, or nothing moved it; `point` then as well.
    """

    window: Window
    land: str
    paths: dict[str, str] | None
    replay: Replay | None
    point: tuple[float, float] | None
    marks: list[Mark]
    names: list[Name]
    scale_km: int
    scale: float


def draw_world(prediction: Prediction, past: History, candidates: Sequence[ShownCandidate]) -> Drawing:
    """The whole world."""
    return _draw(WORLD, WORLD_PITCH, prediction, past, candidates, [])


def draw_close_up(prediction: Prediction, past: History, candidates: Sequence[ShownCandidate]) -> Drawing | None:
    """The surroundings of the answer's point; None where half of the belief lies too far apart.

    Towns are named only where the answer names one: else their names would say more than it does.
    """
    near, far = prediction.radius_km_50, prediction.radius_km_90
    reach_km = max(LEAST_KM, 1.15 * far if far <= TAIL * near else 2.5 * near)
    if reach_km > MOST_KM:
        return None
    window, atlas = close_up(prediction.point, reach_km, WIDTH, HEIGHT), past.final.atlas
    named = any(level.stated and level.level == "city" for level in prediction.levels)
    return _draw(window, CLOSE_PITCH, prediction, past, candidates, _towns(window, atlas) if named else [])


def _draw(
    window: Window, pitch: float, prediction: Prediction, past: History, candidates: Sequence[ShownCandidate],
    towns: Sequence[Name],
) -> Drawing:  # fmt: skip
    paths = states = None
    if past.agrees and not prediction.is_unknown:
        cells = grid(window, past.final.atlas, pitch)
        numbers = [shaded(cells, moment.probability) for moment in past.moments]
        paths, states = drawn(cells, numbers[-1]), replay(cells, numbers)
    point = None if prediction.is_unknown else _place(window, prediction.point)
    taken = [point] if point else []
    marks = _marks(window, candidates, taken)
    scale_km = max((km for km in LENGTHS_KM if km / window.km_per_pixel < window.width / 4), default=LENGTHS_KM[0])
    fine = window.km_per_pixel < FINE_KM
    land = coast(window, window.centre) if window.centre and fine else countries(window)
    return Drawing(
        window, land, paths, states, point, marks,
        _apart(towns, [*taken, *((mark.x, mark.y) for mark in marks)], window),
        scale_km, scale_km / window.km_per_pixel,
    )  # fmt: skip


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
