"""An answer as files: the report as a page, Markdown and GeoJSON, written by the solver when somebody asks for them."""

import re
from collections.abc import Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.case.trace import TraceFile
from geoagent.case.views import View
from geoagent.files.whole import write_whole
from geoagent.report.geojson import as_geojson
from geoagent.report.html import as_html
from geoagent.report.markdown import as_markdown
from geoagent.report.pictures import open_pictures

EXPORTS = {
    "report.html": "text/html; charset=utf-8",
    "answer.md": "text/markdown; charset=utf-8",
    "answer.geojson": "application/geo+json",
}
"""The files, by name, and their media types."""


def named(file: TraceFile, names: Sequence[str]) -> TraceFile:
    """A trace in which the photos have the names that they came with, in place of where they lie on this machine.

    No folder of the machine is named, also in views of other pictures and in settings.
    """
    refs = [ref.model_copy(update={"path": _name(ref.path, names)}) for ref in file.photos]
    trace = file.trace.model_copy(update={"views": tuple(map(_without_folder, file.trace.views))})
    settings = {name: _shown(name, value) for name, value in file.settings.items()}
    return file.model_copy(update={"photos": tuple(refs), "trace": trace, "settings": settings})


def _without_folder(view: View) -> View:
    """A view of another picture without the folder that this is kept in."""
    beside = tuple(map(_without_folder, view.beside)) if view.beside else view.beside
    of = view.of.model_copy(update={"path": Path(view.of.path).name}) if view.of else None
    return view.model_copy(update={"of": of, "beside": beside})


def _shown(name: str, value: str | int | float | bool | None) -> str | int | float | bool | None:
    """A setting without folders of this machine."""
    if isinstance(value, str) and name in ("gallery", "elevation", "prior_weights"):
        return Path(value).name
    if isinstance(value, str) and name == "mcp":
        return "\n".join(Path(line.split(" ")[0]).name for line in value.splitlines())
    return value


def _name(path: str, names: Sequence[str]) -> str:
    """The name of the photo that lies there: its path ends with the number of the upload, from 1."""
    number = re.search(r"[1-9]\d*$", path)
    return names[int(number[0]) - 1] if number and int(number[0]) <= len(names) else "photo"


def write_exports(file: TraceFile, names: Sequence[str], folder: Path, beliefs: Beliefs) -> None:
    """Write all exports; each appears whole or not at all."""
    shown = named(file, names)
    texts = {
        "report.html": as_html(shown, open_pictures(file.photos), beliefs),
        "answer.md": as_markdown(shown, beliefs),
        "answer.geojson": as_geojson(shown, beliefs),
    }
    for name, text in texts.items():
        write_whole(folder / name, text)


def forget_exports(folder: Path) -> None:
    """Remove what was written of an answer that is no longer the answer."""
    for name in EXPORTS:
        (folder / name).unlink(missing_ok=True)
