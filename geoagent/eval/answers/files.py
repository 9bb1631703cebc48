"""Other systems' answers from files: CSV of predicted points, JSON Lines of free text.

Published files carry more than data: blank lines, headings repeated by concatenation, a summary below the last sample.
What is not a sample is skipped and counted; a sample without a usable prediction is kept, as a miss.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.eval.answers.parsing import Answer, Parser, parse_lenient
from geoagent.eval.metrics.points import distances_km
from geoagent.files.tables import cells, json_rows, read_lenient
from geoagent.geo import Point
from geoagent.names import printable

Floats = NDArray[np.float64]

ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("img_id", "image_id", "id", "image", "img", "file", "filename", "name", "index"),
    "lat": ("predicted_lat", "pred_lat", "predicted_latitude", "pred_latitude", "lat_pred", "lat", "latitude"),
    "lon": ("predicted_long", "predicted_lon", "predicted_lng", "pred_long", "pred_lon", "pred_lng",
            "predicted_longitude", "pred_longitude", "lon_pred", "lng_pred", "lon", "long", "lng", "longitude"),
    "true_lat": ("gt_lat", "true_lat", "target_lat", "gt_latitude", "true_latitude", "lat_true", "lat_gt"),
    "true_lon": ("gt_long", "gt_lon", "gt_lng", "true_long", "true_lon", "true_lng", "target_lon", "target_lng",
                 "gt_longitude", "true_longitude", "lon_true", "lon_gt"),
}  # fmt: skip
"""Headings by which each column is known, case aside, the first present one counting."""

_POINT_COLUMNS = ("lat", "lon", "true_lat", "true_lon")
_NO_ANSWER = frozenset({"", "nan", "none", "null", "n/a", "na", "-"})
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows of a file that are no samples, by reason."""

    blank: int = 0
    summary: int = 0
    repeated_heading: int = 0
    no_truth: int = 0
    duplicate: int = 0


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predicted and true points in degrees, row by row; a prediction of NaN is a sample that was not answered."""

    ids: tuple[str, ...]
    lat: Floats
    lon: Floats
    true_lat: Floats
    true_lon: Floats
    skipped: Skipped = Skipped()
    invalid: tuple[str, ...] = ()
    """Ids whose prediction was given but is no point on Earth, or whose text could not be read: misses."""

    @property
    def d_km(self) -> Floats:
        """Distance of each prediction from the truth in km, NaN where there is none."""
        return distances_km(self.lat, self.lon, self.true_lat, self.true_lon)


def read_predictions(path: Path, columns: dict[str, str] | None = None) -> Predictions:
    """Predicted and true points from a CSV file with a heading (separated by commas, semicolons or tabs).

    Args:
        path: the file.
        columns: the file's own headings for any of `id`, `lat`, `lon`, `true_lat`, `true_lon`; the others are found
            by `ALIASES`. Without an id column samples are numbered from 0.

    Raises:
        ConfigError: if a column is missing, or the latitudes are no latitudes.
    """
    text = read_lenient(path)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    rows = cells(path, text, delimiter)
    heading = [cell.strip().lower() for cell in next(rows, (1, []))[1]]
    places = _places(heading, columns or {}, path)
    return _collect((row for _, row in rows), heading, places, path)


def read_answers(
    path: Path,
    parse: Parser = parse_lenient,
    text: str = "solution_str",
    lat: str = "ground_truth.lat",
    lon: str = "ground_truth.lon",
    id_: str = "index",
) -> tuple[Predictions, list[Answer | None]]:
    """Free-text answers and true points from JSON Lines; fields are given as dotted paths.

    Args:
        path: the file.
        parse: `parse_strict`, `parse_lenient` or another reader of one answer.
        text: the field of the answer.
        lat: the field of the true latitude.
        lon: the field of the true longitude.
        id_: the field of the sample's id.

    Returns:
        The predictions (`invalid` lists the ids that stayed without a point) and each parsed answer, None if unparsed.

    Raises:
        ConfigError: if a line is not JSON or lacks a field.
    """
    ids: list[str] = []
    truths: list[tuple[float, float]] = []
    answers: list[Answer | None] = []
    for number, row in json_rows(path):
        try:
            true = Point(lat=float(_field(row, lat)), lon=float(_field(row, lon)))
            truths.append((true.lat, true.lon))
            ids.append(str(_field(row, id_)))
            answers.append(parse(str(_field(row, text))))
        except (ValueError, LookupError, TypeError, OverflowError) as error:
            why = " ".join(repr(error).split())[:200]
            raise ConfigError(f"{path}, line {number}: {why}; correct or remove it") from error
    blank = sum(not line.strip() for line in read_lenient(path).removesuffix("\n").split("\n"))
    _refuse_duplicates(ids, path)
    return _table(ids, answers, truths, blank), answers


def _table(ids: list[str], answers: list[Answer | None], truths: list[tuple[float, float]], blank: int) -> Predictions:
    points = [answer.point if answer else None for answer in answers]
    given = np.array([(p.lat, p.lon) if p else (math.nan, math.nan) for p in points], dtype=np.float64).reshape(-1, 2)
    true = np.array(truths, dtype=np.float64).reshape(-1, 2)
    unread = tuple(identity for identity, point in zip(ids, points, strict=True) if point is None)
    return Predictions(tuple(ids), given[:, 0], given[:, 1], true[:, 0], true[:, 1], Skipped(blank=blank), unread)


def _places(heading: Sequence[str], columns: dict[str, str], path: Path) -> dict[str, int]:
    """For each column of ours its position in the file."""
    unknown = columns.keys() - ALIASES.keys()
    if unknown:
        raise ConfigError(f"unknown columns {sorted(unknown)}; known are {sorted(ALIASES)}")
    places: dict[str, int] = {}
    for column, aliases in ALIASES.items():
        wanted = (columns[column].strip().lower(),) if column in columns else aliases
        found = next((heading.index(name) for name in wanted if name in heading), None)
        if found is not None:
            places[column] = found
        elif column != "id" or column in columns:
            raise ConfigError(f"{path}: no column for {column}: none of {', '.join(wanted)} is in the heading")
    return places


def _collect(rows: Iterable[list[str]], heading: list[str], places: dict[str, int], path: Path) -> Predictions:
    counts = dict.fromkeys(("blank", "summary", "repeated_heading", "no_truth", "duplicate"), 0)
    samples: dict[str, tuple[float, float, float, float]] = {}
    invalid: list[str] = []
    in_summary = False
    width = max(places.values()) + 1
    for row in rows:
        cells = [row[place].strip() if place < len(row) else "" for place in range(width)]
        reason, in_summary = _not_a_sample(row, cells, heading, places, in_summary)
        identity = cells[places["id"]] if "id" in places else str(len(samples))
        if reason is None and identity in samples:
            reason = "duplicate"
        if reason:
            counts[reason] += 1
            continue
        lat, lon, true_lat, true_lon = (_number(cells[places[column]]) for column in _POINT_COLUMNS)
        if not (abs(true_lat) <= 90 and abs(true_lon) <= 360):
            raise ConfigError(
                f"{path}: the true point of {printable(identity)[:100]} is {true_lat}, {true_lon}; are columns swapped?"
            )
        if not (abs(lat) <= 90 and abs(lon) <= 360):
            if not {cells[places["lat"]].lower(), cells[places["lon"]].lower()} <= _NO_ANSWER:
                invalid.append(identity)
            lat = lon = math.nan
        samples[identity] = (lat, lon, true_lat, true_lon)
    if 2 * len(invalid) > len(samples):
        raise ConfigError(f"{path}: most predictions are no points on Earth; are latitude and longitude swapped?")
    table = np.array(list(samples.values()), dtype=np.float64).reshape(-1, 4)
    lat_column, lon_column, true_lat_column, true_lon_column = table.T
    return Predictions(
        tuple(samples), lat_column, lon_column, true_lat_column, true_lon_column, Skipped(**counts), tuple(invalid)
    )


def _not_a_sample(
    row: list[str], cells: list[str], heading: list[str], places: dict[str, int], in_summary: bool
) -> tuple[str | None, bool]:
    """Why a row is no sample, if so, and whether the rows from here on belong to a summary.

    A summary's figures look like coordinates; what gives them away is the other heading above them, words in all
    coordinate columns.
    """
    if not any(cell.strip() for cell in row):
        return "blank", in_summary
    if [cell.strip().lower() for cell in row] == heading:
        return "repeated_heading", False
    points = [cells[places[column]] for column in _POINT_COLUMNS]
    if in_summary or all(cell.lower() not in _NO_ANSWER and math.isnan(_number(cell)) for cell in points):
        return "summary", True
    if any(math.isnan(_number(cell)) for cell in points[2:]):
        return "no_truth", False
    return None, False


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _field(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row[name]
    return row


def _refuse_duplicates(ids: list[str], path: Path) -> None:
    for identity, count in Counter(ids).most_common(1):
        if count > 1:
            raise ConfigError(f"{path}: id {printable(identity)[:100]} occurs {count} times")
