"""Fits reliabilities and γ to labelled runs: maximum posterior with shrinkage towards the shipped values.

The log score of the true country is maximised; each logit r has a Gaussian prior round the shipped value with standard
deviation 0.6, and so has logit γ: with a few dozen photos free fitting does worse than the defaults. Cross-validation
says whether the fit helps on samples that it has not seen.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from geoagent.atlas import Atlas
from geoagent.belief import current
from geoagent.density import likelihood_ratio, places_of_cases
from geoagent.errors import ConfigError
from geoagent.eval.aggregate import paired_difference
from geoagent.eval.intervals import Interval
from geoagent.evidence import Evidence
from geoagent.geo import Floats
from geoagent.reliability import Reliabilities

SHRINKAGE_SD = 0.6
FOLDS = 5
Kind = tuple[str, str]


class Labelled(NamedTuple):
    """One sample: the evidence found, and the ISO code of the true country."""

    evidence: tuple[Evidence, ...]
    country: str


class Fit(NamedTuple):
    """Fitted reliabilities, and what they gain in bits a sample over the ones before on samples not fitted to."""

    reliabilities: Reliabilities
    gained_bits: Interval
    samples: int


class _Case(NamedTuple):
    """A sample over areas instead of rows: for each piece of evidence its kind, group, and mean L in each area."""

    kinds: list[Kind]
    groups: list[str]
    ratios: Floats
    truth: Floats


def fit(samples: Sequence[Labelled], shipped: Reliabilities, atlas: Atlas, name: str, seed: int = 0) -> Fit:
    """Fit to all samples; the gain is measured by cross-validation. Raises ConfigError for fewer than ten samples."""
    usable = [sample for sample in samples if sample.evidence and sample.country in atlas.countries]
    if len(usable) < 2 * FOLDS:
        raise ConfigError(f"{len(usable)} labelled samples with evidence: too few to fit to, at least {2 * FOLDS}")
    areas, prior = _areas(atlas)
    cases = [_case(sample, atlas, areas, prior) for sample in usable]
    kinds = sorted({kind for case in cases for kind in case.kinds})
    start = np.array([logit(_clip(_shipped(shipped, kind))) for kind in kinds] + [logit(_clip(shipped.gamma))])
    order = np.random.default_rng(seed).permutation(len(cases))
    before, after = np.zeros(len(cases)), np.zeros(len(cases))
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        rest = [cases[i] for i in range(len(cases)) if i not in set(held.tolist())]
        fitted = _maximise(rest, kinds, start, prior)
        for i in held:
            before[i], after[i] = (_bits(cases[i], kinds, theta, prior) for theta in (start, fitted))
    final = _maximise(cases, kinds, start, prior)
    return Fit(_with(shipped, kinds, final, f"{name}, n = {len(cases)}"), paired_difference(before, after, seed), len(cases))


def _areas(atlas: Atlas) -> tuple[np.typing.NDArray[np.int64], Floats]:
    """An area for each row, its division or its country, and the prior of each area."""
    keys = np.where(atlas.division >= 0, atlas.division + len(atlas.countries), atlas.country)
    _, areas = np.unique(keys, return_inverse=True)
    return areas.astype(np.int64), np.asarray(np.bincount(areas, atlas.prior), dtype=np.float64)


def _case(sample: Labelled, atlas: Atlas, areas: np.typing.NDArray[np.int64], prior: Floats) -> _Case:
    standing, none = current(sample.evidence), places_of_cases(atlas, [])
    ratios = [
        np.bincount(areas, atlas.prior * likelihood_ratio(item.likelihood, atlas, none)[0]) / prior for item in standing
    ]
    truth = np.bincount(areas, atlas.prior * atlas.rows(sample.country)) / prior
    kinds = [(item.witness.partition(":")[0], item.kind) for item in standing]
    return _Case(kinds, [item.group for item in standing], np.array(ratios), truth)


def _maximise(cases: Sequence[_Case], kinds: list[Kind], start: Floats, prior: Floats) -> Floats:
    def loss(theta: Floats) -> float:
        penalty = 0.5 * float((((theta - start) / SHRINKAGE_SD) ** 2).sum())
        return penalty - math.log(2) * sum(_bits(case, kinds, theta, prior) for case in cases)

    return np.asarray(minimize(loss, start, method="L-BFGS-B", options={"maxiter": 40}).x, dtype=np.float64)


def _bits(case: _Case, kinds: list[Kind], theta: Floats, prior: Floats) -> float:
    """log2 of the true country's posterior."""
    r = {kind: float(value) for kind, value in zip(kinds, expit(theta[:-1]), strict=True)}
    gamma = float(expit(theta[-1]))
    groups: dict[str, list[tuple[float, Floats]]] = defaultdict(list)
    for kind, group, ratio in zip(case.kinds, case.groups, case.ratios, strict=True):
        mixed = r[kind] * ratio + 1 - r[kind]
        groups[group].append((float(prior @ (mixed * np.log(mixed))), np.log(mixed)))
    log_p = np.log(prior)
    for members in groups.values():
        for k, (_, log_ratio) in enumerate(sorted(members, key=lambda member: -member[0])):
            log_p = log_p + gamma**k * log_ratio
    p = np.exp(log_p - log_p.max())
    return float(np.log2(p @ case.truth / p.sum()))


def _clip(r: float) -> float:
    return min(max(r, 0.01), 0.99)


def _shipped(shipped: Reliabilities, kind: Kind) -> float:
    """What is shipped for the country."""
    known = {(row.witness, row.kind, row.level): row.r for row in shipped.rows}
    keys = [(w, k, level) for w, k in (kind, (kind[0], "*"), ("*", "*")) for level in ("country", "*")]
    return next((known[key] for key in keys if key in known), 0.5)


def _with(shipped: Reliabilities, kinds: list[Kind], theta: Floats, name: str) -> Reliabilities:
    """The shipped table with the fitted rows; finer levels keep their proportion to the country."""
    rows: list[dict[str, object]] = []
    for kind, r in zip(kinds, expit(theta[:-1]), strict=True):
        scale = float(r) / _shipped(shipped, kind)
        levels = {row.level: row.r * scale for row in shipped.rows if (row.witness, row.kind) == kind}
        rows += [
            {"witness": kind[0], "kind": kind[1], "level": level, "r": round(min(value, 0.999), 4), "fitted": name}
            for level, value in (levels or {"*": float(r)}).items()
        ]
    kept = [row.model_dump() for row in shipped.rows if (row.witness, row.kind) not in kinds]
    return Reliabilities.model_validate({
        "gamma": round(float(expit(theta[-1])), 4), "rows": [*rows, *kept], "comment": shipped.comment
    })  # fmt: skip
