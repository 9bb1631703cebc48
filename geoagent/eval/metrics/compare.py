"""Two runs over the same samples: paired differences, and the cases in which they differ."""

from collections.abc import Mapping
from typing import NamedTuple

from geoagent.belief import Beliefs
from geoagent.belief.readout import explain
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError
from geoagent.eval.metrics.aggregate import McNemar, mcnemar, paired_difference
from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.metrics.judged import Row, number
from geoagent.geo import Area
from geoagent.runs.run import Result


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


def compare(a: Mapping[str, tuple[Row, Result]], b: Mapping[str, tuple[Row, Result]], beliefs: Beliefs) -> Comparison:
    """Compare two runs, given as judged rows and results by sample id. Raises ConfigError without common samples."""
    right_a, right_b = _column(a, "country_right"), _column(b, "country_right")
    ids = [i for i in right_a if i in right_b]
    if not ids:
        raise ConfigError("the runs have no sample with a country in common")
    bits_a, bits_b = _column(a, "bits"), _column(b, "bits")
    paired = [(bits_a[i], bits_b[i]) for i in ids if i in bits_a and i in bits_b]
    differing = []
    for i in ids:
        if right_a[i] != right_b[i]:
            only, loser = ("A", b) if right_a[i] else ("B", a)
            row, result = loser[i]
            answer, reason = overturned(result.trace, Area(str(row["true_country"])), beliefs)
            differing.append(Differing(i, only, answer, reason))
    bits = paired_difference([x for x, _ in paired], [y for _, y in paired]) if paired else None
    country = mcnemar([right_a[i] for i in ids], [right_b[i] for i in ids])
    return Comparison(len(ids), bits, country, differing)


def _column(run: Mapping[str, tuple[Row, Result]], name: str) -> dict[str, float]:
    return {i: value for i, (row, _) in run.items() if (value := number(row, name)) is not None}


def overturned(file: TraceFile | None, truth: Area, beliefs: Beliefs) -> tuple[str, str]:
    """The country that a losing run answered, and the evidence that lowered the odds of the truth most."""
    if file is None:
        return "nothing", ""
    answer = file.prediction.levels[0].name
    shifts = explain(beliefs.of(file.trace.evidence, file.trace.spots), truth)
    worst = min(shifts, key=lambda shift: shift.odds_ratio, default=None)
    if worst is None or worst.odds_ratio >= 1:
        return answer, "no evidence speaks against it; none speaks for it"
    statements = {item.id: item.statement for item in file.trace.evidence}
    return answer, f"{statements[worst.evidence]} (odds ×{worst.odds_ratio:.2g})"
