"""`geoagent eval chain`: two files of chains scored against each other, matched points side by side."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.errors import DEGRADED, OK, ConfigError

if TYPE_CHECKING:
    from geoagent.eval.chains.chains import Chain
    from geoagent.eval.chains.judge import PointJudge
    from geoagent.eval.chains.model_judge import ModelJudge

    Pairs = list[tuple[Chain, Chain]]

SCORES = ("points", "single-call", "rubric")


def add(actions: Any) -> None:
    """Add the action to the parser of `geoagent eval`."""
    chain = actions.add_parser("chain", help="score reasoning chains against reference chains")
    chain.add_argument(
        "candidate", type=Path, metavar="CANDIDATE", help="bullets, numbered steps, prose, JSON, a trace, or a run"
    )
    chain.add_argument("reference", type=Path, metavar="REFERENCE", help="a file of the same kinds")
    chain.add_argument(
        "--judge", default="embedded", metavar="URL", help='"embedded", or the address of a model server'
    )
    chain.add_argument(
        "--score", choices=SCORES, default="points",
        help="points: each point by itself (default); single-call: both chains in one question; rubric: four marks "
        "from 1 to 5; the last two need a model server",
    )  # fmt: skip
    chain.add_argument("--model", metavar="NAME", help="the model's name on that server")
    chain.add_argument("--keep-places", action="store_true", help="do not mask place names (embedded judge)")
    chain.add_argument("--json", action="store_true", help="print scores and points as JSON, a chain a line")
    chain.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the scores; the exit code. Raises ConfigError."""
    from geoagent.eval.chains.chains import pair, read_chains

    if options.score != "points" and options.judge == "embedded":
        raise ConfigError(f"--score {options.score} asks a model: give its server with --judge URL")
    pairs = pair(read_chains(options.candidate), read_chains(options.reference))
    return _marks(pairs, options) if options.score == "rubric" else _scores(pairs, options)


def _scores(pairs: "Pairs", options: argparse.Namespace) -> int:
    from geoagent.eval.chains.scores import as_data, bipartite
    from geoagent.eval.chains.terminal import side_by_side, summary

    if options.score == "points":
        judge = _judge(options)
        scores = [bipartite(candidate, reference, judge) for candidate, reference in pairs]
    else:
        from geoagent.eval.chains.model_judge import single_call_score

        judge = model = _model(options)
        scores = [single_call_score(candidate, reference, model) for candidate, reference in pairs]
    for row, (candidate, reference) in zip(scores, pairs, strict=True):
        if options.json:
            print(json.dumps(as_data(row, candidate, reference, judge.name), ensure_ascii=False))
        else:
            print(side_by_side(row, candidate, reference))
    if not options.json:
        print(summary(scores, [chain for both in pairs for chain in both], judge.name))
    return DEGRADED if any(row.fault for row in scores) else OK


def _marks(pairs: "Pairs", options: argparse.Namespace) -> int:
    from geoagent.eval.chains.model_judge import rubric_score
    from geoagent.eval.chains.terminal import marks, marks_summary

    judge = _model(options)
    rows = [rubric_score(candidate, reference, judge) for candidate, reference in pairs]
    for row in rows:
        told = row.rubric._asdict() | {"mean": row.rubric.mean} if row.rubric else {}
        data = {"id": row.id, "judge": judge.name, **told, "fault": row.fault}
        print(json.dumps(data, ensure_ascii=False) if options.json else marks(row))
    if not options.json:
        print(marks_summary(rows, judge.name))
    return DEGRADED if any(row.fault for row in rows) else OK


def _judge(options: argparse.Namespace) -> "PointJudge":
    from geoagent.eval.chains.open_judges import embedded_judge
    from geoagent.settings import read_settings

    return embedded_judge(read_settings({}), options.keep_places) if options.judge == "embedded" else _model(options)


def _model(options: argparse.Namespace) -> "ModelJudge":
    from geoagent.eval.chains.open_judges import model_judge
    from geoagent.settings import read_settings

    return model_judge(read_settings({"vlm": options.judge, "model": options.model}))
