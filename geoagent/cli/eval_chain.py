"""`geoagent eval chain`: two files of chains scored against each other, matched points side by side."""

import argparse
import json
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import Chain, read_chains
from geoagent.eval.chains.judge import PointJudge
from geoagent.eval.chains.judges import embedded_judge, model_judge
from geoagent.eval.chains.scores import ChainScore, as_data, bipartite
from geoagent.eval.metrics.intervals import mean_interval
from geoagent.names import printable
from geoagent.settings import read_settings

WIDTH = 56


def add_chain(commands: Any) -> None:
    """Add the command `chain` to the subparsers of `geoagent eval`."""
    chain = commands.add_parser("chain", help="score reasoning chains against reference chains")
    chain.add_argument("candidate", type=Path, help="bullets, numbered steps, prose, JSON, a trace, or a run")
    chain.add_argument("reference", type=Path)
    chain.add_argument(
        "--judge", default="embedded", metavar="URL", help='"embedded", or the address of a model server'
    )
    chain.add_argument("--model", metavar="NAME")
    chain.add_argument("--keep-places", action="store_true", help="do not mask place names (embedded judge)")
    chain.add_argument("--json", action="store_true")
    chain.set_defaults(command=_chain)


def _chain(options: argparse.Namespace) -> int:
    pairs = pair(read_chains(options.candidate), read_chains(options.reference))
    judge = make_judge(options)
    rows = [(bipartite(candidate, reference, judge), candidate, reference) for candidate, reference in pairs]
    if options.json:
        for row, candidate, reference in rows:
            print(json.dumps(as_data(row, candidate, reference, judge.name), ensure_ascii=False))
    else:
        for row, candidate, reference in rows:
            print(side_by_side(row, candidate, reference))
        print(summary([row for row, _, _ in rows], [chain for pair in pairs for chain in pair], judge.name))
    return 3 if any(row.fault for row, _, _ in rows) else 0


def pair(candidates: list[Chain], references: list[Chain]) -> list[tuple[Chain, Chain]]:
    """Chains of the same id; two files of one chain each are a pair whatever they are called. Raises ConfigError."""
    if len(candidates) == len(references) == 1:
        return [(candidates[0], references[0])]
    known = {chain.id: chain for chain in references}
    found = [(chain, known[chain.id]) for chain in candidates if chain.id in known]
    if not found:
        raise ConfigError("the two files share no id of a chain; each line of JSON Lines needs an id")
    return found


def make_judge(options: argparse.Namespace) -> PointJudge:
    """The judge that the options name. Raises ConfigError."""
    if options.judge == "embedded":
        return embedded_judge(read_settings({}), options.keep_places)
    return model_judge(read_settings({"vlm": options.judge, "model": options.model}))


def side_by_side(row: ChainScore, candidate: Chain, reference: Chain) -> str:
    """One row for the terminal: its scores, then each point of the candidate beside the one that supports it."""
    name = printable(row.id) or "chain"
    if row.fault:
        return f"{name}: not scored: {printable(row.fault)}\n"
    lines = [f"{name}: P {row.precision:.1f}  R {row.recall:.1f}  F1 {row.f1:.1f}"]
    for point, support in zip(candidate.points, row.candidate, strict=False):
        other = reference.points[support.by] if support.by is not None else "—"
        lines.append(f"  {support.score:5.1f}  {_cut(point):<{WIDTH}}  {_cut(other)}")
        if support.reason:
            lines.append(f"         ! {printable(support.reason)}")
    matched = {support.by for support in row.candidate}
    for index, (point, support) in enumerate(zip(reference.points, row.reference, strict=False)):
        if index not in matched:
            lines.append(f"  {support.score:5.1f}  {'—':<{WIDTH}}  {_cut(point)}")
    return "\n".join(lines) + "\n"


def summary(rows: list[ChainScore], chains: list[Chain], judge: str) -> str:
    """The means with their intervals, what could not be read, and what was not scored."""
    scored = [row for row in rows if row.fault is None]
    lines = [f"judge {printable(judge)}, {len(scored)} of {len(rows)} scored"]
    for name in ("precision", "recall", "f1"):
        if len(scored) > 1:
            lines.append(f"  {name:<10}{mean_interval([getattr(row, name) for row in scored])}")
    unread = sum(chain.unread for chain in chains)
    return "\n".join([*lines, *([f"  unread parts: {unread}"] if unread else [])])


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
