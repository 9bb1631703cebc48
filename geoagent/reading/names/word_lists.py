"""Names of places that are mostly meant otherwise: words of signs and calendars, names of people, shops and dishes."""

from functools import lru_cache
from importlib.resources import files

from geoagent.plain_text import fold


@lru_cache(maxsize=3)
def _listed(file: str) -> frozenset[str]:
    lines = (files("geoagent.reading.names") / file).read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split(","))


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of signs, calendars and brands, folded, that are also the names of some village."""
    return _listed("common_words.txt") | _listed("calendar_words.txt")


def names_elsewhere() -> frozenset[str]:
    """Names of places, folded, that people, shops, hotels, dishes and teams bear far away from them."""
    return _listed("names_elsewhere.txt")


@lru_cache(maxsize=1)
def _graded() -> dict[str, int]:
    lines = (files("geoagent.reading.names") / "word_grades.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split(":", 1) for line in lines if not line.startswith("#"))
    return {name: int(grade) for grade, names in rows for name in names.split(",")}


def word_grade(name: str) -> int:
    """How much oftener a name is written as a word of some language than as a place, from 0 (not oftener) to 3 (30
    times).
    """
    return _graded().get(fold(name), 0)
