"""`geoagent eval report`: writes one file that shows a run, or compares several."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_force
from geoagent.errors import OK

log = logging.getLogger(__name__)


def add(actions: Any) -> None:
    """Add the action `geoagent eval report`, which writes a report on one run or several.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    report = actions.add_parser("report", help="one file that shows a run, or compares several")
    report.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="those after the first are compared with it")
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help=".html, .md, .csv or .parquet")
    add_force(report)
    report.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval report`: write the report as .html, .md, .csv or .parquet; the exit code 0.

    Raises ConfigError where a run cannot be read or the report not be written.
    """
    from geoagent.eval.metrics.judged import run_beliefs
    from geoagent.eval.report.write import report_output, write_report
    from geoagent.files.outputs import check
    from geoagent.settings import read_settings

    check(report_output(options.runs, options.out, options.force))
    write_report(options.runs, options.out, run_beliefs(read_settings({}).cache), options.force)
    log.info(f"wrote {options.out}")
    return OK
