import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from geoagent.cancellation import CalledOff, called_off_when
from geoagent.photo import load_photo
from geoagent.reading.names.letters import surprise_bits
from geoagent.reading.ocr.rapidocr import MAX_ASPECT, _engine, _padded, detect, read_lines
from geoagent.reading.ocr.recognition import is_text, recognise
from geoagent.reading.ocr.scripts import is_doubtful
from geoagent.reading.ocr.tesseract import MODELS, Reading, clean, installed

SIGNS = Path(__file__).parents[2] / "data" / "signs"
with (SIGNS / "texts.csv").open(encoding="utf-8") as stream:
    TEXTS = {row["name"]: row["text"] for row in csv.DictReader(stream)}
MOST_ERRORS = 0.25


def error_rate(read: str, text: str) -> float:
    """Character error rate: edits from one to the other, spaces not counted, per character of the text."""
    read, text = "".join(read.split()), "".join(text.split())
    row = list(range(len(text) + 1))
    for i, a in enumerate(read, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(text, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1] / len(text)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_signs_are_read_in_their_script(name: str) -> None:
    script = name.split("_")[0].upper()
    if script in MODELS and script not in installed():
        pytest.skip(f"Tesseract and its data for {script.title()} are not installed")
    lines = recognise(load_photo(SIGNS / f"{name}.png").image)
    assert error_rate(" ".join(line.text for line in lines), TEXTS[name]) <= MOST_ERRORS, lines


@pytest.mark.slow
def test_boxes_are_fractions_of_the_image_itself(photos: Path) -> None:
    image = load_photo(photos / "france_lyon.jpg").image
    whole = {line.text: line.box for line in recognise(image)}
    box = whole["69003 LYON"]
    strip = image.crop((0, int(box.y0 * image.height) - 12, image.width, int(box.y1 * image.height) + 12))
    assert strip.width / strip.height > MAX_ASPECT
    again = next(line for line in recognise(strip) if "LYON" in line.text)
    assert abs(again.box.x0 - box.x0) < 0.03
    assert again.box.y1 - again.box.y0 > 0.3


@pytest.mark.slow
def test_small_text_in_a_large_photo_is_found_once_and_where_it_is(photos: Path) -> None:
    part = load_photo(photos / "france_lyon.jpg").image
    box = next(line.box for line in recognise(part) if line.text == "69003 LYON")
    canvas = Image.new("RGB", (5200, 3900), "#9aa4b0")
    small = part.resize((part.width // 2, part.height // 2), Image.Resampling.LANCZOS)
    canvas.paste(small, (3000, 2000))
    found = [line for line in recognise(canvas) if "LYON" in line.text]
    assert len(found) == 1
    assert abs(found[0].box.x0 * canvas.width - (3000 + box.x0 * small.width)) < 40


def written(count: int) -> Image.Image:
    image = Image.new("RGB", (900, 60 * count), "white")
    for number in range(count):
        words = f"Farmacia {number} Calle Mayor"[: 8 + 3 * number]
        ImageDraw.Draw(image).text((30, 60 * number + 12), words, fill="black", font=ImageFont.load_default(30))
    return image


@pytest.mark.slow
def test_lines_are_read_as_rapidocr_reads_them_all_at_once() -> None:
    spots = detect(written(9))
    with _engine() as engine:
        turned, _ = engine.cls_and_rotate([spot.pixels for spot in spots])
        whole = engine.recognize_txt(turned)
    came: dict[int, Reading] = {}
    lines = read_lines(spots, came.update)
    assert len(spots) > 6 and set(came) == set(range(len(spots)))
    assert [(reading.text, reading.confidence) for reading, _ in lines] == [
        (clean(text), min(float(p), 1.0)) for text, p in zip(whole.txts, whole.scores, strict=True)
    ]


@pytest.mark.slow
def test_reading_shows_what_it_reads_and_stops_where_nobody_waits_any_more() -> None:
    came: list[str] = []
    with called_off_when(lambda: bool(came)), pytest.raises(CalledOff):
        recognise(written(9), came=lambda lines: came.extend(line.text for line in lines))
    assert 0 < len(came) <= 6 and all("Farmacia"[:8] in text for text in came)


def test_a_strip_is_padded_and_a_photo_is_not() -> None:
    strip = Image.fromarray(np.zeros((20, 2000, 3), dtype=np.uint8))
    assert _padded(strip).size == (2000, 667)
    photo = Image.new("RGB", (640, 480))
    assert _padded(photo) is photo


def test_nothing_to_read() -> None:
    assert recognise(Image.new("RGB", (400, 300), "grey")) == []


@pytest.mark.parametrize(
    ("text", "confidence", "kept"),
    [("A", 0.99, False), ("IIII", 0.9, False), ("CE", 0.6, False), ("A7", 0.95, True), ("Apotek", 0.55, True)],
)
def test_what_is_no_text_is_left_out(text: str, confidence: float, kept: bool) -> None:
    assert is_text(Reading(text, confidence)) is kept


def test_letters_tell_words_from_noise() -> None:
    for word, script, noise in (
        ("Strzelecka", "LATIN", "xqzvkrt"), ("ресторан", "CYRILLIC", "рпщзцхъ"), ("φαρμακειο", "GREEK", "ξζψχβγ"),
    ):  # fmt: skip
        usual, odd = surprise_bits(word, script), surprise_bits(noise, script)
        assert usual is not None
        assert odd is not None
        assert usual < 1 < odd
    assert surprise_bits("北京", "CJK") is None


def test_only_doubtful_readings_are_read_again() -> None:
    assert not is_doubtful(Reading("Gasthaus Krone", 0.97))
    assert not is_doubtful(Reading("50003", 0.97))
    assert is_doubtful(Reading("TEATP", 0.99))
    assert is_doubtful(Reading("Gasthaus Krone", 0.6))
