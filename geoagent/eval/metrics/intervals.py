"""Seeded bootstrap intervals (Efron 1979, percentile method) for any number of samples.

A million rows need not be resampled a thousand times. What a bootstrap resample does to a statistic follows a known
law: a count is binomial, counts of categories are multinomial, an order statistic is the row at a Beta-distributed
rank. These are drawn exactly; only the mean of many different values is approximated, by bins.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoagent.errors import ConfigError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESAMPLES = 1000
CONFIDENCE = 0.95
_BINS = 4096
_DIRECT_LIMIT = 20_000
_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure over `n` samples with its 95 % interval. NaN throughout where n = 0."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}] (n = {self.n})"


def percentile_interval(value: float, draws: Floats, n: int) -> Interval:
    """The observed `value` over `n` samples with the central 95 % of `draws`, its values in bootstrap resamples.

    NaN throughout where n is 0 or there are no draws.
    """
    if n == 0 or not draws.size:
        return Interval(math.nan, math.nan, math.nan, n)
    # "inverted_cdf" picks a drawn value and interpolates nothing, so that infinite areas stay infinite, not NaN.
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], method="inverted_cdf")
    return Interval(value, float(low), float(high), n)


def proportion_interval(successes: int, n: int, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The share of `successes` among `n` samples with its 95 % bootstrap interval; NaN throughout where n is 0.

    Where none or all succeed a bootstrap cannot tell what was not seen: there the open end is that of the exact
    interval (Clopper & Pearson 1934). `seed` and `resamples` are those of the bootstrap. Raises ConfigError unless 0 ≤
    successes ≤ n.
    """
    if not 0 <= successes <= n:
        raise ConfigError(f"{successes} successes of {n}")
    if n == 0:
        return percentile_interval(math.nan, np.empty(0), 0)
    share = successes / n
    if share in (0, 1):
        from scipy.stats import binomtest

        exact = binomtest(successes, n).proportion_ci(CONFIDENCE, method="exact")
        return Interval(share, float(exact.low), float(exact.high), n)
    draws = np.random.default_rng(seed).binomial(n, share, resamples) / n
    return percentile_interval(share, draws, n)


