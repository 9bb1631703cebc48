"""Writes the report that `geoagent eval report` was asked for, in the form that the file's suffix names."""

from collections.abc import Callable, Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.report.cases import read_runs
from geoagent.files.outputs import Form, Output, begins, check, holds, write
from geoagent.runs.run_folder import read_samples


def _is_page(path: Path) -> bool:
    """Pages name what made them; those from before that are known by their last line."""
    return holds(path, '<meta name="generator" content="geoagent evaluation">') or holds(
        path, '<p class="kicker">geoagent ', "<footer><p>How each figure is defined: docs/eval.md of geoagent "
    )


def _is_markdown(path: Path) -> bool:
    return begins(path, b"# Geolocation report\n\n**") and holds(path, "\n## Summary\n")


def _is_table(path: Path) -> bool:
    return begins(path, b"run,id,granularity,fault,true_country,true_key,") and holds(path, ",answered_country,")


def _is_parquet(path: Path) -> bool:
    from pyarrow import parquet

    from geoagent.eval.report.plain import MARK, SCORES

    return begins(path, b"PAR1") and bool(parquet.read_schema(path).metadata[MARK] == SCORES)


FORMS = {
    ".html": Form("report on runs", _is_page),
    ".md": Form("report on runs", _is_markdown),
    ".csv": Form("table of scores", _is_table),
    ".parquet": Form("table of scores", _is_parquet),
}
"""What is written, by the suffix that says so."""
SUFFIXES = tuple(FORMS)


def report_output(folders: Sequence[Path], path: Path, force: bool = False) -> Output:
    """The file of a report on the runs in `folders` (flag `--out`), to be checked before any work.

    The runs' files and photos are never written over; `force` lets another kind of file be replaced. Raises ConfigError
    for a suffix other than .html, .md, .csv and .parquet, or a run that cannot be read.
    """
    if path.suffix not in FORMS:
        raise ConfigError(f"{path}: a report ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    photos = [Path(image) for folder in folders for sample in read_samples(folder) for image in sample.images]
    return Output(path, FORMS[path.suffix], "--out", (*folders, *photos), force)


def write_report(folders: Sequence[Path], path: Path, beliefs: Beliefs, force: bool = False) -> None:
    """Write a report on the runs in `folders` to `path`, in the form of its suffix: .html, .md, .csv or .parquet.

    `beliefs` check and judge the answers. A file of another kind is written over only with `force`. Raises ConfigError
    where a run cannot be read or the file not be written.
    """
    from geoagent.eval.report.html import as_html
    from geoagent.eval.report.plain import as_csv, as_parquet, as_report_markdown

    output = report_output(folders, path, force)
    check(output)
    runs = read_runs(folders, beliefs)
    forms: dict[str, Callable[[], str | bytes]] = {
        ".html": lambda: as_html(runs, beliefs),
        ".md": lambda: as_report_markdown(runs, beliefs),
        ".csv": lambda: as_csv(runs),
        ".parquet": lambda: as_parquet(runs),
    }
    write(output, forms[path.suffix]())
