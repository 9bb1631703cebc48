"""Place names in texts: which words may be one, how likely that is, and which places they may mean."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Named
from geoagent.likelihood import Areas, Kernel, Likelihood, Mixture
from geoagent.names import fold

MAX_WORDS = 4
MAX_READINGS = 8
SAME_PLACE, NEAR_BY, WIDER_AREA = 0.4, 0.35, 0.25
"""Where a sign that names a place stands: in it, close to it, within an hour's drive."""


class Toponym(NamedTuple):
    """A stretch of text that is the name of places, the most prominent first, and how likely it is meant so."""

    text: str
    places: list[Named]
    weight: float


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of signs and brands that are also the names of some village; folded."""
    lines = (files("geoagent.knowledge") / "common_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split(","))


def find_toponyms(text: str, atlas: Atlas) -> list[Toponym]:
    """The place names in one line of text, longest first, without overlaps."""
    found, taken = [], set[int]()
    for start, end, words in _stretches(text):
        if taken & set(range(start, end)):
            continue
        weight = _plausibility(words)
        places = atlas.named(words) if weight > 0 else []
        if places:
            taken |= set(range(start, end))
            found.append(Toponym(words, places, weight * _notability(places[0].prominence)))
    return found


def _stretches(text: str) -> Iterator[tuple[int, int, str]]:
    if _is_han(text):
        longest = min(len(text), 6)
        for length in range(longest, 1, -1):
            for start in range(len(text) - length + 1):
                yield start, start + length, text[start : start + length]
        return
    words = text.replace("-", " ").replace("/", " ").split()
    for length in range(min(MAX_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield start, start + length, " ".join(words[start : start + length]).strip(".,;:()[]«»\"'!?|")


def _is_han(text: str) -> bool:
    letters = [ch for ch in text if ch.isalpha()]
    return bool(letters) and sum(unicodedata.name(ch, "").startswith("CJK") for ch in letters) > len(letters) / 2


def _plausibility(text: str) -> float:
    """The chance that a stretch of text which is some place's name is meant as one."""
    folded = fold(text)
    letters = sum(ch.isalpha() for ch in text)
    if letters < len(text.replace(" ", "")) - 2 or not letters:
        return 0.0
    if _is_han(text):
        return 0.6 if letters >= 3 else 0.1
    words = folded.split()
    if all(word in common_words() or len(word) < 3 for word in words) or not text[0].isupper() or letters < 4:
        return 0.0
    if len(words) > 1:
        return 0.75
    return {4: 0.2, 5: 0.4}.get(letters, 0.6)


def _notability(population: float) -> float:
    return 1.0 if population >= 100_000 else 0.7 if population >= 15_000 else 0.4 if population >= 2_000 else 0.2


def toponym_likelihood(atlas: Atlas, places: list[Named], weight: float) -> Likelihood:
    """The readings of one name as a mixture: each place by the root of its prominence, near it or in its wider area.

    `weight` is the chance that the name is meant as a place at all.
    """
    readings = [place.row for place in places[:MAX_READINGS]]
    importance = np.sqrt([place.prominence + 100.0 for place in places[:MAX_READINGS]])
    parts: list[tuple[float, Likelihood]] = []
    for row, share in zip(readings, importance / importance.sum(), strict=True):
        lat, lon = float(atlas.lat[row]), float(atlas.lon[row])
        near = max(8.0, float(atlas.extent_km[row]))
        chance = float(weight * share)
        city = atlas.city_key(row)
        if city:
            parts.append((chance * SAME_PLACE, Areas(weights={city: 1.0})))
        parts.append((chance * NEAR_BY, Kernel(lat=lat, lon=lon, sigma_km=near)))
        parts.append((chance * WIDER_AREA, Kernel(lat=lat, lon=lon, sigma_km=near + 50)))
    return Mixture(parts=tuple(parts))
