"""Two runs over the same samples: paired differences, and the cases in which they differ."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.aggregate import McNemar, mcnemar, paired_difference
from geoagent.eval.intervals import Interval
from geoagent.eval.judge import Row, is_number
from geoagent.eval.runs import Result
from geoagent.readout import explain
from geoagent.state import TraceFile


class Differing(NamedTuple):
    """A sample whose country only one of two runs has right, and what speaks against the truth in the other."""

    id: str
    only: str
    answer: str
    overturned_by: str


class Comparison(NamedTuple):
    """What separates run B from run A."""

    n: int
    bits: Interval | None
    country: McNemar
    differing: list[Differing]


def compare(
    a: Mapping[str, tuple[Row, Result]], b: Mapping[str, tuple[Row, Result]], beliefs: Beliefs
) -> Comparison:
    """Compare two runs, given as judged rows and results by sample id. Raises ConfigError without common samples."""
    ids = [i for i in a if i in b and is_number(a[i][0].get("country_right")) and is_number(b[i][0].get("country_right"))]
    if not ids:
        raise ConfigError("the runs have no sample with a country in common")
    right = [np.array([float(run[i][0]["country_right"]) for i in ids]) for run in (a, b)]  # type: ignore[arg-type]
    with_bits = [i for i in ids if is_number(a[i][0].get("bits")) and is_number(b[i][0].get("bits"))]
    bits_a, bits_b = ([float(run[i][0]["bits"]) for i in with_bits] for run in (a, b))  # type: ignore[arg-type]
    differing = []
    for position, i in enumerate(ids):
        if right[0][position] != right[1][position]:
            only, loser = ("A", b) if right[0][position] else ("B", a)
            row, result = loser[i]
            answer, reason = _lost(result.trace, str(row["true_country"]), beliefs)
            differing.append(Differing(i, only, answer, reason))
    return Comparison(len(ids), paired_difference(bits_a, bits_b) if with_bits else None, mcnemar(*right), differing)


def _lost(file: TraceFile | None, truth: str, beliefs: Beliefs) -> tuple[str, str]:
    """What the losing run answered, and the evidence that lowered the odds of the truth most."""
    if file is None:
        return "nothing", ""
    answer = file.prediction.levels[0].name
    shifts = explain(beliefs.of(file.trace.evidence, file.trace.cases), truth)
    worst = min(shifts, key=lambda shift: shift.odds_ratio, default=None)
    if worst is None or worst.odds_ratio >= 1:
        return answer, "no evidence speaks against it; none speaks for it"
    statements = {item.id: item.statement for item in file.trace.evidence}
    return answer, f"{statements[worst.evidence]} (odds ×{worst.odds_ratio:.2g})"
