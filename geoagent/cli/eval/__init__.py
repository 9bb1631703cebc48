"""`geoagent eval`: measures how good answers are. Each of its actions (`eval run`, `eval score` …) is one file."""

from typing import Any

from geoagent.cli.eval import (
    arena,
    board,
    calibrate,
    chain,
    compare,
    datasets,
    disclosure,
    earthwhere,
    geobrowse,
    import_answers,
    misses,
    report,
    run,
    score,
)

ACTIONS = (datasets, run, import_answers, score, misses, compare, report, board, calibrate, chain, earthwhere,
           geobrowse, disclosure, arena)  # fmt: skip


def add(commands: Any) -> None:
    """Add the command `geoagent eval` with all its actions, such as `eval score`, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    eval_ = commands.add_parser("eval", help="measure: datasets, run, import, score, compare, report and others")
    actions = eval_.add_subparsers(required=True, metavar="ACTION")
    for action in ACTIONS:
        action.add(actions)
