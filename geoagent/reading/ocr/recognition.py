"""All the text of an image: finds lines once, large and small, reads each in its script, and leaves out what is no
text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from PIL import Image

from geoagent.case.views import Box
from geoagent.console import step
from geoagent.geo import Floats
from geoagent.reading.languages import script_of
from geoagent.reading.ocr.rapidocr import AT_ONCE, LONGEST_SIDE, LineCrop, detect, read_lines
from geoagent.reading.ocr.scripts import settle
from geoagent.reading.ocr.tesseract import Pixels, Reading, installed

MIN_CONFIDENCE = 0.5
MIN_CONFIDENCE_SHORT = 0.8
"""The least confidence for texts of two characters: textures are often mistaken for these."""
FINE_SIDE = 3200
"""A photo of more pixels than the detector sees at once is looked through in tiles too, as if it were so long."""
GLANCE_SIDE = 960
"""The longest side of a large photo at the first glance, which shows somebody who waits what is written large."""
TILES = 2
OVERLAP = 0.1
TILE = 1 / TILES + OVERLAP / 2
"""The sides of a tile, as shares of those of the photo."""
EDGE = 0.01
"""A line that ends so near to an inner edge of its tile may be cut off."""
COVERED = 0.6
"""Two boxes are of the same line if they share this part of the smaller one."""


class Line(NamedTuple):
    """One line of text in an image: its text, the confidence from 0 to 1, its upright box, and the script that it is
    in.

    The box is in fractions of the image. `script` is a Unicode name ("LATIN"), None where it is not told yet.
    """

    text: str
    confidence: float
    box: Box
    script: str | None = None


class _Found(NamedTuple):
    crop: LineCrop
    box: Box
    fine: bool


def recognise(
    image: Image.Image, scripts: Sequence[str] | None = None, came: Callable[[list[Line]], None] | None = None
) -> list[Line]:
    """The lines of text in an RGB image, read with RapidOCR and, in other scripts than Latin, Chinese and Japanese,
    Tesseract.

    `scripts` are Unicode names of scripts: where they are given, Tesseract reads every line in these alone; else it
    reads only the doubtful lines, in all scripts that it has data for. `came` is called with lines as they are read,
    before it is known which of them stay; only for its sake is a large photo glanced at first. It takes about 0.4 s for
    1,600 pixels on two cores, if all is Latin.
    """
    found = _looked_for(image, came)
    tell = came or _untold
    lines = read_lines([item.crop for item in found], lambda read: tell(_shown(found, read)))
    kept = _once(found, lines)
    found, lines = [found[i] for i in kept], [lines[i] for i in kept]
    known = installed()
    wished = known if scripts is None else [script for script in scripts if script in known]
    readings = settle(lines, wished, wished=scripts is not None)
    return [
        Line(reading.text, round(reading.confidence, 3), item.box, script_of(reading.text))
        for item, reading in zip(found, readings, strict=True)
        if is_text(reading)
    ]


def _untold(lines: list[Line]) -> None:
    """Nobody is shown what is read before all of it is."""


def is_text(reading: Reading) -> bool:
    """Whether a reading is worth keeping: not one character alone, not one letter repeated, and sure enough for its
    length.
    """
    characters = [ch for ch in reading.text if ch.isalnum()]
    if len(characters) < 2 or (len(set(characters)) == 1 and not characters[0].isdigit()):
        return False
    return reading.confidence >= (MIN_CONFIDENCE_SHORT if len(characters) == 2 else MIN_CONFIDENCE)


def _looked_for(image: Image.Image, came: Callable[[list[Line]], None] | None) -> list[_Found]:
    """The lines in the whole image, and in the parts of a large one."""
    tiles = list(_parts(image))
    step("looking for text")
    if tiles and came is not None:
        _glance(image, came)
        step("looking for text, the whole photo")
    found = list(_whole(image))
    for part, tile in enumerate(tiles, 1):
        step(f"looking for small text, part {part} of {len(tiles)}", part - 1, len(tiles))
        found += _in_tile(image, tile)
    return found


def _glance(image: Image.Image, came: Callable[[list[Line]], None]) -> None:
    """Show the largest lines of a large photo at once; they are looked for and read anew with the others."""
    full = Box(x0=0, y0=0, x1=1, y1=1)
    largest = sorted(_detected(image, full, GLANCE_SIDE, False), key=lambda item: -area(item.box))[:AT_ONCE]
    read_lines([item.crop for item in largest], lambda read: came(_shown(largest, read)))


def _shown(found: Sequence[_Found], read: Mapping[int, Reading]) -> list[Line]:
    lines = {number: reading for number, reading in read.items() if is_text(reading)}
    return [Line(reading.text, round(reading.confidence, 3), found[i].box) for i, reading in lines.items()]


def _whole(image: Image.Image) -> Iterator[_Found]:
    full = Box(x0=0, y0=0, x1=1, y1=1)
    yield from _detected(image, full, LONGEST_SIDE, False)


def _parts(image: Image.Image) -> Iterator[Box]:
    """The tiles that a photo is looked through in; none where the detector sees all of its pixels at once."""
    if min(FINE_SIDE, max(image.size)) <= LONGEST_SIDE:
        return
    starts = np.linspace(0, 1 - TILE, TILES)
    for y, x in product(starts, starts):
        yield Box(x0=float(x), y0=float(y), x1=min(1.0, float(x) + TILE), y1=min(1.0, float(y) + TILE))


def _in_tile(image: Image.Image, tile: Box) -> list[_Found]:
    longest = round(min(FINE_SIDE, max(image.size)) * TILE)
    return [item for item in _detected(image, tile, longest, True) if not _is_cut(item.box, tile)]


def _detected(image: Image.Image, part: Box, longest: int, fine: bool) -> Iterator[_Found]:
    edges = (part.x0 * image.width, part.y0 * image.height, part.x1 * image.width, part.y1 * image.height)
    left, top, right, bottom = (round(edge) for edge in edges)
    picture = image if not fine else image.crop((left, top, right, bottom))
    if max(picture.size) > longest:
        scale = longest / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    x_scale, y_scale = (part.x1 - part.x0) / picture.width, (part.y1 - part.y0) / picture.height
    for crop in detect(picture):
        x, y = crop.corners.astype(np.float64).T
        box = _box(part.x0 + x * x_scale, part.y0 + y * y_scale)
        if box:
            yield _Found(crop, box, fine)


def _box(x: Floats, y: Floats) -> Box | None:
    x, y = np.clip(x, 0, 1).round(4), np.clip(y, 0, 1).round(4)
    if x.min() >= x.max() or y.min() >= y.max():
        return None
    return Box(x0=float(x.min()), y0=float(y.min()), x1=float(x.max()), y1=float(y.max()))


def _is_cut(box: Box, tile: Box) -> bool:
    return (
        (tile.x0 > 0 and box.x0 < tile.x0 + EDGE)
        or (tile.y0 > 0 and box.y0 < tile.y0 + EDGE)
        or (tile.x1 < 1 and box.x1 > tile.x1 - EDGE)
        or (tile.y1 < 1 and box.y1 > tile.y1 - EDGE)
    )


def _once(found: list[_Found], lines: list[tuple[Reading, Pixels]]) -> list[int]:
    """Which of the lines stay when each seen twice, in the whole and in a tile, counts as it was read better."""

    def worth(i: int) -> tuple[float, bool]:
        reading = lines[i][0]
        return (reading.confidence * min(len(reading.text), 8), found[i].fine)

    kept: list[int] = []
    for i in sorted(range(len(found)), key=worth, reverse=True):
        box, fine = found[i].box, found[i].fine
        rivals = [found[j].box for j in kept if fine or found[j].fine]
        if not any(shared(box, other) > COVERED * min(area(box), area(other)) for other in rivals):
            kept.append(i)
    return sorted(kept)


def area(box: Box) -> float:
    """The area of a box, as a share of its image."""
    return (box.x1 - box.x0) * (box.y1 - box.y0)


def shared(one: Box, other: Box) -> float:
    """The area that two boxes of one image have in common, as a share of the image; 0 where they lie apart."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(0.0, width) * max(0.0, height)


def overlap(one: Box, other: Box) -> float:
    """The area that two boxes have in common, divided by the area that they cover together (IoU), from 0 to 1."""
    both = shared(one, other)
    return both / (area(one) + area(other) - both)
