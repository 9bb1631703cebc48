"""Heights from the user's own elevation tiles, in the HGT format of SRTM and its successors.

A tile holds one degree: big-endian 16-bit heights in metres, 3,601 or 1,201 rows from north to south, each from west to
east; -32768 where nothing is known. Its name is that of its south-western corner, such as N41W001.hgt (USGS, SRTM
topography documentation, 2015).
"""

import math
from pathlib import Path

import numpy as np

from geoagent.errors import ConfigError, ToolInputError
from geoagent.geo import Point
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.surroundings import Places, heights_told, points_of

SIDES = {2 * side * side: side for side in (1201, 3601)}
UNKNOWN = -32768


def elevation_tool(folder: Path) -> Tool:
    """The tool `elevation`, answered from a folder of tiles. Raises ConfigError for a folder that holds none."""
    if not any(folder.glob("*.hgt")):
        raise ConfigError(f"{folder}: holds no elevation tiles such as N41W001.hgt")

    def elevation(context: ToolContext, points: Places) -> ToolResult:
        """Height above the sea in metres at up to five points, such as a candidate and the ridge behind it."""
        places = points_of(points)
        return heights_told(places, [height_m(folder, place) for place in places])

    return as_tool(elevation)


def height_m(folder: Path, point: Point) -> float | None:
    """The height in metres at a point, interpolated between the four tile points around it.

    None where the tiles lack it. Raises ToolInputError.
    """
    south, west = math.floor(point.lat), math.floor(point.lon)
    if south == 90 or west == 180:
        south, west = min(south, 89), min(west, 179)
    name = f"{'NS'[south < 0]}{abs(south):02d}{'EW'[west < 0]}{abs(west):03d}.hgt"
    path = folder / name
    if not path.is_file():
        return None
    side = SIDES.get(path.stat().st_size)
    if side is None:
        raise ToolInputError(f"{name} is no elevation tile of 1,201 or 3,601 rows")
    heights = np.memmap(path, dtype=">i2", mode="r", shape=(side, side))
    y, x = (1 - (point.lat - south)) * (side - 1), (point.lon - west) * (side - 1)
    top, left = min(int(y), side - 2), min(int(x), side - 2)
    around = heights[top : top + 2, left : left + 2].astype(np.float64)
    if (around == UNKNOWN).any():
        return None
    down, right = y - top, x - left
    return float(np.array([1 - down, down]) @ around @ np.array([1 - right, right]))
