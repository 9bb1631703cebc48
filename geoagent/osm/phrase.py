"""A small grammar of English: "a mosque within 200 m of a tram stop, beside a river, no building over 10 storeys".

The first thing is what is sought. What follows are conditions, set apart by commas, "and", "with" or nothing. What does
not fit the grammar is handed back as it was written.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.osm.query import AROUND_M, BESIDE_M, FARTHEST_M, MOST_STOREYS, NEAR_M, Combination, Nearby, Thing
from geoagent.osm.vocabulary import BUILDING, STOREY_M, words
from geoagent.plain_text import fold, printable

LONGEST = 400
_METRES = {
    "m": 1.0,
    "meter": 1.0,
    "metre": 1.0,
    "km": 1000.0,
    "kilometer": 1000.0,
    "kilometre": 1000.0,
    "mile": 1609.34,
}


class _Grammar(NamedTuple):
    thing: re.Pattern[str]
    near: re.Pattern[str]
    without: re.Pattern[str]
    joint: re.Pattern[str]
    skip: re.Pattern[str]


@lru_cache(maxsize=1)
def _grammar() -> _Grammar:
    known = "|".join(re.escape(word) for word in sorted(words(), key=len, reverse=True))
    kind = rf"(?:(?:an?|the|some|any|one|tall|high)\s+)*(?P<kind>{known})\b"
    name = r'(?:\s+(?:named|called)\s+"(?P<name>[^"]{2,80})")?'
    tall = (
        r"(?:\s+(?:of\s+)?(?:over|above|with\s+over|with\s+more\s+than|higher\s+than|taller\s+than|more\s+than)\s+"
        r"(?P<storeys>\d{1,3})\s*(?P<unit>storeys?|stories|storys?|floors?|levels?|m|met(?:er|re)s?)\b)?"
    )
    metres = r"(?P<number>\d{1,5}(?:\.\d+)?)\s*(?P<metres>km|m|kilomet(?:er|re)s?|met(?:er|re)s?|miles?)\b"
    at_most = r"(?:within|at\s+most|less\s+than|not\s+more\s+than|up\s+to)\s+"
    beside = r"(?P<beside>beside|next\s+to|right\s+by|on|by|along|at|facing|opposite|across\s+from|overlooking)"
    close = r"(?P<close>near|near\s+to|close\s+to|not\s+far\s+from|around)"
    after = rf"(?:\s+(?:{at_most}{metres}|nearby|close\s+by|around))?"
    flags = re.IGNORECASE
    return _Grammar(
        thing=re.compile(rf"{kind}{name}{tall}", flags),
        near=re.compile(
            rf"(?:{at_most}{metres}\s+(?:of|from|to)\s+|(?:{beside}|{close})\s+)?{kind}{name}{tall}"
            rf"{after.replace('number', 'number2').replace('<metres>', '<metres2>')}",
            flags,
        ),
        without=re.compile(rf"(?:no|without(?:\s+any)?|not?\s+(?:near|by|beside))\s+{kind}{name}{tall}{after}", flags),
        joint=re.compile(r"(?:[\s,;.]|\b(?:and|but|with|has|having|that|which|is|are|lies|stands|there)\b)+", flags),
        skip=re.compile(r"[^,;]*?(?=[,;]|\s+(?:and|but|with|within|beside|near|no|without)\b|$)", flags),
    )  # fmt: skip


def read_phrase(phrase: str) -> Combination:
    """What a phrase asks for. Raises ConfigError where not even the thing that is sought is understood."""
    text = " ".join(printable(phrase).split())
    if not text or len(text) > LONGEST:
        raise ConfigError(f"what is to be found takes 1 to {LONGEST} characters")
    grammar = _grammar()
    found = grammar.thing.match(text)
    if found is None:
        raise ConfigError(
            f'"{text[:80]}": begin with a thing that maps know, such as "a mosque within 200 m of a tram stop"'
        )
    near: list[Nearby] = []
    without: list[Nearby] = []
    unknown: list[str] = []
    at = found.end()
    while at < len(text):
        at = _after(grammar.joint, text, at)
        if at >= len(text):
            break
        if denied := grammar.without.match(text, at):
            without.append(_nearby(denied, AROUND_M))
            at = denied.end()
        elif wanted := grammar.near.match(text, at):
            near.append(_nearby(wanted, BESIDE_M if wanted["beside"] else NEAR_M))
            at = wanted.end()
        else:
            end = max(_after(grammar.skip, text, at), _word_end(text, at))
            unknown.append(text[at:end].strip())
            at = end
    return Combination(
        thing=_thing(found), near=tuple(near), without=tuple(without), not_understood=tuple(_joined(unknown, text))
    )


def _plain(word: str) -> str:
    """A word of the grammar in small English letters: patterns that ignore case let "ſ" pass for "s", "ı" for "i"."""
    return unicodedata.normalize("NFKC", word).casefold().translate({ord("ı"): "i", 0x307: None})


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _word_end(text: str, at: int) -> int:
    space = re.compile(r"[\s,;]|$").search(text, at + 1)
    return space.start() if space else len(text)


def _joined(parts: list[str], text: str) -> list[str]:
    """Parts that stood next to each other as one."""
    found: list[str] = []
    for part in parts:
        if found and f"{found[-1]} {part}" in text:
            found[-1] = f"{found[-1]} {part}"
        elif part:
            found.append(part)
    return found


def _thing(found: re.Match[str]) -> Thing:
    kind, storeys = words().get(fold(_plain(found["kind"]))), found["storeys"]
    if kind is None:
        raise ConfigError(f'"{found["kind"]}": not a thing that maps know; write it in English')
    if storeys is None and kind == BUILDING:
        raise ConfigError(f'"{found[0]}": there are too many; say how high, as in "a building over 10 storeys"')
    if storeys is None:
        return Thing(kind=kind, name=found["name"])
    in_metres = found["unit"].lower().startswith("m")
    if kind != BUILDING:
        raise ConfigError(f'"{found[0]}": only of buildings the map tells how high they are')
    over = int(int(storeys) / (STOREY_M if in_metres else 1))
    if over > MOST_STOREYS:
        raise ConfigError(f'"{found[0]}": no building is that high; ask for at most {MOST_STOREYS} storeys')
    return Thing(kind=kind, name=found["name"], over_storeys=over)


def _nearby(found: re.Match[str], otherwise_m: int) -> Nearby:
    groups = found.groupdict()
    number, unit = groups.get("number") or groups.get("number2"), groups.get("metres") or groups.get("metres2")
    within_m = float(otherwise_m)
    if number and unit:
        within_m = float(number) * _METRES[_plain(unit).rstrip("s")]
    if not 5 <= within_m <= FARTHEST_M:
        raise ConfigError(f'"{found[0]}": distances are from 5 m to {FARTHEST_M // 1000} km')
    return Nearby(thing=_thing(found), within_m=round(within_m))
