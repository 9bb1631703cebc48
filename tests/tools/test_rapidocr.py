import numpy as np
from PIL import Image

from geoagent.photo import load_photo
from geoagent.tools.providers.rapidocr import MAX_ASPECT, _padded, recognise


def test_boxes_are_fractions_of_the_image_itself(photos) -> None:  # type: ignore[no-untyped-def]
    image = load_photo(photos / "france_lyon.jpg").image
    whole = {line.text: line.box for line in recognise(image)}
    box = whole["69003 LYON"]
    strip = image.crop((0, int(box.y0 * image.height) - 12, image.width, int(box.y1 * image.height) + 12))
    assert strip.width / strip.height > MAX_ASPECT
    again = next(line for line in recognise(strip) if "LYON" in line.text)
    assert abs(again.box.x0 - box.x0) < 0.03
    assert again.box.y1 - again.box.y0 > 0.3


def test_a_strip_is_padded_and_a_photo_is_not() -> None:
    strip = Image.fromarray(np.zeros((20, 2000, 3), dtype=np.uint8))
    assert _padded(strip).size == (2000, 667)
    photo = Image.new("RGB", (640, 480))
    assert _padded(photo) is photo


def test_nothing_to_read() -> None:
    assert recognise(Image.new("RGB", (400, 300), "grey")) == []
