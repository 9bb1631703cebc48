"""Reads single lines with Tesseract 5 in the scripts that RapidOCR's models do not know.

Needs the extra `scripts` (tesserocr, MIT, which holds the library, Apache-2.0) and Tesseract's data for each script,
which the system provides: Debian has them as `tesseract-ocr-script-cyrl` and so on. Nothing is downloaded from here.
"""

import os
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

MODELS = {
    "CYRILLIC": ("Cyrillic", "rus"), "GREEK": ("ell", "Greek"), "HANGUL": ("kor", "Hangul"), "THAI": ("tha", "Thai"),
    "ARABIC": ("ara", "Arabic"), "HEBREW": ("heb", "Hebrew"), "DEVANAGARI": ("hin", "Devanagari"),
    "BENGALI": ("ben", "Bengali"), "TAMIL": ("tam", "Tamil"), "TELUGU": ("tel", "Telugu"),
    "KANNADA": ("kan", "Kannada"), "MALAYALAM": ("mal", "Malayalam"), "GUJARATI": ("guj", "Gujarati"),
    "GURMUKHI": ("pan", "Gurmukhi"), "SINHALA": ("sin", "Sinhala"), "GEORGIAN": ("kat", "Georgian"),
    "ARMENIAN": ("hye", "Armenian"), "KHMER": ("khm", "Khmer"), "LAO": ("lao", "Lao"),
    "MYANMAR": ("mya", "Myanmar"), "ETHIOPIC": ("amh", "Ethiopic"),
}  # fmt: skip
"""By script, as Unicode names it: the data that read it, the better first. Those of a language are smaller, load
faster, and mistake less for Latin than those of a whole script; but many languages write Cyrillic."""
FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata", "/usr/local/share/tessdata", "/opt/homebrew/share/tessdata",
)  # fmt: skip
LINE_HEIGHT = 48
MARGIN = 6
MAX_ASPECT = 40
Pixels = npt.NDArray[np.uint8]


class Reading(NamedTuple):
    """The text that a recogniser reads in one line, and its confidence from 0 to 1."""

    text: str
    confidence: float


def clean(text: str) -> str:
    """What a recogniser wrote as one line: without control characters, with single spaces, at most 300 characters."""
    kept = (ch if ch.isprintable() else " " for ch in text if unicodedata.category(ch) != "Cf")
    return " ".join("".join(kept).split())[:300]


class _Engine:
    """One loaded model; its object is not shareable, so one thread at a time."""

    def __init__(self, folder: Path, model: str) -> None:
        from tesserocr import OEM, PSM, PyTessBaseAPI

        variables = {"debug_file": os.devnull}
        self._api: Any = PyTessBaseAPI(
            path=f"{folder}/", lang=model, psm=PSM.SINGLE_LINE, oem=OEM.LSTM_ONLY, variables=variables
        )
        self._lock = threading.Lock()

    def read(self, image: Image.Image) -> Reading:
        """The text of one line. Waits for other threads."""
        from tesserocr import PSM

        with self._lock:
            self._api.SetImage(image)
            for mode in (PSM.SINGLE_LINE, PSM.RAW_LINE):  # the search for a line at times finds none
                self._api.SetPageSegMode(mode)
                text = clean(self._api.GetUTF8Text())
                if text:
                    return Reading(text, self._api.MeanTextConf() / 100)
            return Reading("", 0.0)


def folder_of_data() -> Path | None:
    """The folder of Tesseract's data: where TESSDATA_PREFIX says, else where systems put them; None where there are
    none.
    """
    named = os.environ.get("TESSDATA_PREFIX")
    folders = [Path(named), Path(named) / "tessdata"] if named else [Path(folder) for folder in FOLDERS]
    return next((folder for folder in folders if any(folder.glob("**/*.traineddata"))), None)


@lru_cache(maxsize=1)
def installed() -> dict[str, str]:
    """The scripts (Unicode names) that Tesseract can read here, each with the name of its model; empty without
    tesserocr or data.
    """
    try:
        import tesserocr  # noqa: F401  # only whether it is there
    except ImportError:
        return {}
    folder = folder_of_data()
    if folder is None:
        return {}
    found = {}
    for script, names in MODELS.items():
        models = (model for name in names for model in (name, f"script/{name}"))
        there = next((model for model in models if (folder / f"{model}.traineddata").is_file()), None)
        if there:
            found[script] = there
    return found


def read_line(crop: Pixels, script: str) -> Reading:
    """The text of one line, read with Tesseract in a script (Unicode name) that is installed; empty where nothing is
    read.

    `crop` are the upright pixels of the line, in the shape (height, width, 3).
    """
    return _engine(script).read(_prepared(crop))


_loading = threading.Lock()


def _engine(script: str) -> _Engine:
    with _loading:
        return _loaded(script)


@lru_cache
def _loaded(script: str) -> _Engine:
    folder = folder_of_data()
    assert folder is not None
    return _Engine(folder, installed()[script])


def _prepared(crop: Pixels) -> Image.Image:
    """The line in grey, as high as the models were trained on, dark on light, with a margin."""
    grey = Image.fromarray(crop).convert("L")
    width = min(max(1, round(grey.width * LINE_HEIGHT / grey.height)), LINE_HEIGHT * MAX_ASPECT)
    grey = grey.resize((width, LINE_HEIGHT), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if np.median(edge) < pixels.mean():
        pixels = 255 - pixels
        edge = 255 - edge
    canvas = Image.new("L", (width + 2 * MARGIN, LINE_HEIGHT + 2 * MARGIN), int(np.median(edge)))
    canvas.paste(Image.fromarray(pixels), (MARGIN, MARGIN))
    return canvas
