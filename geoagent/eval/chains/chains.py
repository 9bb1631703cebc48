"""Reads chains of reasoning from files of many forms: bullets, numbered steps, prose, tables, JSON, traces, runs.

A chain consists of points, one statement each. By the protocol "ours" bullets and numbers are stripped, a heading with
"reasoning" is left out, one with "conclusion" ends the chain, and lines of 5 characters or fewer are no points. Prose
of one paragraph is cut into sentences, without those that only conclude. By "georc" a text is split as GeoRC's own
scorer does it. A text with rounds is an expert's file of GeoRC, with a chain for each round. A trace gives the
sentences of its argument without conclusions; an old one without an argument gives a point for each distinct
observation.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.case.trace import Trace, TraceFile
from geoagent.errors import ConfigError, EditedTrace, TraceError
from geoagent.eval.chains.georc_text import Protocol, conclusion_of, georc_points, has_rounds, rounds_of
from geoagent.eval.chains.our_text import Points, numbered_steps, our_points, points_of
from geoagent.eval.datasets.geocomp import geocomp_text
from geoagent.files.foreign_tables import form_of, json_lines, parquet_rows, read_lenient, table_rows
from geoagent.plain_text import PHOTO_SUFFIXES, fold
from geoagent.report.chain_file import points
from geoagent.runs.column_names import FILES, IDS, first, plain_row
from geoagent.runs.trace_files import check_hash, opened

MOST_POINTS = 200
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
_ANSWER = ("conclusion", "country_code", "country", "answer", "location", "prediction")
_TABLES = (".csv", ".tsv", ".parquet")
_GEOCOMP = re.compile(r"nation,pano", re.IGNORECASE)
_UNSEEN = frozenset({"overlay", "hint", "post", "correction", "picture", "metadata"})
_EXPERT = re.compile(r"human_(?:expert|chain)_(\d+)\.txt", re.IGNORECASE)
_CANDIDATE = re.compile(r"candidate_reasoning_chain_(?:(.+)_)?(\d+)\.txt", re.IGNORECASE)


class Chain(NamedTuple):
    """A chain of reasoning from a file: the points (statements) in order.

    `id` says which photo it is about. `unread_parts` tells what of the chain could not be read. `answer` is where the
    chain says the photo was taken: the text of a conclusion, or a country's code; "" where it does not say.
    `concluding` are lines that only name the place, and are therefore no points.
    """

    id: str
    points: tuple[str, ...]
    unread_parts: tuple[str, ...] = ()
    answer: str = ""
    concluding: tuple[str, ...] = ()

    @property
    def unread(self) -> int:
        """How many parts of the chain could not be read."""
        return len(self.unread_parts)


def read_chains(path: Path, protocol: Protocol = "ours") -> list[Chain]:
    """All chains of reasoning in a file, or in the folder of a run.

    `protocol` says how texts are split: "ours", or "georc" as GeoRC's scorer does it. Raises ConfigError where no point
    of a chain is found, or a trace was edited.
    """
    if path.is_dir() and not (path / "results.jsonl").exists():
        raise ConfigError(f"{path}: neither a run nor a folder of GeoRC: it holds no chains by their names")
    path = path / "results.jsonl" if path.is_dir() else path
    chains = list(_of_file(path, protocol))
    if not any(chain.points for chain in chains):
        raise ConfigError(
            f"{path}: no point of a reasoning chain in it; bullets, numbered steps, prose, tables or JSON are read"
        )
    return chains


def bare_id(identity: str) -> str:
    """The name of a photo without its suffix, which is its id in GeoRC.

    A name without the suffix of a photo comes back unchanged.
    """
    stem, dot, suffix = identity.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in PHOTO_SUFFIXES else identity


def expert_of(path: Path) -> int | None:
    """The expert's number in the name of a GeoRC file: 1 for Human_Expert_1.txt; None for a name of another form."""
    found = _EXPERT.fullmatch(path.name)
    return int(found[1]) if found else None


