"""Measures how far judges of chains agree with one another, and with scores that people gave."""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from geoagent.errors import ConfigError
from geoagent.eval.chains.scored_pairs import ScoredPair
from geoagent.eval.chains.scores import RubricScore
from geoagent.eval.metrics.intervals import Interval, mean_interval
from geoagent.files.foreign_tables import records
from geoagent.plain_text import printable

FIGURES = ("precision", "recall", "f1", "mean")
"""What is compared: of chains, or of the rubric the mean of its marks."""
HUMAN = "people"


class Agreement(NamedTuple):
    """How far two judges, `one` and `other`, agree on one `figure`, such as "f1", over the chains that both scored.

    `difference` is the mean absolute difference of their scores. `correlation` is Pearson's; NaN where one side does
    not vary.
    """

    figure: str
    one: str
    other: str
    difference: Interval
    correlation: float


Scores = dict[tuple[str, str, int | None], dict[str, float]]
"""Figures by the chain's id, the system and the expert."""


def agreement(figure: str, one: str, other: str, pairs: Sequence[tuple[float, float]]) -> Agreement:
    """The agreement of two judges.

    `pairs` holds for each chain the score by `one` and that by `other`, on the same scale. `figure` names what is
    compared. There must be at least one pair.
    """
    mine, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    varies = len(pairs) > 1 and float(np.ptp(mine)) > 0 and float(np.ptp(theirs)) > 0
    correlation = float(np.corrcoef(mine, theirs)[0, 1]) if varies else math.nan
    return Agreement(figure, one, other, mean_interval(np.abs(mine - theirs)), correlation)


def between_judges(scored: Sequence[ScoredPair]) -> list[Agreement]:
    """The agreement of each two judges on F1, or on the rubric's mean mark, over the chains that both scored.

    Judges without a common chain are left out.
    """
    judges = {
        name: _scores(row for row in scored if row.judge == name) for name in dict.fromkeys(s.judge for s in scored)
    }
    found = []
    for one, other in combinations(judges, 2):
        for figure in ("f1", "mean"):
            pairs = _pairs(judges[one], judges[other], figure)
            found += [agreement(figure, one, other, pairs)] if pairs else []
    return found


def with_people(scored: Sequence[ScoredPair], people: Scores) -> list[Agreement]:
    """The agreement of each judge with the scores that people gave (`read_people`), for each figure that those have.

    `scored` are the scores by judges. A person's score that names no expert is compared with the mean over experts; one
    that names no system, with the mean over systems.
    """
    found = []
    for name in dict.fromkeys(row.judge for row in scored):
        own = _scores(row for row in scored if row.judge == name)
        for figure in FIGURES:
            pairs = []
            for key, row in people.items():
                met = [given[figure] for other, given in own.items() if _same(key, other) and figure in given]
                if figure in row and met:
                    pairs.append((row[figure], sum(met) / len(met)))
            found += [agreement(figure, HUMAN, name, pairs)] if pairs else []
    return found


def read_people(path: Path) -> Scores:
    """The scores that people gave to chains, from a table with the columns id, precision, recall, f1 and mean.

    The table is CSV or JSON Lines. One figure a row is enough; columns `system` and `expert` are read too. They come
    back by (id, system or "", expert or None). Raises ConfigError for a row without id or figure, a cell that is no
    number, or a table without rows.
    """
    rows = records(path)
    found: Scores = {}
    for line, row in rows:
        given = {name: _number(row.get(name), f"{path}, line {line}: {name}") for name in FIGURES}
        figures = {name: value for name, value in given.items() if value is not None}
        if not row.get("id") or not figures:
            raise ConfigError(f"{path}, line {line}: needs an id and one of {', '.join(FIGURES)}")
        expert = _number(row.get("expert"), f"{path}, line {line}: expert")
        found[str(row["id"]), str(row.get("system") or ""), None if expert is None else int(expert)] = figures
    if not found:
        raise ConfigError(f"{path}: no scores in it")
    return found


def _number(value: Any, where: str) -> float | None:
    if value in (None, ""):
        return None
    try:
        number = float(value.strip().removesuffix("%") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(f"{where}: {printable(value)[:60]!r} is no number")
    return number


def _same(wanted: tuple[str, str, int | None], other: tuple[str, str, int | None]) -> bool:
    return wanted[0] == other[0] and wanted[1] in ("", other[1]) and wanted[2] in (None, other[2])


def _scores(rows: Iterable[ScoredPair]) -> Scores:
    found: Scores = {}
    for item, row, _ in rows:
        if row.fault is None:
            if isinstance(row, RubricScore):
                figures = {"mean": row.rubric.mean if row.rubric else math.nan}
            else:
                figures = {name: getattr(row, name) for name in ("precision", "recall", "f1")}
            found[item.candidate.id, item.system, item.expert] = figures
    return found


def _pairs(one: Scores, other: Scores, figure: str) -> list[tuple[float, float]]:
    both = [key for key in one if key in other and figure in one[key]]
    return [(one[key][figure], other[key][figure]) for key in both]
