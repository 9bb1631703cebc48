"""`geoagent eval earthwhere`: scores answers to the benchmark EarthWhere, or sums up scores that its scripts wrote."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.errors import OK
from geoagent.plain_text import printable

if TYPE_CHECKING:
    from geoagent.eval.datasets.earthwhere_answers import Uses

USED = 50
"""From this support on, of 100, a clue counts as mentioned and used."""


def add(actions: Any) -> None:
    """Add the action `geoagent eval earthwhere`, which scores answers to the benchmark EarthWhere.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    earthwhere = actions.add_parser("earthwhere", help="EarthWhere's scores: countries, paths, points, clues")
    earthwhere.add_argument(
        "answers", type=Path, metavar="ANSWERS", help="a file of answers or a summary, as its scripts write"
    )
    earthwhere.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="where wherestreet/all.csv lies")
    earthwhere.add_argument(
        "--judge", metavar="URL", help='who says which clues were used: "embedded", or a model server; none otherwise'
    )
    earthwhere.add_argument("--model", metavar="NAME", help="the model's name on that server")
    earthwhere.add_argument("--json", action="store_true", help="print the figures as JSON")
    earthwhere.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval earthwhere`: print EarthWhere's figures for a file of answers; the exit code 0.

    Raises ConfigError where the answers or the benchmark's labels cannot be read.
    """
    from geoagent.eval.datasets.earthwhere_answers import score_file
    from geoagent.eval.metrics.intervals import Interval

    scored = score_file(options.answers, options.folder, _judge(options) if options.judge else None)
    if options.json:
        print(json.dumps({name: _data(value) for name, value in scored.figures.items()}))
        return OK
    print("| figure | value |\n|---|---|")
    for name, value in scored.figures.items():
        print(printable(f"| {name} | {value if isinstance(value, Interval) else f'{value:.4g}'} |"))
    for remark in scored.remarks:
        print(printable(remark))
    return OK


def _data(value: Any) -> Any:
    return (
        value
        if isinstance(value, float)
        else {"value": value.value, "low": value.low, "high": value.high, "n": value.n}
    )


def _judge(options: argparse.Namespace) -> "Uses":
    from geoagent.eval.chains.open_judges import embedded_judge, model_judge
    from geoagent.settings import read_settings

    embedded = options.judge == "embedded"
    settings = read_settings({} if embedded else {"vlm": options.judge, "model": options.model})
    judge = embedded_judge(settings) if embedded else model_judge(settings)

    def used(clues: Sequence[str], said: Sequence[str]) -> list[bool]:
        return [found.score >= USED for found in judge.supports(clues, said)] if said else [False] * len(clues)

    return used
