"""A report on runs as Markdown, and the scores of all samples as CSV or Parquet."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.metrics.figures import as_markdown, figures
from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.report import groups, paired
from geoagent.eval.report.cases import Run, answer_name, truth_name
from geoagent.eval.report.number_format import p_value
from geoagent.eval.report.shown_cases import WORST, in_order, off
from geoagent.report.csv_table import cell
from geoagent.report.markdown import escaped

MARK, SCORES = b"geoagent", b"scores"
"""The key of what made it, and what it is, in the metadata of a Parquet file."""


def as_csv(runs: Sequence[Run]) -> str:
    """Every score of every sample as CSV, a row for each sample of each run.

    Text that a spreadsheet would run as a formula gets a leading '.
    """
    names, rows = _long_form(runs)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def as_parquet(runs: Sequence[Run]) -> bytes:
    """The rows of `as_csv` as Parquet, with their types and with text unchanged, for pandas and the like.

    Raises ConfigError where pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigError("writing Parquet needs pyarrow: pip install 'geoagent-locate[eval]'") from error
    names, rows = _long_form(runs)
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({MARK: SCORES}), buffer)
    return buffer.getvalue()


def _long_form(runs: Sequence[Run]) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of all columns, and a row for each sample of each run."""
    rows = [
        {"run": run.title, **case.row, "answered_country": case.answer, "country_of_answer_right": case.right}
        for run in runs
        for case in run.cases.values()
    ]
    return list(dict.fromkeys(name for row in rows for name in row)), rows


def as_report_markdown(runs: Sequence[Run], beliefs: Beliefs) -> str:
    """A report on runs as Markdown: figures, comparisons, groups, confusions and worst cases.

    `beliefs` compute again what explains the answers.
    """
    parts = ["# Geolocation report", *(_about(run) for run in runs)]
    parts += ["## Summary", as_markdown({escaped(run.title): figures(run.rows) for run in runs})]
    for pair in paired.compare_runs(runs, beliefs):
        parts += list(_comparison(pair))
    for breakdown in groups.breakdowns(runs, beliefs):
        parts += [f"## {breakdown.title}", *([breakdown.note] if breakdown.note else []), _groups(breakdown, runs)]
    for run in runs:
        pairs = groups.confusion(run, beliefs).pairs
        rows = [f"| {escaped(truth)} | {escaped(answer)} | {count} |" for truth, answer, count in pairs]
        parts += [f"## Most often confused: {escaped(run.title)}", _table("true | answered | n", rows)]
        parts += [f"## Worst cases: {escaped(run.title)}", _worst(run, beliefs)]
    return "\n\n".join(parts) + "\n"


def _about(run: Run) -> str:
    kept = run.manifest
    return (
        f"**{escaped(run.title)}**: {kept.mode}, {len(run.cases)} of {run.total} samples, dataset {kept.dataset_hash}"
    )


def _table(heading: str, rows: Sequence[str]) -> str:
    return "\n".join([f"| {heading} |", "|---" * (heading.count("|") + 1) + "|", *rows])


def _comparison(pair: paired.Paired) -> Iterator[str]:
    a, b = pair.a.letter, pair.b.letter
    yield f"## {escaped(pair.b.title)} against {escaped(pair.a.title)}"
    yield f"{pair.n} samples in common; paired bootstrap, and McNemar's exact test."
    rows = []
    for d in pair.differences:
        test = f"{d.test.only_a} | {d.test.only_b} | {p_value(d.test.p)}" if d.test else "| |"
        rows.append(f"| {d.name} | {d.a:.4g} | {d.b:.4g} | {d.difference} | {test} |")
    yield _table(f"figure | {a} | {b} | {b} − {a} | only {a} right | only {b} right | p", rows)
    if pair.differing:
        cases = [f"| {escaped(case.id)} | {case.only} | {escaped(case.reason)} |" for case in pair.differing]
        yield _table("sample | only right | what speaks against the truth in the other", cases)


def _groups(breakdown: groups.Breakdown, runs: Sequence[Run]) -> str:
    heading = ["group", "n", *(f"{run.letter} {what}" for run in runs for what in ("country right", "median km"))]
    rows = []
    for group in breakdown.groups:
        cells = [_interval(value) for cell in group.cells for value in cell]
        rows.append(f"| {escaped(group.name)} | {group.n} | {' | '.join(cells)} |")
    return _table(" | ".join(heading), rows)


def _interval(value: Interval | None) -> str:
    return "–" if value is None else str(value)


def _worst(run: Run, beliefs: Beliefs) -> str:
    rows = []
    for case in in_order(run)[:WORST]:
        names = (case.sample.id, truth_name(case, beliefs), answer_name(case, beliefs.atlas))
        rows.append(f"| {' | '.join(map(escaped, names))} | {off(case) or '–'} |")
    return _table("sample | truth | answer | distance", rows)
