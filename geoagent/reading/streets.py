"""Finds addresses in texts: streets by the words for them, house numbers, postal codes, and the town next to these."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from geoagent.case.evidence import Clue
from geoagent.plain_text import fold
from geoagent.reading.names.contexts import street_words
from geoagent.reading.readers import is_read
from geoagent.reading.signs import find_signs
from geoagent.reading.tables import tables

COMPOUNDING = frozenset("de nl sv da nb nn no fi is fo lb fy et".split())
"""Languages in which the word for a street may be the end of its name: Hauptstraße, Kungsgatan."""
SHORT_ENDINGS = frozenset("str weg vej gata".split())
SHORTEST_ENDING = 3
LONGEST_NAME = 6
_NUMBER = r"\d{1,4}(?:\s?[a-zA-Z])?(?:\s?[-/]\s?\d{1,4})?"
_AFTER = re.compile(rf"^(?P<street>.*[^\W\d_].*?)[\s,]+(?:n[º°o.]*\s?)?(?P<number>{_NUMBER})$", re.IGNORECASE)
_BEFORE = re.compile(rf"^(?P<number>{_NUMBER})[\s,]+(?P<street>[^\W\d_].*)$")
_CODE_AND_TOWN = re.compile(r"^(?P<code>\d{4,6})\s+[^\W\d]")
_ALONE = re.compile(_NUMBER)


class StreetText(NamedTuple):
    """An address that a text names: the street with its word ("Rue de Rivoli"), and house number, postal code and
    town.

    These are None where they are not there. `clue` is the text that names the street.
    """

    street: str
    number: str | None
    postcode: str | None
    town: str | None
    clue: Clue


def find_streets(clues: Iterable[Clue]) -> list[StreetText]:
    """The addresses that the texts of the photos name, each street once, the fullest first; empty where no text names a
    street.

    Where there is one street, a house number and a postal code with its town that stand in texts of their own join it.
    """
    texts = [clue for clue in clues if is_read(clue)]
    read = [street for street in map(read_street, texts) if street]
    in_order = sorted(read, key=lambda street: (_fullness(street), street.clue.witness == "ocr"))
    found = {fold(street.street): street for street in in_order}
    streets = sorted(found.values(), key=lambda s: (-_fullness(s), s.street))
    if len(streets) == 1:
        return [_completed(streets[0], texts)]
    return streets


def read_street(clue: Clue) -> StreetText | None:
    """The address in one text: street, number, postal code and town; None where it has no word for a street."""
    postcode, town, street, number = None, None, None, None
    parts = [part.strip(" .;") for part in re.split(r"[,;·|•]|\s[-–—]\s", clue.value) if part.strip(" .;")]
    for part in parts:
        code = _postcode(part)
        if code and not (street is None and _is_street(part.replace(code, " "))):
            postcode, town = code, _town(part.replace(code, " ")) or town
        elif street is None and _is_street(part):
            rest = part.replace(code, " ").strip() if code else part
            street, number = _street_and_number(rest)
            postcode = code or postcode
        elif street and number is None and _ALONE.fullmatch(part):
            number = part
        elif street and town is None:
            town = _town(part)
    return StreetText(street, number, postcode, town, clue) if street else None


def _completed(street: StreetText, texts: Sequence[Clue]) -> StreetText:
    """A street with the number, code and town that stand alone in other texts of the photo, each where there is one."""
    others = [c.value.strip() for c in texts if c.id != street.clue.id]
    numbers = {text for text in others if _ALONE.fullmatch(text)}
    towns = {(code, town) for text in others if (code := _postcode(text)) and (town := _town(text.replace(code, " ")))}
    if street.number is None and len(numbers) == 1:
        street = street._replace(number=numbers.pop())
    if street.postcode is None and len(towns) == 1:
        code, town = towns.pop()
        street = street._replace(postcode=code, town=street.town or town)
    return street


def _fullness(street: StreetText) -> int:
    return sum(part is not None for part in (street.number, street.postcode, street.town))


def _street_and_number(text: str) -> tuple[str, str | None]:
    found = _AFTER.match(text) or _BEFORE.match(text)
    if found and _is_street(found["street"]):
        return found["street"].strip(" ,."), found["number"]
    return text.strip(" ,."), None


def _town(text: str) -> str | None:
    words = " ".join(text.split()).strip(" -,.")
    return words if len(words) > 1 and not any(ch.isdigit() for ch in words) else None


def _postcode(text: str) -> str | None:
    """A postal code: of a shape that the table knows, or digits before a name."""
    reads = [match.read for match in find_signs(text) if match.entry.table == "postal_codes"]
    plain = _CODE_AND_TOWN.match(text)
    return max(reads, key=len) if reads else plain["code"] if plain else None


def _is_street(text: str) -> bool:
    """Whether a text is the name of a street: a name with a word for a street before it, behind it or as its end."""
    words = [word for word in fold(text).split() if not word.isdigit()]
    if not 1 <= len(words) <= LONGEST_NAME:
        return False
    before, after, endings = _kinds()
    if any(word.endswith(endings) and word not in after and len(word) > SHORTEST_ENDING + 2 for word in words):
        return True
    heads = {" ".join(words[:n]) for n in (1, 2, 3) if n < len(words)}
    tails = {" ".join(words[-n:]) for n in (1, 2) if n < len(words)}
    return bool(heads & before or tails & after)


@lru_cache(maxsize=1)
def _kinds() -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """The words for a street, folded: before its name, behind it, and those that are the end of one word with it."""
    streets = [a for a in tables()["lexicon"].answers.values() if a.names == "street"]
    kinds = {fold(word) for answer in streets for word in answer.words}
    ends = {fold(word) for answer in streets if set(answer.languages) & COMPOUNDING for word in answer.words}
    endings = SHORT_ENDINGS | {word for word in ends if len(word) > SHORTEST_ENDING and word.isalpha()}
    before, after = street_words()
    return before | kinds, after | kinds, tuple(sorted(endings))
