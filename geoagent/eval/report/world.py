"""The world map of a run's errors: true and answered points, joined along great circles."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from geoagent.eval.report.cases import Case
from geoagent.geo import Point, unit_vectors
from geoagent.plain_text import distance
from geoagent.report.map import WORLD, line

JOINED_KM = 100.0
ERRORS_KM = (25.0, 200.0, 750.0, 2500.0)
"""Upper ends of the classes of error; the last class is open."""


def error_class(d_km: float) -> int:
    """The number of the class that an error of `d_km` falls into, from 0 (up to 25 km) to 4 (above 2,500 km).

    The other limits are 200 and 750 km.
    """
    return sum(d_km > limit for limit in ERRORS_KM)


def world_map(cases: Sequence[Case], land_path: str, label: str) -> Markup:
    """The errors of a run on a map of the world, as SVG: dots are true points, rings answered ones.

    Answered points up to 100 km from the true one are not drawn. `land_path` draws the land as an SVG path; `label`
    describes the map for readers who do not see it.
    """
    placed = [
        (d_km, case.sample.id, case.point, case.sample.point)
        for case in cases
        if case.point and case.sample.point and isinstance(d_km := case.row["distance_km"], float)
    ]
    placed.sort(key=lambda item: item[0])
    marks = [mark for d_km, name, answer, truth in placed for mark in _joined(d_km, name, truth, answer)]
    dense = " dense" if len(placed) > 300 else ""
    return Markup(
        '<svg class="world{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="land" d="{}"/>{}</svg>'
    ).format(dense, WORLD.width, WORLD.height, label, land_path, Markup("").join(marks))


def _joined(d_km: float, name: str, truth: Point, answer: Point) -> Iterator[Markup]:
    kind = error_class(d_km)
    if d_km > JOINED_KM:
        yield Markup('<path class="error e{}" d="{}"/>').format(kind, great_circle(truth, answer))
        x, y = WORLD.pixels([answer.lat], [answer.lon])[0]
        yield Markup('<circle class="answer e{}" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(kind, x, y)
    x, y = WORLD.pixels([truth.lat], [truth.lon])[0]
    yield Markup('<circle class="truth e{}" cx="{:.1f}" cy="{:.1f}" r="2.8"><title>{}: {}</title></circle>').format(
        kind, x, y, name, distance(d_km)
    )


def great_circle(start: Point, end: Point) -> str:
    """The shorter arc between two points as an SVG path on the world map, broken where it crosses the map's edge."""
    (a, b) = unit_vectors([start.lat, end.lat], [start.lon, end.lon])
    angle = math.acos(float(np.clip(a @ b, -1, 1)))
    steps = np.linspace(0, 1, 2 + int(angle * 12))[:, None]
    bent = math.sin(angle) > 1e-6
    arc = (np.sin((1 - steps) * angle) * a + np.sin(steps * angle) * b) / math.sin(angle) if bent else np.array([a, b])
    arc = arc / np.linalg.norm(arc, axis=1, keepdims=True)
    lon = np.degrees(np.arctan2(arc[:, 1], arc[:, 0]))
    cuts = np.flatnonzero(np.abs(np.diff(lon)) > 180) + 1
    pixels = WORLD.pixels(np.degrees(np.arcsin(np.clip(arc[:, 2], -1, 1))), lon)
    return "".join(line(piece) for piece in np.split(pixels, cuts) if len(piece) > 1)
