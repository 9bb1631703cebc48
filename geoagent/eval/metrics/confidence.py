"""Whether stated confidences come true: reliability bins, and calibration errors that small samples do not inflate."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoagent.errors import ConfigError
from geoagent.eval.metrics.intervals import (
    RESAMPLES,
    Interval,
    mean_interval,
    percentile_interval,
    proportion_interval,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 5
_EXACT_LIMIT = 20_000
_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One dot of a reliability diagram: the mean `confidence` of samples that stated alike, and their `accuracy`."""

    confidence: float
    accuracy: Interval


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """The expected calibration error of `n` samples, and how much of it is chance.

    `raw` is the error as it was measured. `expected` is its mean, `ceiling` its 95th percentile, where confidences are
    perfectly calibrated: a raw error below the ceiling is no sign of miscalibration. `corrected` is `raw` − `expected`;
    it may lie below 0 by chance. All are NaN without samples.
    """

    raw: float
    expected: float
    corrected: float
    ceiling: float
    n: int


def reliability_bins(confidences: ArrayLike, right: ArrayLike, bins: int = BINS, seed: int = 0) -> list[ReliabilityBin]:
    """Samples sorted by confidence and cut into `bins` bins of about equally many.

    Each bin has its mean confidence and its accuracy. `right` holds 1 or 0 for each sample. Samples of equal confidence
    stay in one bin, so there may be fewer bins; none without samples. `confidences` are the stated probabilities;
    `seed` is that of the intervals. Raises ConfigError where a confidence lies outside 0 to 1, or the numbers of both
    differ.
    """
    stated, hits = _checked(confidences, right)
    index = _bin_index(stated, bins)
    return [
        ReliabilityBin(
            confidence=float(stated[index == b].mean()),
            accuracy=proportion_interval(int(hits[index == b].sum()), int(np.count_nonzero(index == b)), seed),
        )
        for b in np.unique(index)
    ]


def calibration_error(
    confidences: ArrayLike, right: ArrayLike, bins: int = BINS, seed: int = 0, simulations: int = RESAMPLES
) -> CalibrationError:
    """Expected calibration error (Naeini et al. 2015) in bins of equal mass, with what perfect calibration would show.

    What perfect calibration shows comes from simulating outcomes that are right with exactly the stated confidence (the
    consistency resampling of Bröcker and Smith 2007). Above 20,000 samples the sums over bins are drawn as Gaussians.
    Raises ConfigError where a confidence lies outside 0 to 1, or the numbers of both differ.

    Args:
        confidences: the stated probability of being right, one for each sample.
        right: 1 where the sample was right, else 0.
        bins: how many bins.
        seed: of the simulation.
        simulations: how many sets of outcomes to simulate.
    """
    stated, hits = _checked(confidences, right)
    n = stated.size
    if n == 0:
        return CalibrationError(math.nan, math.nan, math.nan, math.nan, 0)
    index = _bin_index(stated, bins)
    raw = float(np.abs(np.bincount(index, hits - stated, bins)).sum() / n)
    simulated = _simulated(np.random.default_rng(seed), stated, index, bins, simulations)
    expected = float(simulated.mean())
    return CalibrationError(raw, expected, raw - expected, float(np.quantile(simulated, 0.95)), n)


def brier_score(confidences: ArrayLike, right: ArrayLike, seed: int = 0) -> Interval:
    """The Brier score (1950): the mean of (confidence − outcome)², 0 being best; "a half" stated always gets 0.25.

    `confidences` are the stated probabilities. `right` holds each outcome: 1 or 0. Raises ConfigError where a
    confidence lies outside 0 to 1, or the numbers of both differ.
    """
    stated, hits = _checked(confidences, right)
    return mean_interval((stated - hits) ** 2, seed)


def area_under_risk(confidences: ArrayLike, right: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """AURC (Geifman and El-Yaniv 2017): the share of wrong answers among the surest k, averaged over k = 1 … n.

    `confidences` are the stated probabilities. 0 is best; where confidences tell nothing it is the share of all answers
    that are wrong. Among answers of equal confidence each counts as wrong as often as they are on average. `right`
    holds 1 or 0 for each answer. NaN without answers.
    """
    stated, hits = _checked(confidences, right)
    if not stated.size:
        return percentile_interval(math.nan, np.empty(0), 0)
    levels, index, counts = np.unique(-stated, return_inverse=True, return_counts=True)
    wrong = np.bincount(index, 1 - hits, levels.size) / counts
    risks: Floats = wrong[np.sort(index)]  # the surest first
    rng, draws = np.random.default_rng(seed), []
    for _ in range(resamples if risks.size <= _EXACT_LIMIT else resamples // 50):
        draws.append(_mean_risk(risks[np.sort(rng.integers(0, risks.size, risks.size))]))
    return percentile_interval(_mean_risk(risks), np.array(draws), risks.size)


def _mean_risk(risks: Floats) -> float:
    return float((np.cumsum(risks) / np.arange(1, risks.size + 1)).mean())


def _simulated(rng: np.random.Generator, stated: Floats, index: Ints, bins: int, simulations: int) -> Floats:
    n = stated.size
    if n > _EXACT_LIMIT:
        deviations = np.sqrt(np.bincount(index, stated * (1 - stated), bins))
        gaps = rng.standard_normal((simulations, bins)) * deviations
    else:
        member = np.zeros((n, bins))
        member[np.arange(n), index] = 1.0
        step = max(1, _CHUNK_CELLS // n)
        sizes = [min(step, simulations - start) for start in range(0, simulations, step)]
        gaps = np.concatenate([((rng.random((size, n)) < stated) - stated) @ member for size in sizes])
    errors: Floats = np.abs(gaps).sum(axis=1) / n
    return errors


def _bin_index(stated: Floats, bins: int) -> Ints:
    if bins < 1:
        raise ConfigError("at least one bin is needed")
    ordered = np.sort(stated)
    middle = (np.searchsorted(ordered, stated, "left") + np.searchsorted(ordered, stated, "right")) / 2
    index: Ints = np.minimum((middle * bins / max(stated.size, 1)).astype(np.int64), bins - 1)
    return index


def _checked(confidences: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
    stated = np.asarray(confidences, dtype=np.float64)
    hits = np.asarray(right, dtype=np.float64)
    if stated.shape != hits.shape or stated.ndim != 1:
        raise ConfigError(f"{stated.size} confidences for {hits.size} samples")
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ConfigError("a confidence lies in [0, 1]")
    if not np.isin(hits, (0.0, 1.0)).all():
        raise ConfigError("expected true or false (1 or 0) for every sample")
    return stated, hits
