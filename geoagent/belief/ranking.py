"""Rankings of a few places as scores: Plackett and Luce's model, and how far several rankings agree."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.optimize import minimize

from geoagent.geo import Floats

PRIOR_SD = 1.0
"""Of a score, a natural logarithm, before anything was ranked: a few rankings alike make no certainty."""


def plackett_luce(rankings: Sequence[Sequence[int]], count: int) -> Floats:
    """The scores (count,) with mean 0 that rankings of 0 … count − 1, the best first, give, as natural logarithms.

    By the model the next place is chosen from those left in proportion to e to the power of its score.
    """

    def missed(scores: Floats) -> float:
        total = 0.5 * float((scores**2).sum()) / PRIOR_SD**2
        for ranking in rankings:
            left = scores[list(ranking)]
            total += float(np.logaddexp.accumulate(left[::-1])[::-1].sum() - left.sum())
        return total

    found: Floats = minimize(missed, np.zeros(count)).x
    found -= found.mean()
    return found


def agreement(rankings: Sequence[Sequence[int]]) -> float:
    """The mean over all pairs of rankings of Kendall's τ: 1 where all are alike, about 0 where they are by chance."""
    places = [np.argsort(ranking) for ranking in rankings]
    pairs = list(combinations(range(len(rankings[0])), 2))
    taus = [
        float(np.mean([np.sign((one[a] - one[b]) * (other[a] - other[b])) for a, b in pairs]))
        for one, other in combinations(places, 2)
    ]
    return float(np.mean(taus))
