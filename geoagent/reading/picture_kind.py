"""What kind of picture a photo is, as far as its pixels, its writing and its camera tell; else a model is asked."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from geoagent.case.evidence import Clue, PictureKind
from geoagent.case.trace import Trace
from geoagent.photo.metadata import CameraFact
from geoagent.reading.ocr.recognition import Line
from geoagent.reading.overlays import is_drawn_as_a_whole
from geoagent.reading.readers import is_model

WITNESS = "pixels"
FROM_ABOVE = frozenset({"aerial", "satellite", "map"})
"""The kinds that are looked up on maps from above."""
PLAIN_ROW, FRAME, FRAME_TEXTS = 0.9, 0.08, 2
"""The share of equal neighbours in a row of an app's frame, the least height of the frame, and the texts in it."""
DRONES: Mapping[str, tuple[str, ...]] = {
    "dji": ("fc", "m3", "zenmuse", "mavic", "mini", "air"), "hasselblad": ("l1d", "l2d", "l3d"), "skydio": ("",),
    "autel robotics": ("",), "parrot": ("anafi", "bebop"), "yuneec": ("",),
}  # fmt: skip
"""Makes of drones, and how the names of their flying cameras begin."""


def picture_clue(image: Image.Image, lines: Sequence[Line], camera: Sequence[CameraFact], view: int) -> Clue | None:
    """The kind of a picture as a clue; None where it is a photo of which nothing more can be measured."""
    if _is_of_a_drone(camera):
        return Clue(
            kind="picture", value="aerial: a drone's camera took it", view=view, witness="exif", picture="aerial"
        )
    if is_drawn_as_a_whole(image):
        told = "drawing: its pixels are drawn, not photographed"
        return Clue(kind="picture", value=told, view=view, witness=WITNESS, picture="drawing")
    if _is_in_a_frame(image, lines):
        told = "screenshot: writing stands in a plain frame round it"
        return Clue(kind="picture", value=told, view=view, witness=WITNESS, picture="screenshot")
    return None


def kind_of(trace: Trace) -> PictureKind | None:
    """What kind of picture a case is of: by a model's word, which sees the whole, or else as it was measured."""
    told = [clue for clue in trace.clues if clue.picture is not None]
    by_model = [clue for clue in told if is_model(clue.witness)]
    return next((clue.picture for clue in reversed(by_model or told)), None)


def _is_of_a_drone(camera: Sequence[CameraFact]) -> bool:
    said = {fact.name: fact.value.casefold() for fact in camera}
    make, model = said.get("camera make", ""), said.get("camera model", "")
    return any(make.startswith(known) and model.startswith(begins) for known, begins in DRONES.items())


def _is_in_a_frame(image: Image.Image, lines: Sequence[Line]) -> bool:
    """Whether rows of one colour run along the top or the bottom, and texts stand in them."""
    pixels = np.asarray(image.convert("RGB").resize((160, 240)), dtype=np.int16)
    same = (np.abs(np.diff(pixels, axis=1)).max(axis=2) <= 2).mean(axis=1)
    plain = same >= PLAIN_ROW
    top, bottom = int(np.argmin(plain)), int(np.argmin(plain[::-1]))
    if plain.all() or top + bottom < FRAME * len(plain):
        return False
    above, below = top / len(plain), 1 - bottom / len(plain)
    framed = [line for line in lines if line.box.y1 <= above or line.box.y0 >= below]
    return len(framed) >= FRAME_TEXTS
