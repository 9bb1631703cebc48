"""Reasoning chains from files, read by form: bullets, numbered steps, prose, JSON of many shapes, traces and runs.

A chain's points follow GeoRC's rules: a heading that contains "reasoning" is dropped, "conclusion" ends the chain,
bullets and numbers are stripped, lines of 5 characters or fewer are not points. Prose of one paragraph is cut into
sentences, those that only conclude being left out. A trace gives the sentences of its argument, and no conclusions; one
from before there were arguments gives one point for each distinct observation.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.case.trace import Trace
from geoagent.errors import ConfigError, EditedTrace, TraceError
from geoagent.files.tables import read_lenient
from geoagent.names import fold
from geoagent.report.argument import points
from geoagent.runs.trace_files import check_hash, opened

SHORTEST = 5
MOST_POINTS = 200
_BULLET = re.compile(
    r"^\s*(?:[-*•–—·▪]+|\(?\d{1,3}[.):]|\(?[a-z]\)|(?:step|point|clue)\s*\d+\s*[.:)-]|#+)\s*", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_CONCLUDES = re.compile(
    r"most likely (?:taken|located)|(?:was|were|likely) taken (?:in|at|near)|^therefore\b|^thus\b|^hence\b|"
    r"^(?:the )?(?:final )?(?:answer|location)\b|^in (?:conclusion|summary)\b",
    re.IGNORECASE,
)
_STEPS = (
    "reason",
    "clue",
    "evidence",
    "step",
    "observ",
    "analysis",
    "point",
    "chain",
    "think",
    "solution",
    "explan",
    "rationale",
)
_TEXT = ("solution", "output", "text", "response", "solution_str", "description", "content", "statement", "observation")
_ID = ("id", "sample_id", "panoid", "image", "image_id", "file", "name", "key")
_UNSEEN = frozenset({"hint", "correction", "metadata"})


class Chain(NamedTuple):
    """A chain's points in order, and how many of its parts could not be read."""

    id: str
    points: tuple[str, ...]
    unread: int = 0


def read_chains(path: Path) -> list[Chain]:
    """All chains of a file, or of a run's folder. Raises ConfigError where there is none to read."""
    path = path / "results.jsonl" if path.is_dir() else path
    text = read_lenient(path)
    chains = list(_of_json(text, path)) or [chain_of_text(text, path.stem)]
    if not any(chain.points for chain in chains):
        raise ConfigError(
            f"{path}: no point of a reasoning chain in it; bullets, numbered steps, prose or JSON are read"
        )
    return chains


def pair(candidates: list[Chain], references: list[Chain]) -> list[tuple[Chain, Chain]]:
    """Chains of the same id; two files of one chain each are a pair whatever they are called. Raises ConfigError."""
    if len(candidates) == len(references) == 1:
        return [(candidates[0], references[0])]
    known = {chain.id: chain for chain in references}
    found = [(chain, known[chain.id]) for chain in candidates if chain.id in known]
    if not found:
        raise ConfigError("the two files share no id of a chain; each line of JSON Lines needs an id")
    return found


def chain_of_text(text: str, identity: str = "") -> Chain:
    """The points of a text: its lines, or its sentences where it is one paragraph."""
    lines = [line for line in text.splitlines() if line.strip()]
    items = _SENTENCE_END.split(lines[0].strip()) if len(lines) == 1 else lines
    points = []
    for item in items:
        bare = _bare(item)
        heading = len(bare.split()) <= 6 and not bare.endswith(".")
        if heading and "conclusion" in bare.lower():
            break
        if (heading and "reasoning" in bare.lower()) or len(bare) <= SHORTEST or _CONCLUDES.search(bare):
            continue
        points.append(bare)
    return Chain(identity, tuple(points[:MOST_POINTS]))


def chain_of_trace(trace: Trace, identity: str = "") -> Chain:
    """One point for each distinct observation of a trace, its hint and metadata aside."""
    seen: dict[str, str] = {}
    for clue in trace.clues:
        if clue.kind not in _UNSEEN:
            said = f'a text reads "{clue.value}"' if clue.kind == "text" else f"{clue.kind}: {clue.value}"
            seen.setdefault(fold(clue.value), said)
    return Chain(identity, tuple(seen.values()))


