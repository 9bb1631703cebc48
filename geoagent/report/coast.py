"""Land in a close-up, where the outlines of the world would be too coarse: cells of land, joined country by country."""

import math
from collections.abc import Iterator

import numpy as np
import shapely

from geoagent.atlas.borders import Borders
from geoagent.atlas.surroundings import on_land
from geoagent.geo import Point
from geoagent.report.cells import around, corners
from geoagent.report.map import Window, closed, from_azimuthal

PITCH = 5.0
"""How far apart the cells are, in pixels."""
DIGITS = 1
"""Corners are rounded, so that neighbours share theirs exactly."""


def coast(window: Window, centre: Point) -> str:
    """The land round a centre as one path, country by country: where a cell of 0.05° holds any land."""
    middles = around(window, PITCH, 2 * PITCH) * np.array([PITCH / 2, PITCH * math.sqrt(3) / 2])
    plane = (middles - [window.width / 2, window.height / 2]) * [1, -1] / window.scale
    lat, lon = from_azimuthal(plane, centre)
    land = on_land(lat, lon)
    if not land.any():
        return ""
    codes = np.array([code or "" for code in Borders().country_codes(lat[land], lon[land])])
    hexagons = shapely.polygons(np.round(middles[land][:, None] + np.array(corners(PITCH)), DIGITS))
    shapes = (shapely.coverage_union_all(hexagons[codes == code]) for code in np.unique(codes))
    return "".join(closed(shapely.get_coordinates(ring)) for shape in shapes for ring in _rings(shape))


def _rings(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            yield from (part.exterior, *part.interiors)
