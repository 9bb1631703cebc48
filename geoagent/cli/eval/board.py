"""`geoagent eval board`: shows many runs on one page, and keeps a line for each in a file."""

import argparse
import logging
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_force
from geoagent.errors import OK

log = logging.getLogger(__name__)


def add(actions: Any) -> None:
    """Add the action `geoagent eval board`, which writes one page with the figures of many runs.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    board = actions.add_parser("board", help="one page: accuracy, calibration, cost and seconds of many runs")
    board.add_argument("runs", type=Path, nargs="*", metavar="RUN", help="the folders of the runs, at most six")
    board.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page, ending in .html")
    board.add_argument(
        "--results",
        type=Path,
        metavar="FILE",
        help="add the runs to this file of JSON Lines, and show all that it holds",
    )
    add_force(board)
    board.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval board`: write a page with the figures of many runs; the exit code 0.

    With `--results` a line for each run is also added to that file. Raises ConfigError where no run is named or known,
    or where a run cannot be read or a file not be written.
    """
    from geoagent.errors import ConfigError
    from geoagent.eval.metrics.judged import run_beliefs
    from geoagent.eval.report import board
    from geoagent.eval.report.cases import read_runs
    from geoagent.files.outputs import check, write
    from geoagent.settings import read_settings

    page = board.board_output(options.out, options.runs, options.force)
    lines = board.results_output(options.results, options.runs, options.force) if options.results else None
    if page.path.suffix != ".html":
        raise ConfigError(f"{page.path}: a board ends in .html")
    check(*(output for output in (page, lines) if output))
    kept = board.kept_entries(lines) if lines else []
    if not options.runs and not kept:
        raise ConfigError("name the runs that the board shows, or with --results a file that holds some")
    beliefs = run_beliefs(read_settings({}).cache)
    runs = read_runs(options.runs, beliefs)
    entries = [*kept, *map(board.entry_of, runs)]
    if lines:
        write(lines, board.as_lines(entries))
        log.info(f"added {len(runs)} to the {len(kept)} lines of {lines.path}")
    write(page, board.as_page(entries, runs, beliefs))
    log.info(f"wrote {options.out}")
    return OK
