"""A board: the figures of many runs side by side, as one page, and as JSON Lines that anybody can append to."""

import json
import math
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Literal, NamedTuple

from markupsafe import Markup
from pydantic import Field, ValidationError

from geoagent.belief import Beliefs
from geoagent.case.views import Frozen
from geoagent.errors import ConfigError, reason_of
from geoagent.eval.metrics.figures import COUNTRY_RIGHT, as_data, figures
from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.report import number_format, paired, plot
from geoagent.eval.report.cases import Run
from geoagent.files.foreign_tables import json_rows
from geoagent.files.outputs import Form, Output, holds, is_one
from geoagent.plain_text import printable
from geoagent.report.html import page_environment, template_text

PACKAGE = "geoagent.eval.report"
SIGNS = 6
COLUMNS = (
    (COUNTRY_RIGHT, "Country right", True), ("Acc@25 km", "Within 25 km", True), ("Acc@750 km", "Within 750 km", True),
    ("GeoScore", "GeoScore", False), ("bits over the prior", "Bits", False),
    ("Brier score of the country", "Brier", False), ("AURC of the country", "AURC", False),
    ("dollars a photo, mean", "Dollars a photo", False), ("seconds, median", "Seconds a photo", False),
)  # fmt: skip
"""The figures of a board: their name, how the page calls them, and whether they are shares."""
DOLLARS = plot.Axis("dollars a photo", 1e-5, 1, [(1e-4, "0.0001"), (1e-3, "0.001"), (1e-2, "0.01"), (0.1, "0.1"),
                    (1, "1")], log=True)  # fmt: skip
SECONDS = plot.Axis("seconds a photo", 0.01, 1000, [(0.1, "0.1"), (1, "1"), (10, "10"), (100, "100"), (1000, "1,000")],
                    log=True)  # fmt: skip
BRIER = plot.Axis(
    "Brier score of the country (0 is best)", 0, 0.5, [(0, "0"), (0.1, "0.1"), (0.25, "0.25"), (0.5, "0.5")]
)
AGAINST = (("Brier score of the country", BRIER), ("dollars a photo, mean", DOLLARS), ("seconds, median", SECONDS))
"""What accuracy is drawn against."""


