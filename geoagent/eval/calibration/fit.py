"""Fits the reliabilities of witnesses, γ and temperatures to runs with known places, held near the shipped values.

What is maximised is the log probability of the true place, as fine as it is known, plus a Gaussian prior round each
shipped value (standard deviation 0.6 for a logit of r or γ, 0.3 for the logarithm of a temperature, which is at least
0). Without that prior, fitting to a few dozen photos does worse than not fitting. Cross-validation says whether the fit
helps on samples that it has not seen. What a model's probabilities are worth is fitted in
`geoagent.eval.calibration.opinions`.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from geoagent.atlas import Atlas, Mask
from geoagent.belief import Beliefs
from geoagent.belief.reliability import Calibration, Reliabilities, Row
from geoagent.case.evidence import Evidence
from geoagent.errors import ConfigError
from geoagent.eval.calibration.grouped_rows import FITTED_LEVELS, Atoms, Kind, atoms
from geoagent.eval.calibration.opinions import fit_calibrations, fit_correlations, outcomes
from geoagent.eval.metrics.aggregate import paired_difference
from geoagent.eval.metrics.intervals import Interval, mean_interval
from geoagent.geo import Floats
from geoagent.reading.tables import tables

SHRINKAGE_SD, TEMPERATURE_SD = 0.6, 0.3
FOLDS = 5
UNSOURCED_MOST = 0.5
"""The most that what has no source may be believed, however well it did."""


class Labelled(NamedTuple):
    """A sample to fit to: its evidence, the mask of the atlas's rows (places) that are true, and the true country.

    `country` is its ISO code.
    """

    evidence: tuple[Evidence, ...]
    truth: Mask
    country: str


class Stated(NamedTuple):
    """What was stated of the country, with one entry for each sample in both lists.

    `confidence` is the probability of the most probable country; `right` is 1.0 where that country is the true one,
    else 0.0.
    """

    confidence: list[float]
    right: list[float]


class Fit(NamedTuple):
    """Fitted reliabilities, and what they gain on samples that they were not fitted to (cross-validation).

    `bits_before` and `bits_after` are the mean log2 of the true place's probability with the shipped and the fitted
    reliabilities, `gained_bits` is their difference. `before` and `after` are what was stated of the countries.
    `samples` is how many were fitted to.
    """

    reliabilities: Reliabilities
    bits_before: Interval
    bits_after: Interval
    gained_bits: Interval
    before: Stated
    after: Stated
    samples: int


class _Parameters(NamedTuple):
    """What is fitted, in the order of θ: logit r of each kind and level, logit γ, log temperature of each family."""

    r: list[tuple[Kind, int]]
    witnesses: list[str]
    start: Floats
    bounds: list[tuple[float | None, float | None]]

    @property
    def sd(self) -> Floats:
        return np.array([SHRINKAGE_SD] * (len(self.r) + 1) + [TEMPERATURE_SD] * len(self.witnesses))


class _Scored(NamedTuple):
    """The natural logarithm of the truth's probability, its gradient over θ, and the posterior of the atoms."""

    log_p: float
    gradient: Floats
    posterior: Floats


