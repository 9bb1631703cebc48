"""Maps as SVG without a library: outlines of countries in equal-area projections of the world or a part of it."""

import json
import math
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from geoagent.geo import EARTH_RADIUS_KM, Floats, Point, unit_vectors

SCALE = 180.0
"""Pixels a unit of the projection, whose unit is the Earth's radius."""
NORTH_DEG, SOUTH_DEG = 83.0, -57.0
MARGIN = 12
"""Pixels round a close-up in which outlines still go on."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)


def equal_earth(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Points in the Equal Earth projection of the world (Šavrič, Patterson and Jenny 2018), shape (n, 2), y upwards.

    `lat` and `lon` are in degrees; the unit of the projection is the Earth's radius.
    """
    a1, a2, a3, a4 = _A
    theta = np.arcsin(math.sqrt(3) / 2 * np.sin(np.radians(lat)))
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * math.sqrt(3) / 3 * np.radians(lon) * np.cos(theta) / slope
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    return np.column_stack((x, y))


def azimuthal(lat: ArrayLike, lon: ArrayLike, centre: Point) -> Floats:
    """Points in Lambert's azimuthal equal-area projection round a centre, shape (n, 2), y upwards.

    `lat` and `lon` are in degrees; the unit of the projection is the Earth's radius.
    """
    phi, lam = np.radians(lat), np.radians(np.subtract(lon, centre.lon))
    sin0, cos0 = math.sin(math.radians(centre.lat)), math.cos(math.radians(centre.lat))
    cosine = sin0 * np.sin(phi) + cos0 * np.cos(phi) * np.cos(lam)
    k = np.sqrt(2 / np.maximum(1 + cosine, 1e-9))
    y = cos0 * np.sin(phi) - sin0 * np.cos(phi) * np.cos(lam)
    return np.column_stack((k * np.cos(phi) * np.sin(lam), k * y))


def from_azimuthal(plane: Floats, centre: Point) -> tuple[Floats, Floats]:
    """The latitudes and the longitudes, in degrees, of points that `azimuthal` has projected round this centre.

    `plane` has shape (n, 2).
    """
    x, y = plane[:, 0], plane[:, 1]
    rho = np.maximum(np.hypot(x, y), 1e-12)
    c = 2 * np.arcsin(np.minimum(rho / 2, 1))
    sin0, cos0 = math.sin(math.radians(centre.lat)), math.cos(math.radians(centre.lat))
    lat = np.arcsin(np.clip(np.cos(c) * sin0 + y * np.sin(c) * cos0 / rho, -1, 1))
    lon = np.arctan2(x * np.sin(c), rho * cos0 * np.cos(c) - y * sin0 * np.sin(c))
    return np.degrees(lat), (np.degrees(lon) + centre.lon + 180) % 360 - 180


_TOP = float(equal_earth([NORTH_DEG], [0.0])[0, 1])
_BOTTOM = float(equal_earth([SOUTH_DEG], [0.0])[0, 1])
_RIGHT = float(equal_earth([0.0], [180.0])[0, 0])


class Window(NamedTuple):
    """The frame of a map picture: its size in pixels, and its scale in pixels per Earth radius.

    `centre` is the point in its middle; None for the map of the whole world.
    """

    width: int
    height: int
    scale: float
    centre: Point | None = None

    @property
    def km_per_pixel(self) -> float:
        """How many km a pixel is, in the middle of the picture."""
        return EARTH_RADIUS_KM / self.scale

    def pixels(self, lat: ArrayLike, lon: ArrayLike) -> Floats:
        """Where points, given in degrees, lie in the picture: pixels from its upper left corner, shape (n, 2)."""
        if self.centre is None:
            plane = equal_earth(lat, lon)
            return np.column_stack(((plane[:, 0] + _RIGHT) * self.scale, (_TOP - plane[:, 1]) * self.scale))
        plane = azimuthal(lat, lon, self.centre) * self.scale
        return np.column_stack((self.width / 2 + plane[:, 0], self.height / 2 - plane[:, 1]))

    def shows(self, pixels: Floats, margin: float = 0.0) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """A mask of the points, given in pixels, that lie in the picture or at most `margin` pixels outside it."""
        x, y = pixels[:, 0], pixels[:, 1]
        inside = (x >= -margin) & (x <= self.width + margin) & (y >= -margin) & (y <= self.height + margin)
        return np.asarray(inside, dtype=np.bool_)


WORLD = Window(round(2 * _RIGHT * SCALE), round((_TOP - _BOTTOM) * SCALE), SCALE)


def close_up(centre: Point, reach_km: float, width: int, height: int) -> Window:
    """A window of `width` by `height` pixels that shows what lies at most `reach_km` from its centre."""
    plane = 2 * math.sin(min(reach_km / EARTH_RADIUS_KM, math.pi) / 2)
    return Window(width, height, min(width, height) / 2 / plane, centre)


@lru_cache(maxsize=1)
def rings() -> list[Floats]:
    """The outlines of the countries, and of the lakes in them, read once.

    Each is an array of latitude and longitude in degrees, shape (n, 2).
    """
    data = json.loads((files("geoagent") / "data" / "world.json").read_text(encoding="utf-8"))
    flat = [ring for country in data["countries"] for ring in country]
    return [np.cumsum(np.reshape(ring, (-1, 2)), axis=0)[:, ::-1] / data["steps_per_deg"] for ring in flat]


def countries(window: Window) -> str:
    """The outlines of all countries that a window shows, as the data of one SVG path."""
    return "".join(closed(pixels) for pixels in _outlines(window))


def _outlines(window: Window) -> Iterable[Floats]:
    if window.centre is None:
        shown = (window.pixels(ring[:, 0], ring[:, 1]) for ring in rings())
        return [pixels for pixels in shown if window.shows(pixels).any()]
    import shapely

    frame = shapely.box(-MARGIN, -MARGIN, window.width + MARGIN, window.height + MARGIN)
    middle = unit_vectors(window.centre.lat, window.centre.lon)[0]
    near = [ring for ring in rings() if (unit_vectors(ring[:, 0], ring[:, 1]) @ middle).max() > 0]
    shapes = [shapely.make_valid(shapely.Polygon(window.pixels(ring[:, 0], ring[:, 1]))) for ring in near]
    parts = shapely.get_parts(shapely.intersection(shapes, frame))
    return [shapely.get_coordinates(part) for part in parts if part.geom_type == "Polygon"]


def closed(pixels: Floats) -> str:
    """A ring of points in pixels as the data of a closed SVG path; "" for a ring of fewer than three different points.

    It is written compactly: relative steps in tenths of a pixel.
    """
    tenths = np.rint(pixels * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if len(steps) < 2:
        return ""
    drawn = "".join(f"{x / 10:g}{' ' if y >= 0 else ''}{y / 10:g} " for x, y in steps.tolist()).replace(" -", "-")
    return f"M{tenths[0, 0] / 10:g} {tenths[0, 1] / 10:g}l{drawn.rstrip()}z"


def line(pixels: Floats) -> str:
    """Points in pixels, shape (n, 2), as the data of an open SVG path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in pixels)
