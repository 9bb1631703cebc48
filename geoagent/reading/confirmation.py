"""Whether a second look confirms a clue: compares the clue with what a model said of its part of the photo without
knowing it.

A text is compared letter by letter, the answer to a knowledge table's question as an answer, anything else by the
words, concepts and values that both name, each weighed by how telling it is.
"""

import re

from rapidfuzz.fuzz import partial_ratio, ratio

from geoagent.case.evidence import LookOutcome
from geoagent.plain_text import fold
from geoagent.reading.clue_kinds import Content, content, excluded, stem, weight
from geoagent.reading.languages import script_of

ALIKE = 80.0
"""The likeness, 100 less the edit distance in percent, from which on two texts are one reading of the same letters."""
SHORT = 4
"""Texts of fewer letters have to be read alike."""
SHARED = 0.25
"""From which part of its weight on, shared with what was seen, a description is confirmed."""
EXCLUDED = 0.25
"""What is left of that part where the two exclude each other in a value."""
SCRIPTS = {
    "CJK": "chinese han",
    "HIRAGANA": "japanese kana",
    "HANGUL": "korean hangul",
    "DEVANAGARI": "hindi devanagari",
}
"""What scripts are called besides their name in Unicode."""
ABSENT = "no "
"""How the words of a description begin that say what is not there: nobody who looks again lists that."""
COMPARED = re.compile(r"[,:]?\s(?:such as|as of|as in|as on|typical of|usual in|in the style of)\s[A-Z][^,;.()]*")
"""What a thing is only compared with: "a plain such as Guanzhong"."""
CLAUSE = re.compile(r"[,;.]|\b(?:beside|behind|before|near|next to|in front of|under|above|past)\b", re.I)
"""Where the words for one thing end and those for another begin."""
UNTOLD = frozenset({"", "?", "cannot tell", "unknown", "not visible", "none of these", "n a"})


def of_text(value: str, read: str, shows: str) -> LookOutcome:
    """Whether a second look confirms a text that a model read (`value`).

    It is "confirmed" where the text is read again (`read`) or quoted in what is said to be seen (`shows`); "different"
    where something else is read; "not_visible" where nothing is.
    """
    claimed, written, told = fold(value), fold(read), fold(shows)
    if any(_is_same_text(claimed, text) for text in (written, told)):
        return "confirmed"
    return "different" if written else "not_visible"


def _is_same_text(claimed: str, written: str) -> bool:
    """Whether a text is the other or a part of it, but for a letter in five; the end of what was read may be cut."""
    if not claimed or not written:
        return False
    if len(claimed) < SHORT:
        return f" {claimed} " in f" {written} "
    if len(claimed) > len(written):
        return ratio(claimed, written) >= ALIKE
    return partial_ratio(claimed, written) >= ALIKE


def of_answer(claimed: str, answer: str) -> LookOutcome:
    """Whether a second look confirms an answer to a knowledge table's question (`claimed`).

    "confirmed" where `answer` is equal, "not_visible" where it says nothing, else "different".
    """
    if fold(answer) in UNTOLD:
        return "not_visible"
    return "confirmed" if fold(answer) == fold(claimed) else "different"


def of_description(value: str, read: str, shows: str) -> LookOutcome:
    """Whether a second look confirms a description (`value`) of something seen.

    "confirmed" where what is then read and seen (`read`, `shows`) shares enough telling words and values with it,
    "not_visible" where nothing is told, else "different".
    """
    said = f"{shows} {read}".strip()
    if fold(said) in UNTOLD:
        return "not_visible"
    script = script_of(read)
    written = f"; letters in {SCRIPTS.get(script, script.lower())} script" if script else ""
    claimed, seen = content(COMPARED.sub("", value)), content(f"{said}{written}")
    told = [word for word in claimed.words if not word.startswith(ABSENT)]
    parted = said.replace("-", " ")
    words = seen.words | content(parted).words
    whole = sum(map(weight, told))
    shared = sum(weight(word) for word in told if _is_among(word, words)) / whole if whole else 0.0
    shared *= EXCLUDED if excluded(claimed, _without_what_is_said_too(claimed, seen, parted)) else 1.0
    same = shared >= SHARED or _is_same_text(fold(value), fold(said))
    return "confirmed" if same else "different"


def _is_among(word: str, words: frozenset[str]) -> bool:
    """Whether some words have this one; of a compound all its parts."""
    return word in words or ("-" in word and all(stem(part) in words for part in word.split("-") if len(part) > 2))


def _without_what_is_said_too(claimed: Content, seen: Content, said: str) -> Content:
    """What was seen, but for the values and absences that exclude nothing; `said` are the words for it.

    A tower of cream colour with a red roof leaves the claim "a red tower" standing: the clause that tells of the thing
    has the value too. Palms leave the claim of an acacia standing wherever that is named, since plants exclude no other
    plants. What both say is not there is no contradiction.
    """
    clauses = [content(clause) for clause in CLAUSE.split(said)]
    said_too = {
        value[:2]
        for value in claimed.values
        for clause in clauses
        if value.value in clause.words
        and (value.head == "vegetation" or any(other[:2] == value[:2] for other in clause.values))
    }
    denied_by_both = {name for name in seen.absent if f"{ABSENT}{name}" in claimed.words}
    values = frozenset(value for value in seen.values if value[:2] not in said_too)
    return seen._replace(values=values, absent=seen.absent - denied_by_both)
