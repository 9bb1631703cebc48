"""The photos of an answer inside a report: pixels alone, with a box and a number for each clue."""

import base64
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from geoagent.case.views import Box, PhotoRef
from geoagent.errors import ImageError
from geoagent.photo import load_photo
from geoagent.photo.warps import pixel_box
from geoagent.report.shown_clues import ShownClue

SIDE, QUALITY = 1280, 80
CROP = (360, 160)
"""The most that a crop of a clue measures, in pixels."""
AROUND = 0.15
"""How much of its surroundings a crop shows, as a share of its box."""
TAG_WIDTH, TAG_HEIGHT = 20, 17
"""The size of a number beside a box, in pixels of the screen; each digit after the second takes 7 more."""
WIDTHS = (320, 358, 480, 620, 1056)
"""Widths in pixels at which photos are shown, on which no two numbers may meet."""
CORNERS = ("over", "under", "after", "before", "inside", "last")
Rectangle = tuple[float, float, float, float]


class Outline(NamedTuple):
    """The box of a clue on a photo, in percent of the photo's size, and the corner at which its number stands.

    `ids` are those of all clues with its number. The corner is None where no corner is free; then no number is shown.
    """

    shown: ShownClue
    left: float
    top: float
    width: float
    height: float
    corner: str | None
    ids: tuple[str, ...]


class Picture(NamedTuple):
    """A photo in a report, with the boxes of its clues.

    `number` counts from 1. `source` holds its pixels as a data URL; None where the photo is not there any more.
    """

    number: int
    name: str
    width: int
    height: int
    source: str | None
    outlines: list[Outline]


def open_pictures(refs: Sequence[PhotoRef]) -> list[Image.Image | None]:
    """The photos of a case, upright and in order; None for one that is no longer at its path, or has changed."""
    return [_opened(ref) for ref in refs]


def _opened(ref: PhotoRef) -> Image.Image | None:
    try:
        photo = load_photo(Path(ref.path))
    except ImageError:
        return None
    return photo.image if photo.ref.id == ref.id else None


def pictures(
    refs: Sequence[PhotoRef], images: Sequence[Image.Image | None], clues: Sequence[ShownClue]
) -> list[Picture]:
    """The photos of a report, each with the boxes of the clues in it.

    `images` are the opened photos in order, None where one cannot be shown.
    """
    shown = []
    for index, (ref, image) in enumerate(zip(refs, images, strict=True)):
        boxed = [clue for clue in clues if clue.photo == index and clue.box]
        source = data_address(image, (SIDE, SIDE)) if image else None
        name = ref.path.replace("\\", "/").rsplit("/", 1)[-1]
        shown.append(Picture(index + 1, name, ref.width, ref.height, source, list(_outlines(boxed, ref))))
    return shown


def crops(images: Sequence[Image.Image | None], clues: Sequence[ShownClue]) -> dict[str, str]:
    """The part of the photo that each clue lies in, with a little round it, as a data URL, by the clue's id.

    Clues without a box, or in a photo that cannot be shown, are left out.
    """
    found = {}
    for shown in clues:
        image = images[shown.photo] if shown.photo is not None else None
        if image is not None and shown.box is not None:
            part = image.crop(pixel_box(_wider(shown.box), image.width, image.height))
            found[shown.clue.id] = data_address(part, CROP)
    return found


def data_address(image: Image.Image, most: tuple[int, int]) -> str:
    """A picture as the data URL of a JPEG without metadata.

    `most` is the largest width and height that it may have, in pixels.
    """
    copy = image.convert("RGB")
    copy.thumbnail(most, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _wider(box: Box) -> Box:
    dx, dy = AROUND * (box.x1 - box.x0), AROUND * (box.y1 - box.y0)
    return Box(x0=max(0, box.x0 - dx), y0=max(0, box.y0 - dy), x1=min(1, box.x1 + dx), y1=min(1, box.y1 + dy))


def _outlines(clues: Sequence[ShownClue], ref: PhotoRef) -> Iterator[Outline]:
    """The boxes, the largest first so that small ones lie on top, each with the first free corner for its number."""
    taken: list[list[Rectangle]] = [[] for _ in WIDTHS]
    corner: dict[int, str | None] = {}
    ids: dict[int, tuple[str, ...]] = {}
    for shown in clues:
        ids[shown.number] = (*ids.get(shown.number, ()), shown.clue.id)
    firsts = [shown for shown in clues if shown.clue.id == ids[shown.number][0]]
    for shown in firsts:
        assert shown.box
        wide = TAG_WIDTH + 7 * max(0, len(str(shown.number)) - 2)
        corner[shown.number] = _free_corner(shown.box, wide, ref, taken)
    for shown in sorted(firsts, key=lambda shown: -_area(shown.box)):
        box = shown.box
        assert box
        yield Outline(
            shown, 100 * box.x0, 100 * box.y0, 100 * (box.x1 - box.x0), 100 * (box.y1 - box.y0),
            corner[shown.number], ids[shown.number],
        )  # fmt: skip


def _area(box: Box | None) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0) if box else 0.0


def _free_corner(box: Box, wide: float, ref: PhotoRef, taken: list[list[Rectangle]]) -> str | None:
    for corner in CORNERS:
        tags = [_tag(box, corner, wide, width, width * ref.height / ref.width) for width in WIDTHS]
        if all(
            _lies_inside(tag, width, width * ref.height / ref.width) and not any(_meet(tag, other) for other in others)
            for tag, width, others in zip(tags, WIDTHS, taken, strict=True)
        ):
            for tag, others in zip(tags, taken, strict=True):
                others.append(tag)
            return corner
    return None


def _tag(box: Box, corner: str, wide: float, width: float, height: float) -> Rectangle:
    """Where the number of a box lies, in pixels, when the photo is shown at a size: left, top, right, bottom."""
    x0, y0, x1, y1 = box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height
    left, top = {
        "over": (x0, y0 - TAG_HEIGHT),
        "under": (x0, y1),
        "after": (x1, y0),
        "before": (x0 - wide, y0),
        "inside": (x0, y0),
        "last": (x1 - wide, y1 - TAG_HEIGHT),
    }[corner]
    return left, top, left + wide, top + TAG_HEIGHT


def _lies_inside(tag: Rectangle, width: float, height: float) -> bool:
    return tag[0] >= 0 and tag[1] >= 0 and tag[2] <= width and tag[3] <= height


def _meet(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
