"""Looking closer, on drawn pictures whose truth is known."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from geoagent import GeoAgent
from geoagent.case.trace import Trace, extend
from geoagent.case.views import Box, View
from geoagent.photo import Photos
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.tools.adjust import tilt
from geoagent.tools.colours import NAMES, name_of
from tests.scenes import scene, sign, slanted

Opened = Callable[..., ToolContext]


@pytest.fixture
def opened(agent: GeoAgent, tmp_path: Path) -> Opened:
    def of(*images: Image.Image) -> ToolContext:
        paths = [tmp_path / f"{number}.png" for number in range(len(images))]
        for image, path in zip(images, paths, strict=True):
            image.save(path)
        state = agent.start(*paths)
        refs = enumerate(state["photos"])
        views = tuple(View(number=i + 1, photo=i, width=ref.width, height=ref.height) for i, ref in refs)
        state["trace"] = Trace(views=views)
        return agent.resources.tool_context(state)

    return of


def after(context: ToolContext, tool: str, **arguments: Any) -> ToolContext:
    """The case after a call, which must answer."""
    added = call_tool(TOOLS, tool, arguments, context)
    assert added.calls[0].status == "ok", added.calls[0].text
    return context._replace(trace=extend(context.trace, added))


def fault(context: ToolContext, tool: str, **arguments: Any) -> str:
    call = call_tool(TOOLS, tool, arguments, context).calls[0]
    assert call.status == "invalid"
    assert "\n" not in call.text
    return call.text


def pixels(context: ToolContext, number: int) -> Image.Image:
    view = next(view for view in context.trace.views if view.number == number)
    return context.photos.render(context.refs[view.photo], view)


def texts(context: ToolContext) -> list[str]:
    return [clue.value for clue in context.trace.clues if clue.kind == "text"]


def street(angle_deg: float = 0.0) -> Image.Image:
    image = scene((sign("RUE DE LA PAIX"), (300, 200)), (sign("BOULANGERIE"), (350, 500)))
    return image.rotate(-angle_deg, Image.Resampling.BICUBIC, fillcolor=(150, 150, 150))


@pytest.mark.parametrize("angle_deg", [-30, -6, 3, 17])
@pytest.mark.slow
def test_text_tells_what_is_level(angle_deg: float) -> None:
    turn, by = tilt(street(angle_deg))
    assert by == "text"
    assert turn == pytest.approx(-angle_deg, abs=0.5)


@pytest.mark.parametrize("angle_deg", [-12, 5])
def test_lines_tell_what_is_level_where_there_is_no_text(angle_deg: float) -> None:
    image = Image.new("RGB", (900, 700), "grey")
    for row in range(3):
        for column in range(4):
            x, y = 160 + 150 * column, 130 + 160 * row
            ImageDraw.Draw(image).rectangle((x, y, x + 80, y + 110), fill="white", outline="black", width=3)
    turn, by = tilt(image.rotate(-angle_deg, Image.Resampling.BICUBIC, fillcolor="grey"))
    assert by == "lines"
    assert turn == pytest.approx(-angle_deg, abs=0.6)


@pytest.mark.slow
def test_a_rotated_view_is_read_and_its_boxes_are_those_of_the_photo(opened: Opened) -> None:
    seen = after(opened(street(90)), "adjust", view=1, rotate_deg=-90)
    assert pixels(seen, 2).size == (900, 1200)
    clues = after(seen, "read_text", view=2, box=[0, 0, 1, 1]).trace.clues
    found = next(clue for clue in clues if "BOULANGERIE" in clue.value)
    assert found.view == 1
    dark = np.asarray(street(90).convert("L")) < 60
    assert found.box is not None
    inside = dark[
        int(found.box.y0 * 900) : int(found.box.y1 * 900), int(found.box.x0 * 1200) : int(found.box.x1 * 1200)
    ]
    assert inside.sum() > 0.35 * dark.sum()
    assert found.box.y1 - found.box.y0 > found.box.x1 - found.box.x0  # it stands on its end there


def test_turning_there_and_back_gives_the_picture_again(opened: Opened) -> None:
    seen = after(opened(street()), "adjust", view=1, rotate_deg=30)
    seen = after(seen, "adjust", view=2, rotate_deg=-30)
    wide, high = pixels(seen, 3).size
    shown = seen.trace.views[2].box
    assert (shown.x0, shown.x1) == (0, 1)
    middle = pixels(seen, 3).crop((wide // 2 - 200, high // 2 - 150, wide // 2 + 200, high // 2 + 150))
    scale = _scale(seen)
    part = street().resize((round(1200 * scale), round(900 * scale)))
    known = part.crop((part.width // 2 - 200, part.height // 2 - 150, part.width // 2 + 200, part.height // 2 + 150))
    difference = np.abs(np.asarray(middle, dtype=float) - np.asarray(known, dtype=float)).mean()
    assert difference < 6


def _scale(seen: ToolContext) -> float:
    """How many pixels of the twice turned view are one of the photo."""
    turned, back = seen.trace.views[1], seen.trace.views[2]
    c, s = math.cos(math.radians(30)), math.sin(math.radians(30))
    first = turned.width / (1200 * c + 900 * s)
    return first * back.width / (turned.width * c + turned.height * s)


@pytest.mark.slow
def test_a_slanted_sign_is_readable_only_from_the_front(opened: Opened) -> None:
    board = sign("CALLE MAYOR 12", 80)
    corners = [(500.0, 300.0), (640.0, 120.0), (650.0, 700.0), (505.0, 600.0)]
    context = opened(slanted(board, corners))
    assert "CALLE MAYOR 12" not in texts(after(context, "read_text", view=1, box=[0, 0, 1, 1]))
    shares = [[x / 1200, y / 900] for x, y in corners]
    seen = after(context, "rectify", view=1, corners=shares, aspect=board.width / board.height)
    read = after(seen, "read_text", view=2, box=[0, 0, 1, 1])
    clue = next(clue for clue in read.trace.clues if clue.value == "CALLE MAYOR 12")
    assert (clue.view, clue.witness) == (1, "ocr")
    assert clue.box is not None
    assert 500 / 1200 <= clue.box.x0 < clue.box.x1 <= 650 / 1200
    assert 120 / 900 <= clue.box.y0 < clue.box.y1 <= 700 / 900


def test_a_closer_look_at_a_rectified_view_comes_from_the_photos_own_pixels(opened: Opened) -> None:
    seen = after(opened(street().resize((4800, 3600))), "adjust", view=1, enhance="contrast")
    assert (seen.trace.views[1].width, seen.trace.views[1].height) == (1600, 1200)
    seen = after(seen, "zoom", view=2, box=[0.25, 0.2, 0.45, 0.35], magnify=8)
    closer = seen.trace.views[2]
    assert closer.source == 2
    assert (closer.box.x0, closer.box.y1) == (pytest.approx(0.25), pytest.approx(0.35))
    edges = np.abs(np.diff(np.asarray(pixels(seen, 3).convert("L"), dtype=float), axis=1))
    assert edges.max() > 60


@pytest.mark.slow
def test_a_dark_photo_becomes_readable(opened: Opened) -> None:
    dark = ImageEnhance.Brightness(street()).enhance(0.06)
    seen = after(opened(dark), "adjust", view=1, enhance="low_light")
    before, now = np.asarray(dark.convert("L")), np.asarray(pixels(seen, 2).convert("L"))
    assert np.median(now) > 90 > np.median(before) + 60
    assert now.std() > 4 * before.std()
    assert "BOULANGERIE" in texts(after(seen, "read_text", view=2, box=[0, 0, 1, 1]))


def test_contrast_is_raised_where_there_was_little(opened: Opened) -> None:
    haze = Image.blend(street(), Image.new("RGB", (1200, 900), "grey"), 0.9)
    seen = after(opened(haze), "adjust", view=1, enhance="contrast")
    assert np.asarray(pixels(seen, 2).convert("L")).std() > 1.3 * np.asarray(haze.convert("L")).std()


def measured(context: ToolContext, **arguments: Any) -> dict[str, Any]:
    call = after(context, "measure", view=1, **arguments).trace.calls[-1]
    assert isinstance(call.data, dict)
    return call.data


def test_angles_and_ratios_are_those_of_the_pixels(opened: Opened) -> None:
    context = opened(Image.new("RGB", (1000, 500)))
    crossed = measured(context, lines=[[0.1, 0.5, 0.5, 0.5], [0.1, 0.5, 0.2, 0.7]])  # (400, 0) and (100, 100)
    assert crossed["angle_deg"] == pytest.approx(45)
    assert crossed["tilt_deg"] == [0, 45]
    assert crossed["ratio"] == pytest.approx(400 / math.hypot(100, 100), abs=1e-3)
    upright = measured(context, lines=[[0.5, 0.9, 0.5, 0.1]])
    assert upright["tilt_deg"] == [90]
    horizon = measured(context, lines=[[0, 0.5, 1, 0.5 + 2 * math.tan(math.radians(3))]], what="horizon")
    assert horizon["horizon_tilt_deg"] == pytest.approx(3, abs=0.01)


def test_a_shadow_tells_where_the_sun_is(opened: Opened) -> None:
    """A pole 1 m to the right and 10 m ahead of a camera 1.6 m high; the sun at 250°, 35° high."""
    width, height, focal = 1200, 900, 28 / 36 * 1200

    def shown(x: float, up: float, ahead: float) -> tuple[float, float]:
        return 0.5 + focal * x / ahead / width, 0.5 - focal * (up - 1.6) / ahead / height

    length = 2.5 / math.tan(math.radians(35))
    tip = shown(1 + length * math.sin(math.radians(70)), 0, 10 + length * math.cos(math.radians(70)))
    foot, top = shown(1, 0, 10), shown(1, 2.5, 10)
    found = measured(opened(Image.new("RGB", (width, height))), lines=[[*foot, *tip], [*foot, *top]], what="shadow")
    assert found["sun_deg"] == pytest.approx(250, abs=0.5)
    assert found["shadow_deg"] == pytest.approx(70, abs=0.5)
    assert found["sun_elevation_deg"] == pytest.approx(35, abs=0.5)
    assert found["focal_mm"] == 28


def test_the_colours_of_a_region_are_named(opened: Opened) -> None:
    image = Image.new("RGB", (400, 300), "#ffffff")
    image.paste("#cc1f1f", (0, 0, 100, 300))
    context = opened(image)
    call = after(context, "colours", view=1, box=[0, 0, 1, 1]).trace.calls[-1]
    assert [colour["name"] for colour in call.data] == ["white", "red"]
    assert call.data[1]["hex"] == "#cc1f1f"
    assert call.data[1]["share"] == pytest.approx(0.25, abs=0.02)
    only = after(context, "colours", view=1, box=[0, 0, 0.2, 1]).trace.calls[-1]
    assert [colour["name"] for colour in only.data] == ["red"]


def test_each_named_colour_is_its_own_nearest() -> None:
    for name, code in NAMES.items():
        assert name_of(np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], dtype=float)) == name


def test_two_views_are_shown_in_one_picture(opened: Opened) -> None:
    red, blue = Image.new("RGB", (300, 600), "red"), Image.new("RGB", (300, 500), "blue")
    seen = after(opened(red, blue), "compare_views", first=1, second=2)
    both = pixels(seen, 3)
    places = [both.getpixel((int(x * both.width), both.height // 2)) for x in (0.2, 0.8)]
    assert places == [(255, 0, 0), (0, 0, 255)]
    wide = after(opened(red.rotate(90, expand=True), blue.rotate(90, expand=True)), "compare_views", first=1, second=2)
    both = pixels(wide, 3)
    assert both.getpixel((both.width // 2, int(0.2 * both.height))) == (255, 0, 0)
    assert "above" in wide.trace.calls[-1].text


def test_what_is_seen_in_a_comparison_belongs_to_the_one_it_is_in(opened: Opened) -> None:
    seen = after(opened(street(), street(17)), "compare_views", first=1, second=2)
    lower = after(seen, "zoom", view=3, box=[0.1, 0.6, 0.6, 0.9]).trace.views[-1]
    assert (lower.photo, lower.source) == (1, 2)
    assert "use view 1 or 2" in fault(seen, "zoom", view=3, box=[0.1, 0.1, 0.6, 0.9])
    for tool, more in (("adjust", {"rotate_deg": 5}), ("measure", {"lines": [[0, 0, 1, 1]]})):
        assert "use view 1 or 2" in fault(seen, tool, view=3, **more)


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("adjust", {}, "nothing to do"),
        ("adjust", {"rotate_deg": 5, "straighten": True}, "exclude"),
        ("adjust", {"rotate_deg": 500}, "wrong arguments"),
        ("adjust", {"straighten": True}, "neither text nor straight lines"),
        ("rectify", {"corners": [[0, 0], [0, 1], [1, 1], [1, 0]]}, "in order"),
        ("rectify", {"corners": [[0, 0], [0.5, 0.5], [1, 1], [0, 1]]}, "in order"),
        ("rectify", {"corners": [[0, 0], [2, 0], [1, 1], [0, 1]]}, "fractions"),
        ("rectify", {"corners": [[0, 0], [0.001, 0], [0.001, 0.001], [0, 0.001]]}, "nothing to see"),
        ("rectify", {"corners": [[0, 0], [1, 0], [1, 1]]}, "wrong arguments"),
        ("measure", {"lines": [[0, 0, 0, 0]]}, "less than 4 pixels"),
        ("measure", {"lines": [[0, 0, 1, 7]]}, "fractions"),
        ("measure", {"lines": [[0, 0, 1, 1], [0, 0, 1, 0]], "what": "horizon"}, "one line"),
        ("measure", {"lines": [[0.2, 0.2, 0.5, 0.3]], "what": "shadow"}, "below the horizon"),
        ("measure", {"lines": [[0.2, 0.8, 0.3, 0.9], [0.2, 0.8, 0.2, 0.95]], "what": "shadow"}, "above its foot"),
        ("colours", {"box": [0, 0, 0.001, 1]}, "nothing to see"),
        ("look", {"heading": 90}, "no panorama"),
        ("move", {"heading": 90}, "no panorama"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    opened: Opened, tool: str, arguments: dict[str, Any], expected: str
) -> None:
    context = opened(Image.new("RGB", (640, 480), "grey"))
    assert expected in fault(context, tool, view=1, **arguments)
    of_no_view = "wrong arguments" if expected == "wrong arguments" else "there is no view 9"
    assert of_no_view in fault(context, tool, **{"view": 9, **arguments})
    assert "twice" in fault(context, "compare_views", first=1, second=1)


def test_a_view_says_how_it_was_made_and_is_made_again_from_its_text(opened: Opened) -> None:
    seen = after(opened(street(17)), "adjust", view=1, rotate_deg=-17, enhance="contrast")
    seen = after(seen, "rectify", view=2, corners=[[0.2, 0.2], [0.8, 0.25], [0.8, 0.5], [0.2, 0.45]])
    seen = after(seen, "compare_views", first=1, second=3)
    for view in seen.trace.views:
        again = View.model_validate_json(view.model_dump_json())
        assert again == view
        fresh = Photos().render(seen.refs[view.photo], again)
        assert np.array_equal(np.asarray(fresh), np.asarray(pixels(seen, view.number)))
    assert [operation.kind for operation in seen.trace.views[2].operations] == ["crop", "rotate", "enhance", "rectify"]


def test_many_steps_are_too_many(opened: Opened) -> None:
    seen = opened(street())
    for number in range(1, 20):
        seen = after(seen, "adjust", view=number, rotate_deg=1)
    assert "begin with an earlier one" in fault(seen, "adjust", view=20, rotate_deg=1)


def test_views_of_older_traces_load() -> None:
    old = {"number": 2, "photo": 0, "box": {"x0": 0.5, "y0": 0, "x1": 1, "y1": 1}, "source": 1, "width": 8, "height": 8}
    view = View.model_validate_json(json.dumps(old))
    assert view == View(number=2, photo=0, box=Box(x0=0.5, y0=0, x1=1, y1=1), source=1, width=8, height=8)
    assert view.operations == ()
