"""Other systems' answers from files: points in columns, or texts that state a point, with or without the true points.

Published files hold more than answers: blank lines, headings repeated in the middle, a summary at the end. What is no
sample is left out, counted and named. A sample without a usable answer is kept, as a miss.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.eval.answers.confidences import LEVELS, PlaceLevel, confidences_in, names_only_countries, stated
from geoagent.eval.answers.headings import IN_TEXTS, Columns, Headings
from geoagent.eval.answers.parsing import ParsedAnswer, Parser, parse_lenient
from geoagent.eval.metrics.points import distances_km
from geoagent.files.foreign_tables import Rows, cells, delimiter_of, form_of, read_lenient, records
from geoagent.json_safe import json_safe
from geoagent.plain_text import printable
from geoagent.runs.column_names import (
    FILES,
    GIVEN,
    IDS,
    TRUE,
    degrees,
    first,
    held,
    is_empty,
    pair_column,
    place_columns,
    plain_row,
    point_columns,
    raw_point,
)
from geoagent.runs.samples import NAMIBIA
from geoagent.runs.swapped_coordinates import answers_are_swapped, are_swapped, is_on_earth

Floats = NDArray[np.float64]

TEXTS = (
    "solution_str", "raw_response", "response", "model_response", "llm_response", "answer", "model_answer",
    "prediction", "predicted", "output", "pred_output", "model_output", "completion", "generated_text", "generation",
    "text", "content", "reply", "result", "q7_gen",
)  # fmt: skip
"""Headings of a text that a system wrote."""
NAMED = (*IDS, *FILES, "name")
LONGEST_COUNTRY = 40
NOWHERE = (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Skipped:
    """How many rows of a file of answers were left out, by reason.

    `summary` counts rows of a summary at the end, `no_truth` rows without a true point where the file has to tell it,
    `duplicate` further rows with an id that was there before, `unreadable` what is no row at all.
    """

    blank: int = 0
    summary: int = 0
    repeated_heading: int = 0
    no_truth: int = 0
    duplicate: int = 0
    unreadable: int = 0


class Names(NamedTuple):
    """The names of a place, as they are written; None where one is not told."""

    country: str | None = None
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Predictions:
    """The answers of a file, sample by sample: entry i of each sequence belongs to the sample `ids[i]`.

    `lat` and `lon` are the answered point in degrees, NaN where none was answered; `true_lat` and `true_lon` are the
    true point, NaN where the file does not tell it. `skipped` counts the rows that are no samples. `remarks` are
    sentences for the person, such as that columns are swapped.
    """

    ids: tuple[str, ...]
    lat: Floats
    lon: Floats
    true_lat: Floats
    true_lon: Floats
    skipped: Skipped = Skipped()
    invalid: tuple[str, ...] = ()
    """The ids of samples whose answer is no point on Earth, or a text that could not be read. They count as misses."""
    names: tuple[Names, ...] = ()
    """The places that each answer names."""
    true_names: tuple[Names, ...] = ()
    """The true places' names, where the file tells them."""
    probabilities: tuple[Mapping[PlaceLevel, float], ...] = ()
    """How probable each answer says its country, region and city are, by level, where it says so."""
    columns: Columns = field(default_factory=lambda: Columns({}, ()))
    remarks: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The rows that are no samples, by the fields of `Skipped`: their ids, or their lines where they have none."""

    @property
    def d_km(self) -> Floats:
        """The distance in km of each answered point from the true one, NaN where no point was answered.

        Raises ConfigError where a true point is missing.
        """
        return distances_km(self.lat, self.lon, self.true_lat, self.true_lon)


class _Given(NamedTuple):
    """What one row says: the answered point, whether anything stood where it should, names, the truth, confidences."""

    point: tuple[float, float]
    is_unread: bool
    names: Names
    truth: tuple[float, float] | None
    true_names: Names = Names()
    confidences: tuple[tuple[str, Any], ...] = ()


@dataclass(slots=True)
class _Table:
    """The rows of a file as they are read."""

    given: dict[str, _Given] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in Skipped.__slots__})
    placed: int = 0
    """Rows that have a place for an answer, be it empty."""
    faults: list[str] = field(default_factory=list)
    """Why the others have none."""
    headings: Headings = field(default_factory=Headings)
    numbered: int = 0
    """Rows without an id."""


def read_answers(
    path: Path, parse: Parser = parse_lenient, has_truth: bool = True, confidence_of: PlaceLevel | None = None
) -> Predictions:
    """The answers in a file of points or texts, with the true points if it holds them.

    The file is CSV, TSV, JSON Lines, JSON or Parquet. A folder is read too: each .txt or .json file in it is one
    answer, its name the id. Where no row has an id, answers are numbered. Latitude and longitude in each other's column
    are read the right way round, and a remark says so.

    Args:
        path: the file, or the folder.
        parse: what reads a text: `parse_lenient`, or `parse_strict`, which reads none where coordinates have columns.
        has_truth: whether the file has to tell the true points; if not, columns `lat` and `lon` are answers.
        confidence_of: the level that a confidence is of whose heading does not say so; None where that is not known.

    Raises:
        ConfigError: if it holds no answers, lacks true points that it has to tell, or cannot be read.
    """
    is_table = form_of(path) in (".csv", ".tsv")
    lost = list[str]()
    rows = _files(path, lost) if path.is_dir() else _lines(path) if is_table else records(path, lost)
    table = _read(rows, parse, has_truth, is_table)
    table.left_out["unreadable"] += lost
    if table.faults and not table.placed:
        raise ConfigError(f"{path}, {table.faults[0]}")
    if not table.given and table.left_out["no_truth"]:
        raise ConfigError(f"{path}: holds no true points (columns such as gt_lat and gt_lon)", "name them with --truth")
    if not table.given:
        raise ConfigError(f"{path}: holds no answers{f': {lost[0]}' if lost else ''}")
    return _predictions(table, path, confidence_of)


def _files(folder: Path, lost: list[str]) -> Rows:
    """The answers of a folder, one a file: an object of JSON, or a text; the name of the file is the id."""
    for number, file in enumerate(sorted(folder.iterdir()), 1):
        if file.suffix.lower() == ".txt":
            yield number, {"id": file.stem, "text": read_lenient(file).strip()}
            continue
        try:
            row = json.loads(read_lenient(file)) if file.suffix.lower() == ".json" else None
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield number, json_safe({"id": file.stem, **row})
        else:
            lost.append(f"{file.name}: no object of JSON, and no text (.txt)")


def _lines(path: Path) -> Rows:
    """The lines of a CSV file by its heading, blank ones too; bytes that are no UTF-8 become question marks."""
    text = read_lenient(path)
    lines = cells(path, text, delimiter_of(text))
    _, names = next(lines, (1, []))
    for number, row in lines:
        yield number, {name: row[at] if at < len(row) else "" for at, name in enumerate(names)}


def _read(rows: Rows, parse: Parser, has_truth: bool, is_table: bool) -> _Table:
    table, in_summary = _Table(), False
    for number, raw in rows:
        row = plain_row(raw)
        reason = _not_a_sample(raw) if is_table else None
        in_summary = in_summary and reason != "repeated_heading"
        if not (reason or in_summary):
            table.headings.meet(raw)
        given = None if reason else _given(row, parse, has_truth, table.headings)
        table.placed += given is not None
        has_no_number = given is not None and math.isnan(given.point[0])
        if reason is None and is_table and (in_summary or (has_no_number and _is_other_heading(row, has_truth))):
            reason, in_summary = "summary", True
        if reason is None and given is None:
            table.faults.append(f"line {number}: {_no_answer(row)}")
            given = _Given(NOWHERE, False, Names(), _truth(row) if has_truth else None)
        if reason is None and given and has_truth and (given.truth is None or math.isnan(given.truth[0])):
            reason = "no_truth"
        own = table.headings.take("id", row, held(tuple(row), NAMED))
        table.numbered += own is None and not reason
        identity = str(len(table.given)) if own is None else str(own)
        if reason is None and identity in table.given:
            reason = "duplicate"
        if reason or given is None:
            name = f"line {number}" if own is None or reason not in ("no_truth", "duplicate") else identity
            table.left_out[reason or "blank"].append(name)
        else:
            table.given[identity] = given
    return table


def _no_answer(row: Mapping[str, Any]) -> str:
    columns = printable(", ".join(row))[:200]
    return (
        "no answer: neither a point (columns such as pred_lat and pred_lon) nor a text (response, answer); its columns "
        f"are {columns}; if lat and lon answer, name the truth with --truth"
    )


def _not_a_sample(row: Mapping[str, Any]) -> str | None:
    """Why a row of a table is no sample, if that shows by itself."""
    if not any(str(cell).strip() for cell in row.values()):
        return "blank"
    is_heading = all(str(cell).strip().lower() == name.strip().lower() for name, cell in row.items())
    return "repeated_heading" if is_heading else None


def _is_other_heading(row: Mapping[str, Any], has_truth: bool) -> bool:
    """Whether a row has words in all columns of coordinates, as the heading of a summary has.

    A summary's figures look like coordinates; what gives them away is the other heading above them.
    """
    chosen = [raw_point(row, words) for words in ((GIVEN, TRUE) if has_truth else (GIVEN, ("",)))]
    cells = [str(cell).strip() for pair in chosen if pair for cell in pair]
    return bool(cells) and all(not is_empty(cell) and math.isnan(degrees(cell)) for cell in cells)


def _given(row: Mapping[str, Any], parse: Parser, has_truth: bool, headings: Headings) -> _Given | None:
    """What a row answers, and the truth it holds; None where it has no place for an answer."""
    present = tuple(row)
    texts, countries = held(present, TEXTS), place_columns(present, "country", GIVEN)
    text = _text(first(row, texts))
    in_columns = _has_point(present, GIVEN)
    is_true_told = _has_point(present, TRUE)
    bare = ("",) if _has_point(present, ("",)) else None
    words = GIVEN if in_columns else bare if bare and (is_true_told or not has_truth) else None
    if words is None and not (texts or countries):
        return None
    true_words = TRUE if is_true_told else bare if bare and words != bare else None
    truth = raw_point(row, true_words) if true_words else None
    cells = raw_point(row, words) if words else None
    for use, chosen in (("answer", words), ("truth", true_words if has_truth else None)):
        headings.note(use, *(_point_headings(present, chosen) if chosen else ()))
    point = _pair(cells) if cells else NOWHERE
    is_unread = cells is not None and not is_on_earth(point) and not all(map(is_empty, cells))
    whose = "answer" if (words == bare and bare) or not has_truth else "truth" if true_words == bare and bare else ""
    names = _names_under(row, "answer", GIVEN, whose, headings)
    true_names = _names_under(row, "truth", TRUE, whose, headings) if has_truth else Names()
    sure = confidences_in(row)
    if text is not None and not is_on_earth(point) and (words is None or parse is parse_lenient):
        headings.take("answer", row, texts)
        answer = parse(text)
        point, is_unread = _point_of(answer), answer is None or answer.point is None
        names = Names(*(own or said for own, said in zip(names, _names_of(answer, text), strict=True)))
        sure += tuple((f"{IN_TEXTS} {name}", cell) for name, cell in answer.confidences) if answer else ()
    return _Given(point, is_unread, names, _pair(truth) if truth else None, true_names, sure)


def _names_under(row: Mapping[str, Any], use: str, words: tuple[str, ...], whose: str, headings: Headings) -> Names:
    """The names of a place that a row tells under words that say whose they are (`use`: "answer" or "truth")."""
    found = list[str | None]()
    for level, columns in zip(LEVELS, _name_columns(tuple(row), use, words, whose), strict=True):
        named = [name for name in columns if _is_name(row[name], level)]
        found.append(headings.take(use, row, named) if named else None)
    return Names(*found)


@lru_cache(maxsize=1000)
def _name_columns(
    present: tuple[str, ...], use: str, words: tuple[str, ...], whose: str
) -> tuple[tuple[str, ...], ...]:
    """The headings of the names of country, region and city among those `present`, of the answer or the truth.

    Names that nothing qualifies ("city") are those of the coordinates that nothing qualifies: `whose` is "answer",
    "truth", or "" where there are no such coordinates. They then belong to the side that has no name of its own.
    """
    other, found = TRUE if words == GIVEN else GIVEN, list[tuple[str, ...]]()
    for level in LEVELS:
        is_ours = whose == use or (not whose and bool(place_columns(present, level, other)))
        bare = place_columns(present, level, ("",)) if is_ours else ()
        found.append((*place_columns(present, level, words), *bare))
    return tuple(found)


def _is_name(cell: Any, level: PlaceLevel) -> bool:
    """Whether a cell holds the name of a place; "NA" is Namibia's code, and otherwise no name."""
    is_code = level == "country" and str(cell).strip() == NAMIBIA
    return isinstance(cell, str) and (is_code or not is_empty(cell))


