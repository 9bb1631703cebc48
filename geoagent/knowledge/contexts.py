"""What the words beside a place name say that it does there: the place itself, a street, a direction, a brand."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from geoagent.names import fold

Role = Literal["here", "address", "name", "street", "towards", "namesake", "person", "away"]
ROLES: tuple[Role, ...] = ("here", "address", "street", "towards", "person", "namesake")
KM_A_MILE = 1.609344
_UNITS = {
    "km": r"km|kms|kilomet(?:er|re|ro|ros|ri)s?|км|χλμ|公里|千米|キロ|킬로|كم|ก\.?ม\.?|กม",
    "mi": r"mi|mls?|miles?|millas|英里|マイル",
}
_NUMBER = r"(?P<number>\d{1,4}(?:[.,]\d)?)"
_UNIT = rf"(?:(?P<km>{_UNITS['km']})|(?P<mi>{_UNITS['mi']}))"
_AFTER = re.compile(rf"\W*{_NUMBER}\s*{_UNIT}(?!\w)", re.IGNORECASE)
_BEFORE = re.compile(rf"(?<![\w.,]){_NUMBER}\s*{_UNIT}\W*$", re.IGNORECASE)
_BARE = re.compile(r"[\s.…·:>→-]*(?P<number>[1-9]\d{0,2})(?![\d.,/:-]|\s*[^\W\d])")
_ARROW = re.compile(r"[←-⇿➔-➾⬅-⮕▶◀►◄△▲▷◁]|->|=>|>>|<-")
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}-)?\d{4,6}|\d{2}-\d{3}|\d{5}-\d{3}|\d{3}-\d{4}|〒\d{3}-?\d{4}")
_WORD = re.compile(r"[^\W\d_]+")


class Distance(NamedTuple):
    """How far away by road a sign puts a place; `unit` is None where only a number stands there."""

    value: float
    unit: Literal["km", "mi"] | None


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, frozenset[str]]]:
    raw = json.loads((files("geoagent.knowledge") / "name_contexts.json").read_text(encoding="utf-8"))
    han = {role: tuple(words) for role, words in raw["han"].items()}
    forms = {
        role: {side: frozenset(map(fold, raw[role][side])) for side in ("before", "after")}
        for role in ROLES
    }  # fmt: skip
    forms["particles"] = {"all": frozenset(map(fold, raw["particles"]))}
    forms["han"] = {role: frozenset(words) for role, words in han.items()}
    forms["hangul"] = {role: frozenset(words) for role, words in raw["hangul"].items()}
    return forms


def role_among(before: list[str], after: list[str]) -> Role:
    """What a name does between the words of its line that come before and after it."""
    forms, particles = _forms(), _forms()["particles"]["all"]
    lead, trail = [fold(word) or word for word in before], [fold(word) or word for word in after]
    bare = list(lead)
    while bare and bare[-1] in particles:
        bare.pop()
    tails = {" ".join(part) for words in (lead, bare) for n in (1, 2, 3) if (part := words[-n:])}
    heads = {" ".join(trail[:n]) for n in (1, 2, 3) if trail}
    for role in ROLES:
        if tails & forms[role]["before"] or heads & forms[role]["after"]:
            return role
    if before and _POSTCODE.fullmatch(before[-1]):
        return "address"
    if before and re.fullmatch(r"[A-Z]\.", before[-1]):
        return "person"
    return "towards" if any(_ARROW.search(word) for word in (*before, *after)) else "name"


def distance_beside(before: str, after: str, *, alone: bool) -> Distance | None:
    """The distance written beside a name. A number without a unit counts only where `alone`: names and numbers."""
    found = _AFTER.match(after) or (_BEFORE.search(before) if not after.strip() else None)
    if found:
        value = float(found["number"].replace(",", "."))
        return Distance(value, "km" if found["km"] else "mi") if value > 0 else None
    bare = _BARE.match(after) if alone and after[:1] in " .…·:>→-" else None
    return Distance(float(bare["number"]), None) if bare and int(bare["number"]) > 1 else None


def role_in_han(name: str, before: str, after: str) -> Role | None:
    """The same in a line of Chinese characters; None where nothing around the name marks it."""
    forms = _forms()["han"]
    if any(before.endswith(word) for word in forms["towards_before"]):
        return "towards"
    for role in ("namesake", "towards", "street", "address", "here"):
        if any(after.startswith(word) for word in sorted(forms[role], key=len, reverse=True)):
            return role  # type: ignore[return-value]
    if len(name) > 2 and name[-1] in forms["here"]:
        return "here"
    return None


def hangul_stem(word: str) -> tuple[str, Role] | None:
    """A Korean word without the ending that makes it a city's, a district's or a station's name, and its role."""
    for role in ("here", "address"):
        for ending in sorted(_forms()["hangul"][role], key=len, reverse=True):
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                return word[: -len(ending)], role  # type: ignore[return-value]
    return None


def is_list_of_names_and_numbers(text: str) -> bool:
    """Whether a line holds nothing but capitalised words and numbers, as signs with distances do."""
    words = _WORD.findall(text)
    return bool(words) and all(word[0].isupper() or word[0].lower() == word[0].upper() for word in words)
