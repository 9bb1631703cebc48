"""Reads from the conclusion of a chain of reasoning which country it says the photo was taken in."""

import re

from geoagent.atlas import Atlas
from geoagent.atlas.country_names import country_spelt
from geoagent.plain_text import fold

MOST_WORDS = 6
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_CODE = re.compile(r"[A-Za-z]{2}")


def country_answered(answer: str, atlas: Atlas) -> str | None:
    """The ISO code of the country that the text `answer` ends in: that of the last line that names any.

    None where that line names several countries, or no line names one. A text of two letters is taken for a code.
    """
    bare = answer.strip()
    if _CODE.fullmatch(bare):
        return bare.upper()
    for line in reversed(answer.splitlines()):
        named = countries_in(line, atlas)
        if named:
            return named.pop() if len(named) == 1 else None
    return None


def countries_in(line: str, atlas: Atlas) -> set[str]:
    """The ISO codes of the countries that a line names; empty where it names none.

    Only words with a capital letter count. The longest name that begins at a word counts.
    """
    words = [word.rstrip(".-'’") for word in _WORD.findall(line)]
    found, start = set[str](), 0
    while start < len(words):
        length = next((n for n in range(MOST_WORDS, 0, -1) if _code(words[start : start + n], atlas)), 0)
        if length and (code := _code(words[start : start + length], atlas)):
            found.add(code)
        start += max(length, 1)
    return found


def _code(words: list[str], atlas: Atlas) -> str | None:
    name = " ".join(words)
    short = len(fold(name)) < 4
    if not words or not words[0][:1].isupper() or not words[-1][:1].isupper() or (short and not name.isupper()):
        return None
    area = next((area for area in atlas.areas_named(name) if area.level == "country"), None) or country_spelt(name)
    return area.country if area else None