def candidate_of(path: Path) -> tuple[str, int] | None:
    """The system and the round in the name of a file of GeoRC's candidates; None where the name has another form.

    candidate_reasoning_chain_SYSTEM_1.txt gives ("SYSTEM", 1); without a system it is "candidate".
    """
    found = _CANDIDATE.fullmatch(path.name)
    return (found[1] or "candidate", int(found[2])) if found else None


def chains_of_rounds(text: str, challenge: str, protocol: Protocol = "ours") -> list[Chain]:
    """The chains in an expert's file of GeoRC, one for each round.

    Their ids are the name `challenge` with "_1", "_2" and so on. `text` is the file's content. What of it belongs to no
    round is named in the first chain's `unread_parts`. `protocol` says how it is split (see `read_chains`).
    """
    rounds = rounds_of(text, protocol)
    chains = [chain_of_text(inside, f"{challenge}_{number}", protocol) for number, inside in rounds.texts.items()]
    chains = [chain if chain.points else _missed(chain, "an empty round") for chain in chains]
    return [_missed(chains[0], *rounds.unread), *chains[1:]]


def chain_of_text(text: str, identity: str = "", protocol: Protocol = "ours") -> Chain:
    """The chain in a text: a point for each line; by the protocol "ours" also for each numbered step inside a line, and
    for each sentence of a single paragraph.

    `identity` becomes its id. More than 200 points are cut off, and `unread_parts` says so.
    """
    found = Points(georc_points(text), [], []) if protocol == "georc" else our_points(text)
    return _cut(Chain(identity, tuple(found.points), tuple(found.short), conclusion_of(text), tuple(found.concluding)))


def _cut(chain: Chain) -> Chain:
    """The chain with no more points than are scored; the others are told."""
    more = len(chain.points) - MOST_POINTS
    chain = chain._replace(points=chain.points[:MOST_POINTS])
    return _missed(chain, f"{more} points after the first {MOST_POINTS}") if more > 0 else chain


def chain_of_trace(trace: Trace, identity: str = "") -> Chain:
    """A chain made of what a trace observed: one point for each distinct clue, without the hint and metadata.

    `identity` becomes its id.
    """
    seen: dict[str, str] = {}
    for clue in trace.clues:
        if clue.kind not in _UNSEEN:
            said = f'a text reads "{clue.value}"' if clue.kind == "text" else f"{clue.kind}: {clue.value}"
            seen.setdefault(fold(clue.value), said)
    return Chain(identity, tuple(seen.values()))


def _of_table(path: Path, protocol: Protocol) -> list[Chain]:
    """A chain a row: its id, and the columns that speak of reasoning, or else the one without a name, as GeoComp's."""
    if form_of(path) == ".parquet":
        rows = parquet_rows(path)
    else:
        text = read_lenient(path)
        rows = table_rows(path, geocomp_text(path) if _GEOCOMP.match(text) else text)
    chains, nameless = list[Chain](), list[str]()
    for number, raw in rows:
        row = plain_row(raw)
        identity = first(row, (*IDS, *FILES))
        chain = _of_value(row, str(identity), protocol)
        if not chain.points and row.get(""):
            chain = chain_of_text(str(row[""]), str(identity), protocol)
        if identity is None:
            nameless += [f"{path.name}, line {number}: no id"] if any(map(bool, row.values())) else []
        else:
            chains.append(chain if chain.points else _missed(chain, f"{path.name}, line {number}: no point in it"))
    return [_missed(chains[0], *nameless), *chains[1:]] if chains else []


