"""A trace without the names of folders of the machine that made it, so that it can be handed to others."""

from collections.abc import Sequence
from pathlib import Path

from geoagent.case.trace import TraceFile
from geoagent.case.views import View

Setting = str | int | float | bool | None


def without_folders(file: TraceFile, names: Sequence[str]) -> TraceFile:
    """A copy of a trace that names no folder of this machine: not of photos, other pictures, or settings.

    `names` has for each photo, in order, the name that takes the place of its path.
    """
    refs = [ref.model_copy(update={"path": name}) for ref, name in zip(file.photos, names, strict=True)]
    trace = file.trace.model_copy(update={"views": tuple(map(_without_folder, file.trace.views))})
    settings = {name: _shown(name, value) for name, value in file.settings.items()}
    return file.model_copy(update={"photos": tuple(refs), "trace": trace, "settings": settings})


def _without_folder(view: View) -> View:
    """A view of another picture without the folder that this is kept in."""
    beside = tuple(map(_without_folder, view.beside)) if view.beside else view.beside
    of = view.of.model_copy(update={"path": Path(view.of.path).name}) if view.of else None
    return view.model_copy(update={"of": of, "beside": beside})


def _shown(name: str, value: Setting) -> Setting:
    """A setting without folders of this machine."""
    named = ("gallery", "elevation", "extract", "knowledge", "guide", "evidence", "prior_weights")
    if isinstance(value, str) and name in named:
        return Path(value).name
    if isinstance(value, str) and name == "mcp":
        return "\n".join(Path(line.split(" ")[0]).name for line in value.splitlines())
    return value
