"""Damage of every kind, drawn by a seed: to bytes, to texts, and to the values of JSON data."""

import json
import random
from collections.abc import Callable
from typing import Any

NUMBERS: list[Any] = [10**30, -(10**400), 1e308, float("inf"), float("nan"), -1, 0, 2**63, 0.1, True]
TEXTS = [
    "",
    "\ud800",
    "\0",
    "x" * 20_000,
    "\x1b[2J\u202e",
    "7" * 400,
    "1e999",
    "http://[",
    "../../etc/passwd",
    "null",
    "é",
]
"""What stands in for a value: half a surrogate pair, control characters, too much, or what looks like another kind."""


def nested(depth: int) -> Any:
    """A list in a list, so deep."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def odd_value(draw: random.Random) -> Any:
    """A value that nobody expects."""
    makers: list[Callable[[], Any]] = [
        lambda: draw.choice(NUMBERS),
        lambda: draw.choice(TEXTS),
        lambda: draw.choice([None, [], {}, [[]], {"": None}]),
        lambda: nested(draw.choice([2, 30, 300])),
        lambda: [draw.choice(NUMBERS)] * draw.choice([1, 4, 500]),
    ]
    return draw.choice(makers)()


def mutated(value: Any, draw: random.Random) -> Any:
    """JSON data with one place in it changed: replaced, left out, doubled, or under another name."""
    if not isinstance(value, dict | list) or not value or draw.random() < 0.15:
        return odd_value(draw)
    if isinstance(value, list):
        at = draw.randrange(len(value))
        how = draw.randrange(6)
        inside = [] if how == 0 else [value[at]] * 3 if how == 1 else [mutated(value[at], draw)]
        return [*value[:at], *inside, *value[at + 1 :]]
    name, how = draw.choice(list(value)), draw.randrange(8)
    rest = {key: item for key, item in value.items() if key != name}
    if how == 0:
        return rest
    if how == 1:
        return {**rest, draw.choice([*TEXTS, name.upper()]): value[name]}
    return {**value, name: mutated(value[name], draw)}


def as_json(value: Any) -> str:
    """JSON as others write it: also numbers that are none, and half surrogate pairs."""
    return json.dumps(value, ensure_ascii=True)


def damaged(data: bytes, draw: random.Random) -> bytes:
    """A file after one accident: cut, zeroed, doubled, of another kind or encoding, with huge or deep values."""
    at, length = draw.randrange(len(data) + 1), draw.choice([1, 4, 100, 5000])
    accidents: list[Callable[[], bytes]] = [
        lambda: data[:at],
        lambda: data[at:],
        lambda: b"",
        lambda: data[:at] + bytes(draw.randrange(256) for _ in range(min(length, 100))) + data[at + length :],
        lambda: data[:at] + bytes(length) + data[at + length :],
        lambda: data[:at] + data[at : at + length] * 3 + data[at + length :],
        lambda: data[:at] + data[at + length :],
        lambda: data[:at] + draw.choice(TEXTS).encode("utf-8", "surrogatepass") + data[at:],
        lambda: data.decode("latin-1").encode("utf-16"),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data[:at] + b"\xff\xfe" + data[at:],
        lambda: data.replace(b",", b";").replace(b"\n", b"\r"),
        lambda: b"[" * draw.choice([50, 100_000]),
        lambda: draw.choice([b"\x89PNG\r\n\x1a\n", b"SQLite format 3\0", b"PK\3\4", b"\x1f\x8b", b"PAR1"]) + data[:at],
        lambda: re_valued(data, draw),
        lambda: re_valued(data, draw),
        lambda: re_valued(data, draw),
    ]
    return draw.choice(accidents)()


def re_valued(data: bytes, draw: random.Random) -> bytes:
    """A file of JSON, or of JSON Lines, with one value changed; of anything else a cell of a line."""
    lines = data.split(b"\n")
    at = draw.randrange(len(lines))
    for text, rest in ((data, ([], [])), (lines[at], (lines[:at], lines[at + 1 :]))):
        try:
            changed = as_json(mutated(json.loads(text), draw)).encode()
        except (ValueError, RecursionError):
            continue
        return b"\n".join([*rest[0], changed, *rest[1]])
    cells = lines[at].split(b",")
    odd = draw.choice([*TEXTS, *map(str, NUMBERS)]).encode("utf-8", "surrogatepass")
    cells[draw.randrange(len(cells))] = odd
    return b"\n".join([*lines[:at], b",".join(cells), *lines[at + 1 :]])
