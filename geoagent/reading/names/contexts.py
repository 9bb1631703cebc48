"""What the words beside a place name say that it does there: it tells where one is, names a street, a direction or a
brand.
"""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from geoagent.plain_text import fold

Role = Literal["here", "address", "name", "street", "towards", "namesake", "person", "away"]
ROLES: tuple[Role, ...] = ("here", "address", "street", "towards", "person", "namesake")
HAN_ROLES: tuple[Role, ...] = ("namesake", "towards", "street", "address", "here")
KM_A_MILE = 1.609344
_UNITS = {
    "km": r"km|kms|kilomet(?:er|re|ro|ros|ri)s?|км|χλμ|公里|千米|キロ|킬로|كم|ก\.?ม\.?|กม",
    "mi": r"mi|mls?|miles?|millas|英里|マイル",
}
_NUMBER = r"(?P<number>\d{1,4}(?:[.,]\d)?)"
_UNIT = rf"(?:(?P<km>{_UNITS['km']})|(?P<mi>{_UNITS['mi']}))"
_AFTER = re.compile(rf"\W*{_NUMBER}\s*{_UNIT}(?!\w)", re.IGNORECASE)
_BEFORE = re.compile(rf"(?<![\w.,]){_NUMBER}\s*{_UNIT}\W*$", re.IGNORECASE)
_BARE = re.compile(r"[\s.…·:>→-]*(?P<number>[1-9]\d{0,2})(?![\d.,/:-]|[^\W\d])")
_ARROW = re.compile(r"[←-⇿➔-➾⬅-⮕▶◀►◄△▲▷◁]|->|=>|>>|<-")
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}-)?\d{4,6}|\d{2}-\d{3}|\d{5}-\d{3}|\d{3}-\d{4}|〒\d{3}-?\d{4}")
_WORD = re.compile(r"[^\W\d_]+")


class Distance(NamedTuple):
    """A distance by road that a sign gives beside a name; `unit` is "km" or "mi", None where only a number stands
    there.
    """

    value: float
    unit: Literal["km", "mi"] | None


class _Forms(NamedTuple):
    before: dict[Role, frozenset[str]]
    after: dict[Role, frozenset[str]]
    particles: frozenset[str]
    trades: frozenset[str]
    han: dict[Role, tuple[str, ...]]
    han_lead: tuple[str, ...]
    hangul: dict[Role, tuple[str, ...]]


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    raw = json.loads((files("geoagent.reading.names") / "contexts.json").read_text(encoding="utf-8"))
    return _Forms(
        before={role: frozenset(map(fold, raw[role]["before"])) for role in ROLES},
        after={role: frozenset(map(fold, raw[role]["after"])) for role in ROLES},
        particles=frozenset(map(fold, raw["particles"])),
        trades=frozenset(map(fold, raw["trades"])),
        han={role: tuple(raw["han"].get(role, ())) for role in HAN_ROLES},
        han_lead=tuple(raw["han"]["towards_before"]),
        hangul={role: tuple(sorted(raw["hangul"].get(role, ()), key=len, reverse=True)) for role in HAN_ROLES},
    )


def street_words() -> tuple[frozenset[str], frozenset[str]]:
    """The words, folded, that stand before the name of a street ("rue"), and those that stand after it ("street")."""
    return _forms().before["street"], _forms().after["street"]


def role_among(before: list[str], after: list[str]) -> Role:
    """What a place name does in its line, by the words before and after it: "here", "address", "street", "towards",
    "person" or "namesake" (a business).

    "name" where nothing tells.
    """
    forms = _forms()
    lead, trail = [fold(word) or word for word in before], [fold(word) or word for word in after]
    bare = list(lead)
    while bare and bare[-1] in forms.particles:
        bare.pop()
    tails = {" ".join(part) for words in (lead, bare) for n in (1, 2, 3) if (part := words[-n:])}
    heads = {" ".join(trail[:n]) for n in (1, 2, 3) if trail}
    for role in ROLES:
        if tails & forms.before[role] or heads & forms.after[role]:
            return role
    if before and _POSTCODE.fullmatch(before[-1]):
        return "address"
    if before and re.fullmatch(r"[A-ZÀ-ÞА-Я]\.?", before[-1]):
        return "person"
    return "towards" if any(_ARROW.search(word) for word in (*before, *after)) else "name"


def names_a_trade(text: str) -> bool:
    """Whether a text of at most three words says what is sold: "HOTEL", "Bar", "Pizzeria & Grill"."""
    words = fold(text).split()
    return len(words) <= 3 and any(word in _forms().trades for word in words)


def distance_beside(before: str, after: str, *, alone: bool) -> Distance | None:
    """The distance that a sign gives beside a name, by the text before and after the name; None where there is none.

    A number without a unit counts only where `alone`: the line holds nothing but names and numbers.
    """
    found = _AFTER.match(after) or (_BEFORE.search(before) if not after.strip() else None)
    if found:
        value = float(found["number"].replace(",", "."))
        return Distance(value, "km" if found["km"] else "mi") if value > 0 else None
    bare = _BARE.match(after) if alone and after[:1] in " .…·:>→-" else None
    return Distance(float(bare["number"]), None) if bare and int(bare["number"]) > 1 else None


def role_in_han(name: str, before: str, after: str) -> Role | None:
    """What a place name does in a line of Chinese characters, by the text before and after it; None where nothing marks
    that.
    """
    forms = _forms()
    if before.endswith(forms.han_lead):
        return "towards"
    for role in HAN_ROLES:
        if after.startswith(forms.han[role]):
            return role
    return "here" if len(name) > 2 and name[-1] in forms.han["here"] else None


def hangul_stem(word: str) -> tuple[str, Role] | None:
    """A Korean word without the ending that marks a city, district or station, and the role that the ending gives the
    name.

    None where it has no such ending.
    """
    for role, endings in _forms().hangul.items():
        for ending in endings:
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                return word[: -len(ending)], role
    return None


def is_list_of_names_and_numbers(text: str) -> bool:
    """Whether a line holds nothing but capitalised words and numbers, as signs with distances do."""
    words = _WORD.findall(text)
    return bool(words) and all(word[0].isupper() or word[0].lower() == word[0].upper() for word in words)
