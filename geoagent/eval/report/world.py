"""The world map: land in the Equal Earth projection, and true and answered points joined along great circles."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike

from geoagent.atlas import Atlas
from geoagent.eval.report.cases import Case
from geoagent.geo import Floats, Point, unit_vectors
from geoagent.report.terminal import distance

SCALE = 180.0
"""Pixels a unit of the projection, whose unit is the Earth's radius."""
NORTH_DEG, SOUTH_DEG = 83.0, -57.0
GRID_PIXELS = 4.0
ROW_PIXELS = GRID_PIXELS * math.sqrt(3) / 2
"""Land is a hexagonal grid of dots, coarse enough that the atlas leaves no gap inland."""
JOINED_KM = 100.0
ERRORS_KM = (25.0, 200.0, 750.0, 2500.0)
"""Upper ends of the classes of error; the last class is open."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)


def equal_earth(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Points in degrees in the Equal Earth projection (Šavrič, Patterson and Jenny 2018), shape (n, 2), y upwards."""
    a1, a2, a3, a4 = _A
    theta = np.arcsin(math.sqrt(3) / 2 * np.sin(np.radians(lat)))
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * math.sqrt(3) / 3 * np.radians(lon) * np.cos(theta) / slope
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    return np.column_stack((x, y))


_TOP = float(equal_earth([NORTH_DEG], [0.0])[0, 1])
_BOTTOM = float(equal_earth([SOUTH_DEG], [0.0])[0, 1])
_RIGHT = float(equal_earth([0.0], [180.0])[0, 0])
WIDTH, HEIGHT = round(2 * _RIGHT * SCALE), round((_TOP - _BOTTOM) * SCALE)


def error_class(d_km: float) -> int:
    """The number of the class that an error in km falls into, 0 the best."""
    return sum(d_km > limit for limit in ERRORS_KM)


def world_map(cases: Sequence[Case], land_path: str, label: str) -> Markup:
    """The map of one run's errors as SVG: dots are true points, rings answered ones."""
    placed = [
        (d_km, case.sample.id, case.point, case.sample.point)
        for case in cases
        if case.point and case.sample.point and isinstance(d_km := case.row["distance_km"], float)
    ]
    placed.sort(key=lambda item: item[0])
    marks = [mark for d_km, name, answer, truth in placed for mark in _joined(d_km, name, truth, answer)]
    dense = " dense" if len(placed) > 300 else ""
    return Markup(
        '<svg class="world{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="land" d="{}"/>'
        "{}</svg>"
    ).format(dense, WIDTH, HEIGHT, label, land_path, Markup("").join(marks))


def _joined(d_km: float, name: str, truth: Point, answer: Point) -> Iterator[Markup]:
    kind = error_class(d_km)
    if d_km > JOINED_KM:
        yield Markup('<path class="error e{}" d="{}"/>').format(kind, great_circle(truth, answer))
        x, y = _pixels([answer.lat], [answer.lon])[0]
        yield Markup('<circle class="answer e{}" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(kind, x, y)
    x, y = _pixels([truth.lat], [truth.lon])[0]
    yield Markup('<circle class="truth e{}" cx="{:.1f}" cy="{:.1f}" r="2.8"><title>{}: {}</title></circle>').format(
        kind, x, y, name, distance(d_km)
    )


def great_circle(start: Point, end: Point) -> str:
    """The shorter arc between two points as a path, lifted where it crosses the edge of the map."""
    (a, b) = unit_vectors([start.lat, end.lat], [start.lon, end.lon])
    angle = math.acos(float(np.clip(a @ b, -1, 1)))
    steps = np.linspace(0, 1, 2 + int(angle * 12))[:, None]
    bent = math.sin(angle) > 1e-6
    arc = (np.sin((1 - steps) * angle) * a + np.sin(steps * angle) * b) / math.sin(angle) if bent else np.array([a, b])
    arc = arc / np.linalg.norm(arc, axis=1, keepdims=True)
    lon = np.degrees(np.arctan2(arc[:, 1], arc[:, 0]))
    cuts = np.flatnonzero(np.abs(np.diff(lon)) > 180) + 1
    pixels = _pixels(np.degrees(np.arcsin(np.clip(arc[:, 2], -1, 1))), lon)
    return "".join(_line(piece) for piece in np.split(pixels, cuts) if len(piece) > 1)


def _pixels(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Points in degrees in the picture, y downwards, shape (n, 2)."""
    plane = equal_earth(lat, lon)
    return np.column_stack(((plane[:, 0] + _RIGHT) * SCALE, (_TOP - plane[:, 1]) * SCALE))


def _line(pixels: Floats) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in pixels)


def land(atlas: Atlas) -> str:
    """The land as the path of a grid of dots: one wherever the atlas has a place or a point on land."""
    pixels = _pixels(atlas.lat, atlas.lon)
    rows = np.rint(pixels[:, 1] / ROW_PIXELS).astype(np.int64)
    shifted = (rows % 2) / 2
    columns = np.rint(pixels[:, 0] / GRID_PIXELS - shifted).astype(np.int64)
    dots = np.unique(np.column_stack((rows, columns))[(rows >= 0) & (rows * ROW_PIXELS <= HEIGHT)], axis=0)
    return "".join(f"M{(x + y % 2 / 2) * GRID_PIXELS:g} {y * ROW_PIXELS:.1f}h0" for y, x in dots)
