"""Data of others, such as a tool's, turned into JSON data that can be kept in a checkpoint, a trace or a hash."""

import math
from collections.abc import Iterator
from itertools import repeat
from typing import Any

MAX_INTEGER = 2**63 - 1
MAX_DEPTH = 20
MAX_VALUES = 50_000
"""So many values of one answer are kept, since an object may hold itself."""
LEFT_OUT = "…"


def json_safe(value: Any, most: int = MAX_VALUES) -> Any:
    """Any value as plain JSON data.

    What lies deeper than 20 levels, or is more than `most` values, becomes "…"; an object of another type becomes the
    name of its type. Integers of more than 64 bits, NaN and infinity become null, keys become texts, and half a
    surrogate pair becomes a question mark.
    """
    return _plain(value, MAX_DEPTH, repeat(None, most))


def _plain(value: Any, depth: int, room: Iterator[None]) -> Any:
    if next(room, True):
        return LEFT_OUT
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return int(value) if -MAX_INTEGER <= value <= MAX_INTEGER else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict | list | tuple | set | frozenset):
        return _plain_parts(value, depth - 1, room) if depth else LEFT_OUT
    return f"({type(value).__name__})"


def _plain_parts(value: Any, depth: int, room: Iterator[None]) -> Any:
    if isinstance(value, dict):
        return {_key(key): _plain(part, depth, room) for key, part in value.items()}
    return [_plain(part, depth, room) for part in value]


def _key(key: Any) -> str:
    return key.encode("utf-8", "replace").decode() if isinstance(key, str) else str(_plain(key, 0, repeat(None, 1)))