def _of_file(path: Path, protocol: Protocol) -> list[Chain]:
    if form_of(path) in _TABLES:
        return _of_table(path, protocol)
    text = read_lenient(path)
    chains = list(_of_json(text, path, protocol))
    if chains:
        return chains
    challenge = path.absolute().parent.name
    if (candidate := candidate_of(path)) is not None:
        return [chain_of_text(text, f"{challenge}_{candidate[1]}", protocol)]
    if expert_of(path) is not None or has_rounds(text):
        return chains_of_rounds(text, challenge, protocol)
    return [chain_of_text(text, path.stem, protocol)]


def _of_json(text: str, path: Path, protocol: Protocol) -> Iterator[Chain]:
    """The chains of one JSON value or of JSON Lines; none where the text is neither."""
    broken: list[str] = []
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        values, broken = _lines_of_json(text)
    if not values or not isinstance(values[0], dict | list):
        return
    for number, (identity, value) in enumerate(_records(values, path.stem)):
        chain = _of_value(value, identity, protocol)
        if not (chain.points or chain.unread_parts):
            chain = _missed(chain, f"{path.name}, {identity}: no point in it")
        yield _missed(chain, *(f"{path.name}, {line}" for line in broken)) if number == 0 else chain


def _missed(chain: Chain, *parts: str) -> Chain:
    return chain._replace(unread_parts=(*chain.unread_parts, *parts))


def _lines_of_json(text: str) -> tuple[list[Any], list[str]]:
    """The values, and the lines that are none; nothing of both where most lines are none."""
    lines = list(json_lines(text))
    values = [value for _, value in lines if value is not None]
    broken = [f"line {number}: not JSON" for number, value in lines if value is None]
    return (values, broken) if len(values) > len(broken) else ([], [])


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


def _of_value(value: Any, identity: str, protocol: Protocol) -> Chain:
    if isinstance(value, dict) and "trace" in value:
        return _of_trace_file(value, identity)
    if isinstance(value, str):
        return chain_of_text(value, identity, protocol)
    items, unread = _statements(value, inside=not isinstance(value, dict))
    if protocol == "georc":
        chain = chain_of_text("\n".join(items), identity, protocol)
    elif len(items) == 1:
        chain = chain_of_text(items[0], identity)
    else:
        parts = [our_points(item) if "\n" in item else points_of(numbered_steps(item)) for item in items]
        found, short, concluding = (tuple(dict.fromkeys(one for part in parts for one in part[at])) for at in range(3))
        chain = _cut(Chain(identity, found, short, concluding=concluding))
    other = [f"{unread} values that are no text"] if unread else []
    return _missed(chain, *other)._replace(answer=_answer(value))


def _answer(value: Any) -> str:
    """What an object says of where the photo was taken, under the usual names, the most telling first."""
    names = {name.lower(): name for name in value} if isinstance(value, dict) else {}
    said = [value[names[name]] for name in _ANSWER if name in names]
    texts = [" ".join(map(str, item)) if isinstance(item, list) else str(item) for item in said if item]
    return texts[0] if texts else ""


def _of_trace_file(value: dict[str, Any], identity: str) -> Chain:
    """A saved trace, or a line of a run that holds one; a photo that was not solved has no points."""
    if not value["trace"]:
        return Chain(identity, (), (f"{identity}: not solved",))
    try:
        file = trace_in(value)
    except EditedTrace as error:
        raise ConfigError(f"{identity}: {error}") from error
    except TraceError as error:
        return Chain(identity, (), (f"{identity}: {error}",))
    said = tuple(points(file.prediction))
    chain = Chain(identity, said[:MOST_POINTS]) if said else chain_of_trace(file.trace, identity)
    stated = (level.code.country for level in file.prediction.levels if level.stated and level.code)
    return chain._replace(answer=next(stated, ""))


def trace_in(value: dict[str, Any]) -> TraceFile:
    """The trace in the JSON data of a saved trace, or of one line of a run's results.

    Raises TraceError where it is no trace or was edited.
    """
    inner = value["trace"]
    check_hash(value)
    return opened(inner if isinstance(inner, dict) and "trace" in inner else value)


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
