"""Turning round in drawn panoramas, and going from one to the next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from geoagent import GeoAgent
from geoagent.case.trace import Trace
from geoagent.case.views import View
from geoagent.tools import ToolContext, call_tool
from geoagent.tools.core.registry import fitting
from tests.scenes import panorama, sign, write_graph
from tests.tools.test_closer import after, fault, pixels, texts

Started = Callable[[Path], ToolContext]


@pytest.fixture
def started(agent: GeoAgent) -> Started:
    def of(path: Path) -> ToolContext:
        state = agent.start(path)
        ref = state["photos"][0]
        state["trace"] = Trace(views=(View(number=1, photo=0, width=ref.width, height=ref.height),))
        return agent.resources.tool_context(state)

    return of


@pytest.mark.slow
def test_a_sign_is_seen_only_where_it_is_and_its_box_is_that_of_the_panorama(started: Started, tmp_path: Path) -> None:
    panorama(sign("STORGATAN 5", 80), at_deg=200 - 360).save(tmp_path / "a.png")
    context = started(tmp_path / "a.png")
    away = after(after(context, "look", view=1, heading=20, fov=60), "read_text", view=2, box=[0, 0, 1, 1])
    assert texts(away) == []
    seen = after(after(context, "look", view=1, heading=200, fov=60), "read_text", view=2, box=[0.2, 0.3, 0.8, 0.7])
    clue = next(clue for clue in seen.trace.clues if clue.value == "STORGATAN 5")
    assert clue.view == 1
    assert clue.box is not None
    assert (clue.box.x0 + clue.box.x1) / 2 == pytest.approx(20 / 360, abs=0.003)
    assert (clue.box.y0 + clue.box.y1) / 2 == pytest.approx(0.5, abs=0.003)
    closer = after(seen, "zoom", view=2, box=[0.3, 0.4, 0.7, 0.6])
    assert pixels(closer, 3).size == (1024, 384)


@pytest.mark.slow
def test_what_lies_across_the_seam_is_whole_and_stays_in_its_view(started: Started, tmp_path: Path) -> None:
    panorama(sign("STORGATAN 5", 80), at_deg=180).save(tmp_path / "a.png")
    seen = after(started(tmp_path / "a.png"), "look", view=1, heading=-180, fov=50)
    read = after(seen, "read_text", view=2, box=[0.1, 0.3, 0.9, 0.7])
    clue = next(clue for clue in read.trace.clues if clue.value == "STORGATAN 5")
    assert clue.view == 2
    assert clue.box is not None
    assert clue.box.x0 < 0.5 < clue.box.x1


def test_looking_straight_up_shows_the_pole_and_says_that_it_covers_all_headings(
    started: Started, tmp_path: Path
) -> None:
    sky = np.zeros((512, 1024, 3), dtype=np.uint8)
    sky[:60] = (255, 0, 0)
    Image.fromarray(sky).save(tmp_path / "a.png")
    seen = after(started(tmp_path / "a.png"), "look", view=1, heading=0, pitch=90, fov=60)
    up = pixels(seen, 2)
    assert up.getpixel((up.width // 2, up.height // 2)) == (255, 0, 0)
    box = seen.trace.views[1].box
    assert (box.y0, box.x1 - box.x0) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.06))


def gpano(**fields: object) -> bytes:
    told = " ".join(f'GPano:{name}="{value}"' for name, value in fields.items())
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {told}/></x:xmpmeta>'.encode()


@pytest.mark.slow
def test_a_part_of_the_sphere_shows_only_its_headings(started: Started, tmp_path: Path) -> None:
    whole = panorama(sign("STORGATAN 5", 80), at_deg=-30)
    fields = {
        "ProjectionType": "equirectangular", "PoseHeadingDegrees": 100, "FullPanoWidthPixels": 4096,
        "FullPanoHeightPixels": 2048, "CroppedAreaLeftPixels": 1024, "CroppedAreaTopPixels": 724,
        "CroppedAreaImageWidthPixels": 1024, "CroppedAreaImageHeightPixels": 600,
    }  # fmt: skip
    whole.crop((1024, 724, 2048, 1324)).save(tmp_path / "a.jpg", xmp=gpano(**fields))
    context = started(tmp_path / "a.jpg")
    shown = context.refs[0].panorama
    assert shown is not None
    assert (shown.width_deg, shown.heading_deg) == (90, 55)
    seen = after(after(context, "look", view=1, heading=70, fov=40), "read_text", view=2, box=[0, 0, 1, 1])
    assert "STORGATAN 5" in texts(seen)
    assert "from 10° to 100° only" in fault(context, "look", view=1, heading=200)
    assert "pitches from" in fault(context, "look", view=1, heading=50, pitch=80)


def linked(folder: Path) -> Path:
    panorama(sign("STORGATAN 5", 80), at_deg=90, width=2048).save(folder / "a.png")
    panorama(sign("KYRKOGATAN 3", 80), at_deg=-140, width=2048).save(folder / "b_59.858_17.638.png")
    nodes = {
        "a": {"file": "a.png", "heading_deg": 30, "links": [{"to": "b", "bearing_deg": 215}], "lat": 59.8, "lon": 17.6},
        "b": {"file": "b_59.858_17.638.png", "heading_deg": 0, "links": [{"to": "a", "bearing_deg": 35}]},
    }
    write_graph(folder, nodes)
    return folder / "a.png"


@pytest.mark.slow
def test_one_goes_to_the_linked_panorama_and_reads_there(started: Started, tmp_path: Path) -> None:
    context = started(linked(tmp_path))
    here = after(after(context, "look", view=1, heading=120, fov=50), "read_text", view=2, box=[0, 0, 1, 1])
    assert "STORGATAN 5" in texts(here)
    there = after(here, "move", view=2, heading=200)
    read = after(there, "read_text", view=3, box=[0, 0, 1, 1])
    clue = next(clue for clue in read.trace.clues if clue.value == "KYRKOGATAN 3")
    assert clue.view == 3
    back = after(after(read, "look", view=3, heading=10), "move", view=4, heading=30)
    assert back.trace.views[-1].of is None
    assert "ways lead towards 35°" in there.trace.calls[-1].text
    assert not any("59.8" in call.text or "17.6" in call.text for call in back.trace.calls)
    assert "no way towards 90°; ways lead towards 215°" in fault(context, "move", view=1, heading=90)


def test_a_place_where_no_way_leads_on(started: Started, tmp_path: Path) -> None:
    panorama(sign("STORGATAN 5", 80), at_deg=0, width=1024).save(tmp_path / "a.png")
    assert "no other panorama" in fault(started(tmp_path / "a.png"), "move", view=1, heading=0)


def test_a_linked_panorama_that_is_gone_is_told_without_its_name(started: Started, tmp_path: Path) -> None:
    context = started(linked(tmp_path))
    (tmp_path / "b_59.858_17.638.png").unlink()
    call = call_tool(context_tools(context), "move", {"view": 1, "heading": 215}, context).calls[0]
    assert call.status == "unavailable"
    assert "59.8" not in call.text


def context_tools(context: ToolContext) -> Any:
    from geoagent.tools import TOOLS

    return fitting(TOOLS, context.refs)


def test_looking_round_is_offered_for_panoramas_only(started: Started, tmp_path: Path, photos: Path) -> None:
    panorama(sign("A", 80), at_deg=0, width=1024).save(tmp_path / "alone.png")
    (tmp_path / "more").mkdir()
    offered = [
        {"look", "move"} & set(context_tools(started(path)))
        for path in (photos / "france_lyon.jpg", tmp_path / "alone.png", linked(tmp_path / "more"))
    ]
    assert offered == [set(), {"look"}, {"look", "move"}]
