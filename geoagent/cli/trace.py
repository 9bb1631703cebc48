"""`geoagent trace show`: a saved trace, as solve showed it or as a report."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_disclose, add_force
from geoagent.errors import OK

log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    trace = commands.add_parser("trace", help="work with saved traces")
    show = trace.add_subparsers(required=True, metavar="ACTION").add_parser(
        "show", help="show a saved trace as solve showed it"
    )
    show.add_argument("file", type=Path, metavar="FILE", help="a trace that solve kept")
    show.add_argument("--details", action="store_true", help="show also the log: every step of the run")
    show.add_argument("--json", action="store_true", help="print the prediction as JSON")
    show.add_argument("--report", type=Path, metavar="FILE", help="write it as .html, .md, .geojson or .json instead")
    add_disclose(show)
    add_force(show)
    show.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the trace, or report on it, no finer than asked for; the exit code."""
    from geoagent.files.outputs import check
    from geoagent.privacy.disclosure import disclose
    from geoagent.report.terminal import render
    from geoagent.report.write import default_beliefs, report_output, write_report
    from geoagent.runs.trace_files import load_trace, photos_of

    photos = photos_of(options.file)
    if options.report:  # before the trace is checked, for which the atlas may have to be built
        check(report_output(options.report, (options.file, *photos), options.force))
    beliefs = default_beliefs()
    file, said = load_trace(options.file, beliefs)
    if said:
        log.error(f"{options.file}: {said}")
    if options.disclose != "exact":
        file = disclose(file, options.disclose, beliefs())
    if options.report:
        write_report(file, options.report, beliefs, (options.file, *photos), options.force)
    else:
        print(file.prediction.model_dump_json() if options.json else render(file, options.details))
    return OK
