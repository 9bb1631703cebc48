"""Finds the names of places in a hint, and where they stand in it."""

import itertools
import re
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.atlas.country_names import country_in_any_language
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.hints.words import is_adjective, other_names, region_named
from geoagent.reading.names.word_lists import common_words

NAME = r"[A-ZÀ-Þ][^\s,.;!?]*(?: (?:(?:of|de|del|da|do|di|du|la|le|les|los|las|el) )*[A-ZÀ-Þ][^\s,.;!?]*){0,3}"
LINES = re.compile(
    r"\b[A-ZÀ-Þ][^\s,.;]*(?: [A-ZÀ-Þ][^\s,.;]*){0,3} (?:[Rr]ailway|[Rr]ailroad|[Ll]ine|[Rr]iver|[Rr]oad|[Ss]treet"
    r"|[Aa]venue|[Hh]ighway|[Ee]xpressway|[Ff]reeway|[Mm]otorway|[Ss]ea|[Oo]cean|[Ss]trait|[Mm]ountains|[Rr]ange)\b"
)
"""What bears the name of a place and runs far beyond it."""
KINDS = ("Region", "Province", "Oblast", "Prefecture", "State", "County", "District", "Governorate", "Department")
DIRECTIONS = frozenset("north south east west northern southern eastern western central".split())
LARGE = 50_000
_EDGES = ".,;:()[]«»\"“”„'!?¿¡*"


class Mention(NamedTuple):
    """A name in a hint, as it is written; `start` is its first character in the hint, and `end` the one behind its
    last.
    """

    name: str
    start: int
    end: int


def find_mentions(text: str, atlas: Atlas) -> list[Mention]:
    """The names of places in a sentence, in order: up to four words that begin and end with a capital and that the
    atlas knows.

    The longest names count; words that are part of one are not tried again.
    """
    words = [_bare(piece) for piece in re.finditer(r"(?:[^\s/,]|,(?=\d))+", text)]
    found, taken = list[Mention](), set[int]()
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            part = [words[i] for i in span]
            if taken & set(span) or not all(word.name for word in part) or not _run_on(part, text):
                continue
            name = " ".join(word.name for word in part)
            capitals = part[0].name[0].isupper() and part[-1].name[0].isupper()
            if (capitals or (length > 1 and region_named(name))) and is_name(name, text[part[-1].end :], atlas):
                taken |= set(span)
                found.append(Mention(name, part[0].start, part[-1].end))
    return sorted(found, key=lambda mention: mention.start)


def _bare(piece: re.Match[str]) -> Mention:
    """A word without the punctuation around it, and an English 's."""
    left = len(piece[0]) - len(piece[0].lstrip(_EDGES))
    name = re.sub(r"['’]s$", "", piece[0].strip(_EDGES)) if not piece[0].startswith("U.") else piece[0].rstrip(",;:!?")
    return Mention(name, piece.start() + left, piece.start() + left + len(name))


def _run_on(part: list[Mention], text: str) -> bool:
    """Whether words follow each other without a stop, a comma or a slash; an abbreviation (St.) is no stop."""
    gaps = [text[one.end : other.start] for one, other in itertools.pairwise(part)]
    return all(
        gap.isspace() or (gap == ". " and len(one.name) < 4) for gap, one in zip(gaps, part, strict=False)
    ) and not any(len(word.name) == 1 and word.name.isascii() for word in part[:1])


def is_name(name: str, after: str, atlas: Atlas) -> bool:
    """Whether a stretch of words is the name of a place; `after` is the text that follows it.

    A direction ("North") alone is one only before the country that it lies in.
    """
    if fold(name) in DIRECTIONS:
        following = re.match(rf",\s*({NAME})", after)
        countries = set(atlas.areas_named(following[1])) if following else set[Area]()
        return any(area.country_area in countries for area in atlas.areas_named(name))
    if name in other_names() or region_named(name) is not None:
        return True
    if is_adjective(name) and not any(atlas.country_name(area.country) == name for area in atlas.areas_named(name)):
        return False
    if len(name) < 3 and name.isascii():
        return False
    return bool(areas_of(name, atlas) or atlas.named(name))


def areas_of(name: str, atlas: Atlas) -> list[Area]:
    """The countries and divisions that bear a name; empty where there is none.

    A division is also found without the word for what it is ("Tver" for Tver Oblast), if no large city bears the name.
    """
    if name in other_names():
        return [Area.parse(other_names()[name])]
    known = atlas.areas_named(name)
    if known or len(name) < 4 or any(atlas.population[row] >= LARGE for row in atlas.rows_named(name)):
        return known
    areas = next((areas for kind in KINDS if (areas := atlas.areas_named(f"{name} {kind}"))), [])
    foreign = None if areas or atlas.named(name) else country_in_any_language(name)
    return [foreign] if foreign else areas


def known_prefix(name: str, atlas: Atlas) -> str | None:
    """The longest beginning of some words that is the name of a place; None where there is none."""
    words = name.split()
    for length in range(len(words), 0, -1):
        part = " ".join(words[:length]).strip(_EDGES)
        if part and is_name(part, "", atlas):
            return part
    return None


def with_capitals(text: str, atlas: Atlas) -> str:
    """A hint in small letters with capitals on the names of places in it; a hint that has capitals comes back as it
    is.
    """
    text = re.sub(r"\bthe (?:us|uk)\b|\b(?:usa|uae|uk)\b", lambda found: found[0].upper().replace("THE", "the"), text)
    if re.search(r"\B.*[A-ZÀ-Þ]", re.sub(r"\b[A-Z]{2,3}\b", "", text)):
        return text
    words = text.split(" ")
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            span = slice(start, start + length)
            name = " ".join(words[span]).strip(_EDGES)
            if _is_meant(name, words[start - 1] if start else "", atlas):
                words[span] = [_capital(word) for word in words[span]]
    return " ".join(words)


def _capital(word: str) -> str:
    return re.sub(r"[^\W\d_]", lambda letter: letter[0].upper(), word, count=1)


def _is_meant(name: str, before: str, atlas: Atlas) -> bool:
    """Whether a name in small letters is meant as one: of a country or region anywhere, of others behind "in", "or"."""
    if region_named(name) is not None:
        return True
    if len(name) < 4 or fold(name) in DIRECTIONS:
        return False
    common = fold(name) in common_words() - {"china", "france", "italia"}
    areas = atlas.areas_named(name)
    if any(area.level == "country" for area in areas):
        return not common
    behind = not before or before.endswith((",", ":", "?", "/")) or before in _LEADING
    large = any(atlas.population[row] >= 100_000 for row in atlas.rows_named(name)[:1])
    return bool((areas or large) and behind and not common and fold(name) not in _EVERYDAY)


_LEADING = frozenset(
    "in near or of from to and not between outside around bei nach oder und en à ou et cerca de o y a ni vers".split()
)
_EVERYDAY = frozenset("somewhere which where what city town country place this that here maybe perhaps most".split())
