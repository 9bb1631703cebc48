"""Figures over many samples: macro-average, Recall versus Area, paired comparison."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoagent.errors import ConfigError
from geoagent.eval.metrics.intervals import (
    RESAMPLES,
    Interval,
    mean_interval,
    percentile_interval,
    quantile_interval,
    resampled_cells,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RECALLS: tuple[float, ...] = (0.5, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class MacroAverage:
    """The mean over groups of each group's accuracy, so that a frequent country counts no more than a rare one."""

    value: Interval
    by_group: dict[str, tuple[float, int]]
    """For each group its accuracy and its number of samples."""


@dataclass(frozen=True, slots=True)
class RecallVersusArea:
    """Share of samples whose truth lies within the densest A km², as a step curve and at fixed recalls."""

    n: int
    areas_km2: Floats
    """Finite areas at which the curve steps up, ascending."""
    recalls: Floats
    """The recall from that area on."""
    area_at: dict[float, Interval]
    """The area needed for each recall; infinite where it is never reached."""

    def recall(self, area_km2: float) -> float:
        """The share of samples with their truth inside at most `area_km2`."""
        steps = int(np.searchsorted(self.areas_km2, area_km2, side="right"))
        return float(self.recalls[steps - 1]) if steps else 0.0


@dataclass(frozen=True, slots=True)
class McNemar:
    """Samples that only one of two systems got right, and the two-sided exact p-value that this is chance."""

    only_a: int
    only_b: int
    p: float


def macro_average(groups: Sequence[str], right: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> MacroAverage:
    """Accuracy averaged over groups; the bootstrap resamples samples, and groups it leaves empty do not count.

    Args:
        groups: the true country (say) of each sample.
        right: whether each sample is right.
        seed: of the draws.
        resamples: how many.
    """
    hits = _bools(right)
    if len(groups) != hits.size:
        raise ConfigError(f"{len(groups)} groups for {hits.size} samples")
    if not hits.size:
        return MacroAverage(percentile_interval(math.nan, np.empty(0), 0), {})
    names, index = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
    cells = np.bincount(2 * index + hits, minlength=2 * names.size).reshape(-1, 2)
    totals = cells.sum(axis=1)
    shares = cells[:, 1] / totals
    drawn = resampled_cells(cells.ravel(), seed, resamples).reshape(resamples, -1, 2)
    sizes = drawn.sum(axis=2)
    present = sizes > 0
    accuracies = np.divide(drawn[:, :, 1], sizes, out=np.zeros_like(sizes), where=present)
    value = percentile_interval(float(shares.mean()), accuracies.sum(axis=1) / present.sum(axis=1), hits.size)
    table = {str(name): (float(share), int(n)) for name, share, n in zip(names, shares, totals, strict=True)}
    return MacroAverage(value, table)


def recall_versus_area(
    areas_km2: ArrayLike, recalls: Sequence[float] = RECALLS, seed: int = 0, resamples: int = RESAMPLES
) -> RecallVersusArea:
    """Recall versus Area: regions taken from the densest on, until the true point is inside.

    Args:
        areas_km2: for each sample the area accumulated until then; infinite where it never is.
        recalls: the recalls at which to state the area.
        seed: of the draws.
        resamples: how many.
    """
    areas = np.sort(np.asarray(areas_km2, dtype=np.float64))
    if np.isnan(areas).any() or (areas < 0).any():
        raise ConfigError("an area is a number of km² from 0 to infinity")
    steps, counts = np.unique(areas[np.isfinite(areas)], return_counts=True)
    at = {share: quantile_interval(areas, share, seed, resamples) for share in recalls}
    return RecallVersusArea(areas.size, steps, np.cumsum(counts) / max(areas.size, 1), at)


def paired_difference(a: ArrayLike, b: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """Mean of b − a over the same samples in the same order, with the interval of a paired bootstrap.

    Scores of any kind: GeoScores, bits, or zeros and ones.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise ConfigError(f"{first.size} samples cannot be paired with {second.size}")
    return mean_interval(second - first, seed, resamples)


def mcnemar(a_right: ArrayLike, b_right: ArrayLike) -> McNemar:
    """McNemar's test (1947) in its exact form: the discordant samples against a fair coin."""
    first, second = _bools(a_right), _bools(b_right)
    if first.shape != second.shape:
        raise ConfigError(f"{first.size} samples cannot be paired with {second.size}")
    only_a, only_b = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first))
    from scipy.stats import binomtest

    discordant = only_a + only_b
    return McNemar(only_a, only_b, float(binomtest(only_a, discordant).pvalue) if discordant else 1.0)


def _bools(values: ArrayLike) -> Bools:
    given = np.asarray(values)
    if given.size and not np.isin(given, (0, 1)).all():
        raise ConfigError("expected true or false (1 or 0) for every sample")
    return given.astype(np.bool_)
