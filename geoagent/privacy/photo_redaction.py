"""Redacted photos: parts are covered with one colour for good, and the copy holds pixels alone, without metadata."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from geoagent.case.views import Box
from geoagent.errors import ConfigError
from geoagent.files.outputs import Form, Output, check, replaced
from geoagent.photo import load_photo
from geoagent.photo.warps import pixel_box

MARGIN = 0.25
"""How far a cover reaches beyond its box, as a part of the box's shorter side."""
RING = 0.5
"""How wide the ring round a cover is that gives it its colour, as a part of the same."""
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
QUALITY = 92
Area = tuple[int, int, int, int]
BLOCK = 8
"""The side in pixels of the blocks that are compared."""


def redact(photo: Path, boxes: Sequence[Box], out: Path, force: bool = False) -> float:
    """Write a copy of `photo` to `out` in which the boxes are covered: upright, and without any metadata.

    A box is in fractions of the photo. The suffix of `out` gives its format: .jpg, .jpeg, .png or .webp. The photo
    itself is never written over, another file only with `force`. Raises ImageError where the photo cannot be read,
    ConfigError where `out` may not be written. Returns how similar the copy is to the photo.
    """
    output = redacted_output(photo, out, force)
    check(output)
    image = load_photo(photo).image
    picture = covered(image, boxes)
    with replaced(output) as fresh:
        picture.save(fresh, FORMATS[out.suffix.lower()], quality=QUALITY)
    return similarity(image, picture)


def redacted_output(photo: Path, out: Path, force: bool = False) -> Output:
    """The file of a redacted photo that is to be written (flag `--redact`), to be checked before any work.

    An earlier redacted photo cannot be told from any other picture, so without `force` no file is replaced. Raises
    ConfigError for a suffix other than .jpg, .jpeg, .png or .webp.
    """
    if out.suffix.lower() not in FORMATS:
        raise ConfigError(f"--redact: {out}: give it a name that ends in {', '.join(FORMATS)}")
    return Output(out, Form("redacted photo", lambda path: False), "--redact", (photo,), force)


def covered(image: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """A copy of an RGB picture in which each box, widened by a quarter of its shorter side, is filled with one colour.

    Boxes are fractions of the picture. The colour is the median of the pixels in a ring round the cover, those under
    other covers left out: nothing of what was inside stays.
    """
    areas = [_grown(box, image, MARGIN) for box in boxes]
    hidden = np.zeros((image.height, image.width), dtype=bool)
    for left, top, right, bottom in areas:
        hidden[top:bottom, left:right] = True
    picture = Image.new("RGB", image.size)
    picture.paste(image)
    for area in areas:
        picture.paste(_colour_round(image, area, hidden), area)
    return picture


def similarity(one: Image.Image, other: Image.Image) -> float:
    """The mean structural similarity (Wang et al. 2004) of two pictures of one size, grey, in blocks of 8 × 8 pixels:
    1 for the same picture. Of smaller pictures only whether they are the same is told.
    """
    high, wide = (side // BLOCK for side in (one.height, one.width))
    if not high or not wide:
        return 1.0 if one.tobytes() == other.tobytes() else 0.0
    a, b = (
        np.asarray(picture.convert("L"), dtype=np.float64)[: high * BLOCK, : wide * BLOCK]
        .reshape(high, BLOCK, wide, BLOCK)
        .swapaxes(1, 2)
        .reshape(high * wide, -1)
        for picture in (one, other)
    )
    mean_a, mean_b = a.mean(1), b.mean(1)
    both = ((a - mean_a[:, None]) * (b - mean_b[:, None])).mean(1)
    light, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mean_a * mean_b + light) * (2 * both + contrast)
    return float((alike / ((mean_a**2 + mean_b**2 + light) * (a.var(1) + b.var(1) + contrast))).mean())


def _grown(box: Box, image: Image.Image, by: float) -> Area:
    left, top, right, bottom = pixel_box(box, image.width, image.height)
    more = max(2, round(by * min(right - left, bottom - top)))
    return max(0, left - more), max(0, top - more), min(image.width, right + more), min(image.height, bottom + more)


def _colour_round(image: Image.Image, area: Area, hidden: "np.typing.NDArray[np.bool_]") -> tuple[int, int, int]:
    left, top, right, bottom = area
    more = max(2, round(RING * min(right - left, bottom - top)))
    around = (max(0, left - more), max(0, top - more), min(image.width, right + more), min(image.height, bottom + more))
    seen = np.asarray(image.crop(around))[~hidden[around[1] : around[3], around[0] : around[2]]]
    red, green, blue = (int(value) for value in np.median(seen, axis=0)) if len(seen) else (128, 128, 128)
    return red, green, blue
