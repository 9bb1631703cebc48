"""Heights from a folder of the user's: HGT tiles of SRTM and its successors, and GeoTIFF.

An HGT tile holds one degree: big-endian 16-bit heights in metres, 3,601 or 1,201 rows from north to south, each from
west to east; -32768 where nothing is known. Its name is that of its south-western corner, such as N41W001.hgt (USGS,
SRTM topography documentation, 2015). GeoTIFF is read through rasterio, whatever its projection.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.geo import KM_PER_DEG, Floats, Point
from geoagent.plain_text import printable

SIDES = {2 * side * side: side for side in (1201, 3601)}
UNKNOWN = -32768
GEOTIFF = (".tif", ".tiff")


class Ground(NamedTuple):
    """Heights in metres on a grid: rows from south to north, columns from west to east; not a number where unknown."""

    south: float
    west: float
    step_lat_deg: float
    step_lon_deg: float
    heights: NDArray[np.float32]

    def at(self, lat: Floats, lon: Floats) -> Floats:
        """The heights at points, from the four grid points around each; not a number outside the grid."""
        y, x = (lat - self.south) / self.step_lat_deg, (lon - self.west) / self.step_lon_deg
        rows, columns = self.heights.shape
        inside = (y >= 0) & (x >= 0) & (y <= rows - 1) & (x <= columns - 1)
        row = np.clip(np.nan_to_num(y).astype(np.int64), 0, rows - 2)
        column = np.clip(np.nan_to_num(x).astype(np.int64), 0, columns - 2)
        up, right = y - row, x - column
        low = self.heights[row, column] * (1 - right) + self.heights[row, column + 1] * right
        high = self.heights[row + 1, column] * (1 - right) + self.heights[row + 1, column + 1] * right
        return np.where(inside, low * (1 - up) + high * up, np.nan)


def check_folder(folder: Path) -> None:
    """Raise ConfigError for a folder that is not there or holds no tiles."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'} of elevation tiles")
    if not any(path.is_file() for path in folder.glob("*.hgt")) and not _geotiffs(folder):
        raise ConfigError(f"{folder}: holds no elevation tiles, such as N41W001.hgt or a GeoTIFF")


def height_m(folder: Path, point: Point) -> float | None:
    """The height in metres at a point, interpolated between the four tile points around it.

    None where the tiles lack it. Raises ConfigError.
    """
    for path in _geotiffs(folder):
        around = np.array([point.lat, point.lat + 1e-5]), np.array([point.lon, point.lon + 1e-5])
        if np.isfinite(found := _read_geotiff(path, *around)[0, 0]):
            return float(found)
    south, west = min(math.floor(point.lat), 89), min(math.floor(point.lon), 179)
    path = _tile(folder, south, west)
    if not path.is_file():
        return None
    height = np.full((1, 1), np.nan, dtype=np.float32)
    _fill_from_hgt(height, path, np.array([point.lat - south]), np.array([point.lon - west]))
    return None if np.isnan(height[0, 0]) else float(height[0, 0])


