"""Answers as a table in CSV, one row for each."""

import csv
import io
from collections.abc import Sequence
from typing import TypeVar

from geoagent.case.evidence import LEVELS
from geoagent.plain_text import printable
from geoagent.report.export_content import Placed, facts

V = TypeVar("V")
COLUMNS = (
    "photo", "known", "latitude", "longitude", "radius_km_50", "radius_km_90",
    *(f"{level}{end}" for level in LEVELS[:-1] for end in ("", "_probability", "_stated")),
    "status", "reasoner", "unused_position", "summary",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""A text that begins so is told with an apostrophe before it, since a spreadsheet would compute it."""


def as_csv(places: Sequence[Placed]) -> str:
    """Answers as a CSV table, one row for each; an answer that knows nothing has empty fields for the place."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(map(_row, places))
    return buffer.getvalue()


def _row(place: Placed) -> dict[str, str | float]:
    prediction = place.prediction
    row: dict[str, str | float] = dict(facts(place))
    row |= {"photo": place.name, "known": "no" if place.unknown else "yes", "summary": str(place.summary)}
    row["unused_position"] = "yes" if prediction.unused_positions else "no"
    if place.unknown is None:
        row |= {"latitude": round(prediction.point.lat, 6), "longitude": round(prediction.point.lon, 6)}
    return {name: cell(value) for name, value in row.items()}


def cell(value: V) -> V | str:
    """A value as a cell of a CSV table: a text loses control characters, any other value stays.

    A text that a spreadsheet would compute as a formula gets an apostrophe before it.
    """
    if not isinstance(value, str):
        return value
    flat = printable(value)
    return f"'{flat}" if flat.lstrip().startswith(FORMULAS) else flat
