"""Answers as a table (CSV), one row an answer."""

import csv
import io
from collections.abc import Sequence

from geoagent.case.evidence import LEVELS
from geoagent.names import printable
from geoagent.report.export_content import Placed, facts

COLUMNS = (
    "photo", "known", "latitude", "longitude", "radius_km_50", "radius_km_90",
    *(f"{level}{end}" for level in LEVELS[:-1] for end in ("", "_probability", "_stated")),
    "status", "reasoner", "unused_position", "summary",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@")
"""A text that begins so is told with an apostrophe before it, since a spreadsheet would compute it."""


def as_csv(places: Sequence[Placed]) -> str:
    """Answers as a CSV table, one row each; where nothing is known the fields of the place are empty."""
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
    return {name: _cell(value) if isinstance(value, str) else value for name, value in row.items()}


def _cell(text: str) -> str:
    flat = printable(text)
    return f"'{flat}" if flat.startswith(FORMULAS) else flat
