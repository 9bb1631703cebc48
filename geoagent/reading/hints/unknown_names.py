"""Finds names in a hint that look like those of places, and that nobody knows."""

import itertools
import re
from collections.abc import Sequence

from geoagent.atlas import Atlas
from geoagent.plain_text import fold
from geoagent.reading.hints.mentions import NAME, Mention, find_mentions
from geoagent.reading.hints.words import is_language_or_people
from geoagent.reading.names.word_lists import common_words

_BEFORE = re.compile(
    r"(?:\b(?:[Ii]n|[Nn]ear|[Aa]t|[Ff]rom|[Aa]round|[Bb]ei|[Aa]us|[Ee]n|[Àà]|[Bb]etween|[Oo]r|[Oo]der|[Oo]u|o|and)|[,/])\s*$"
)
_OR = re.compile(r"^\s*(?:,|/|,?\s*\b(?:or|oder|ou|o|u)\b)\s*(?:(?:in|en|the)\s+)?$")
_ORDINARY = frozenset(
    "i hint google street view streetview maps map earth geoguessr question answer photo picture image english my a b "
    "c d e unesco covid christmas easter maybe perhaps probably possibly however hello hi thanks well yes no guess "
    "somewhere definitely clearly likely sorry please".split()
)


def unknown_names(text: str, mentions: Sequence[Mention], atlas: Atlas) -> list[Mention]:
    """The names in a hint for which no place is known, in order: those of `mentions` that stand where a place would,
    and other words with capitals there.
    """
    known = find_mentions(text, atlas)
    found = [mention for mention in mentions if _BEFORE.search(text[: mention.start])]
    for match in re.finditer(NAME, text):
        inside = any(mention.start < match.end() and match.start() < mention.end for mention in known)
        name = match[0].strip(".,;:()[]«»\"“”„'!?¿¡*")
        if not inside and len(name) > 2 and _stands_for_a_place(match, text) and not _is_ordinary(name):
            found.append(Mention(name, match.start(), match.start() + len(name)))
    return sorted(dict.fromkeys(found), key=lambda mention: mention.start)


def _stands_for_a_place(match: re.Match[str], text: str) -> bool:
    """Whether a name follows "in" and the like or "or", or stands before "or" or a comma with another name behind."""
    after = re.match(rf"\s*(?:/|\b(?:or|oder|ou)\b|,\s*{NAME})", text[match.end() :])
    return after is not None or _BEFORE.search(text[: match.start()]) is not None


def _is_ordinary(name: str) -> bool:
    words = fold(name).split()
    return all(word in _ORDINARY or word in common_words() or is_language_or_people(word) for word in words)


def unknown_options(text: str, unknown: Sequence[Mention], known: Sequence[Mention]) -> int:
    """How many unknown names a hint lists as options with known ones ("Lyon or Xyz"); 0 where it does not.

    Each then keeps a share of the probability.
    """
    names = sorted({*unknown, *known}, key=lambda mention: mention.start)
    listed = set[Mention]()
    choice = re.search(r"/|\b(?:or|oder|ou|o)\b", text) is not None
    for one, other in itertools.pairwise(names):
        if choice and _OR.match(text[one.end : other.start]):
            listed |= {one, other}
    return len(listed & set(unknown)) if listed & set(known) else 0
