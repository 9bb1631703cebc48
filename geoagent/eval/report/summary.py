"""The tables and curves that sum up runs in a report: figures side by side, costs, and diagrams."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from geoagent.eval.metrics.confidence import reliability_bins
from geoagent.eval.metrics.figures import COUNTRY_RIGHT, Missing, Value, distances_km, figures, numbers
from geoagent.eval.metrics.intervals import Interval, proportion_interval
from geoagent.eval.metrics.scores import ACCURACY_KM
from geoagent.eval.report import plot
from geoagent.eval.report.cases import Run

MAIN = (
    COUNTRY_RIGHT, "region right, most probable", "city right, most probable",
    *(f"Acc@{k:g} km" for k in ACCURACY_KM), "GeoScore", "median distance, km", "bits over the prior",
    "calibration error of the country, corrected", "90 % radius covers the truth", "failed",
)  # fmt: skip
SHARES = ("Acc@", "country ", "region ", "city ", "point in", "failed", "argument lines grounded", "phantom clues",
          "failure: ", "tool calls that")  # fmt: skip
COSTS = (("seconds", "Seconds"), ("tokens", "Tokens"), ("model_calls", "Model calls"), ("tool_calls", "Tool calls"))

KM = plot.Axis("distance to the true point, km", 0.1, 20_000, [(1, "1"), (25, "25"), (200, "200"), (750, "750"),
               (2500, "2,500"), (20_000, "20,000")], log=True)  # fmt: skip
KM2 = plot.Axis("area searched, most probable places first, km²", 100, 5e8,
                [(1e3, "1,000"), (1e5, "100,000"), (1e7, "10 million"), (5e8, "all")], log=True)  # fmt: skip
STATED = plot.Axis("stated probability of the country", 0, 1, plot.SHARE.ticks)
SECONDS = plot.Axis("seconds a photo", 0.1, 1000, [(0.1, "0.1"), (1, "1"), (10, "10"), (100, "100"), (1000, "1,000")],
                    log=True)  # fmt: skip


class Line(NamedTuple):
    """One figure with its value in each run, in order; None in a run that does not have it.

    `plot` draws the values where they are shares.
    """

    name: str
    values: list[Value | None]
    plot: Markup | None


class Cost(NamedTuple):
    """What the answers of a run took of one resource (`name`, such as "Seconds"), for a photo and in all.

    Half of the photos took at most `median`, 90 % at most `percentile_90`; `most` is the largest.
    """

    name: str
    median: float
    percentile_90: float
    most: float
    total: float


class Diagram(NamedTuple):
    """A drawn diagram with its heading and a note on how to read it."""

    title: str
    note: str
    svg: Markup


def lines(runs: Sequence[Run]) -> list[Line]:
    """Every figure that any of the runs has, with its value in each run."""
    tables = [dict(figures(run.rows)) for run in runs]
    names = list(dict.fromkeys(name for table in tables for name in table))
    found = [_line(name, [_known(table.get(name)) for table in tables]) for name in names]
    return [line for line in found if any(value is not None for value in line.values)]


def main(table: Sequence[Line]) -> list[Line]:
    """The most important lines out of all, for the top of a report, in a fixed order.

    `table` holds all lines.
    """
    return [line for name in MAIN for line in table if line.name == name]


def _known(value: Value | None) -> Value | None:
    return None if isinstance(value, Missing) or (isinstance(value, Interval) and value.n == 0) else value


def _line(name: str, values: list[Value | None]) -> Line:
    drawn = None
    if is_share(name):
        drawn = plot.interval_row([value if isinstance(value, Interval) else None for value in values])
    return Line(name, values, drawn)


def is_share(name: str) -> bool:
    """Whether the figure of this name is a share, so that it is written in percent."""
    return name.startswith(SHARES) or name.endswith("covers the truth")


def costs(run: Run) -> list[Cost]:
    """What the answers of a run took of seconds, tokens, model calls and tool calls, as far as that was recorded."""
    found = []
    for column, name in COSTS:
        values = np.array(numbers(run.rows, column))
        if values.size and values.any():
            p50, p90 = np.quantile(values, [0.5, 0.9])
            found.append(Cost(name, float(p50), float(p90), float(values.max()), float(values.sum())))
    return found


def diagrams(runs: Sequence[Run]) -> list[Diagram]:
    """Those of the diagrams Acc@k, Recall versus Area, reliability and latency that the runs have records for."""
    drawn = [_accuracy(runs), _recall(runs), _reliability(runs), _latency(runs)]
    return [diagram for diagram in drawn if diagram]


def _accuracy(runs: Sequence[Run]) -> Diagram | None:
    columns = [distances_km(run.rows) for run in runs]
    if not any(columns):
        return None
    body = []
    for place, values in enumerate(columns):
        if values:
            body.append(plot.steps(KM, plot.SHARE, [v for v in values if not math.isnan(v)], len(values), place))
            at = [plot.Mark(k, proportion_interval(sum(v <= k for v in values), len(values))) for k in ACCURACY_KM]
            body.append(plot.marks(KM, plot.SHARE, at, place, len(runs)))
    note = "Share of samples whose point lies within k km of the true one; 95 % intervals at the customary radii."
    return Diagram("Acc@k", note, plot.diagram(KM, plot.SHARE, body, "Accuracy by distance"))


def _recall(runs: Sequence[Run]) -> Diagram | None:
    columns = [[float(a) for row in run.rows if isinstance(a := row.get("area_km2_to_truth"), float)] for run in runs]
    if not any(columns):
        return None
    curves = [plot.steps(KM2, plot.SHARE, v, len(v), place) for place, v in enumerate(columns) if v]
    note = "Share of samples whose place lies in the area searched. Further left is better."
    return Diagram("Recall versus Area", note, plot.diagram(KM2, plot.SHARE, curves, "Recall versus area"))


def _reliability(runs: Sequence[Run]) -> Diagram | None:
    body = [plot.diagonal(STATED, plot.SHARE)]
    for place, run in enumerate(runs):
        stated = [row for row in run.rows if row.get("country_p") is not None and row.get("country_right") is not None]
        if stated:
            bins = reliability_bins(numbers(stated, "country_p"), numbers(stated, "country_right"))
            at = [plot.Mark(b.confidence, b.accuracy) for b in bins]
            body.append(plot.marks(STATED, plot.SHARE, at, place, 1))
    if len(body) == 1:
        return None
    note = (
        "How often the country came true, by how probable it was said to be, in bins of equal size. "
        "On the line is best."
    )
    return Diagram("Reliability", note, plot.diagram(STATED, plot.SHARE, body, "Reliability of the country"))


def _latency(runs: Sequence[Run]) -> Diagram | None:
    columns = [numbers(run.rows, "seconds") for run in runs]
    if not any(any(column) for column in columns):
        return None
    curves = [plot.steps(SECONDS, plot.SHARE, v, len(v), place) for place, v in enumerate(columns) if any(v)]
    note = "Share of samples answered within so many seconds."
    return Diagram("Latency", note, plot.diagram(SECONDS, plot.SHARE, curves, "Latency"))
