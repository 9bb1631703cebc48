"""Whether the position in a photo's file fits what else was found: a file can be given any position."""

from collections.abc import Sequence

from geoagent.belief import Beliefs, current
from geoagent.belief.readout import best_point, radius_km
from geoagent.case.evidence import ArgumentStep, Evidence
from geoagent.case.likelihood import Kernel
from geoagent.case.prediction import WIDEST_KM
from geoagent.case.trace import Trace
from geoagent.geo import Point, distance_km
from geoagent.plain_text import distance


def with_position_checked(argument: Sequence[ArgumentStep], trace: Trace, beliefs: Beliefs) -> tuple[ArgumentStep, ...]:
    """The argument with a sentence, before its conclusions, on each position in a file that counts."""
    standing = current(trace.evidence)
    positions = [item for item in standing if item.kind == "position" and isinstance(item.likelihood, Kernel)]
    if not positions:
        return tuple(argument)
    rest = [item for item in standing if item not in positions]
    checks = [_check(item, rest, trace, beliefs) for item in positions]
    body = [step for step in argument if step.kind != "conclusion"]
    return (*body, *checks, *(step for step in argument if step.kind == "conclusion"))


def _check(position: Evidence, rest: Sequence[Evidence], trace: Trace, beliefs: Beliefs) -> ArgumentStep:
    assert isinstance(position.likelihood, Kernel)
    belief = beliefs.of(rest, trace.spots)
    middle = best_point(belief)
    reach = radius_km(belief, middle, 0.9)
    if not belief.terms or reach > WIDEST_KM:
        said = "Nothing else that was found is fine enough to check the position in the file"
        return ArgumentStep(kind="check", level="point", statement=f"{said}.", cites=(position.id,))
    off = distance_km(Point(lat=position.likelihood.lat, lon=position.likelihood.lon), middle)
    if off <= reach:
        fits = f"{distance(off)} from the middle of what that makes likely, 90 % of it within {distance(reach)}"
        said = f"The position in the file fits the rest of the evidence: {fits}"
        return ArgumentStep(kind="check", level="point", statement=f"{said}.", cites=(position.id,))
    lies = f"The position in the file lies {distance(off)} from where the rest of the evidence says"
    said = f"{lies} (90 % within {distance(reach)}): one of them is wrong"
    return ArgumentStep(
        kind="check", level="point", stance="against", weight="strong", statement=f"{said}.", cites=(position.id,)
    )
