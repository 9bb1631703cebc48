"""Why an answer lost: the evidence that spoke most against the truth."""

from geoagent.belief import Beliefs
from geoagent.belief.readout import explain
from geoagent.case.trace import TraceFile
from geoagent.geo import Area


def overturned(file: TraceFile | None, truth: Area, beliefs: Beliefs) -> tuple[str, str]:
    """The country that a wrong answer gives, and the piece of evidence that lowered the odds of the true area most,
    both in words.
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
