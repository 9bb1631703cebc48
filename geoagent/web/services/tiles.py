"""Tile servers of the user's choice: maps, and pictures from above, in Web Mercator (EPSG:3857) tiles z/x/y."""

import math
from typing import NamedTuple

from PIL import Image

from geoagent.geo import Point
from geoagent.web.fetch import PICTURE
from geoagent.web.gate import Wire
from geoagent.web.pictures import decode
from geoagent.web.provider import Provider

MAP_TILES = Provider(
    name="map_tiles",
    answers="a map of a place, as a picture to compare with",
    terms="those of the server that you name, such as the tile policy of OpenStreetMap; write {z}, {x} and {y}",
    base_url=None,
    accepts=PICTURE,
    keep_s=30 * 86_400.0,
    max_bytes=2_000_000,
)
SATELLITE_TILES = MAP_TILES._replace(
    name="satellite_tiles",
    answers="a place from above, as a picture to compare with",
    terms="those of the server that you name; write {z}, {x} and {y}",
)
MAX_ZOOM = 18
TILE_PX = 256
"""The size that a tile stands for; servers may send sharper ones."""
EQUATOR_M = 40_075_016.686
MOST_LAT_DEG = 85.0511
SIDE_PX = 640


class Tile(NamedTuple):
    """A tile by its zoom, its column from the west and its row from the north."""

    zoom: int
    x: int
    y: int


def tile_at(point: Point, zoom: int) -> Tile:
    """The tile of a zoom that a point lies in."""
    count = 2**zoom
    lat = math.radians(max(-MOST_LAT_DEG, min(MOST_LAT_DEG, point.lat)))
    x, y = (point.lon + 180) / 360 * count, (1 - math.asinh(math.tan(lat)) / math.pi) / 2 * count
    return Tile(zoom, min(int(x), count - 1), min(int(y), count - 1))


def bounds_of(tile: Tile) -> tuple[float, float, float, float]:
    """South, west, north and east of a tile, in degrees."""
    count = 2**tile.zoom
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / count)))) for row in (tile.y, tile.y + 1))
    return south, tile.x / count * 360 - 180, north, (tile.x + 1) / count * 360 - 180


class MapPicture(NamedTuple):
    """A square picture of the surroundings of a place, north up, with the place in its middle.

    `across_m` is its width on the ground in metres, `zoom` the zoom of its tiles.
    """

    picture: Image.Image
    across_m: float
    zoom: int


def map_around(wire: Wire, provider: Provider, middle: Point, across_m: float) -> MapPicture:
    """The surroundings of a point as a picture of 640 × 640 pixels, at the closest zoom that shows at least `across_m`
    metres.

    `provider` is the server of maps or of pictures from above. Raises ToolUnavailable where it is not configured or
    does not answer.
    """
    lat = max(-MOST_LAT_DEG, min(MOST_LAT_DEG, middle.lat))
    per_pixel = EQUATOR_M * math.cos(math.radians(lat)) / TILE_PX
    zoom = max(0, min(MAX_ZOOM, math.floor(math.log2(per_pixel * SIDE_PX / across_m))))
    count = 2**zoom
    x = (middle.lon + 180) / 360 * count * TILE_PX
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count * TILE_PX
    left, top = round(x - SIDE_PX / 2), round(y - SIDE_PX / 2)
    canvas = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    for row in range(top // TILE_PX, (top + SIDE_PX - 1) // TILE_PX + 1):
        for column in range(left // TILE_PX, (left + SIDE_PX - 1) // TILE_PX + 1):
            if 0 <= row < count:
                tile = tile_picture(wire, provider, Tile(zoom, column % count, row))
                canvas.paste(tile, (column * TILE_PX - left, row * TILE_PX - top))
    return MapPicture(canvas, per_pixel * SIDE_PX / count, zoom)


def tile_picture(wire: Wire, provider: Provider, tile: Tile) -> Image.Image:
    """The picture of a tile, 256 × 256 pixels. Raises ToolUnavailable."""
    answer = wire.ask(provider, parts={"z": str(tile.zoom), "x": str(tile.x), "y": str(tile.y)})
    return decode(answer.body).resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)
