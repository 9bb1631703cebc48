"""`geoagent trace show`: a saved trace or a case bundle, as solve showed it or as a report."""

import argparse
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_details, add_disclose, add_force, add_links
from geoagent.errors import OK
from geoagent.names import file_name

if TYPE_CHECKING:
    from geoagent.case.trace import TraceFile
    from geoagent.report.bundle import Bundle

log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    trace = commands.add_parser("trace", help="work with saved traces and case bundles")
    show = trace.add_subparsers(required=True, metavar="ACTION").add_parser(
        "show", help="show a saved trace, or check and show a case bundle"
    )
    show.add_argument("file", type=Path, metavar="FILE", help="a trace or a bundle (.zip) that solve kept")
    add_details(show)
    add_links(show)
    show.add_argument("--json", action="store_true", help="print the prediction as JSON")
    show.add_argument(
        "--report", type=Path, metavar="FILE",
        help="write it as .html, .md, .kml, .gpx, .csv, .geojson or .json instead",
    )  # fmt: skip
    add_disclose(show)
    add_force(show)
    show.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the trace, or report on it, no finer than asked for; the exit code."""
    from geoagent.cli.solve import print_answer
    from geoagent.files.outputs import check
    from geoagent.privacy.disclosure import disclose
    from geoagent.report.bundle import is_packed, read_bundle, told
    from geoagent.report.write import default_beliefs, report_output, write_report
    from geoagent.runs.trace_files import load_trace, photos_of

    bundle = read_bundle(options.file) if is_packed(options.file) else None
    read = (options.file,) if bundle else (options.file, *photos_of(options.file))
    if options.report:  # before the trace is checked, for which the atlas may have to be built
        check(report_output(options.report, read, options.force))
    beliefs = default_beliefs()
    file, said = load_trace(options.file, beliefs, bundle.trace if bundle else None)
    if said:
        log.error(f"{options.file}: {said}")
    for line in told(bundle) if bundle else ():
        log.info(line)
    with _photos_of(bundle, file) as file:
        if options.disclose != "exact":
            file = disclose(file, options.disclose, beliefs())
        if options.report:
            write_report(file, options.report, beliefs, read, options.force)
        else:
            print_answer(file, options)
    return OK


@contextmanager
def _photos_of(bundle: "Bundle | None", file: "TraceFile") -> "Iterator[TraceFile]":
    """A trace whose photos lie where a bundle's are put for a while; as it is where there is no bundle."""
    with tempfile.TemporaryDirectory(prefix="geoagent-") as folder:
        refs = list(file.photos)
        for number, data in bundle.photos.items() if bundle else ():
            if number <= len(refs):
                place = Path(folder) / str(number)
                place.mkdir()
                path = place / file_name(refs[number - 1].path)
                path.write_bytes(data)
                refs[number - 1] = refs[number - 1].model_copy(update={"path": str(path)})
        yield file.model_copy(update={"photos": tuple(refs)})
