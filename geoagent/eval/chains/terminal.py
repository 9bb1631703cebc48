"""Scores of chains on the terminal: matched points side by side, and the means."""

from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.scores import ChainScore, RubricScore
from geoagent.eval.metrics.intervals import mean_interval
from geoagent.names import printable

WIDTH = 56


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


def marks(row: RubricScore) -> str:
    """The four marks of one chain on a line."""
    name = printable(row.id) or "chain"
    if row.rubric is None:
        return f"{name}: not scored: {printable(row.fault or '')}"
    told = "  ".join(f"{mark} {value}" for mark, value in row.rubric._asdict().items())
    return f"{name}: {told}  mean {row.rubric.mean:g}"


def marks_summary(rows: list[RubricScore], judge: str) -> str:
    """The mean of the marks with its interval, and what was not scored."""
    means = [row.rubric.mean for row in rows if row.rubric is not None]
    line = f"judge {printable(judge)}, {len(means)} of {len(rows)} scored"
    return f"{line}\n  mean mark {mean_interval(means)}" if len(means) > 1 else line


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