def _of_json(text: str, path: Path) -> Iterator[Chain]:
    """The chains of one JSON value or of JSON Lines; none where the text is neither."""
    try:
        values, broken = [json.loads(text)], 0
    except (ValueError, RecursionError):
        values, broken = _lines_of_json(text)
    if not values or not isinstance(values[0], dict | list):
        return
    records = _records(values, path.stem)
    for number, (identity, value) in enumerate(records):
        chain = _of_value(value, identity)
        yield chain._replace(unread=chain.unread + (broken if number == 0 else 0))


def _lines_of_json(text: str) -> tuple[list[Any], int]:
    values, broken = [], 0
    for line in text.splitlines():
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError):
                broken += 1
    return (values, broken) if len(values) > broken else ([], 0)


def _records(values: list[Any], stem: str) -> list[tuple[str, Any]]:
    """Pairs of id and chain: of lines, of a list of objects, or of an object whose values are chains by id."""
    if len(values) == 1 and isinstance(values[0], list) and all(isinstance(item, dict) for item in values[0]):
        if any(_identity(item) for item in values[0]):
            values = values[0]
    elif len(values) == 1 and isinstance(values[0], dict) and not _is_chain(values[0]):
        return [(str(key), value) for key, value in values[0].items()]
    if len(values) == 1:
        return [(_identity(values[0]) or stem, values[0])]
    return [(_identity(value) or str(number), value) for number, value in enumerate(values, 1)]


def _is_chain(value: dict[str, Any]) -> bool:
    known = any(part in name.lower() for name in value for part in (*_STEPS, *_TEXT))
    return known or _identity(value) is not None or "trace" in value


def _identity(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    return next((str(value[name]) for name in _ID if isinstance(value.get(name), str | int)), None)


def _of_value(value: Any, identity: str) -> Chain:
    if isinstance(value, dict) and "trace" in value:
        return _of_trace_file(value, identity)
    if isinstance(value, str):
        return chain_of_text(value, identity)
    items, unread = _statements(value, inside=not isinstance(value, dict))
    points = [point for item in items for point in (chain_of_text(item).points if "\n" in item else _cleaned(item))]
    if len(items) == 1:
        points = list(chain_of_text(items[0]).points)
    return Chain(identity, tuple(dict.fromkeys(points))[:MOST_POINTS], unread)


def _of_trace_file(value: dict[str, Any], identity: str) -> Chain:
    """A saved trace, or a line of a run that holds one; a photo that was not solved has no points."""
    inner = value["trace"]
    of_run = isinstance(inner, dict) and "trace" in inner
    if not inner:
        return Chain(identity, (), 1)
    try:
        check_hash(value)
        file = opened(inner if of_run else value)
        said = tuple(points(file.prediction))
        return Chain(identity, said[:MOST_POINTS]) if said else chain_of_trace(file.trace, identity)
    except EditedTrace as error:
        raise ConfigError(f"{identity}: {error}") from error
    except TraceError:
        return Chain(identity, (), 1)


def _statements(value: Any, inside: bool) -> tuple[list[str], int]:
    """The texts that are steps: strings in lists, or under names that speak of reasoning; what is neither is unread."""
    if isinstance(value, str):
        return ([value], 0) if inside else ([], 0)
    if isinstance(value, list):
        parts = [_statements(item, inside) for item in value]
    elif isinstance(value, dict):
        speaks = [name for name in value if any(part in name.lower() for part in _STEPS)]
        named = [name for name in speaks if isinstance(value[name], str | list | dict)]
        named = named or [name for name in value if name.lower() in _TEXT]
        named = named or ([name for name in value if name not in _ID] if inside else [])
        parts = [_statements(value[name], True) for name in named if "conclusion" not in name.lower()]
    else:
        return [], int(inside and value is not None and not isinstance(value, int | float))
    return [text for texts, _ in parts for text in texts], sum(unread for _, unread in parts)


def _bare(item: str) -> str:
    """A line without bullet, number and emphasis."""
    return _BULLET.sub("", item.replace("**", "").replace("__", "").strip()).strip("*_# \t")


def _cleaned(item: str) -> list[str]:
    bare = _bare(item)
    return [bare] if len(bare) > SHORTEST and not _CONCLUDES.search(bare) else []
