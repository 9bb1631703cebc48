"""Finds brands, operators and transit networks that texts name, and where these are found (name-suggestion-index)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.false_hits import false_hits

AMONG_OTHERS, ONE_WORD, WORDS = 0.1, 0.03, 0.006
"""How often a name is read where its business is not, for a large country: a word among others, a word, several."""
SHORT = 4
"""Names of so few letters count only as a whole text."""
WORLD = "*"
MOST_WORDS, MOST_HAN, LEAST_HAN = 7, 12, 3
_WORD = re.compile(r"[^\s/|,;:()\[\]\"“”«»]+")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")


class Business(NamedTuple):
    """A brand, operator or transit network that a text names, and the areas where it is found; empty where that is all
    over the world.

    `text` is the part of the text, and `name` the folded name in the index. `elsewhere` is how often it is read where
    the business is not, for a large country.
    """

    text: str
    name: str
    areas: tuple[Area, ...]
    elsewhere: float


def read_businesses(shown: Sequence[Sequence[Clue]], atlas: Atlas) -> Iterator[Evidence]:
    """One piece of evidence for each business that texts of the photos name; businesses of the whole world give
    none.

    `shown` has each text as a list: its clue, and then its copies in other photos of the case.
    """
    found: dict[str, list[tuple[Business, Sequence[Clue]]]] = defaultdict(list)
    for copies in shown:
        for business in find_businesses(copies[0].value):
            if business.areas:
                found[business.name].append((business, copies))
    for name, members in sorted(found.items()):
        (business, copies), clue = members[0], members[0][1][0]
        likelihood = likelihood_of(business, atlas)
        where = "; ".join(str(atlas.path(area)) for area in business.areas[:3])
        others = f" and {len(business.areas) - 3} other areas" if len(business.areas) > 3 else ""
        yield Evidence(
            kind="business",
            witness=clue.witness,
            statement=f'"{business.text[:100]}" names a business or an operator found in {where}{others}',
            likelihood=likelihood,
            level=min((area.level for area in business.areas), key=("city", "region", "country").index),
            group="shops",
            clues=tuple(dict.fromkeys(clue.id for _, copies in members for clue in copies)),
            quote=business.text[:200],
            answer=name[:80],
        )


def likelihood_of(business: Business, atlas: Atlas) -> Areas:
    """The likelihood of reading a business's name: 1 in the areas where the business is, and a small weight
    elsewhere.

    That weight is the smaller, the smaller these areas and the more words the name has.
    """
    weights = dict.fromkeys(business.areas, 1.0)
    return Areas(weights=weights, elsewhere=false_hits(weights, business.elsewhere, atlas))


def find_businesses(text: str) -> list[Business]:
    """The businesses of the index that one text names; of overlapping names the longest."""
    known = businesses()
    return [*_in_words(text, known), *_in_han(text, known)]


def _in_words(text: str, known: dict[str, str]) -> Iterator[Business]:
    words = [(found.span(), word) for found in _WORD.finditer(text) if (word := fold(found[0]))]
    whole, start = fold(text), 0
    while start < len(words):
        for length in range(min(MOST_WORDS, len(words) - start), 0, -1):
            part = words[start : start + length]
            name = " ".join(word for _, word in part)
            if name in known and (len(name) > SHORT or name == whole):
                one = ONE_WORD if name == whole else AMONG_OTHERS
                read = text[part[0][0][0] : part[-1][0][1]]
                yield Business(read, name, _areas(known[name]), WORDS if " " in name else one)
                start += length - 1
                break
        start += 1


def _in_han(text: str, known: dict[str, str]) -> Iterator[Business]:
    for run in _SPACELESS.findall(text):
        start = 0
        while start < len(run):
            for length in range(min(MOST_HAN, len(run) - start), LEAST_HAN - 1, -1):
                name = fold(run[start : start + length])
                if name in known and name != fold(text):
                    yield Business(run[start : start + length], name, _areas(known[name]), WORDS)
                    start += length - 1
                    break
            start += 1


def _areas(text: str) -> tuple[Area, ...]:
    return () if text == WORLD else tuple(map(Area.parse, text.split(";")))


@lru_cache(maxsize=1)
def businesses() -> dict[str, str]:
    """The areas of each business, as text ("FR;BE", or "*" for the whole world), by its folded name.

    `scripts/build_businesses.py` makes the table from the name-suggestion-index.
    """
    lines = (files("geoagent.reading") / "businesses.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {name: areas for areas, names in rows for name in names.split("|")}
