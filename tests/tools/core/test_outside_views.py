"""Pictures from outside: maps, pictures from above, street-level pictures; views, and never clues of the photo."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.case.trace import Trace, extend
from geoagent.case.views import View
from geoagent.photo import Photos
from geoagent.photo.hashing import picture_hash
from geoagent.privacy.disclosure import disclose
from geoagent.settings import Settings
from geoagent.testing.scripted_model import ScriptedModel, action, look
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.web.gate import Gate, Wire
from tests.internet import Hit, Reply, Web
from tests.scenes import scene, sign

PICTURE = {
    "id": "77", "computed_geometry": {"coordinates": [-0.879, 41.652]}, "compass_angle": 90.0,
    "captured_at": 1_564_500_000_000, "thumb_1024_url": "http://pictures.example/77.png",
}  # fmt: skip


def png(colour: tuple[int, int, int], size: int = 256) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(buffer, "PNG")
    return buffer.getvalue()


def tile(hit: Hit) -> Reply:
    """A tile whose colour tells where it is: red its column, green its row, blue its zoom."""
    zoom, x, y = (int(part) for part in hit.url.rpartition("/tiles/")[2].partition("?")[0].split("/"))
    return Reply(png((x % 256, y % 256, zoom), 512), "image/png")


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


@pytest.fixture
def context(web: Web, beliefs: Beliefs, tmp_path: Path) -> ToolContext:
    """A case of one photo, whose services are all in the small web."""
    photos, path = Photos(), tmp_path / "photo.png"
    scene((sign("BAECKEREI"), (300, 300))).save(path)
    ref = photos.load(str(path)).ref
    services = {
        "map_tiles": "http://tiles.example/tiles/{z}/{x}/{y}", "mapillary": f"{web.url}/mapillary",
        "searxng": f"{web.url}/searxng",
    }  # fmt: skip
    settings = Settings.model_validate({
        "cache_dir": tmp_path / "cache", "services": services, "keys": {"mapillary": "k"}, "online": True,
    })  # fmt: skip
    wire = Wire(Gate(settings, web.network), hashes=lambda: [picture_hash(photos.load(str(path)).image)])
    trace = Trace(views=(View(number=1, photo=0, width=ref.width, height=ref.height),))
    return ToolContext((ref,), trace, beliefs.of(()), photos, "vlm:scripted", wire)


def after(context: ToolContext, tool: str, **arguments: object) -> tuple[ToolContext, Trace]:
    added = call_tool(TOOLS, tool, arguments, context)
    return context._replace(trace=extend(context.trace, added)), added


def test_a_map_is_put_together_from_tiles_around_its_middle(web: Web, context: ToolContext) -> None:
    zoom, x, y = 16, 32768, 32767  # the tile of 360 / 2¹⁶ degrees north-east of 0° N, 0° E
    web.pages = {f"tiles.example/tiles/{zoom}/{x + i}/{y + j}": tile for i in range(-3, 4) for j in range(-3, 4)}
    context, added = after(context, "show_map", lat=180 / 2**16, lon=180 / 2**16, across_m=800)
    (view,) = added.views
    assert view.outside is not None and not view.is_photo
    picture = context.photos.render(context.refs[0], view)
    assert picture.size == (640, 640)
    assert picture.getpixel((320, 320)) == (x % 256, y % 256, zoom)
    assert picture.getpixel((320 + 256, 320)) == ((x + 1) % 256, y % 256, zoom)
    assert picture.getpixel((320, 320 - 256)) == (x % 256, (y - 1) % 256, zoom)
    assert 800 <= added.calls[0].data["across_m"] < 1600


def test_a_map_at_the_date_line_goes_on_on_the_other_side_and_ends_at_the_pole(web: Web, context: ToolContext) -> None:
    web.pages = {
        f"tiles.example/tiles/{z}/{x}/{y}": tile for z in (8,) for x in (*range(4), *range(252, 256)) for y in range(4)
    }
    context, added = after(context, "show_map", lat=84.9, lon=179.9, across_m=30_000)
    picture = context.photos.render(context.refs[0], added.views[0])
    colours = {colour for _, colour in picture.getcolors(500_000)}
    assert {(255, 0, 8), (0, 0, 8), (255, 255, 255)} <= colours


def test_a_kind_of_map_that_no_server_was_named_for_is_not_available(context: ToolContext) -> None:
    _, added = after(context, "show_map", lat=41.6, lon=-0.9, kind="satellite")
    assert added.calls[0].status == "unavailable"
    assert "satellite_tiles was not allowed" in added.calls[0].text


def shown_picture(web: Web, context: ToolContext, body: bytes) -> tuple[ToolContext, Trace]:
    web.pages = {
        "127.0.0.1/mapillary/images": Reply(json.dumps({"data": [PICTURE]}), "application/json"),
        "pictures.example/77.png": Reply(body, "image/png"),
    }
    context, _ = after(context, "street_pictures", lat=41.652, lon=-0.879)
    return after(context, "show_picture", which="77")


def test_a_street_picture_is_shown_by_its_number_and_compared(web: Web, context: ToolContext) -> None:
    context, added = shown_picture(web, context, png((10, 200, 30)))
    assert added.calls[0].status == "ok"
    context, beside = after(context, "compare_views", first=1, second=2)
    pair = context.photos.render(context.refs[0], beside.views[0])
    assert pair.getpixel((pair.width - 5, pair.height - 5)) == (10, 200, 30)


def test_what_is_in_a_picture_from_outside_is_no_clue(web: Web, context: ToolContext) -> None:
    picture = io.BytesIO()
    scene((sign("PHARMACIE DE LYON"), (200, 300))).save(picture, "PNG")
    context, _ = shown_picture(web, context, picture.getvalue())
    context, closer = after(context, "zoom", view=2, box=[0, 0, 1, 0.9])
    assert closer.views[0].outside
    for view in (2, 3):
        _, read = after(context, "read_text", view=view, box=[0, 0, 1, 1])
        assert "LYON" in read.calls[0].text and "no clue" in read.calls[0].text
        assert not read.clues and not read.evidence
        _, refused = after(context, "observe", view=view, question="driving_side", answer="left")
        assert refused.calls[0].status == "invalid" and "not the photo" in refused.calls[0].text


def test_a_picture_that_nothing_found_is_not_fetched(web: Web, context: ToolContext) -> None:
    web.pages = {"pictures.example/77.png": Reply(png((1, 2, 3)), "image/png")}
    for which in ("77", "http://pictures.example/77.png"):
        _, added = after(context, "show_picture", which=which)
        assert added.calls[0].status == "invalid"
    assert not web.hits


def test_what_is_no_picture_is_one_line(web: Web, context: ToolContext) -> None:
    _, added = shown_picture(web, context, b"GIF89a but not really")
    assert added.calls[0].status == "unavailable"
    assert "cannot be read" in added.calls[0].text


def test_without_shortcuts_the_photo_itself_is_not_shown(web: Web, context: ToolContext, tmp_path: Path) -> None:
    gate = Gate(Settings.model_validate({
        "cache_dir": tmp_path / "other", "services": {"mapillary": f"{web.url}/mapillary"}, "keys": {"mapillary": "k"},
        "online": True, "no_shortcuts": True,
    }), web.network)  # fmt: skip
    own = Path(context.refs[0].path).read_bytes()
    hashed = picture_hash(Image.open(io.BytesIO(own)).convert("RGB"))
    _, added = shown_picture(web, context._replace(wire=Wire(gate, hashes=lambda: [hashed])), own)
    assert added.calls[0].status == "unavailable" and not added.views


@pytest.mark.slow
def test_what_a_model_sees_in_a_map_is_no_clue_and_a_coarse_answer_does_not_tell_the_map(
    web: Web, context: ToolContext, cache: Path, beliefs: Beliefs
) -> None:
    web.pages = {f"tiles.example/tiles/16/{x}/{y}": tile for x in range(32766, 32771) for y in range(32765, 32770)}
    seen = [{"kind": "object", "value": "a mast", "view": 2}, {"kind": "object", "value": "a kerb", "view": 1}]
    script = [
        look({"country": "Spain", "city": "Zaragoza", "probability": 0.9}),
        action("show_map", lat=0.0027183, lon=0.0027183, across_m=800),
        {**action("conclude", claims=[]), "seen": seen},
    ]
    with ScriptedModel(script) as model:
        services = {"map_tiles": "http://tiles.example/tiles/{z}/{x}/{y}"}
        settings = Settings.model_validate({"vlm": model.url, "cache_dir": cache, "services": services})
        file = GeoAgent(settings, network=web.network).trace(context.refs[0].path)
    assert [view.outside is not None for view in file.trace.views] == [False, True]
    values = [clue.value for clue in file.trace.clues]
    assert "a kerb" in values and "a mast" not in values
    assert "0.0027183" in file.model_dump_json()
    coarse = disclose(file, "country", beliefs)
    assert "0.0027183" not in coarse.model_dump_json()
    assert not any("across_m" in call.arguments or "800" in call.text for call in coarse.trace.calls)
