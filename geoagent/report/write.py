"""Writes an answer as a file (`--report`, `--export`), in the form that the file's suffix names."""

import re
from collections.abc import Callable, Sequence, Set
from functools import cache
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError
from geoagent.files.folders import FolderKind
from geoagent.files.outputs import Form, Output, begins, check, holds, read_object, write
from geoagent.report.csv_table import COLUMNS, as_csv
from geoagent.report.export_content import Placed, placed
from geoagent.report.geojson import as_collection
from geoagent.report.pdf import as_pdf, find_browser, is_pdf
from geoagent.report.xml import KML, MADE_BY, as_gpx, as_kml
from geoagent.runs.trace_files import trace_output


def _is_page(path: Path) -> bool:
    """Pages name what made them; those from before that are known by their last line."""
    return holds(path, '<meta name="generator" content="geoagent answer">') or holds(
        path, '<p class="kicker">geoagent ', "<footer><p>Maps: Natural Earth (public domain); near by, GLOBE and"
    )


def _is_markdown(path: Path) -> bool:
    return holds(path, "\n## How sure\n\n", "\n## The chain\n\n", "\n## Cost and origin\n")


def _is_geojson(path: Path) -> bool:
    features = read_object(path).get("features") or [{}]
    answer = features[0].get("properties") if isinstance(features[0], dict) else None
    return isinstance(answer, dict) and answer.get("kind") == "answer" and "radius_km_90" in answer


def _is_prediction(path: Path) -> bool:
    return {"schema_version", "photo", "levels", "chain", "status"} <= set(read_object(path))


def _is_kml(path: Path) -> bool:
    return holds(path, f'xmlns="{KML}"', f"<Document>\n    <name>{MADE_BY}</name>")


def _is_gpx(path: Path) -> bool:
    return holds(path, f'creator="{MADE_BY}"')


def _is_table(path: Path) -> bool:
    return begins(path, f"{','.join(COLUMNS)}\n".encode())


FORMS = {
    ".html": Form("page", _is_page),
    ".pdf": Form("PDF", is_pdf),
    ".md": Form("report", _is_markdown),
    ".geojson": Form("GeoJSON", _is_geojson),
    ".kml": Form("KML", _is_kml),
    ".gpx": Form("GPX", _is_gpx),
    ".csv": Form("table", _is_table),
    ".json": Form("prediction", _is_prediction),
}
"""What is written, by the suffix that says so."""
SUFFIXES = tuple(FORMS)
COLLECTED: dict[str, Callable[[Sequence[Placed]], str]] = {
    ".geojson": as_collection, ".kml": as_kml, ".gpx": as_gpx, ".csv": as_csv,
}  # fmt: skip
"""The forms of which one file holds several answers."""


def _was_answers(folder: Path, names: Set[str]) -> bool:
    """Whether all in it are traces and pages of ours, by their names and their content."""
    forms = {".json": trace_output(folder, ()).form, ".html": FORMS[".html"]}
    return all(
        re.match(r"[1-9]\d*(-|\.)", name) and (form := forms.get(Path(name).suffix)) and form.is_one(folder / name)
        for name in names
    )


ANSWERS = FolderKind("folder of answers", "name another folder", _was_answers)


def report_output(path: Path, inputs: Sequence[Path], force: bool = False, flag: str = "--report") -> Output:
    """The file of a report on one answer or several, to be checked before any work.

    The `inputs` are never written over; `force` lets another kind of file be replaced. `flag` is named in complaints.
    Raises ConfigError for an unknown suffix, or for .pdf where no browser can print it.
    """
    if path.suffix not in FORMS:
        raise ConfigError(
            f"{f'{flag}: ' if flag else ''}{path}: a report ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        )
    if path.suffix == ".pdf":
        find_browser()
    return Output(path, FORMS[path.suffix], flag, tuple(inputs), force)


def default_beliefs() -> Callable[[], Beliefs]:
    """A function that opens the atlas, once, and gives what computes beliefs with the shipped reliabilities."""
    from geoagent.atlas import open_atlas
    from geoagent.belief.reliability import load_reliabilities
    from geoagent.settings import read_settings

    return cache(lambda: Beliefs(open_atlas(read_settings({}).cache), load_reliabilities()))


def write_report(
    file: TraceFile,
    path: Path,
    beliefs: Callable[[], Beliefs] | None = None,
    inputs: Sequence[Path] = (),
    force: bool = False,
) -> None:
    """Write an answer to `path` in the form of its suffix: .html, .pdf, .md, .geojson, .kml, .gpx, .csv or .json.

    `file` is its trace. `beliefs` is called only where the belief has to be computed; without it the user's settings
    count. The photos are read where the trace says they are. Neither they nor the `inputs` are written over, another
    kind of file only with `force`. Raises ConfigError where the file may not or cannot be written.
    """
    output = report_output(path, [*inputs, *(Path(ref.path) for ref in file.photos)], force, flag="")
    check(output)
    if path.suffix == ".json":
        write(output, file.prediction.model_dump_json(indent=1) + "\n")
    else:
        write(output, _content(file, path, (beliefs or default_beliefs())()))


def write_collection(
    files: Sequence[TraceFile], path: Path, beliefs: Beliefs, inputs: Sequence[Path] = (), force: bool = False
) -> None:
    """Write several answers into one file: .geojson, .kml, .gpx or .csv.

    `files` are their traces; `beliefs` compute their beliefs again. The `inputs` are never written over, another kind
    of file only with `force`. Raises ConfigError where the file may not or cannot be written.
    """
    output = report_output(path, inputs, force)
    check(output)
    write(output, COLLECTED[path.suffix]([placed(file, beliefs) for file in files]))


def _content(file: TraceFile, path: Path, beliefs: Beliefs) -> str | bytes:
    if path.suffix == ".pdf":
        return as_pdf(_page(file, beliefs))
    if path.suffix == ".html":
        return _page(file, beliefs)
    if path.suffix == ".md":
        from geoagent.report.markdown import as_markdown

        return as_markdown(file, beliefs)
    return COLLECTED[path.suffix]([placed(file, beliefs)])


def _page(file: TraceFile, beliefs: Beliefs) -> str:
    from geoagent.report.html import as_html
    from geoagent.report.page_margins import file_hashes
    from geoagent.report.pictures import open_pictures

    images = open_pictures(file.photos)
    return as_html(file, images, beliefs, file_hashes(file.photos, images))
