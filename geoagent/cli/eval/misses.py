"""`geoagent eval misses`: lists the photos that a run got wrong."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.errors import OK
from geoagent.plain_text import printable


def add(actions: Any) -> None:
    """Add the action `geoagent eval misses`, which lists what a run got wrong.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    misses = actions.add_parser("misses", help="what was wrong, a line each: truth, answer, what spoke for it")
    misses.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")
    misses.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval misses`: print a line for each photo that the run got wrong; the exit code 0.

    Raises ConfigError where the run cannot be read.
    """
    from geoagent.eval.metrics.judged import judge_run, run_beliefs
    from geoagent.eval.metrics.miss_list import describe_miss
    from geoagent.settings import read_settings

    beliefs = run_beliefs(read_settings({}).cache, options.run)
    for row, result in judge_run(options.run, beliefs).values():
        line = describe_miss(row, result, beliefs)
        if line is not None:
            print(printable(line))
    return OK
