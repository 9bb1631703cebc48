"""Masks place names in the text of a chain, so that it is scored for what it saw and not for the place that it names.

A stretch of capitalised words is a place name where the atlas knows it, or where a word such as "Province" follows; so
are continents, parts of continents, and adjectives such as "Kenyan". The name of a language stays where the text speaks
of writing: "Thai script" is something seen.
"""

import re
from functools import lru_cache

from geoagent.atlas import Atlas
from geoagent.plain_text import fold
from geoagent.reading.clue_kinds import MASK
from geoagent.reading.countries import world_regions
from geoagent.reading.names.word_lists import common_words

MAX_WORDS = 5
PROMINENT = 50_000
"""Inhabitants from which one capitalised word that opens a sentence is taken for the city of that name."""
_WORD = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’ʻ.]*(?<![.'’])"
_LINK = r"(?:[ -]|, (?=[A-Z]))(?:(?:de|del|della|di|da|do|dos|la|le|les|of|the|en|sur|lès|na|and)[ -])?"
_STRETCH = re.compile(rf"{_WORD}(?:{_LINK}{_WORD})*")
_AREA = frozenset(
    "province county prefecture oblast krai state region district department governorate municipality territory island "
    "islands peninsula valley city town village township metropolitan".split()
)
_WIDER = frozenset(
    "africa america asia europe oceania antarctica eurasia scandinavia balkans baltics caribbean patagonia siberia "
    "mediterranean nordic baltic balkan andes andean alps alpine himalayas himalayan sahara sahel amazon polynesia "
    "provence midwest outback iberia anatolia caucasus levant maghreb indochina riviera tropics "
    "north south east west northern southern eastern western central southeast southeastern northeast northeastern "
    "northwest northwestern southwest southwestern sub saharan middle latin world continent earth".split()
)
_ADJECTIVE = re.compile(r"(n|ns|ese|ish|ic|i|is|ch|er|ers|ine|s)$")
_IRREGULAR = frozenset(
    "african american asian european oceanian scandinavian british swiss dutch scottish welsh irish kiwi us uk usa "
    "argentine filipino emirati burmese malagasy nz uae parisian londoner bavarian californian texan hawaiian "
    "americas".split()
)
_WRITING = re.compile(
    r"\b(text|texts|script|scripts|language|languages|sign|signs|signage|writing|written|characters?|letters?|"
    r"lettering|alphabet|words?|inscriptions?|spelling|labels?|billboards?|reads?)\b",
    re.IGNORECASE,
)
_NEAR_WRITING = 40
_FIRST = re.compile(r"(^|[.!?:;]\s+|\n\s*|[\"“(]\s*)$")
_INSIDE = re.compile(r"\b(in|near|around|from|at|between|like)\s+$")


class Masker:
    """Masks place names in texts. `atlas` tells which words are names of places."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._is_place = lru_cache(maxsize=50_000)(self._look_up)

    def mask(self, text: str) -> str:
        """The text with each place name replaced by "somewhere"."""
        text = text.replace("’s", "").replace("'s", "")
        return _STRETCH.sub(lambda found: self._masked(found, text), text)

    def _masked(self, found: re.Match[str], text: str) -> str:
        before, after = text[max(0, found.start() - _NEAR_WRITING) : found.start()], text[found.end() :]
        parts = re.split(r"([ -]|, )", found.group())
        words, gaps = parts[::2], [*parts[1::2], ""]
        if _of_area(after) and not (len(words) == 1 and _FIRST.search(before)):
            return MASK
        kept, start = "", 0
        while start < len(words):
            length = self._longest_place(words, gaps, start, bool(_FIRST.search(before)) and start == 0)
            if length == 1 and _is_language(words[start]) and _speaks_of_writing(before, after):
                length = 0
            kept += (MASK if length else words[start]) + gaps[start + max(length, 1) - 1]
            start += max(length, 1)
        if _INSIDE.search(before) and "language" not in before and not (_is_language(words[0]) or words[0].isupper()):
            return MASK
        return re.sub(rf"{MASK}((, | |-|, the | the | of ){MASK})+", MASK, kept)

    def _longest_place(self, words: list[str], gaps: list[str], start: int, opens: bool) -> int:
        for length in range(min(MAX_WORDS, len(words) - start), 0, -1):
            stretch = "".join(words[start + k] + gaps[start + k] for k in range(length)).rstrip(" -,")
            if "," not in stretch and self._is_place(stretch, opens and length == 1):
                return length
        return 0

    def _look_up(self, name: str, opens: bool) -> bool:
        folded = fold(name)
        words = folded.split()
        if not words or (len(words) == 1 and len(folded) < 4 and folded not in _IRREGULAR):
            return False
        if all(word in _WIDER or word in _IRREGULAR for word in words):
            return not (opens and folded in _directions())
        if name in world_regions() or self._atlas.areas_named(name) or words[-1] in _AREA or self._demonym(folded):
            return True
        if all(word in common_words() for word in words):
            return False
        places = self._atlas.named(name)
        return bool(places) and (not opens or places[0].prominence >= PROMINENT)

    def _demonym(self, folded: str) -> bool:
        if " " in folded or len(folded) < 4:
            return False
        return _is_language(folded) or (bool(_ADJECTIVE.search(folded)) and folded[:4] in _country_stems())


@lru_cache(maxsize=1)
def _country_stems() -> frozenset[str]:
    from babel import Locale

    names = [fold(name) for code, name in Locale("en").territories.items() if len(code) == 2]
    return frozenset(name[:4] for name in names if len(name) >= 4)


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    from babel import Locale

    return frozenset(fold(name) for name in Locale("en").languages.values())


_SCRIPTS = frozenset(
    "cyrillic latin arabic hebrew devanagari hangul hanja kanji hanzi kana hiragana katakana roman".split()
)


def _is_language(word: str) -> bool:
    """Whether a word names a language or a script."""
    return fold(word) in _languages() or fold(word) in _SCRIPTS


def _directions() -> frozenset[str]:
    return frozenset("north south east west northern southern eastern western central middle world continent".split())


def _of_area(after: str) -> bool:
    following = re.match(r" ([A-Za-z]+)", after)
    return following is not None and following[1][0].isupper() and following[1].lower() in _AREA


def _speaks_of_writing(before: str, after: str) -> bool:
    return bool(_WRITING.search(before) or _WRITING.search(after[:_NEAR_WRITING]))
