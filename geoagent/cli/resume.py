"""`geoagent resume`: goes on with a run that was interrupted, or whose model server failed."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_cost, add_engine, add_exif, add_model, add_outside


def add(commands: Any) -> None:
    """Add the command `geoagent resume`, which goes on with an interrupted run, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    resume = commands.add_parser("resume", help="go on with a run that was interrupted, or whose model server failed")
    resume.add_argument("run", type=Path, metavar="RUN", help="the folder that --out named")
    add_model(resume, "where the same model is served now")
    resume.add_argument(
        "--photos", type=Path, action="append", metavar="FOLDER", help="where the photos are of a run made elsewhere"
    )
    add_exif(resume)
    add_outside(resume)
    add_engine(resume)
    add_cost(resume)
    resume.add_argument("--json", action="store_true", help="print predictions as JSON, one a line")
    resume.add_argument("--quiet", action="store_true", help="no progress")
    resume.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent resume`: solve the photos that the run has no answer to yet, and print each answer.

    The exit code is 2 if a photo got a fault instead of an answer, else 3 if the model server failed, else 0. Raises
    ConfigError where the folder holds no run, or the options do not fit what the run was made with.
    """
    from geoagent.cli.results import print_results
    from geoagent.runs.resuming import kept_batch

    return print_results(kept_batch(options.run, vars(options), options.photos), options)
