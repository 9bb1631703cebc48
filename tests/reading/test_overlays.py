"""What lies over a picture is told from what is in the scene."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue
from geoagent.case.views import Box
from geoagent.reading.ocr.recognition import Line
from geoagent.reading.overlays import in_one_place, laid_over
from geoagent.reading.texts import read_clues

FONT = ImageFont.load_default(28)
SIZE = (900, 600)


@pytest.fixture
def scene() -> Image.Image:
    """A picture with grain, as cameras make it."""
    grain = np.random.default_rng(1).normal(0, 6, (SIZE[1], SIZE[0], 3))
    return Image.fromarray(np.clip(np.linspace(60, 180, SIZE[0])[None, :, None] + grain, 0, 255).astype(np.uint8))


def write(scene: Image.Image, text: str, x: int, y: int, ink: tuple[int, int, int] = (255, 255, 255)) -> Line:
    """A line of text drawn over the scene."""
    draw = ImageDraw.Draw(scene)
    draw.text((x, y), text, fill=ink, font=FONT)
    return at(text, draw.textbbox((x, y), text, font=FONT))


def paint(scene: Image.Image, text: str, x: int, y: int) -> Line:
    """A line of text painted on something in the scene: its colour is dull and has the grain of the picture."""
    mask = Image.new("L", scene.size)
    box = ImageDraw.Draw(mask).textbbox((x, y), text, font=FONT)
    ImageDraw.Draw(mask).text((x, y), text, fill=150, font=FONT)
    scene.paste(Image.new("RGB", scene.size, (225, 225, 215)), mask=mask)
    return at(text, box)


def at(text: str, box: tuple[float, float, float, float]) -> Line:
    x0, y0, x1, y1 = (value / side for value, side in zip(box, SIZE * 2, strict=True))
    return Line(text, 0.98, Box(x0=x0, y0=y0, x1=x1, y1=y1))


def test_a_caption_at_the_edge_and_a_subtitle_lie_over_the_picture(scene: Image.Image) -> None:
    lines = [
        paint(scene, "PANADERIA", 300, 200), write(scene, "Lisbon, Portugal", 20, 8), write(scene, "Lunes", 20, 42),
        write(scene, "y entonces nos fuimos a casa", 265, 500, (255, 255, 0)), paint(scene, "SALIDA", 500, 560),
    ]  # fmt: skip
    assert laid_over(lines, scene) == {1, 2, 3}


@pytest.mark.parametrize("height", [8, 12, 15])
def test_a_small_line_at_the_very_edge_is_not_measured_beyond_the_picture(scene: Image.Image, height: int) -> None:
    line = at("PANADERIA", (700, SIZE[1] - height, SIZE[0], SIZE[1]))
    assert laid_over([line], scene) == frozenset()


def test_white_letters_in_the_middle_of_the_scene_stay(scene: Image.Image) -> None:
    assert laid_over([write(scene, "FARMACIA", 300, 200)], scene) == frozenset()


def test_a_mark_that_is_repeated_lies_over_the_picture(scene: Image.Image) -> None:
    marks = [write(scene, "stockpix", 100 + 250 * i, 130 + 90 * i) for i in range(3)]
    assert laid_over([*marks, write(scene, "FARMACIA", 120, 330)], scene) == {0, 1, 2}


def test_nothing_is_told_of_a_picture_that_is_drawn_as_a_whole() -> None:
    board = Image.new("RGB", SIZE, (0, 60, 160))
    assert laid_over([write(board, "Zaragoza 12", 20, 8)], board) == frozenset()


def test_what_stands_at_one_place_in_several_photos_is_no_sign() -> None:
    mark = at("MyCam 4", (700, 560, 860, 590))
    photos = [[mark, at("PANADERIA", (100, 100, 300, 140))], [mark, at("SALIDA", (400, 100, 500, 140))], [mark]]
    assert in_one_place(photos) == [{0}, {0}, frozenset()]


def test_of_an_overlay_places_alone_are_read(atlas: Atlas) -> None:
    def read(text: str) -> list[str]:
        clue = Clue(kind="overlay", value=text, view=1, witness="ocr", confidence=0.98)
        return [item.kind for item in read_clues([clue], atlas)]

    assert read("y entonces nos fuimos a casa de la abuela") == []
    assert read("Tel. +46 18 12 34 56, www.kaffe.se") == []
    assert read("Uppsala, Sweden") == ["town_address"]
