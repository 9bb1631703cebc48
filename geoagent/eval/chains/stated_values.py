"""What a sentence states that another may contradict: codes, names seen in the photo, colours and other values.

A name counts where it is seen (on a sign, a plate, a shop), not where the sentence only leads to it: "so Spain",
"typical of Kenya", "houses in Nairobi".
"""

import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from geoagent.plain_text import fold
from geoagent.reading.clue_kinds import MASK, dimensions
from geoagent.reading.names.word_lists import common_words

NEARLY_SPELT = 0.8
"""Likeness of two spellings of one name: Lithuania, Lithuanian."""
_DOMAIN = re.compile(r"(?<![\w@])[\w-]*(?:\.[a-z]{2,24})+(?![\w.]*\w)")
_CODE = re.compile(r"(?<![\w.])(?:\+|00)?(?=[\w-]*\d)\w+(?:[ -]\d{2,}\b)*…?")
_QUOTED = re.compile(r"[\"“„«]([^\"”“»]{2,60})[\"”“»]")
_NAME = re.compile(r"[^\W\d_][\w'’-]*")
_LEADS = re.compile(
    r"\b(?:suggest|indicat|typical|common|characteristic|likel|probabl|therefore|thus|hence|so\b|belong|unique|point|"
    r"consistent|native|famous|known|reminiscent|resembl|looks?\b|appears?\b|seems?\b|must be|located|location|taken|"
    r"hint|impl|means?\b|found\b|is for\b|for\b|style|similar|narrows?|rules?\b|could be|would be|we are|i think|"
    r"country)",
    re.IGNORECASE,
)
_STRETCH = re.compile(r"(?:[A-ZÀ-Ž][\w'’-]*[ ,-]*)+")
_PLACED = re.compile(r"\b(?:in|near|around|from|at|like|across|within|between)\s+(?:the\s+)?$")
EXCLUSIVE = frozenset(
    "colour material number shape slope width height surface leaf moisture zone script side direction unit cover "
    "warmth".split()
) | {"line style"}
"""The dimensions of which one thing has one value."""


class Stated(NamedTuple):
    """What one sentence states: `codes`, `names` in simplified spelling, and `values`.

    A code is a pair such as ("domain", ".es") or ("number", "34"); ("text", …) is what it quotes. A value is a pair
    such as ("colour", "yellow").
    """

    codes: frozenset[tuple[str, str]]
    names: frozenset[str]
    values: frozenset[tuple[str, str]]


def seen(text: str, masked: str, mask: Callable[[str], str]) -> str:
    """A sentence with place names masked where they are a conclusion, and kept where the photo shows them.

    `text` is the sentence, `masked` the sentence with all place names masked, `mask` what masks them in a text.
    """
    if MASK not in masked:
        return masked
    leads = _LEADS.search(text)
    kept, end = "", 0
    for found in _STRETCH.finditer(text):
        led = leads is not None and leads.start() < found.start()
        if (led or _PLACED.search(text[: found.start()])) and not any(dimensions(found.group())):
            kept += text[end : found.start()] + mask(found.group()).rstrip(" ,-") + " "
            end = found.end()
    return kept + text[end:]


@lru_cache(maxsize=50_000)
def stated(text: str) -> Stated:
    """The codes, names and values that a sentence states."""
    codes = {("domain", found.group().lower()) for found in _DOMAIN.finditer(text)}
    codes |= {("number", code) for found in _CODE.finditer(text) if (code := _bare_code(found.group()))}
    quoted = {fold(part) for part in _QUOTED.findall(text)} - {""}
    codes |= {("text", part) for part in quoted}
    words = _NAME.findall(_QUOTED.sub(" ", text))
    opens = [word for word in words[:1] if words[1:2] and words[1][0].isupper() and fold(word) not in common_words()]
    names = {fold(word) for word in [*opens, *words[1:]] if word[0].isupper()}
    values = frozenset((name, value) for name, value in dimensions(text) if name in EXCLUSIVE)
    return Stated(frozenset(codes), frozenset(names - {""}), values)


def conflict(a: Stated, b: Stated) -> str | None:
    """What two sentences state that cannot both be true, such as "colour: red / yellow"; None where nothing conflicts.

    Sentences that state the same code do not conflict.
    """
    if agreed(a, b):
        return None
    for kind in sorted({kind for kind, _ in a.codes} & {kind for kind, _ in b.codes}):
        mine, theirs = ({code for key, code in side.codes if key == kind} for side in (a, b))
        return f"{_told(mine)} / {_told(theirs)}"
    for name in sorted({name for name, _ in a.values} & {name for name, _ in b.values}):
        mine, theirs = ({value for key, value in side.values if key == name} for side in (a, b))
        if mine - theirs and theirs - mine:
            return f"{name}: {_told(mine)} / {_told(theirs)}"
    mine, theirs = _others(a.names, b.names), _others(b.names, a.names)
    return f"{_told(mine)} / {_told(theirs)}" if mine and theirs else None


def agreed(a: Stated, b: Stated) -> bool:
    """Whether two sentences state a code alike: the same one, the beginning of one, or the end of a domain."""
    return any(
        kind == other_kind and _same_code(code, other) for kind, code in a.codes for other_kind, other in b.codes
    )


def named_alike(a: Stated, b: Stated) -> bool:
    """Whether two sentences name the same things, spelt nearly alike; one of them may name more.

    False where one names none.
    """
    return bool(a.names and b.names) and not (_others(a.names, b.names) and _others(b.names, a.names))


def _others(names: frozenset[str], than: frozenset[str]) -> set[str]:
    return {name for name in names if not any(_same_name(name, other) for other in than)}


def _told(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))


def _bare_code(code: str) -> str:
    return re.sub(r"^(\+|00)|[ …-]", "", code).lower()


def _same_code(one: str, other: str) -> bool:
    """Whether two codes are one, or the shorter is how the longer begins, or a domain how it ends."""
    short, long = sorted((one, other), key=len)
    if "." in long or "." in short:
        return long.endswith(short)
    return long == short or (len(short) > 1 and long.startswith(short))


def _same_name(one: str, other: str) -> bool:
    return one == other or difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= NEARLY_SPELT