def fit(samples: Sequence[Labelled], shipped: Reliabilities, atlas: Atlas, name: str, seed: int = 0) -> Fit:
    """Fit reliabilities to all samples; what that gains is measured by cross-validation.

    The `atlas` is the one that the samples' rows belong to. `shipped` are the reliabilities to start from and to stay
    near. `name` is kept in each fitted row as its source. `seed` draws the parts of the cross-validation. Raises
    ConfigError for fewer than ten samples with evidence.
    """
    usable = [sample for sample in samples if sample.evidence and sample.truth.any()]
    if len(usable) < 2 * FOLDS:
        raise ConfigError(f"{len(usable)} labelled samples with evidence: too few to fit to, at least {2 * FOLDS}")
    beliefs = Beliefs(atlas, shipped)
    cases = [_by_row(atoms(sample.evidence, sample.truth, beliefs), shipped) for sample in usable]
    stated = [list(outcomes(sample.evidence, sample.truth, sample.country, atlas)) for sample in usable]
    calibrations = fit_calibrations(chain.from_iterable(stated), f"{name}, n = {len(usable)}")
    shipped = shipped.model_copy(update={"correlations": {**shipped.correlations, **fit_correlations(stated)}})
    true = [atlas.countries.index(sample.country) if sample.country in atlas.countries else -1 for sample in usable]
    parameters = _parameters(cases, shipped)
    order = np.random.default_rng(seed).permutation(len(cases))
    before = [_score(case, parameters, parameters.start) for case in cases]
    after = before.copy()
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS].tolist())
        fitted = _maximise([case for i, case in enumerate(cases) if i not in held], parameters)
        for i in held:
            after[i] = _score(cases[i], parameters, fitted)
    final = _maximise(cases, parameters)
    bits = [np.array([scored.log_p for scored in scores]) / np.log(2) for scores in (before, after)]
    return Fit(
        _with(shipped, parameters, final, f"{name}, n = {len(cases)}", calibrations),
        mean_interval(bits[0], seed),
        mean_interval(bits[1], seed),
        paired_difference(bits[0], bits[1], seed),
        _stated(cases, before, true),
        _stated(cases, after, true),
        len(cases),
    )


def _by_row(case: Atoms, shipped: Reliabilities) -> Atoms:
    """The sample with each witness by the name that counts: its own where the table has a row for it, else the part
    before the colon, which is fitted for all of that family.
    """
    own = {row.witness for row in shipped.rows}
    return case._replace(kinds=tuple((w if w in own else _family(w), kind) for w, kind in case.kinds))


def _family(witness: str) -> str:
    return witness.partition(":")[0]


def _parameters(cases: Sequence[Atoms], shipped: Reliabilities) -> _Parameters:
    deepest: dict[Kind, int] = defaultdict(int)
    for case in cases:
        for kind, depth in zip(case.kinds, case.depths, strict=True):
            deepest[kind] = max(deepest[kind], depth)
    r = [(kind, level) for kind in sorted(deepest) for level in range(deepest[kind] + 1)]
    witnesses = sorted({_family(kind[0]) for kind in deepest})
    rows = [_shipped(shipped, kind, level) for kind, level in r]
    start = [logit(_clip(row.r)) for row in rows] + [logit(_clip(shipped.gamma))]
    start += [np.log(shipped.temperatures.get(witness, 1.0)) for witness in witnesses]
    bounds = [(None, float(logit(row.most))) for row in rows]
    return _Parameters(
        r, witnesses, np.array(start), [*bounds, (None, None), *[(0.0, float(np.log(10)))] * len(witnesses)]
    )


def _shipped(shipped: Reliabilities, kind: Kind, level: int) -> Row:
    """The row that counts for a kind at a level; what rests on a table without source is limited."""
    found = shipped.row(*kind, FITTED_LEVELS[level])
    r, most = (found.r, found.most) if found else (0.5, 0.999)
    table = tables().get(kind[1])
    if table and any(answer.source == "unsourced" for answer in table.answers.values()):
        most = min(most, UNSOURCED_MOST)
    return Row(witness=kind[0], kind=kind[1], level=FITTED_LEVELS[level], r=min(r, most), most=most)


def _maximise(cases: Sequence[Atoms], parameters: _Parameters) -> Floats:
    def loss(theta: Floats) -> tuple[float, Floats]:
        off = (theta - parameters.start) / parameters.sd
        scored = [_score(case, parameters, theta) for case in cases]
        gradient: Floats = off / parameters.sd - np.sum([one.gradient for one in scored], axis=0)
        return 0.5 * float(off @ off) - sum(one.log_p for one in scored), gradient

    found = minimize(
        loss, parameters.start, jac=True, method="L-BFGS-B", bounds=parameters.bounds, options={"maxiter": 60}
    )
    return np.asarray(found.x, dtype=np.float64)


