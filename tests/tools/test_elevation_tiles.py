"""Heights from tiles of the user's own."""

from pathlib import Path

import numpy as np
import pytest

from geoagent.agent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError
from geoagent.geo import Point
from geoagent.photo import Photos
from geoagent.settings import Settings
from geoagent.terrain.elevation import height_m
from geoagent.tools import ToolContext, call_tool
from geoagent.tools.elevation_tiles import elevation_tool

SIDE = 1201


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tile of 41 to 42° N, 1 to 0° W: as high as it is north, in arc seconds, and 10,000 m in the west; a hole."""
    row = np.arange(SIDE)[::-1, None] * 3 + np.zeros((1, SIDE))
    row[:, 0] = 10_000
    row[100, 100] = -32768
    row.astype(">i2").tofile(tmp_path / "N41W001.hgt")
    return tmp_path


def test_heights_lie_between_those_around(folder: Path) -> None:
    assert height_m(folder, Point(lat=41.5, lon=-0.5)) == 1800
    assert height_m(folder, Point(lat=41 + 1.5 / 3600, lon=-0.5)) == pytest.approx(1.5)
    assert height_m(folder, Point(lat=41.5, lon=-1 + 1.5 / 3600)) == pytest.approx((10_000 + 1800) / 2)
    assert height_m(folder, Point(lat=41.0, lon=-1.0)) == 10_000


def test_what_no_tile_knows_is_unknown(folder: Path) -> None:
    assert height_m(folder, Point(lat=42 - 300 / 3600, lon=-1 + 300 / 3600)) is None
    assert height_m(folder, Point(lat=43.5, lon=-0.5)) is None
    assert height_m(folder, Point(lat=90, lon=180)) is None


def test_the_tool_tells_them_without_the_network(folder: Path, beliefs: Beliefs) -> None:
    (folder / "N00E000.hgt").write_bytes(b"no tile")
    context = ToolContext((), Trace(), beliefs.of(()), Photos(), "vlm:scripted")
    tools = {"elevation": elevation_tool(folder)}
    call = call_tool(tools, "elevation", {"points": [[41.5, -0.5], [10, 10]]}, context).calls[0]
    assert call.text == "41.5000, -0.5000: 1800 m; 10.0000, 10.0000: unknown"
    assert call.data == {"metres": [1800.0, None]}
    assert call_tool(tools, "elevation", {"points": [[0.5, 0.5]]}, context).calls[0].status == "invalid"


def test_the_agent_offers_it_where_a_folder_is_set(folder: Path, agent: GeoAgent) -> None:
    cache = agent.settings.cache
    with_tiles = GeoAgent(Settings(elevation=folder, cache_dir=cache))
    assert "elevation" in with_tiles.resources.tools
    assert "elevation" not in agent.resources.tools
    with pytest.raises(ConfigError, match="no elevation tiles"):
        _ = GeoAgent(Settings(elevation=cache, cache_dir=cache)).resources


def test_a_geotiff_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    """GDAL would follow the addresses and paths that other formats name."""
    rasterio = pytest.importorskip("rasterio")
    shape = {"width": 20, "height": 20, "count": 1, "dtype": "int16", "crs": "EPSG:4326", "nodata": -32768}
    where = rasterio.transform.from_origin(-1, 42, 0.05, 0.05)
    with rasterio.open(tmp_path / "heights", "w", driver="GTiff", transform=where, **shape) as file:
        file.write(np.full((20, 20), 700, np.int16), 1)
    (tmp_path / "named.tif").write_text(
        '<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>EPSG:4326</SRS>'
        "<GeoTransform>-1, 0.05, 0, 42, 0, -0.05</GeoTransform><VRTRasterBand dataType='Int16' band='1'><SimpleSource>"
        f"<SourceFilename>{tmp_path / 'heights'}</SourceFilename><SourceBand>1</SourceBand>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(ConfigError, match=r"named\.tif: not a GeoTIFF"):
        height_m(tmp_path, Point(lat=41.5, lon=-0.5))
