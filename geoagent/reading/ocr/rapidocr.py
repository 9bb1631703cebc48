"""Detects lines of text, and reads them in Latin, Chinese and Japanese, with RapidOCR.

Its PP-OCRv6 models come inside its wheel; no other is fetched.
"""

import logging
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from geoagent.console import step
from geoagent.errors import ConfigError
from geoagent.no_telemetry import load_onnxruntime, load_rapidocr
from geoagent.reading.ocr.tesseract import Pixels, Reading, clean

LONGEST_SIDE = 2000
MAX_ASPECT = 3
TALL = 1.5
"""From this height to width on a box is turned to lie, as RapidOCR does."""
MOST_CELLS = 20
AT_ONCE = 6
"""So many lines are read at once, as RapidOCR does by itself."""
MEND = "pip install --force-reinstall rapidocr onnxruntime"
PARTS = ("Det", "Cls", "Rec")
"""Finds lines, tells which are upside down, and reads them: a model each."""
THREADS = 2
"""Threads of one engine; more of them gain little, so more processors get more engines."""


class _Engines:
    """The engines of this process, each for one photo at a time, and the threads of each."""

    def __init__(self, count: int, threads: int) -> None:
        self.threads = threads
        self.idle: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(count):
            self.idle.put(None)


_engines = _Engines(max(1, (os.cpu_count() or 1) // THREADS), THREADS)


def read_many(at_a_time: int) -> None:
    """Read several photos at a time, each with one thread, which takes a third less of the processors than two threads
    do, and finds the same. For runs: one photo alone is read sooner with two. Said before anything is read.
    """
    global _engines
    _engines = _Engines(max(1, min(at_a_time, os.cpu_count() or 1)), 1)


class LineCrop(NamedTuple):
    """A detected line of text: its four corners in pixels of the picture, in the shape (4, 2), and its pixels (BGR)
    turned level.

    `tall` says that the box is much higher than wide: the line may stand on its end.
    """

    corners: npt.NDArray[np.float32]
    pixels: Pixels
    tall: bool


@contextmanager
def _engine() -> Iterator[Any]:
    """An engine for one thread at a time, made when all that there are have work."""
    engines = _engines
    engine = engines.idle.get()
    try:
        engine = engine or _new_engine(engines.threads)
        yield engine
    finally:
        engines.idle.put(engine)


def _new_engine(threads: int) -> Any:
    rapidocr = load_rapidocr()
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    models = _models(Path(rapidocr.__file__).parent / "models")
    engine = rapidocr.RapidOCR(params={"Global.log_level": "error", **models})
    for part in PARTS:
        engine.cfg[part]._set_flag("allow_objects", True)
        engine.cfg[part].session = _session(models[f"{part}.model_path"], threads)
    return engine


def _session(model: str, threads: int) -> Any:
    """A model that runs as RapidOCR would run it, with a third less of a processor: between two steps its threads sleep
    instead of spinning, and it keeps its memory.
    """
    runtime = load_onnxruntime()
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    as_needed = {"arena_extend_strategy": "kSameAsRequested"}
    return runtime.InferenceSession(model, options, providers=[("CPUExecutionProvider", as_needed)])


def _models(folder: Path) -> dict[str, str]:
    """The models that came with RapidOCR, which would fetch those that it is not told of. Raises ConfigError."""
    found = {part: sorted(folder.glob(f"*_{part.lower()}_*.onnx")) for part in PARTS}
    if any(len(paths) != 1 for paths in found.values()):
        raise ConfigError(f"{folder} does not hold the models to read text with; {MEND}")
    return {f"{part}.model_path": str(paths[0]) for part, paths in found.items()}


def warm_up() -> None:
    """Load the models that text is read with, so that the first photo does not wait for them."""
    blank = np.full((48, 192, 3), 255, np.uint8)
    detect(Image.fromarray(blank))
    read_lines([LineCrop(np.zeros((4, 2), np.float32), blank, False)])


def detect(image: Image.Image) -> list[LineCrop]:
    """The lines of text that are detected in an RGB picture, in reading order; empty where there is none.

    The picture should be of at most `LONGEST_SIDE` pixels a side.
    """
    padded = np.ascontiguousarray(np.asarray(_padded(image))[:, :, ::-1])
    with _engine() as engine:
        found = engine(padded, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None:
            return []
        crops = engine.crop_text_regions(padded, np.asarray(found.boxes, dtype=np.float32))
    corners = np.asarray(found.boxes, dtype=np.float32)
    return [LineCrop(box, crop, _is_tall(box)) for box, crop in zip(corners, crops, strict=True) if crop.size]


def _is_tall(corners: npt.NDArray[np.float32]) -> bool:
    width = float(np.linalg.norm(corners[0] - corners[1]))
    height = float(np.linalg.norm(corners[0] - corners[3]))
    return height >= TALL * max(width, 1.0)


def read_lines(
    crops: Sequence[LineCrop], came: Callable[[dict[int, Reading]], None] = lambda _: None
) -> list[tuple[Reading, Pixels]]:
    """Each detected line as it is read in Latin, Chinese or Japanese, with its pixels in BGR for other recognisers.

    These pixels are not turned where RapidOCR thinks that the line is upside down: it takes many a script that it does
    not know for that. A tall box is either a line that stands on its end or characters below each other: the surer
    reading counts. `came` is called with the readings by line number, as they come. Raises CalledOff where nobody wants
    the case any more.
    """
    if not crops:
        return []
    with _engine() as engine:
        turned, _ = engine.cls_and_rotate([crop.pixels for crop in crops])
        stacked = {i: _laid_out(crop.pixels) for i, crop in enumerate(crops) if crop.tall}
        readings = _read_all(engine, [*turned, *stacked.values()], lambda read: came(_of_lines(read, len(crops))))
    lines = [(reading, crop.pixels) for reading, crop in zip(readings, crops, strict=False)]
    for i, other, pixels in zip(stacked, readings[len(crops) :], stacked.values(), strict=True):
        if len(other.text) > 1 and other.confidence > lines[i][0].confidence:
            lines[i] = (other, pixels)
    return lines


def _read_all(engine: Any, crops: Sequence[Pixels], came: Callable[[dict[int, Reading]], None]) -> list[Reading]:
    """Lines in the batches that RapidOCR makes by itself, those of like shape together: other batches read otherwise.

    Between them it is told how far this is, and looked whether somebody still waits.
    """
    order = np.argsort(np.array([crop.shape[1] / float(crop.shape[0]) for crop in crops]))
    found = dict[int, Reading]()
    for start in range(0, len(crops), AT_ONCE):
        step(f"reading text, {start} of {len(crops)} lines are read", start, len(crops))
        batch = order[start : start + AT_ONCE].tolist()
        read = engine.recognize_txt([crops[i] for i in batch])
        now = {
            i: Reading(clean(text), min(float(p), 1.0))
            for i, text, p in zip(batch, read.txts, read.scores, strict=True)
        }
        found |= now
        came(now)
    return [found[i] for i in range(len(crops))]


def _of_lines(read: dict[int, Reading], count: int) -> dict[int, Reading]:
    """The readings of lines as they lie; those that follow are of characters below each other."""
    return {number: reading for number, reading in read.items() if number < count}


def _laid_out(crop: Pixels) -> Pixels:
    """Characters that stand below each other, side by side: the upright column in as many cells as it is wide."""
    column = np.rot90(crop, -1)
    height, width = column.shape[:2]
    cells = min(MOST_CELLS, max(2, round(height / width)))
    edges = np.linspace(0, height, cells + 1).round().astype(int)
    least = min(np.diff(edges))
    return np.ascontiguousarray(np.hstack([column[top : top + least] for top in edges[:-1]]))


def _padded(image: Image.Image) -> Image.Image:
    """A thin image on a wider canvas.

    The detector scales the short side up to 736 pixels: letters that fill a strip become too large to be seen, and a
    very thin strip too large for memory.
    """
    least = round(max(image.size) / MAX_ASPECT)
    if min(image.size) >= least:
        return image
    canvas = Image.new("RGB", (max(image.width, least), max(image.height, least)), "white")
    canvas.paste(image, (0, 0))
    return canvas
