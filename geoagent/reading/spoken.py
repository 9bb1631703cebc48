"""What of a text can tell its language: brands, web addresses, accounts and words of the whole world cannot."""

import re
from functools import lru_cache
from importlib.resources import files

from geoagent.plain_text import fold
from geoagent.reading.businesses import WORLD, businesses, find_businesses
from geoagent.reading.contacts import HOST
from geoagent.reading.coordinates import Span

_ADDRESS = re.compile(rf"(?:https?://)?(?:[\w.+-]+@)?{HOST.pattern}(?:/\S*)?", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<!\w)[@#][\w.]{2,}")
_WORD = re.compile(r"[^\W_]+(?:['’&][^\W_]+)*[+!]?")
LONGEST = 4


def spoken(text: str) -> str:
    """The part of a text that can tell its language; may be empty.

    Brands, web addresses, accounts ("@name") and words used all over the world are left out.
    """
    for business in find_businesses(text):
        text = text.replace(business.text, " ") if business.name.isascii() else text
    text = _ACCOUNT.sub(" ", _ADDRESS.sub(" ", text))
    last, kept = 0, list[str]()
    for first, end in worldwide_spans(text):
        kept.append(text[last:first])
        last = end
    return " ".join("".join([*kept, text[last:]]).split())


def worldwide_spans(text: str) -> list[Span]:
    """Where brands and words of the whole world stand in a text, as (first character, end); of overlapping ones the
    longest.
    """
    words, known = list(_WORD.finditer(text)), worldwide_words()
    spans, start = list[Span](), 0
    while start < len(words):
        for length in range(min(LONGEST, len(words) - start), 0, -1):
            first, end = words[start].start(), words[start + length - 1].end()
            if fold(text[first:end]) in known:
                spans.append((first, end))
                start += length - 1
                break
        start += 1
    return spans


@lru_cache(maxsize=1)
def worldwide_words() -> frozenset[str]:
    """Brands and other words, folded, that stand on signs all over the world: our list, and businesses that are found
    everywhere.
    """
    return listed_words() | {name for name, areas in businesses().items() if areas == WORLD}


@lru_cache(maxsize=1)
def listed_words() -> frozenset[str]:
    """The words, folded, of our own list of those that stand on signs all over the world; names of businesses are not
    in it.
    """
    lines = (files("geoagent.reading") / "worldwide_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split(","))