def _point_headings(present: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    joint = pair_column(present, words)
    return point_columns(present, words) or ((joint,) if joint else ())


def _truth(row: Mapping[str, Any]) -> tuple[float, float] | None:
    cells = raw_point(row, TRUE, ("",))
    return _pair(cells) if cells else None


def _has_point(present: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return point_columns(present, words) is not None or pair_column(present, words) is not None


def _pair(cells: tuple[Any, Any]) -> tuple[float, float]:
    return degrees(cells[0]), degrees(cells[1])


def _text(value: Any) -> str | None:
    """A text that a system wrote: as it is, or the last that it said in a list of messages."""
    if isinstance(value, list):
        said = [item.get("content") for item in value if isinstance(item, dict) and item.get("role") == "assistant"]
        return next((found for part in reversed(said) if (found := _text_of(part))), None)
    return None if value is None else str(value)


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _point_of(answer: ParsedAnswer | None) -> tuple[float, float]:
    return (answer.lat, answer.lon) if answer and answer.lat is not None and answer.lon is not None else NOWHERE


def _names_of(answer: ParsedAnswer | None, text: str) -> Names:
    """The places that a text names: in fields of their own, or a country as all that it says."""
    if answer is not None:
        return Names(answer.country_code or answer.country, answer.region, answer.city)
    return Names(text.strip() if len(text.strip()) <= LONGEST_COUNTRY else None)


def _predictions(table: _Table, path: Path, confidence_of: PlaceLevel | None) -> Predictions:
    given, remarks = list(table.given.values()), []
    truths = [row.truth or NOWHERE for row in given]
    if are_swapped(truths):
        truths = [(lon, lat) for lat, lon in truths]
        remarks.append("the columns of the true latitude and longitude are swapped, as their values show; read so")
    for identity, (lat, lon) in zip(table.given, truths, strict=True):
        if lat == lat and not is_on_earth((lat, lon)):
            raise ConfigError(f"{path}: the true point of {printable(identity)[:100]} is {lat}, {lon}, not on Earth")
    points = [row.point for row in given]
    if answers_are_swapped(points, truths):
        points = [(lon, lat) for lat, lon in points]
        given = [
            row._replace(is_unread=row.is_unread and not is_on_earth(p)) for row, p in zip(given, points, strict=True)
        ]
        remarks.append("the columns of the answered latitude and longitude are swapped, as their values show; read so")
    unread = tuple(identity for identity, row in zip(table.given, given, strict=True) if row.is_unread)
    wrong = sum(not is_on_earth(point) for point in points if point[0] == point[0])
    if 2 * wrong > len(points):
        raise ConfigError(f"{path}: most predictions are no points on Earth; are latitude and longitude swapped?")
    answered = np.array([point if is_on_earth(point) else NOWHERE for point in points], dtype=np.float64).reshape(-1, 2)
    true = np.array(truths, dtype=np.float64).reshape(-1, 2)
    probabilities, columns = _probabilities(table, confidence_of)
    if table.numbered:
        told = printable(", ".join(table.headings.written.values()))[:200]
        remarks.append(f"no column of ids; {table.numbered} answers are numbered, from 0; the columns are {told}")
    return Predictions(
        tuple(table.given), answered[:, 0], answered[:, 1], true[:, 0], true[:, 1],
        Skipped(**{reason: len(names) for reason, names in table.left_out.items()}), unread,
        remarks=tuple(remarks), left_out={reason: tuple(ids) for reason, ids in table.left_out.items() if ids},
        names=tuple(row.names for row in given), true_names=tuple(row.true_names for row in given),
        probabilities=probabilities, columns=columns,
    )  # fmt: skip


def _probabilities(
    table: _Table, confidence_of: PlaceLevel | None
) -> tuple[tuple[Mapping[PlaceLevel, float], ...], Columns]:
    """How probable each answer says its places are, and the columns of the file."""
    cells: dict[str, dict[str, Any]] = {}
    for identity, row in table.given.items():
        for name, cell in row.confidences:
            cells.setdefault(name, {})[identity] = cell
    rows = table.given.values()
    alone = names_only_countries((row.point[0] == row.point[0] for row in rows), (n for r in rows for n in r.names[1:]))
    said = stated(cells, confidence_of or ("country" if alone else None))
    table.headings.note("confidence", *said.read.values())
    found = tuple(
        {level: shares[identity] for level, shares in said.shares.items() if identity in shares}
        for identity in table.given
    )
    return found, table.headings.columns(said.refused)
