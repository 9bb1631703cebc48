"""Finds text that lies over a picture and is not in the scene: by how it is drawn and where, and whether it comes
again.

What viewers, players and publishers write is told by its words instead (`credits.py`). Letters that are drawn are of
one colour, white or black or another at full strength, which light and lenses hardly leave of paint.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from PIL import Image

from geoagent.case.views import Box
from geoagent.plain_text import fold
from geoagent.reading.ocr.recognition import Line, overlap

EDGE = 0.09
"""The part of a picture's height, at the top and at the bottom, in which captions and controls stand."""
SUBTITLE, MIDDLE, WIDE = 0.75, 0.03, 0.15
"""Below which height subtitles stand, how near their middle is to the picture's, and the least width of one."""
INK, EVEN, FULL, NONE = 0.06, 6.0, 245.0, 14.0
"""The lightest or darkest share of a line's pixels, how even their colour is if drawn, and how light or dark then."""
FLAT = 0.5
"""The share of pixels equal to the next from which on a picture is drawn as a whole: a chart, a scan, a rendering."""
COLOURS, GREYS, FEW_COLOURS = 32, 4, 0.4
"""The share of its pixels that the commonest colours of such a picture have. A photo that was enlarged is flat too."""
TIMES, AS_HIGH = 3, 0.92
"""How often a watermark is repeated at least, and how alike in height."""
SAME_BOX = 0.85
GAP = 1.0
"""The most space between two lines of one caption, in heights of a line."""


def laid_over(lines: Sequence[Line], image: Image.Image) -> frozenset[int]:
    """The indices of the lines of text that lie over an RGB picture instead of standing in its scene.

    Empty for a picture that is drawn as a whole, such as a chart.
    """
    if not lines or is_drawn_as_a_whole(image):
        return frozenset()
    drawn = {number for number, line in enumerate(lines) if _is_drawn(image, line.box)}
    found = {number for number in drawn if _is_in_margin(lines[number].box)} | _repeated(lines, drawn)
    while more := {n for n in drawn - found if any(_is_next(lines[n].box, lines[other].box) for other in found)}:
        found |= more
    return frozenset(found)


def in_one_place(photos: Sequence[Sequence[Line]]) -> list[frozenset[int]]:
    """For each photo the indices of its lines that stand at the same place in another photo of the case: a stamp, a
    watermark.

    A photo all of whose lines do so, as two copies have it, counts for nothing.
    """
    found = [set[int]() for _ in photos]
    for i, lines in enumerate(photos):
        for j, others in enumerate(photos):
            same = {n for n, line in enumerate(lines) if any(_is_same(line, other) for other in others)}
            if i != j and len(same) < len(lines):
                found[i] |= same
    return [frozenset(numbers) for numbers in found]


def _is_same(one: Line, other: Line) -> bool:
    return fold(one.text) == fold(other.text) and overlap(one.box, other.box) > SAME_BOX


def is_drawn_as_a_whole(image: Image.Image) -> bool:
    """Whether a picture is drawn: a chart, a scan, a rendering."""
    pixels = np.asarray(image)[::4]
    if pixels.shape[1] < 2 or (pixels[:, 1:] == pixels[:, :-1]).all(axis=2).mean() <= FLAT:
        return False
    some = pixels[:, ::4].reshape(-1, 3).astype(np.uint32)
    _, counts = np.unique(some @ np.array([65536, 256, 1], dtype=np.uint32), return_counts=True)
    is_grey = bool((some == some[:, :1]).all())  # of 256 greys a few are many pixels of any photo
    return bool(np.sort(counts)[-(GREYS if is_grey else COLOURS) :].sum() > FEW_COLOURS * counts.sum())


def _is_drawn(image: Image.Image, box: Box) -> bool:
    """Whether the letters of a line are of one colour at full strength, or black."""
    left, top = int(box.x0 * image.width), int(box.y0 * image.height)
    right, bottom = min(int(box.x1 * image.width) + 1, image.width), min(int(box.y1 * image.height) + 1, image.height)
    pixels = np.asarray(image.crop((left, top, right, bottom)), dtype=float).reshape(-1, 3)
    order = np.argsort(pixels.mean(axis=1))
    count = max(6, int(INK * len(order)))
    dark, light = pixels[order[:count]], pixels[order[-count:]]
    black = dark.std(axis=0).mean() < EVEN and dark.mean(axis=0).max() <= NONE
    return bool(black or (light.std(axis=0).mean() < EVEN and light.mean(axis=0).max() >= FULL))


def _is_in_margin(box: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    subtitle = y > SUBTITLE and abs(x - 0.5) < MIDDLE and box.x1 - box.x0 > WIDE
    return y < EDGE or y > 1 - EDGE or subtitle


def _repeated(lines: Sequence[Line], drawn: set[int]) -> set[int]:
    """Lines that come again and again in one picture, as high each time, and mostly drawn."""
    copies: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        copies[fold(line.text)].append(number)
    found = set[int]()
    for numbers in copies.values():
        heights = [lines[n].box.y1 - lines[n].box.y0 for n in numbers]
        if len(numbers) >= TIMES and min(heights) >= AS_HIGH * max(heights) and 2 * len(drawn & set(numbers)) >= TIMES:
            found |= set(numbers)
    return found


def _is_next(box: Box, other: Box) -> bool:
    """Whether two lines of one height stand below each other, flush or centred, as lines of one caption do."""
    height = max(box.y1 - box.y0, other.y1 - other.y0)
    gap = max(box.y0, other.y0) - min(box.y1, other.y1)
    flush = abs(box.x0 - other.x0) < height or abs((box.x0 + box.x1) - (other.x0 + other.x1)) < 2 * height
    return min(box.y1 - box.y0, other.y1 - other.y0) > 0.7 * height and gap < GAP * height and flush
