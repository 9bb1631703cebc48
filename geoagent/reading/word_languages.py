"""The languages in which common words are written (wordfreq), for texts that are too short for a language detector."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from geoagent.plain_text import fold

LETTERS = 4
"""The least letters of a word in the list."""
ELSEWHERE, UNLISTED = 2.0, 1.0
"""By how many magnitudes a word is rarer in a language that does not write it, or whose words are not listed."""
DETECTOR = 0.5
"""The power at which a detector's word counts beside the words themselves, some of which it has judged by."""
LEAST = 0.002
LETTERS_TO_TRUST = 12.0
"""Letters of listed words after which they are worth 63 % of their face value."""
_WORD = re.compile(r"[^\W\d_]+")


def with_words(text: str, detected: Mapping[str, float]) -> dict[str, float]:
    """The probabilities of the languages of a text (ISO 639 codes), by a detector's probabilities and the text's own
    words.

    They are the detector's where no word of the text is listed.
    """
    words = {word: found for word in set(_WORD.findall(fold(text))) if (found := languages_of(word))}
    if not words:
        return dict(detected)
    rest = (1 - sum(detected.values())) / len(listed())
    scores = {
        language: DETECTOR * math.log(detected.get(language, 0.0) + rest * (language in listed()) + LEAST)
        - math.log(10) * sum(_magnitudes(language, found) for found in words.values())
        for language in listed() | set(detected)
    }
    most = max(scores.values())
    shares = {language: math.exp(score - most) for language, score in scores.items()}
    trust = 1 - math.exp(-sum(map(len, words)) / LETTERS_TO_TRUST)
    whole = sum(shares.values())
    return {lang: trust * share / whole + (1 - trust) * detected.get(lang, 0.0) for lang, share in shares.items()}


def _magnitudes(language: str, found: frozenset[str]) -> float:
    return 0.0 if language in found else ELSEWHERE if language in listed() else UNLISTED


def languages_of(word: str) -> frozenset[str]:
    """The languages (ISO 639 codes) that write a folded word; empty where it is rare, shorter than four letters, or
    common to more than six.
    """
    if len(word) < LETTERS:
        return frozenset()
    text = _text()
    at = text.find(f" {word} ")
    if at < 0:
        return frozenset()
    start = text.rfind("\n", 0, at) + 1
    return frozenset(text[start : text.index("\t", start)].split(","))


@lru_cache(maxsize=1)
def _text() -> str:
    """The list (`scripts/build_language_words.py`): a line is languages, a tab, and words between spaces."""
    lines = (files("geoagent.reading") / "language_words.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


@lru_cache(maxsize=1)
def listed() -> frozenset[str]:
    """The languages (ISO 639 codes) whose common words are in the list."""
    return frozenset(code for line in _text().split("\n") for code in line.partition("\t")[0].split(","))
