"""Searching on maps from above: a model with eyes follows a mark on generated tiles of a loopback server."""

import base64
import io
import re
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from geoagent import GeoAgent, Settings
from geoagent.belief import Beliefs
from geoagent.belief.density import NO_PLACES, every_row, in_patches, likelihood_ratio
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas, Patches
from geoagent.case.trace import Trace, TraceFile
from geoagent.geo import Area, Point, distance_km
from geoagent.report.interactive_map import shown_map
from geoagent.testing.scripted_model import LoopbackServer, ScriptedModel, action, look, said
from geoagent.tools.zoom_map import patch_of
from geoagent.web.services.tiles import Tile, bounds_of, tile_at

TERUEL = Point(lat=40.3456, lon=-1.1065)


class Earth(LoopbackServer):
    """Tiles of a green Earth, on which a red mark stands at one point at every zoom."""

    def __init__(self, mark: Point | None) -> None:
        self.mark = mark
        self.asked: list[Tile] = []
        super().__init__(type("Handler", (_Handler,), {"earth": self}))


class _Handler(BaseHTTPRequestHandler):
    earth: Earth

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        tile = Tile(*map(int, re.findall(r"\d+", self.path)[-3:]))
        self.earth.asked.append(tile)
        picture = Image.new("RGB", (256, 256), (40, 90 + 20 * ((tile.x + tile.y) % 2), 40))
        mark = self.earth.mark
        if mark is not None and tile_at(mark, tile.zoom) == tile:
            south, west, north, east = bounds_of(tile)
            x, y = 256 * (mark.lon - west) / (east - west), 256 * (north - mark.lat) / (north - south)
            ImageDraw.Draw(picture).ellipse((x - 6, y - 6, x + 6, y + 6), fill=(255, 0, 0))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(buffer.getvalue())


def follow(request: dict[str, Any]) -> dict[str, Any]:
    """Choose the cell with the red mark, where the last mosaic shows one, and the one beside it; else conclude."""
    pictures = [
        part for m in request["messages"] for part in m["content"] if isinstance(part, dict) and "image_url" in part
    ]
    data = pictures[-1]["image_url"]["url"].partition(",")[2]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
    red = pixels[:, :, 0] - pixels[:, :, 1] - pixels[:, :, 2]
    if red.max() < 100 or len(pictures) < 2:
        return action("conclude", claims=[])
    y, x = np.unravel_index(red.argmax(), red.shape)
    side = red.shape[0]
    number = int(16 * (x // side) + 4 * (y * 4 // side) + (x % side) * 4 // side + 1)
    view = max(map(int, re.findall(r"view (\d+): a mosaic", said(request))))
    return action("zoom_map", view=view, choose=[number, number - 1 if number % 16 > 1 else number + 1])


def solved(folder: Path, cache: Path, earth: Earth, *script: Any, given: Trace | None = None) -> TraceFile:
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8)).save(folder / "aerial.png")
    first = look({"country": "Spain", "probability": 0.9}, elsewhere=0.1)
    services = {"map_tiles": earth.address + "/{z}/{x}/{y}", "satellite_tiles": earth.address + "/{z}/{x}/{y}"}
    with ScriptedModel([first, action("zoom_map"), *script]) as model:
        settings = Settings.model_validate(
            {"vlm": model.url, "model": "scripted", "cache_dir": cache, "services": services, "no_second_look": True}
        )
        return GeoAgent(settings, given=given).trace(folder / "aerial.png")


def region(code: str) -> Trace:
    """A person's word for a region."""
    likelihood = Areas(weights={Area.parse(code): 1.0})
    said = Evidence(
        kind="correction", witness="user", statement="it is there", likelihood=likelihood, level="region", group="u"
    )
    return Trace(evidence=(said,))


@pytest.mark.slow
def test_six_levels_lead_from_a_region_to_a_place_and_overturn_the_leading_town(
    tmp_path: Path, cache: Path, beliefs: Beliefs
) -> None:
    with Earth(None) as blank:
        before = solved(tmp_path, cache, blank, follow, given=region("ES.52")).prediction
    with Earth(TERUEL) as earth:
        file = solved(tmp_path, cache, earth, follow, given=region("ES.52"))
    told = file.prediction
    towns = [next(level.name for level in p.levels if level.level == "city") for p in (before, told)]
    assert towns == ["Zaragoza", "Teruel"]
    choices = [item for item in file.trace.evidence if item.kind == "zoom_map"]
    first, *finer = choices
    assert first.group == "opinion:vlm:scripted" and first.level == "region"  # it says no more than the opinion does
    assert len(finer) == 5 and len({item.group for item in finer}) == 5
    assert distance_km(told.point, TERUEL) < 1
    assert max(tile.zoom for tile in earth.asked) <= 18
    assert {item.witness for item in choices} == {"vlm:scripted"}
    atlas = beliefs.atlas
    shown = Patches(parts=tuple(patch_of(Tile(*cell)) for cell in file.trace.calls[0].data["cells"]))
    inside = atlas.prior * in_patches(shown, every_row(atlas))
    ratio, _ = likelihood_ratio(choices[0].likelihood, atlas, NO_PLACES)
    assert abs(inside @ ratio / inside.sum() - 1) < 0.02  # it says where in what was shown, not whether it is there
    drawn = shown_map(file, beliefs.of(file.trace.evidence), [], [])
    assert sum(bool(place.boxes) for place in drawn.places) >= 6


@pytest.mark.slow
def test_a_model_that_sees_nothing_on_the_map_leaves_the_answer_as_it_was(tmp_path: Path, cache: Path) -> None:
    with Earth(None) as blank:
        file = solved(tmp_path, cache, blank, follow)
        bad = solved(
            tmp_path,
            cache,
            blank,
            *(action("zoom_map", view=v, choose=c) for v, c in ((2, [99]), (2, [3, 3]), (1, [3]), (None, [3]))),
            follow,
        )
    assert not any(item.kind == "zoom_map" for item in (*file.trace.evidence, *bad.trace.evidence))
    assert [call.status for call in bad.trace.calls] == ["ok", *["invalid"] * 4]
    assert bad.prediction.levels == file.prediction.levels
