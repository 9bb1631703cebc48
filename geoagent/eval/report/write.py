"""`geoagent eval report`: the file that was asked for, in the form that its suffix says."""

from collections.abc import Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.report.cases import read_runs

SUFFIXES = (".html", ".md", ".csv")


def check_suffix(path: Path) -> None:
    """Raise ConfigError where the suffix names no form of report."""
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{path}: a report ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")


def write_report(folders: Sequence[Path], path: Path, beliefs: Beliefs) -> None:
    """Report on runs as HTML, Markdown or CSV. Raises ConfigError."""
    from geoagent.eval.report.html import as_html
    from geoagent.eval.report.plain import as_csv, as_report_markdown

    check_suffix(path)
    runs = read_runs(folders, beliefs)
    if path.suffix == ".html":
        text = as_html(runs, beliefs)
    else:
        text = as_csv(runs) if path.suffix == ".csv" else as_report_markdown(runs, beliefs)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
