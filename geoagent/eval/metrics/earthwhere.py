"""EarthWhere's scores: the path of levels, the clues by their Shapley values, and the coordinates."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from geoagent.errors import ConfigError
from geoagent.names import fold

PATH = ("country", "province", "county", "city", "town", "street")
"""Coarse to fine."""
SCALE_KM, POWER = 0.1, 1.3
ACCURACY_KM = (1, 5, 10, 20, 50, 100, 200)

Place = Mapping[str, str]


def path_score(
    answer: Place, truth: Place, target: str, hint: Place | None = None, options: Sequence[Place] = ()
) -> float:
    """m/k: of the k levels from the base to the target, how many in a row are right, 0 to 1.

    The base is one level below the hint where the hint agrees with the truth, else the country. A right finer level
    implies its parents. An answer that says no more than the hint scores 0; a choice among `options` is no copy.
    Raises ConfigError for a target that the truth does not name.
    """
    if target not in PATH or not truth.get(target):
        raise ConfigError(f"the truth names no {target!r}; the levels are {', '.join(PATH)}")
    base = 0
    if hint and not options:
        deepest = max((PATH.index(level) for level in PATH if hint.get(level)), default=-1)
        if deepest >= 0 and all(_same(hint[level], truth.get(level)) for level in PATH if hint.get(level)):
            base = deepest + 1
        if not any(answer.get(level) and not _same(answer[level], hint.get(level)) for level in PATH):
            return 0.0
    levels = [level for level in PATH[base : PATH.index(target) + 1] if truth.get(level)]
    if not levels:
        return 0.0
    right = [_same(answer.get(level), truth[level]) for level in levels]
    finest = max((index for index, hit in enumerate(right) if hit), default=-1)
    return (finest + 1) / len(levels)


def _same(one: str | None, other: str | None) -> bool:
    return bool(one and other) and fold(one or "") == fold(other or "")


def shapley(clues: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Each clue's Shapley value: φ_i = Σ |S|!(n−|S|−1)!/n! · [v(S∪i) − v(S)] over all sets S without i."""
    n = len(clues)
    found = {}
    for clue in clues:
        rest = [other for other in clues if other != clue]
        found[clue] = sum(
            math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            * (value(frozenset(chosen) | {clue}) - value(frozenset(chosen)))
            for size in range(n)
            for chosen in combinations(rest, size)
        )  # fmt: skip
    return found


def clue_score(weights: Mapping[str, float], used: Mapping[str, bool]) -> float:
    """The share of the weight of the clues that a chain mentions and uses, 0 to 1; the weights are normalised first.

    Raises ConfigError for weights that are negative or sum to 0.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ConfigError("the weights of the clues must be at least 0 and not all 0")
    return sum(weight for clue, weight in weights.items() if used.get(clue)) / total


def coordinate_score(distance_km: float) -> float:
    """exp(−(d / 0.1 km)^1.3): 1 at the true point, 0.37 at 100 m."""
    return math.exp(-((distance_km / SCALE_KM) ** POWER))
