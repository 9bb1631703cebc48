"""`--report`: an answer as a file, in the form that its suffix says."""

import os
from collections.abc import Callable
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.state import TraceFile

SUFFIXES = (".html", ".md", ".geojson", ".json")


def check_report(path: Path) -> None:
    """Raise ConfigError unless a report can be written there."""
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"--report: {path}: a report ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or path.is_dir():
        raise ConfigError(f"--report: cannot write {path}; its folder must be there")


def default_beliefs(tell: Callable[[str], None]) -> Callable[[], Beliefs]:
    """What computes beliefs as the settings have it, opened when it is asked for."""
    from geoagent.atlas import open_atlas
    from geoagent.reliability import load_reliabilities
    from geoagent.settings import read_settings

    return lambda: Beliefs(open_atlas(read_settings({}).cache, tell), load_reliabilities())


def write_report(file: TraceFile, path: Path, beliefs: Callable[[], Beliefs]) -> None:
    """Report on an answer as HTML, Markdown, GeoJSON or JSON; the photos are read where the trace says they are.

    `beliefs` is asked only where the belief has to be computed. Raises ConfigError.
    """
    check_report(path)
    text = file.prediction.model_dump_json(indent=1) + "\n" if path.suffix == ".json" else _text(file, path, beliefs())
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--report: {path}: {error.strerror or error}") from error


def _text(file: TraceFile, path: Path, beliefs: Beliefs) -> str:
    if path.suffix == ".html":
        from geoagent.report.html import as_html
        from geoagent.report.pictures import open_pictures

        return as_html(file, open_pictures(file.photos), beliefs)
    if path.suffix == ".md":
        from geoagent.report.markdown import as_markdown

        return as_markdown(file, beliefs)
    from geoagent.report.geojson import as_geojson

    return as_geojson(file, beliefs)
