"""What kind of picture a photo is: what pixels, writing and the camera tell, and a model's word before them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from geoagent.case.evidence import Clue, PictureKind
from geoagent.case.trace import Trace
from geoagent.case.views import Box
from geoagent.photo.metadata import CameraFact
from geoagent.reading.ocr.recognition import Line
from geoagent.reading.picture_kind import kind_of, picture_clue
from geoagent.testing.scripted_model import action, look, said
from tests.opened import Opening


def noise(size: tuple[int, int] = (300, 500)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(2).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def line(text: str, top: float) -> Line:
    return Line(text=text, confidence=0.9, box=Box(x0=0.1, y0=top, x1=0.4, y1=top + 0.02))


def kind(image: Image.Image, *lines: Line, **camera: str) -> PictureKind | None:
    facts = tuple(CameraFact(f"camera {name}", value) for name, value in camera.items())
    clue = picture_clue(image, lines, facts, 1)
    return clue.picture if clue else None


def test_what_is_measured() -> None:
    drawn = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(drawn).line((0, 0, 300, 200), fill="red", width=3)
    assert kind(drawn) == "drawing"
    assert kind(noise()) is None
    assert kind(noise().resize((1500, 2500), Image.Resampling.NEAREST)) is None  # enlarged, so that it is flat
    framed = noise()
    framed.paste(Image.new("RGB", (300, 60), "white"))
    assert kind(framed) is None  # a bar alone is the edge of a film or a scan
    assert kind(framed, line("12:41", 0.01), line("Search maps", 0.06)) == "screenshot"
    assert kind(framed, line("Hotel", 0.5), line("Bar", 0.6)) is None
    assert kind(noise(), make="DJI", model="FC3582") == "aerial"
    assert kind(noise(), make="DJI", model="Osmo Pocket") is None
    assert kind(noise(), make="Canon", model="EOS") is None


def test_a_model_sees_the_whole_and_its_word_counts_first() -> None:
    def clue(witness: str, picture: PictureKind) -> Clue:
        return Clue(kind="picture", value=picture, witness=witness, picture=picture)

    assert kind_of(Trace()) is None
    assert kind_of(Trace(clues=(clue("pixels", "drawing"),))) == "drawing"
    assert kind_of(Trace(clues=(clue("vlm:m", "map"), clue("pixels", "drawing")))) == "map"


@pytest.mark.parametrize(("picture", "told"), [("aerial", True), ("map", True), ("ground", False), ("nonsense", False)])
def test_views_from_above_take_the_map_route(open_case: Opening, picture: str, told: bool) -> None:
    first: dict[str, Any] = {**look({"country": "Spain", "probability": 0.8}), "picture": picture}
    tiles = {"satellite_tiles": "http://127.0.0.1:9/{z}/{x}/{y}"}
    case = open_case(first, action("conclude", claims=[]), services=tiles)
    added, _ = case.reasoner.propose(case.case)
    case.add(added)
    case.reasoner.decide(case.case)
    assert ("taken from above" in said(case.requests[-1])) == told
    assert [clue.picture for clue in case.trace.clues if clue.kind == "picture"] == (
        [picture] if picture != "nonsense" else []
    )


def test_it_is_told_in_the_log(agent: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (80, 60), "white").save(path)
    file = agent.trace(path)
    assert any(step.statement.startswith("Photo 1 is a drawing") for step in file.trace.steps)
    assert file.prediction.is_unknown
