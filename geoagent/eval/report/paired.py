"""Compares two runs over the samples that both have: differences, McNemar's test, and the samples they differ on."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.metrics.aggregate import McNemar, mcnemar, paired_difference
from geoagent.eval.metrics.compare import overturned
from geoagent.eval.metrics.figures import COARSE, COUNTRY_RIGHT
from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.metrics.judged import number
from geoagent.eval.metrics.scores import ACCURACY_KM, geoscore
from geoagent.eval.report.cases import Case, Run
from geoagent.geo import Area

Measure = Callable[[Case], float | None]


class Difference(NamedTuple):
    """The difference of one figure between two runs over the samples that both have.

    `a` and `b` are its means in the two runs; `difference` is b − a with its interval. `test` is McNemar's, for figures
    of right or wrong only.
    """

    name: str
    a: float
    b: float
    difference: Interval
    test: McNemar | None


class Differing(NamedTuple):
    """A sample whose country just one of two runs has right.

    `only` is the letter of that run, `a` and `b` are the sample in either run. `reason` says in words what spoke
    against the truth in the other run; "" where that has no trace.
    """

    id: str
    only: str
    a: Case
    b: Case
    reason: str


class Paired(NamedTuple):
    """The comparison of run `b` with run `a` over the `n` samples that both have."""

    a: Run
    b: Run
    n: int
    differences: list[Difference]
    differing: list[Differing]


def compare_runs(runs: Sequence[Run], beliefs: Beliefs) -> list[Paired]:
    """The comparison of the first run with each of the others, over the samples that both have.

    `beliefs` tell what spoke against the truth in a wrong answer. Raises ConfigError where two have no sample in
    common.
    """
    return [_paired(runs[0], other, beliefs) for other in runs[1:]]


def _paired(a: Run, b: Run, beliefs: Beliefs) -> Paired:
    ids = [i for i in a.cases if i in b.cases and a.cases[i].sample.point == b.cases[i].sample.point]
    if not ids:
        raise ConfigError(f"{a.name} and {b.name} have no sample in common; a report compares runs over one dataset")
    measures: list[tuple[str, Measure, bool]] = [
        (COUNTRY_RIGHT, lambda case: case.right, True),
        ("region right, most probable", lambda case: number(case.row, "region_right"), True),
        ("city right, most probable", lambda case: number(case.row, "city_right"), True),
        *((f"Acc@{k:g} km", _within(k), True) for k in ACCURACY_KM),
        ("GeoScore", _geoscore, False),
        ("bits over the prior", lambda case: number(case.row, "bits"), False),
    ]
    differences = [_difference(name, measure, a, b, ids, binary) for name, measure, binary in measures]
    pairs = [(i, a.cases[i], b.cases[i]) for i in ids]
    differing = [
        _differing(i, x, y, a, b, beliefs) for i, x, y in pairs if None not in (x.right, y.right) and x.right != y.right
    ]
    return Paired(a, b, len(ids), [d for d in differences if d], differing)


def _difference(name: str, measure: Measure, a: Run, b: Run, ids: Sequence[str], binary: bool) -> Difference | None:
    pairs = [(measure(a.cases[i]), measure(b.cases[i])) for i in ids]
    whole = [(x, y) for x, y in pairs if x is not None and y is not None]
    if not whole:
        return None
    first, second = [x for x, _ in whole], [y for _, y in whole]
    test = mcnemar(first, second) if binary else None
    means = (sum(first) / len(whole), sum(second) / len(whole))
    return Difference(name, *means, paired_difference(first, second), test)


def _within(k: float) -> Measure:
    def measure(case: Case) -> float | None:
        if case.sample.point is None or case.sample.granularity in COARSE:
            return None
        d_km = number(case.row, "distance_km")
        return float(d_km is not None and d_km <= k)

    return measure


def _geoscore(case: Case) -> float | None:
    if case.sample.point is None or case.sample.granularity in COARSE:
        return None
    return geoscore(case.point, case.sample.point).value


def _differing(i: str, x: Case, y: Case, a: Run, b: Run, beliefs: Beliefs) -> Differing:
    only, loser = (a, y) if x.right else (b, x)
    _, reason = overturned(loser.result.trace, Area(str(loser.true_country)), beliefs)
    return Differing(i, only.letter, x, y, reason)