def ground(folder: Path, centre: Point, half_km: float, step_m: float) -> Ground:
    """The heights in a square round a point, at about so many metres from each other. Raises ConfigError."""
    step_lat = step_m / 1000 / KM_PER_DEG
    step_lon = step_lat / max(0.05, math.cos(math.radians(centre.lat)))
    count = 2 * math.ceil(half_km * 1000 / step_m) + 1
    south, west = centre.lat - (count // 2) * step_lat, centre.lon - (count // 2) * step_lon
    steps: Floats = np.arange(count, dtype=np.float64)
    lat: Floats = south + step_lat * steps
    lon: Floats = west + step_lon * steps
    heights = np.full((count, count), np.nan, dtype=np.float32)
    for path in _geotiffs(folder):
        _fill(heights, _read_geotiff(path, lat, lon))
    for path, tile_south, tile_west in _hgt_tiles(folder, lat, lon):
        _fill_from_hgt(heights, path, lat - tile_south, lon - tile_west)
    return Ground(south, west, step_lat, step_lon, heights)


def _fill(heights: NDArray[np.float32], found: NDArray[np.float32]) -> None:
    np.copyto(heights, found, where=np.isnan(heights))


def _hgt_tiles(folder: Path, lat: Floats, lon: Floats) -> Iterator[tuple[Path, int, int]]:
    for south in range(math.floor(lat[0]), math.floor(lat[-1]) + 1):
        for west in range(math.floor(lon[0]), math.floor(lon[-1]) + 1):
            path = _tile(folder, south, (west + 180) % 360 - 180)
            if path.is_file():
                yield path, south, west


def _tile(folder: Path, south: int, west: int) -> Path:
    return folder / f"{'NS'[south < 0]}{abs(south):02d}{'EW'[west < 0]}{abs(west):03d}.hgt"


def _fill_from_hgt(heights: NDArray[np.float32], path: Path, lat: Floats, lon: Floats) -> None:
    """Fill in what one tile knows; latitudes and longitudes count from its south-western corner."""
    side = SIDES.get(path.stat().st_size)
    if side is None:
        raise ConfigError(f"{path}: no elevation tile of 1,201 or 3,601 rows; fetch it again")
    rows, columns = (np.flatnonzero((axis >= 0) & (axis <= 1)) for axis in (lat, lon))
    if not len(rows) or not len(columns):
        return
    raw = np.memmap(path, dtype=">i2", mode="r", shape=(side, side))
    y, x = (1 - lat[rows]) * (side - 1), lon[columns] * (side - 1)
    top, left = (np.minimum(axis.astype(np.int64), side - 2) for axis in (y, x))
    down, right = (y - top)[:, None], x - left
    corners = [
        np.asarray(raw[np.ix_(top + a, left + b)], dtype=np.float32) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    nw, ne, sw, se = (np.where(corner == UNKNOWN, np.float32(np.nan), corner) for corner in corners)
    known = (nw * (1 - right) + ne * right) * (1 - down) + (sw * (1 - right) + se * right) * down
    part = heights[np.ix_(rows, columns)]
    heights[np.ix_(rows, columns)] = np.where(np.isnan(part), known, part)


def _geotiffs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in GEOTIFF and path.is_file())


def _read_geotiff(path: Path, lat: Floats, lon: Floats) -> NDArray[np.float32]:
    """The heights of a GeoTIFF on a grid, whatever its projection. Raises ConfigError."""
    try:
        import rasterio
        from rasterio.enums import Resampling
        from rasterio.transform import from_origin
        from rasterio.vrt import WarpedVRT
    except ImportError as error:
        raise ConfigError("reading GeoTIFF needs rasterio: pip install 'geoagent-locate[terrain]'") from error
    step_lat, step_lon = lat[1] - lat[0], lon[1] - lon[0]
    wanted: dict[str, Any] = {
        "crs": "EPSG:4326", "width": len(lon), "height": len(lat), "resampling": Resampling.bilinear,
        "dtype": "float32",
        "transform": from_origin(lon[0] - step_lon / 2, lat[-1] + step_lat / 2, step_lon, step_lat), "nodata": math.nan,
    }  # fmt: skip
    try:
        with rasterio.open(path, driver="GTiff") as source:
            _check_heights(path, source.crs, source.dtypes[0])
            with WarpedVRT(source, **wanted) as warped:
                read: NDArray[np.float32] = warped.read(1)[::-1]
    except (rasterio.errors.RasterioError, ValueError) as error:
        raise ConfigError(f"{path}: not a GeoTIFF of heights that can be read ({printable(error)[:150]})") from error
    return read


def _check_heights(path: Path, crs: object, kind: str) -> None:
    """Raise ConfigError for a GeoTIFF that does not say where it lies, or whose values are no heights."""
    if crs is None:
        raise ConfigError(f"{path}: tells no coordinate system; add one, as gdal_translate -a_srs EPSG:4326 does")
    if kind.startswith("complex"):
        raise ConfigError(f"{path}: holds complex numbers, not heights in metres")
