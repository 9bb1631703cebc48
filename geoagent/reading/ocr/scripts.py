"""Decides in which script a line is: what several recognisers make of it, weighed by how such letters follow each
other.

RapidOCR reads every line; only where its reading is doubtful do other scripts get their say, so a photo in Latin,
Chinese or Japanese costs nothing more. Every script that is installed reads the largest few of the doubtful lines; the
others are read only in the scripts that won there, since one photo seldom shows many.
"""

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from geoagent.console import step
from geoagent.reading.languages import script_of
from geoagent.reading.names.letters import letters_of, surprise_bits
from geoagent.reading.ocr.tesseract import Pixels, Reading, read_line

SURE = 0.9
USUAL_BITS = 1.0
"""A Latin reading whose letters are more surprising than this is doubtful, however sure its recogniser is."""
TRIALS = 4
THREADS = 2
MIN_HEIGHT_PX = 8
OWN_SHARE = 0.6
"""The share of letters that a reading in a script has of that script; a model of another also knows Latin."""
LEAST_LETTERS = 3
SYLLABLES = frozenset({"HANGUL"})
"""Scripts whose characters are syllables: each counts as two letters."""
LOOK_ALIKES = frozenset("ABCEHIKMNOPTXYZ")
"""Latin capitals that Greek or Cyrillic has too: a word of them alone may be either."""
AGREEMENT = 1.0
"""What another line of the same script in the photo adds to a reading's log odds."""
ACCEPTED = 0.5
"""Log odds from which on a reading in another script is believed."""


def settle(lines: Sequence[tuple[Reading, Pixels]], scripts: Iterable[str], wished: bool = False) -> list[Reading]:
    """The best reading of each line: RapidOCR's, or Tesseract's in one of the scripts.

    `lines` are RapidOCR's readings with the pixels of the lines, and `scripts` are Unicode names of scripts that are
    installed. Tesseract reads the doubtful lines alone; all of them where the scripts are `wished` for.
    """
    scripts = tuple(scripts)
    best = [reading for reading, _ in lines]
    open_lines = [
        i for i, (reading, crop) in enumerate(lines) if _is_tryable(crop) and (wished or is_doubtful(reading))
    ]
    open_lines.sort(key=lambda i: -lines[i][1].shape[0] * lines[i][1].shape[1])
    if not open_lines or not scripts:
        return best
    tried = _read_all([(i, script) for i in open_lines[:TRIALS] for script in scripts], lines)
    won = {_script_of_best(best[i], tried[i], set()) for i in open_lines[:TRIALS]} - {None}
    rest = [(i, script) for i in open_lines[TRIALS:] for script in scripts if script in won]
    tried |= _read_all(rest, lines)
    for i in open_lines:
        others = {_script_of_best(best[j], tried.get(j, {}), set()) for j in open_lines if j != i}
        script = _script_of_best(best[i], tried.get(i, {}), others)
        if script is not None:
            best[i] = tried[i][script]
    return best


def is_doubtful(reading: Reading) -> bool:
    """Whether a line that RapidOCR has read may be in a script that it does not know."""
    script = script_of(reading.text)
    if script is None:
        return reading.confidence < SURE
    if script != "LATIN":
        return reading.confidence < SURE or letters_of(reading.text, script) < 2
    letters = [ch for ch in reading.text if ch.isalpha()]
    bits = surprise_bits(reading.text, script)
    alike = len(letters) >= LEAST_LETTERS and set(letters) <= LOOK_ALIKES
    return reading.confidence < SURE or alike or (bits is not None and bits > USUAL_BITS)


def log_odds(reading: Reading, script: str) -> float:
    """How much speaks for a reading in a script (Unicode name) being right, in log odds (natural logarithm).

    It counts the recogniser's confidence, the number of letters, and how usual their pairs are.
    """
    p = min(max(reading.confidence, 0.02), 0.98)
    letters = _letters(reading.text, script)
    bits = surprise_bits(reading.text, script)
    surprise = max(0.0, (1.0 if bits is None else bits) - 0.5) * min(letters_of(reading.text, script), 8) / 4
    return math.log(p / (1 - p)) + 0.25 * min(letters, 8) - surprise - 2.0


def _is_tryable(crop: Pixels) -> bool:
    height, width = crop.shape[:2]
    return bool(height >= MIN_HEIGHT_PX and width >= height)


def _read_all(
    wanted: Sequence[tuple[int, str]], lines: Sequence[tuple[Reading, Pixels]]
) -> dict[int, dict[str, Reading]]:
    found: dict[int, dict[str, Reading]] = {}
    pool = ThreadPoolExecutor(THREADS)
    try:
        readings = pool.map(lambda pair: read_line(lines[pair[0]][1], pair[1]), wanted)
        for number, ((i, script), reading) in enumerate(zip(wanted, readings, strict=True), 1):
            found.setdefault(i, {})[script] = reading
            step(f"reading text in other scripts, try {number} of {len(wanted)}", number, len(wanted))
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _script_of_best(first: Reading, others: dict[str, Reading], shown: set[str | None]) -> str | None:
    """The script whose reading of a line is the most credible; None where that is the first recogniser's, or none."""
    own = script_of(first.text)
    best, least = None, max(ACCEPTED, log_odds(first, own) if own == "LATIN" else _odds(first.confidence))
    for script, reading in others.items():
        odds = log_odds(reading, script) + AGREEMENT * (script in shown)
        if _is_of(reading.text, script) and odds > least:
            best, least = script, odds
    return best


def _odds(p: float) -> float:
    p = min(max(p, 0.02), 0.98)
    return math.log(p / (1 - p)) - 1.0


def _is_of(text: str, script: str) -> bool:
    letters = sum(ch.isalpha() for ch in text)
    return _letters(text, script) >= LEAST_LETTERS and letters_of(text, script) >= OWN_SHARE * letters


def _letters(text: str, script: str) -> int:
    return letters_of(text, script) * (2 if script in SYLLABLES else 1)
