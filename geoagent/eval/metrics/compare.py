"""Why a system's answer is wrong: the piece of evidence that spoke most against the true place."""

from geoagent.belief import Beliefs
from geoagent.belief.readout import explain
from geoagent.case.trace import TraceFile
from geoagent.geo import Area


def overturned(file: TraceFile | None, truth: Area, beliefs: Beliefs) -> tuple[str, str]:
    """The country that a wrong answer gives, and the evidence that most lowered the odds of the truth, in words.

    `beliefs` compute the belief again. `file` is the trace of the answer; without one the texts are "nothing" and "".
    `truth` is the true area. Where no evidence lowered its odds the second text says so.
    """
    if file is None:
        return "nothing", ""
    answer = file.prediction.levels[0].name
    shifts = explain(beliefs.of(file.trace.evidence, file.trace.spots), truth)
    worst = min(shifts, key=lambda shift: shift.odds_ratio, default=None)
    if worst is None or worst.odds_ratio >= 1:
        return answer, "no evidence speaks against it; none speaks for it"
    statements = {item.id: item.statement for item in file.trace.evidence}
    return answer, f"{statements[worst.evidence]} (odds ×{worst.odds_ratio:.2g})"
