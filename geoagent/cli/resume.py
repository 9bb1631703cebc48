"""`geoagent resume`: a run that was interrupted goes on."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_cost, add_exif, add_model, add_outside, add_workers


def add(commands: Any) -> None:
    """Add the command to the parser."""
    resume = commands.add_parser("resume", help="go on with a run that was interrupted, or whose model server failed")
    resume.add_argument("run", type=Path, metavar="RUN", help="the folder that --out named")
    add_model(resume, "where the same model is served now")
    resume.add_argument(
        "--photos", type=Path, action="append", metavar="FOLDER", help="where the photos are of a run made elsewhere"
    )
    add_exif(resume)
    add_outside(resume)
    add_workers(resume)
    add_cost(resume)
    resume.add_argument("--json", action="store_true", help="print predictions as JSON, one a line")
    resume.add_argument("--quiet", action="store_true", help="no progress")
    resume.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Solve what the run still lacks; the exit code. Raises ConfigError."""
    from geoagent.cli.results import print_results
    from geoagent.runs.resuming import kept_batch

    return print_results(kept_batch(options.run, vars(options), options.photos), options)
