"""Scores of chains as text for the terminal: matched points side by side, the means, and what was left out."""

from geoagent.eval.chains.groundedness import Groundedness
from geoagent.eval.chains.judge_agreement import Agreement
from geoagent.eval.chains.pairing import SHOWN, Aside, Item
from geoagent.eval.chains.scored_pairs import ScoredPair
from geoagent.eval.chains.scores import ChainScore, RubricScore
from geoagent.eval.chains.summary import Group, Summary
from geoagent.eval.metrics.intervals import ratio_interval
from geoagent.plain_text import listed, printable

WIDTH = 56
MOST_SHOWN = 20
"""Pairs that are shown point by point; of more only the means are."""
SCREEN = "a screen: it tells a chain's own photo from others and grades nothing; compare it only with itself"


def shown(scored: ScoredPair) -> str:
    """The score of one pair of chains as text for the terminal: its marks, or its points side by side."""
    if isinstance(scored.row, RubricScore):
        return marks(scored.row, scored.item.name)
    return side_by_side(scored.row, scored.item)


def side_by_side(row: ChainScore, item: Item) -> str:
    """The score of one pair of chains as text: precision, recall and F1, then the points of both side by side.

    Each of the candidate's points stands beside the reference's point that supports it, with its score; the reference's
    other points follow.
    """
    name, candidate, reference = printable(item.name) or "chain", item.candidate, item.reference
    if row.fault:
        return f"{name}: not scored: {printable(row.fault)}\n"
    true = f"  true of the photo {100 * row.true:.0f} %" if row.true is not None else ""
    lines = [f"{name}: P {row.precision:.1f}  R {row.recall:.1f}  F1 {row.f1:.1f}{true}"]
    for number, (point, support) in enumerate(zip(candidate.points, row.candidate, strict=False)):
        other = reference.points[support.by] if support.by is not None else "—"
        lines.append(f"  {support.score:5.1f}  {_cut(point):<{WIDTH}}  {_cut(other)}")
        if support.reason:
            lines.append(f"         ! {printable(support.reason)}")
        if row.truths and not row.truths[number]:
            lines.append("         ! not true of the photo")
    matched = {support.by for support in row.candidate}
    for index, (point, support) in enumerate(zip(reference.points, row.reference, strict=False)):
        if index not in matched:
            lines.append(f"  {support.score:5.1f}  {'—':<{WIDTH}}  {_cut(point)}")
    return "\n".join(lines) + "\n"


def marks(row: RubricScore, name: str) -> str:
    """The rubric's four marks of one chain, and their mean, as one line of text. `name` is what the chain is called."""
    name = printable(name) or "chain"
    if row.rubric is None:
        return f"{name}: not scored: {printable(row.fault or '')}"
    told = "  ".join(f"{mark} {value}" for mark, value in row.rubric._asdict().items())
    return f"{name}: {told}  mean {row.rubric.mean:g}"


def told(summary: Summary, screens: frozenset[str]) -> str:
    """A summary as text: means with intervals, baselines, agreement of judges, and what was left out.

    `screens` are the names of embedded judges, of which a line says that they only screen.
    """
    about = summary.about
    experts = f", expert {', '.join(map(str, about['experts']))}" if about["experts"] else ""
    lines = [f"score {about['score']}, protocol {about['protocol']}{experts}"]
    for one in summary.groups:
        lines += _group(one)
    for judge in sorted(screens):
        lines.append(f"judge {judge} is {SCREEN}")
    for one in summary.baselines:
        lines += _group(one)
    lines += [_agreement(one) for one in (*summary.between, *summary.people)]
    return "\n".join([*lines, *_aside(summary.aside)])


def _group(one: Group) -> list[str]:
    system = f"{printable(one.name)}, " if one.name else ""
    lines = [f"{system}judge {printable(one.judge)}, {one.scored} of {one.pairs} scored"]
    lines += [f"  {name:<10}{interval}" for name, interval in one.figures.items() if interval.n > 1]
    if one.countries:
        unread = f", {one.countries.unread} name none or several" if one.countries.unread else ""
        lines.append(f"  country   {one.countries.right}{unread}")
    return lines


def _agreement(one: Agreement) -> str:
    pair = f"{printable(one.one)} and {printable(one.other)}"
    return f"{pair}: {one.figure} differs by {one.difference}, correlation {one.correlation:.2f}"


def _aside(aside: Aside) -> list[str]:
    return [f"  {kind}: {len(names)}: {listed(names, SHOWN)}" for kind, names in aside.kinds().items()]


def grounded(rows: list[Groundedness]) -> str:
    """How much of each argument its record supports, one on a line; below several also the shares over all."""
    lines = [_grounded(row) for row in rows]
    good = [row for row in rows if row.fault is None]
    if len(good) > 1:
        lines.append(f"grounded  {ratio_interval([r.grounded for r in good], [r.lines for r in good])}")
        if any(row.checks for row in good):
            lines.append(f"checks    {ratio_interval([r.ran for r in good], [r.checks for r in good])}")
    return "\n".join(lines)


def _grounded(row: Groundedness) -> str:
    if row.fault:
        return f"{printable(row.id)}: not scored: {printable(row.fault)}"
    checks = f", {row.ran} of {row.checks} checks ran" if row.checks else ""
    return f"{printable(row.id)}: {row.grounded} of {row.lines} lines grounded{checks}"


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
