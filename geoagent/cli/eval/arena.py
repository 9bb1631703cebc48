"""`geoagent eval arena`: turns votes on which of two models answered better into a rating for each model."""

import argparse
import json
import logging
from pathlib import Path
from typing import Any

from geoagent.errors import OK
from geoagent.plain_text import listed, printable

log = logging.getLogger(__name__)


def add(actions: Any) -> None:
    """Add the action `geoagent eval arena`, which rates models by votes on pairs of their answers.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    arena = actions.add_parser("arena", help="votes on pairs of answers as ratings (Bradley and Terry)")
    arena.add_argument(
        "votes", type=Path, metavar="VOTES", help="a table with model_a, model_b and winner, or leaderboard.json"
    )
    arena.add_argument("--json", action="store_true", help="print the ratings as JSON, a model a line")
    arena.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval arena`: print the rating of each model, with its interval; the exit code 0.

    Raises ConfigError where the file of votes cannot be read.
    """
    from geoagent.eval.datasets.votes import read_votes
    from geoagent.eval.metrics.arena import strengths

    votes, unread = read_votes(options.votes)
    found = strengths(votes)
    if options.json and unread:
        log.info(f"{len(unread)} rows without a vote: {listed(unread)}")
    for row in found if options.json else ():
        told = {"model": row.model, "rating": row.rating.value, "low": row.rating.low, "high": row.rating.high}
        print(json.dumps({**told, "won": row.won, "lost": row.lost, "tied": row.tied}, ensure_ascii=False))
    if not options.json:
        without = f": {listed(unread)}" if unread else ""
        print(f"{len(votes)} votes on {len(found)} models, {len(unread)} rows without a vote{without}\n")
        print("| model | rating | won | lost | tied |\n|---|---|---|---|---|")
        for row in found:
            rating = f"{row.rating.value:.0f} [{row.rating.low:.0f}, {row.rating.high:.0f}]"
            print(printable(f"| {row.model} | {rating} | {row.won} | {row.lost} | {row.tied} |"))
        print("\nThe mean is 1000, and 400 points are odds of ten to one; intervals resample the votes.")
    return OK
