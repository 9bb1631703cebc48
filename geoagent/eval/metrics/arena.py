"""Votes on which of two models answered better, turned into ratings (Bradley and Terry's model, Elo's scale)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.eval.metrics.intervals import Interval, percentile_interval, resampled_cells

Floats = NDArray[np.float64]
SCALE, CENTRE = 400.0, 1000.0
PRIOR = 1e-4
"""Of a vote for each side of every pair that was voted on: a model that never lost stays finite."""
RESAMPLES = 200


class Vote(NamedTuple):
    """A vote on the answers of two models: `score` is what the first got, 1 for a win, 0 for a loss, ½ for a tie."""

    first: str
    second: str
    score: float


class Strength(NamedTuple):
    """A model's rating with its interval, and how many votes it won, lost and tied."""

    model: str
    rating: Interval
    won: int
    lost: int
    tied: int


def strengths(votes: Sequence[Vote], seed: int = 0) -> list[Strength]:
    """The models with their ratings, the best first.

    The mean rating is 1000, and 400 more are odds of ten to one to win a vote. The intervals come from resampling the
    votes. Raises ConfigError for fewer than two models, and where votes do not link all models, so that ratings cannot
    be compared. `seed` is that of the resampling.
    """
    models = sorted({name for vote in votes for name in (vote.first, vote.second)})
    if len(models) < 2:
        raise ConfigError("votes on at least two models are needed")
    if (groups := _groups(votes, models)) > 1:
        raise ConfigError(f"the votes fall into {groups} groups of models that were never compared with each other")
    index = {name: place for place, name in enumerate(models)}
    rows = np.array([(index[v.first], index[v.second], v.score) for v in votes], dtype=np.float64)
    cells, counts = np.unique(rows, axis=0, return_counts=True)
    rated = _fit(cells, counts.astype(np.float64), len(models))
    draws = [_fit(cells, drawn, len(models)) for drawn in resampled_cells(counts, seed, RESAMPLES)]
    found = []
    for place, name in enumerate(models):
        own = [v.score if v.first == name else 1 - v.score for v in votes if name in (v.first, v.second)]
        interval = percentile_interval(float(rated[place]), np.array([draw[place] for draw in draws]), len(own))
        found.append(Strength(name, interval, own.count(1.0), own.count(0.0), own.count(0.5)))
    return sorted(found, key=lambda strength: (-strength.rating.value, strength.model))


def _fit(cells: Floats, counts: Floats, models: int) -> Floats:
    """The ratings that make the votes most probable."""
    from scipy.optimize import minimize

    first, second, score = cells[:, 0].astype(int), cells[:, 1].astype(int), cells[:, 2]
    won, lost = counts * score + PRIOR, counts * (1 - score) + PRIOR

    def loss(strength: Floats) -> tuple[float, Floats]:
        apart = strength[first] - strength[second]
        value = float((won * np.logaddexp(0, -apart) + lost * np.logaddexp(0, apart)).sum())
        slope = (won + lost) / (1 + np.exp(-apart)) - won
        slopes = np.array(np.bincount(first, slope, models) - np.bincount(second, slope, models), dtype=np.float64)
        return value, slopes

    strength = minimize(loss, np.zeros(models), jac=True, method="L-BFGS-B").x
    rated: Floats = CENTRE + SCALE / math.log(10) * (strength - strength.mean())
    return rated


def _groups(votes: Sequence[Vote], models: Sequence[str]) -> int:
    leader = {name: name for name in models}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for vote in votes:
        leader[find(vote.first)] = find(vote.second)
    return len({find(name) for name in models})
