"""Fits what the probabilities that a model states are worth: a logistic curve for each model and level.

For each place of an opinion, logit c = shift + slope · logit q: q is the probability stated for the place and all
inside it, c what it is worth. Shift and log slope are held near 0 (stated probabilities come true), with a standard
deviation of 0.6.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from geoagent.atlas import Atlas, Mask
from geoagent.belief import current
from geoagent.belief.alternatives import path_of
from geoagent.belief.reliability import ALIKE, Calibration
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Alternatives
from geoagent.geo import Area, Floats

SD = 0.6
LEAST = 20
"""Fewer stated places than that say too little about a model."""
MOST = 0.995
EXTREME = 1e-3


class Outcome(NamedTuple):
    """A probability that a model stated for a place, and whether the photo was taken there.

    `witness` names the model, `level` is that of the place.
    """

    witness: str
    level: str
    stated: float
    right: bool


def outcomes(evidence: Iterable[Evidence], truth: Mask, country: str, atlas: Atlas) -> Iterator[Outcome]:
    """What became of the places that a model's opinions name: what was stated for each, and whether it is right.

    `evidence` is that of one photo; its opinions count. `truth` is the mask of the rows (places) of the atlas that are
    true, `country` the true country's ISO code. A place is right where more than half of the true rows lie in it, a
    country where it is that one. Places unknown to the atlas are left out.
    """
    for item in current(tuple(evidence)):
        if not isinstance(item.likelihood, Alternatives):
            continue
        stated: dict[Area, float] = defaultdict(float)
        for place in item.likelihood.places:
            for label in {label for label in path_of(place) if isinstance(label, Area)}:
                stated[label] += place.probability
        for area, probability in stated.items():
            inside = area.country == country if area.level == "country" else _holds_most(atlas.rows(area), truth)
            yield Outcome(item.witness, area.level, min(probability, 1.0), bool(inside))


def _holds_most(area: Mask, truth: Mask) -> bool:
    return bool(2 * np.count_nonzero(area & truth) > np.count_nonzero(truth) > 0)


def fit_calibrations(found: Iterable[Outcome], name: str) -> tuple[Calibration, ...]:
    """A calibration for each model and level of which at least 20 outcomes are known.

    `found` are the outcomes. `name` is kept in each as its source.
    """
    by_kind: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_kind[outcome.witness, outcome.level].append(outcome)
    return tuple(
        _fitted(witness, level, members, name)
        for (witness, level), members in sorted(by_kind.items())
        if len(members) >= LEAST
    )


def fit_correlations(samples: Iterable[Iterable[Outcome]]) -> dict[str, float]:
    """How alike each two models err in the country, by their witnesses: the correlation of their being wrong over the
    samples that both spoke of, shrunk towards what is taken where nothing is known.
    """
    wrong: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for sample in samples:
        surest: dict[str, Outcome] = {}
        for outcome in (found for found in sample if found.level == "country"):
            best = surest.get(outcome.witness)
            surest[outcome.witness] = outcome if best is None or outcome.stated > best.stated else best
        for one, other in combinations(sorted(surest), 2):
            wrong[one, other].append((not surest[one].right, not surest[other].right))
    return {
        f"{one} {other}": round((len(pairs) * _correlation(pairs) + LEAST * ALIKE) / (len(pairs) + LEAST), 3)
        for (one, other), pairs in wrong.items()
        if len(pairs) >= LEAST
    }


def _correlation(pairs: list[tuple[bool, bool]]) -> float:
    """Of two kinds of errors, at least 0; 0 too where one of them never happens."""
    one, other = np.array(pairs, dtype=np.float64).T
    spread = float(one.std() * other.std())
    return max(float(((one - one.mean()) * (other - other.mean())).mean()) / spread, 0.0) if spread else 0.0


def _fitted(witness: str, level: str, members: list[Outcome], name: str) -> Calibration:
    x = logit(np.clip([outcome.stated for outcome in members], EXTREME, 1 - EXTREME))
    right = np.array([outcome.right for outcome in members], dtype=np.float64)

    def loss(theta: Floats) -> float:
        p = np.clip(expit(theta[0] + np.exp(theta[1]) * x), 1e-9, 1 - 1e-9)
        return float(0.5 * (theta @ theta) / SD**2 - (right * np.log(p) + (1 - right) * np.log(1 - p)).sum())

    shift, log_slope = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return Calibration(
        witness=witness, level=level, shift=round(float(shift), 4), slope=round(float(np.exp(log_slope)), 4), most=MOST,
        source=f"{name}, {len(members)} stated places",
    )  # fmt: skip