def ratio_interval(parts: ArrayLike, wholes: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The sum of `parts` divided by the sum of `wholes`, with its 95 % interval from resampling the samples.

    Each sample has one part and one whole, such as the supported and all sentences on a photo; those of one sample may
    depend on each other. Samples whose whole is 0 do not count. Where the share is 0 or 1 the open end is that of
    `proportion_interval`. `seed` and `resamples` are those of the bootstrap.
    """
    pairs = np.column_stack((_finite(parts), _finite(wholes)))
    pairs = pairs[pairs[:, 1] > 0]
    n = len(pairs)
    if n == 0:
        return percentile_interval(math.nan, np.empty(0), 0)
    part, whole = pairs.sum(axis=0)
    if part in (0, whole):
        return proportion_interval(n if part else 0, n)
    kinds, counts = np.unique(pairs, axis=0, return_counts=True)
    drawn = _resampled_counts(np.random.default_rng(seed), counts, resamples) @ kinds
    return percentile_interval(float(part / whole), drawn[:, 0] / drawn[:, 1], n)


def mean_interval(values: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The mean of `values`, one for each sample, with its 95 % bootstrap interval; NaN throughout without values.

    The resampling is exact for up to 20,000 values or 4,096 different ones. For more, they are cut into 4,096 bins, and
    the spread within a bin is taken as Gaussian. `seed` and `resamples` are those of the bootstrap. Raises ConfigError
    for a value that is NaN or infinite.
    """
    rows = _finite(values)
    if not rows.size:
        return percentile_interval(math.nan, np.empty(0), 0)
    rng = np.random.default_rng(seed)
    levels, counts = np.unique(rows, return_counts=True)
    if levels.size <= _BINS:
        draws = _resampled_counts(rng, counts, resamples) @ levels / rows.size
    elif rows.size <= _DIRECT_LIMIT:
        draws = _direct_means(rng, rows, resamples)
    else:
        draws = _binned_means(rng, np.repeat(levels, counts), resamples)
    return percentile_interval(float(rows.mean()), draws, rows.size)


def quantile_interval(values: ArrayLike, share: float, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The smallest of `values` that at least the `share` of them do not exceed, with its 95 % bootstrap interval.

    A share of 0.5 gives the lower median. The interval is exact: the m-th smallest of n draws is the row at rank ⌈n·U⌉
    with U ~ Beta(m, n − m + 1). Values may be infinite. `seed` and `resamples` are those of the bootstrap. Raises
    ConfigError for NaN, or a share outside (0, 1].
    """
    rows = np.sort(_not_nan(values))
    if not 0 < share <= 1:
        raise ConfigError(f"a share of rows lies in (0, 1], not {share}")
    if not rows.size:
        return percentile_interval(math.nan, np.empty(0), 0)
    rank = max(1, math.ceil(share * rows.size - 1e-9))
    uniform = np.random.default_rng(seed).beta(rank, rows.size - rank + 1, resamples)
    return percentile_interval(float(rows[rank - 1]), _rows_at(rows, uniform), rows.size)


def median_interval(values: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The median of `values`, midway between the two middle ones where their number is even, with its 95 % interval.

    The bootstrap interval is exact. Values may be infinite; NaN raises ConfigError. `seed` and `resamples` are those of
    the bootstrap.
    """
    rows = np.sort(_not_nan(values))
    n = rows.size
    if n == 0:
        return percentile_interval(math.nan, np.empty(0), 0)
    rng = np.random.default_rng(seed)
    lower = (n + 1) // 2
    uniform = rng.beta(lower, n - lower + 1, resamples)
    draws = _rows_at(rows, uniform)
    if n % 2 == 0:
        # Given the lower middle, the n − lower uniforms above it are independent; the next one is their minimum.
        above = 1 - (1 - uniform) * rng.random(resamples) ** (1 / (n - lower))
        draws = _midway(draws, _rows_at(rows, above))
    value = float(_midway(rows[lower - 1 : lower], rows[n // 2 : n // 2 + 1])[0])
    return percentile_interval(value, draws, n)


def resampled_cells(counts: ArrayLike, seed: int = 0, resamples: int = RESAMPLES) -> Floats:
    """How often each category occurs in bootstrap resamples of rows in which it occurs `counts` times.

    The shape is (resamples, categories). `seed` is that of the draws.
    """
    return _resampled_counts(np.random.default_rng(seed), np.asarray(counts, dtype=np.int64), resamples)


def _resampled_counts(rng: np.random.Generator, counts: Ints, resamples: int) -> Floats:
    total = int(counts.sum())
    return rng.multinomial(total, counts / total, resamples).astype(np.float64)


def _direct_means(rng: np.random.Generator, rows: Floats, resamples: int) -> Floats:
    step = max(1, _CHUNK_CELLS // rows.size)
    sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
    return np.concatenate([rows[rng.integers(0, rows.size, (size, rows.size))].mean(axis=1) for size in sizes])


def _binned_means(rng: np.random.Generator, ordered: Floats, resamples: int) -> Floats:
    starts = np.linspace(0, ordered.size, _BINS, endpoint=False).astype(np.int64)
    counts = np.diff(np.append(starts, ordered.size))
    means = np.add.reduceat(ordered, starts) / counts
    residuals = ordered - np.repeat(means, counts)
    variances = np.add.reduceat(residuals**2, starts) / counts
    drawn = _resampled_counts(rng, counts, resamples)
    sums: Floats = drawn @ means + np.sqrt(drawn @ variances) * rng.standard_normal(resamples)
    return sums / ordered.size


def _rows_at(rows: Floats, uniform: Floats) -> Floats:
    drawn: Floats = rows[np.clip(np.ceil(uniform * rows.size).astype(np.int64) - 1, 0, rows.size - 1)]
    return drawn


def _midway(lower: Floats, upper: Floats) -> Floats:
    middle: Floats = (lower + upper) / 2
    return middle


def _not_nan(values: ArrayLike) -> Floats:
    rows = np.asarray(values, dtype=np.float64).ravel()
    if np.isnan(rows).any():
        raise ConfigError("a value is not a number; leave out what was not answered, or count it as a miss, before")
    return rows


def _finite(values: ArrayLike) -> Floats:
    rows = _not_nan(values)
    if np.isinf(rows).any():
        raise ConfigError("a mean of infinite values has no interval")
    return rows
