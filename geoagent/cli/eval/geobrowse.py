"""`geoagent eval geobrowse`: has a model judge which answers to the questions of the benchmark GeoBrowse are right."""

import argparse
import json
from pathlib import Path
from typing import Any

from geoagent.cli.options import positive
from geoagent.errors import DEGRADED, OK
from geoagent.plain_text import listed, printable


def add(actions: Any) -> None:
    """Add the action `geoagent eval geobrowse`, which scores answers to the benchmark GeoBrowse.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    geobrowse = actions.add_parser("geobrowse", help="answers to GeoBrowse's questions, judged by a model")
    geobrowse.add_argument(
        "answers", type=Path, metavar="ANSWERS", help="a file of answers, as its scripts write (gen or llm_answer)"
    )
    geobrowse.add_argument("--judge", required=True, metavar="URL", help="the address of the judge's model server")
    geobrowse.add_argument("--model", metavar="NAME", help="the model's name on that server")
    geobrowse.add_argument(
        "--questions", type=Path, metavar="FILE", help="level2_en.jsonl, where ANSWERS hold no right answers"
    )
    geobrowse.add_argument("--workers", type=positive, metavar="N", default=1, help="answers judged at a time (1)")
    geobrowse.add_argument("--json", action="store_true", help="print the figure as JSON")
    geobrowse.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval geobrowse`: print the share of right answers.

    The exit code is 3 if some were not judged, else 0. Raises ConfigError where the answers cannot be read or the
    judge's server cannot be used.
    """
    from geoagent.eval.chains.open_judges import model_judge
    from geoagent.eval.datasets.geobrowse_answers import read_answered, score_answers
    from geoagent.settings import read_settings

    answered, remarks = read_answered(options.answers, options.questions)
    judge = model_judge(read_settings({"vlm": options.judge, "model": options.model}))
    found = score_answers(answered, remarks, judge.is_same_answer, options.workers)
    if options.json:
        right = {"value": found.right.value, "low": found.right.low, "high": found.right.high, "n": found.right.n}
        print(json.dumps({"right": right, "judge": judge.name, "faults": found.faults, "remarks": found.remarks}))
    else:
        print(printable(f"answers right, says {judge.name}: {found.right}"))
        for line in found.remarks:
            print(printable(line))
        if found.faults:
            print(printable(f"{len(found.faults)} could not be judged, left out: {listed(found.faults, 3)}"))
    return DEGRADED if found.faults else OK
