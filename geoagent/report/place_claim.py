"""The outcome of testing a claimed place (`geoagent verify`) as plain text for a terminal."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from geoagent.belief.claimed_place import EVEN, outcome_of
from geoagent.place_claim import Reason, Verification
from geoagent.plain_text import percent, printable
from geoagent.report.terminal import WIDTH, bar

SHOWN = 6


def render(found: Verification) -> str:
    """The outcome of `geoagent verify` as text: how the claim stands, the reasons, and what would settle it."""
    when = f", {found.time}" if found.time else ""
    lines = [found.photo, f"claimed: {found.place}{when}", ""]
    given = "even odds" if found.beforehand == EVEN else percent(found.beforehand)
    lines += [
        f"  {found.outcome.upper()}   {bar(found.probability)} {percent(found.probability)} against elsewhere, "
        f"from {given} beforehand",
        "",
    ]
    width = max((len(level.name) for level in found.levels), default=0)
    for number, level in enumerate(found.levels):
        stands = f"{level.outcome:<13}{_factor(level.factor)} {level.rest}"
        if number and outcome_of(level.factor) != level.outcome:
            wider = printable(found.levels[number - 1].name)
            stands = f"{level.outcome:<13}as {wider} is; inside it {_factor(level.factor)} the rest"
        lines.append(f"  {level.level:<8}{printable(level.name):<{width + 2}}{stands}")
    lines += [*_reasons("For it:", found.reasons_for), *_reasons("Against it:", found.reasons_against)]
    if not found.reasons_for and not found.reasons_against:
        lines += ["", "Nothing that was found tells this place from others."]
    lines += ["", *found.remarks] if found.remarks else []
    if found.settles:
        lines += ["", "What would settle it:", *(f"  - {check}" for check in found.settles)]
    lines += ["", f"By the same evidence, without the claim: {found.answer}"]
    return "\n".join("".join(ch if ch.isprintable() else "·" for ch in line) for line in lines)


def _reasons(head: str, reasons: Sequence[Reason]) -> Iterator[str]:
    if not reasons:
        return
    yield from ("", head)
    for number, reason in enumerate(reasons[:SHOWN], 1):
        text = f"{reason.statement}  ({_odds(reason.factor)})  [{' '.join(reason.cites[:4])}]"
        yield from wrap(text, WIDTH, initial_indent=f"  {number}. ", subsequent_indent="     ", break_long_words=False)
    if len(reasons) > SHOWN:
        yield f"  and {len(reasons) - SHOWN} weaker"


def _odds(factor: float) -> str:
    return f"×{_times(factor)}" if factor > 1 else f"÷{_times(1 / factor)}"


def _factor(factor: float) -> str:
    """How many times likelier, in words."""
    if 0.95 <= factor <= 1.05:
        return "as likely as"
    return f"{_times(max(factor, 1 / factor))} times {'likelier' if factor > 1 else 'less likely'} than"


def _times(factor: float) -> str:
    """A number of two digits."""
    times = float(f"{factor:.2g}")
    return f"{times:,.0f}" if times >= 10 else f"{times:g}"