class Kept(Frozen):
    """One figure as a board's file keeps it, with its interval and number of samples.

    `value` is None where it cannot be given, and `why` then says the reason. An end of the interval is None where it is
    infinite.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = Field(0, ge=0)
    why: str = ""


class Entry(Frozen):
    """One line of a board: who measured what, on which data, and what came out.

    `name` is the run's, `dataset_hash` that of its samples, `samples` how many of them were judged, `mode` how it was
    solved, `geoagent` the version. `board` is the version of this form.
    """

    board: Literal[1] = 1
    name: str = Field(min_length=1, max_length=200)
    dataset: str = Field(max_length=1000)
    dataset_hash: str = Field(max_length=100)
    samples: int = Field(ge=0)
    mode: str = Field(max_length=100)
    model: str = Field("", max_length=200)
    geoagent: str = Field("", max_length=100)
    figures: dict[str, Kept | str]

    def interval(self, name: str) -> Interval | None:
        """The figure `name` with its interval; None where the line has none."""
        kept = self.figures.get(name)
        if not isinstance(kept, Kept) or kept.value is None:
            return None
        low, high = (kept.value if end is None else end for end in (kept.low, kept.high))
        return Interval(kept.value, low, high, kept.n)


class Table(NamedTuple):
    """The lines of a board for one dataset, the most accurate first, with its diagrams.

    Each of `entries` is a number and a line; the number gives its sign in the diagrams.
    """

    dataset: str
    dataset_hash: str
    entries: list[tuple[int, Entry]]
    diagrams: list[Markup]


def entry_of(run: Run) -> Entry:
    """The line that a board has for a run."""
    settings = run.manifest.settings
    return Entry(
        name=run.name, dataset=Path(run.manifest.dataset).name, dataset_hash=run.manifest.dataset_hash,
        samples=len(run.cases), mode=run.manifest.mode, model=str(settings.get("model") or ""),
        geoagent=version("geoagent-locate"), figures=as_data(figures(run.rows)),
    )  # fmt: skip


def read_entries(path: Path) -> list[Entry]:
    """The lines of a board from its file of results.

    Raises ConfigError, which names the line, for one that is not in the form.
    """
    found = []
    for number, row in json_rows(path):
        try:
            found.append(Entry.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            where = printable(".".join(map(str, first["loc"])))[:100]
            raise ConfigError(f"{path}, line {number}: {where}: {reason_of(first)}", "correct or remove it") from error
    return found


def kept_entries(lines: Output) -> list[Entry]:
    """The lines that a board's file of results holds already.

    There are none where the file is missing, or is of another kind and will be replaced. `lines` is what
    `results_output` gave. Raises ConfigError for a line that is not in the form.
    """
    there = lines.path.exists() and (not lines.force or is_one(lines.form, lines.path))
    return read_entries(lines.path) if there else []


def newest(entries: Sequence[Entry]) -> list[Entry]:
    """The lines that count: of several with the same name and dataset the last."""
    return list({(entry.name, entry.dataset_hash): entry for entry in entries}.values())


def _are_entries(path: Path) -> bool:
    with path.open(encoding="utf-8") as lines:
        return {"board", "name", "dataset_hash", "figures"} <= set(json.loads(next(lines, "[]")))


def _is_board(path: Path) -> bool:
    return holds(path, '<meta name="generator" content="geoagent board">')


def results_output(path: Path, folders: Sequence[Path], force: bool = False) -> Output:
    """The file of a board's lines (flag `--results`), to be checked before any work.

    It is written anew, with the lines that it held before. The files of the runs in `folders` are never written over;
    `force` lets another kind of file be replaced.
    """
    return Output(path, Form("file of results", _are_entries), "--results", tuple(folders), force)


def board_output(path: Path, folders: Sequence[Path], force: bool = False) -> Output:
    """The HTML page of a board (flag `--out`), to be checked before any work.

    The files of the runs in `folders` are never written over; `force` lets another kind of file be replaced.
    """
    return Output(path, Form("board", _is_board), "--out", tuple(folders), force)


def as_lines(entries: Sequence[Entry]) -> str:
    """The lines of a board as JSON Lines."""
    return "".join(entry.model_dump_json() + "\n" for entry in entries)


def as_page(entries: Sequence[Entry], runs: Sequence[Run], beliefs: Beliefs) -> str:
    """A board as one HTML page that fetches nothing: a table for each dataset, and paired tests between the `runs`.

    `entries` are its lines. `beliefs` tell why an answer is wrong.
    """
    environment = page_environment(PACKAGE)
    environment.filters |= {"words": number_format.words, "share": number_format.share, "number": number_format.figure}
    environment.filters |= {"change": number_format.change, "p_value": number_format.p_value, "plain": printable}
    environment.globals |= {"sign": plot.key}
    return environment.get_template("board.html").render(
        style=Markup(
            template_text("base.css") + (files(PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
        ),
        version=version("geoagent-locate"),
        tables=tables(entries),
        columns=COLUMNS,
        pairs=paired_runs(runs, beliefs),
    )


def tables(entries: Sequence[Entry]) -> list[Table]:
    """The lines of a board in tables, one for each dataset; the most accurate line first."""
    found = []
    for digest in dict.fromkeys(entry.dataset_hash for entry in entries):
        ranked = sorted((entry for entry in newest(entries) if entry.dataset_hash == digest), key=_rank)
        placed = list(enumerate(ranked))
        found.append(Table(ranked[0].dataset, digest, placed, [d for d in (_drawn(placed, *a) for a in AGAINST) if d]))
    return found


def _rank(entry: Entry) -> tuple[float, str]:
    value = entry.interval(COUNTRY_RIGHT) or entry.interval("Acc@25 km")
    return (-value.value if value else math.inf, entry.name)


def _drawn(placed: Sequence[tuple[int, Entry]], name: str, axis: plot.Axis) -> Markup | None:
    """Accuracy against another figure, of the lines that have both."""
    body = []
    for place, entry in placed:
        at, right = entry.interval(name), entry.interval(COUNTRY_RIGHT)
        if at and right:
            sign = place % SIGNS
            body.append(plot.marks(axis, plot.SHARE, [plot.Mark(at.value, right)], sign, 2 * sign + 1))
    return plot.diagram(axis, plot.SHARE, body, f"Country right against {axis.label}") if body else None


def paired_runs(runs: Sequence[Run], beliefs: Beliefs) -> list[paired.Paired]:
    """The comparisons of each two of the runs that share samples, over these samples.

    `beliefs` tell why an answer is wrong.
    """
    found = []
    for a, b in combinations(runs, 2):
        if any(i in b.cases and a.cases[i].sample.point == b.cases[i].sample.point for i in a.cases):
            found += paired.compare_runs([a, b], beliefs)
    return found