def _score(case: Atoms, parameters: _Parameters, theta: Floats) -> _Scored:
    """The belief of `geoagent.belief` over atoms, with its derivatives; the order inside groups is taken as it is."""
    number = {key: i for i, key in enumerate(parameters.r)}
    at_gamma = len(parameters.r)
    r, gamma = expit(theta[:at_gamma]), float(expit(theta[at_gamma]))
    pieces = zip(case.kinds, case.depths, strict=True)
    uses = [_in_force(r, [number[kind, level] for level in range(depth + 1)]) for kind, depth in pieces]
    mixed = np.array([1.0 + r[use] @ case.gains[k, : len(use)] for k, use in enumerate(uses)])
    logs = np.log(np.maximum(mixed, 1e-12))
    at_witness = [at_gamma + 1 + parameters.witnesses.index(_family(witness)) for witness, _ in case.kinds]
    rank = _ranks(case.groups, (mixed * logs) @ case.prior)
    discount = case.counts * gamma**rank / np.exp(theta[at_witness])
    log_p = np.log(case.prior) + discount @ logs
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    right = float(p @ case.truth)
    pull = p * case.truth / right - p
    gradient = np.zeros(len(theta))
    for k, use in enumerate(uses):
        by_r = discount[k] * (case.gains[k, : len(use)] / mixed[k]) @ pull
        np.add.at(gradient, use, by_r * r[use] * (1 - r[use]))
        along = float(logs[k] @ pull) * discount[k]
        gradient[at_gamma] += along * rank[k] * (1 - gamma)
        gradient[at_witness[k]] -= along
    return _Scored(float(np.log(right)), gradient, p)


def _in_force(r: Floats, numbers: list[int]) -> list[int]:
    """For each level, country first, the parameter that counts: a coarser level is never believed less than a finer."""
    found = numbers.copy()
    for level in range(len(numbers) - 2, -1, -1):
        found[level] = numbers[level] if r[numbers[level]] >= r[found[level + 1]] else found[level + 1]
    return found


def _ranks(groups: Sequence[str], moved: Floats) -> Floats:
    """How many members of its group move the prior more than each piece."""
    order = np.argsort(-moved, kind="stable")
    seen: dict[str, int] = defaultdict(int)
    ranks = np.zeros(len(groups))
    for k in order:
        ranks[k] = seen[groups[k]]
        seen[groups[k]] += 1
    return ranks


def _stated(cases: Sequence[Atoms], scored: Sequence[_Scored], true: Sequence[int]) -> Stated:
    found = Stated([], [])
    for case, one, country in zip(cases, scored, true, strict=True):
        masses = np.bincount(case.country, one.posterior)
        found.confidence.append(min(float(masses.max()), 1.0))
        found.right.append(float(masses.argmax() == country))
    return found


def _clip(r: float) -> float:
    return min(max(r, 0.01), 0.99)


def _with(
    shipped: Reliabilities, parameters: _Parameters, theta: Floats, name: str, calibrations: Sequence[Calibration]
) -> Reliabilities:
    """The shipped table with the fitted rows and calibrations; levels finer than a city keep their proportion to it."""
    fitted, rows = {kind for kind, _ in parameters.r}, list[Row]()
    for (kind, level), logit_r in zip(parameters.r, theta, strict=False):
        base = _shipped(shipped, kind, level)
        r = min(round(float(expit(logit_r)), 4), base.most)
        rows.append(base.model_copy(update={"r": r, "fitted": name}))
        if (kind, level + 1) not in parameters.r:
            finer = shipped.row(*kind, "point")
            scaled = min(r * (finer.r / base.r if finer and base.r else 1.0), r, base.most)
            rows.append(base.model_copy(update={"level": "*", "r": round(scaled, 4), "fitted": name}))
    rows += [row for row in shipped.rows if (row.witness, row.kind) not in fitted]
    heats = np.exp(theta[len(parameters.r) + 1 :])
    temperatures = {w: t for w, t in shipped.temperatures.items() if w not in parameters.witnesses}
    temperatures |= {w: round(float(t), 3) for w, t in zip(parameters.witnesses, heats, strict=True) if t >= 1.0005}
    return Reliabilities(
        gamma=round(float(expit(theta[len(parameters.r)])), 4),
        rows=tuple(rows),
        temperatures=temperatures,
        calibrations=(*calibrations, *shipped.calibrations),
        correlations=shipped.correlations,
        scatters=shipped.scatters,
        comment=shipped.comment,
    )
