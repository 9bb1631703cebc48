"""Figures over many samples: accuracy averaged over groups, Recall versus Area, comparison of two systems."""

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
    """The mean of the accuracies of groups, such as countries: a frequent group counts no more than a rare one."""

    value: Interval
    by_group: dict[str, tuple[float, int]]
    """For each group its accuracy, from 0 to 1, and its number of samples."""


@dataclass(frozen=True, slots=True)
class RecallVersusArea:
    """How much of the Earth a system has to search before it finds the truth, over `n` samples.

    Each sample's area is what its belief takes in, densest regions first, until the true point is inside. The recall at
    an area is the share of samples that need no more.
    """

    n: int
    areas_km2: Floats
    """The finite areas at which the recall rises, ascending."""
    recalls: Floats
    """For each of `areas_km2` the recall from that area on, from 0 to 1."""
    area_at: dict[float, Interval]
    """For each recall that was asked for the area in km² that reaches it; infinite where none does."""

    def recall(self, area_km2: float) -> float:
        """The share of samples, from 0 to 1, whose true point is found within `area_km2`."""
        steps = int(np.searchsorted(self.areas_km2, area_km2, side="right"))
        return float(self.recalls[steps - 1]) if steps else 0.0


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's test of two systems A and B on the same samples.

    `only_a` and `only_b` count the samples that only A or only B got right. `p` is the two-sided exact probability that
    chance splits them so unevenly; 1.0 where there are none.
    """

    only_a: int
    only_b: int
    p: float


def macro_average(groups: Sequence[str], right: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> MacroAverage:
    """Accuracy averaged over groups, with its bootstrap interval; NaN without samples.

    The bootstrap resamples the samples; a group that has none left in a resample does not count there. Raises
    ConfigError where groups and samples differ in number or `right` holds other values than 0 and 1.

    Args:
        groups: the group of each sample, such as its true country.
        right: 1 where the sample's answer is right, else 0.
        seed: of the resampling.
        resamples: how many resamples are drawn.
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
    """Recall versus Area: how large an area has to be searched, densest regions first, to find the truth.

    Raises ConfigError for an area that is negative or NaN.

    Args:
        areas_km2: for each sample the area that is searched until the true point is inside; infinite where it never is.
        recalls: the shares of samples for which the needed area is told.
        seed: of the resampling.
        resamples: how many resamples are drawn.
    """
    areas = np.sort(np.asarray(areas_km2, dtype=np.float64))
    if np.isnan(areas).any() or (areas < 0).any():
        raise ConfigError("an area is a number of km² from 0 to infinity")
    steps, counts = np.unique(areas[np.isfinite(areas)], return_counts=True)
    at = {share: quantile_interval(areas, share, seed, resamples) for share in recalls}
    return RecallVersusArea(areas.size, steps, np.cumsum(counts) / max(areas.size, 1), at)


def paired_difference(a: ArrayLike, b: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The mean of b − a over the same samples in the same order, with the 95 % interval of a paired bootstrap.

    `a` and `b` hold a score of each sample by two systems: GeoScores, bits, or zeros and ones. `seed` and `resamples`
    are those of the bootstrap. Raises ConfigError where they differ in number.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise ConfigError(f"{first.size} samples cannot be paired with {second.size}")
    return mean_interval(second - first, seed, resamples)


def mcnemar(a_right: ArrayLike, b_right: ArrayLike) -> McNemar:
    """McNemar's test (1947) in its exact form: do two systems differ in how often they are right on the same samples?

    `a_right` and `b_right` hold 1 or 0 for each sample, in the same order. Raises ConfigError for other values, or
    where they differ in number.
    """
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
