"""How likely a stretch of text that is some place's name is meant as one: set by judgement, and by frequencies of
words.
"""

import unicodedata

from geoagent.plain_text import fold, romanise
from geoagent.reading.names.contexts import Role
from geoagent.reading.names.word_lists import common_words, names_elsewhere, word_grade
from geoagent.reading.spoken import worldwide_words

LARGE = 100_000
CHANCE: dict[Role, float] = {"namesake": 0.3, "person": 0.1, "street": 0.5}
"""The chance that a name in a role means the place, against that of a name that nothing beside it explains."""
ELSEWHERE = 0.3
"""The chance that a name means the place if people, shops and dishes bear it everywhere."""
BRAND = 0.1
"""The chance that the name of a large place means it if a brand is written so: Philadelphia, Columbia."""
UNKNOWN_HAN = 0.1
"""The chance that two characters alone mean a place of which no inhabitants are known."""
WORDS = (1.0, 0.6, 0.3, 0.1)
"""The chance that a name means the place if it is also a word, by the grade of the word."""
VARIANT = 0.4
"""The chance that a name in Latin letters means a place, not a large one, whose usual name is another."""


def as_a_place(name: str, role: Role) -> float:
    """The factor, at most 1, by which a name is less likely meant as a place if brands, people or dishes bear it too,
    or it is a common word.

    It is 1 where its role in the line shows that a place is meant.
    """
    if role in ("here", "address", "away"):
        return 1.0
    elsewhere = ELSEWHERE if fold(name) in names_elsewhere() else 1.0
    return min(WORDS[word_grade(name)], elsewhere, BRAND if fold(name) in worldwide_words() else 1.0)


def as_written(name: str, usual: str, prominence: float) -> float:
    """The factor, at most 1, for a name that is written otherwise than the usual name of its place.

    It is below 1 only for a name in Latin letters of a place that is not large.
    """
    written, known = romanise(fold(name)), romanise(fold(usual))
    other = fold(name).isascii() and written != known
    return VARIANT if other and prominence < LARGE / 10 else 1.0


def plausibility(name: str, role: Role, prominence: float) -> float:
    """The probability that a stretch of text which is some place's name is meant as that place, before its size
    counts.

    `role` is what the words beside it make of it, and `prominence` that of its foremost place, in inhabitants. Common
    words ("Nice") have 0, but for a large place in an address, with a distance, or of several words.
    """
    if role == "here":
        return 0.9
    words, letters = fold(name).split(), sum(ch.isalpha() for ch in name)
    common = sum(word in common_words() or len(word) < 3 for word in words)
    saved = prominence >= LARGE and (len(words) > 1 or role in ("address", "away"))
    if (common == len(words) or fold(name) in common_words()) and not saved:
        return 0.0
    if role in ("address", "away"):
        return 0.75
    if len(words) > 1:
        return 0.75
    if "HANGUL" in unicodedata.name(name[0], ""):
        return {2: 0.2, 3: 0.5}.get(letters, 0.6)
    return {3: 0.1, 4: 0.2, 5: 0.4}.get(letters, 0.6)


def notability(population: float, role: Role) -> float:
    """The factor, from 0.2 to 1, by which a name is likelier meant as a place, the more people live in its foremost
    place.

    It counts less where the role in the line shows that a place is meant.
    """
    if role == "here":
        return 1.0
    known = 1.0 if population >= LARGE else 0.7 if population >= 15_000 else 0.4 if population >= 2_000 else 0.2
    return known**0.5 if role in ("address", "away") else known
