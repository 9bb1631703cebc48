"""The files of an answer, such as the report as a web page or GeoJSON for other programs; the solver writes them when
somebody asks for one.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError
from geoagent.files.small_files import write_whole
from geoagent.privacy.machine_paths import without_folders
from geoagent.report.csv_table import as_csv
from geoagent.report.export_content import placed
from geoagent.report.geojson import as_collection
from geoagent.report.html import as_html
from geoagent.report.markdown import as_markdown
from geoagent.report.page_margins import file_hashes
from geoagent.report.pdf import as_pdf
from geoagent.report.pictures import open_pictures
from geoagent.report.xml import as_gpx, as_kml

EXPORTS = {
    "report.html": "text/html; charset=utf-8",
    "answer.md": "text/markdown; charset=utf-8",
    "answer.geojson": "application/geo+json",
    "answer.kml": "application/vnd.google-earth.kml+xml",
    "answer.gpx": "application/gpx+xml",
    "answer.csv": "text/csv; charset=utf-8",
    "answer.pdf": "application/pdf",
}
"""The files, by name, and their media types."""


def named(file: TraceFile, names: Sequence[str]) -> TraceFile:
    """A copy of a trace in which the paths of the photos are the names of the uploaded files (`names`, in the order of
    upload), so that it tells no folder of this machine.
    """
    return without_folders(file, [_name(ref.path, names) for ref in file.photos])


def _name(path: str, names: Sequence[str]) -> str:
    """The name of the photo that lies there: its path ends with the number of the upload, from 1."""
    number = re.search(r"[1-9]\d*$", path)
    return names[int(number[0]) - 1] if number and int(number[0]) <= len(names) else "photo"


def write_exports(file: TraceFile, names: Sequence[str], folder: Path, beliefs: Beliefs) -> None:
    """Write the answer of a case into its `folder` in all forms of `EXPORTS` but the PDF; each file appears whole or
    not at all.

    `names` are the names of the uploaded photos, in order. The photos are opened where the trace says that they lie.
    """
    shown, images = named(file, names), open_pictures(file.photos)
    place = [placed(shown, beliefs)]
    texts = {
        "report.html": as_html(shown, images, beliefs, file_hashes(file.photos, images)),
        "answer.md": as_markdown(shown, beliefs),
        "answer.geojson": as_collection(place),
        "answer.kml": as_kml(place),
        "answer.gpx": as_gpx(place),
        "answer.csv": as_csv(place),
    }
    for name, text in texts.items():
        write_whole(folder / name, text)


def write_pdf(page: Path, path: Path) -> None:
    """Print a report that was written as HTML (`page`) into a PDF at `path`.

    Raises ConfigError where no browser that can print is found, or where the PDF cannot be written.
    """
    try:
        write_whole(path, as_pdf(page.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"the PDF could not be written: {error.strerror or error}; try again later") from error


def forget_exports(folder: Path) -> None:
    """Delete the files that were written of an answer, because the case is decided anew; files that are not there are
    passed over.
    """
    for name in EXPORTS:
        (folder / name).unlink(missing_ok=True)
