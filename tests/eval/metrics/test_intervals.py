"""Intervals: drawn laws against plain resampling, and against the spreads that theory gives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoagent.errors import ConfigError
from geoagent.eval.metrics import intervals


def resampled(rows: np.ndarray, statistic: str, resamples: int = 4000) -> np.ndarray:
    """The plain bootstrap: the statistic of rows drawn with replacement."""
    rng = np.random.default_rng(99)
    drawn = rows[rng.integers(0, rows.size, (resamples, rows.size))]
    return np.asarray(np.median(drawn, axis=1) if statistic == "median" else drawn.mean(axis=1))


def test_proportion_spread_is_binomial() -> None:
    interval = intervals.proportion_interval(400, 1000)
    half = 1.96 * math.sqrt(0.4 * 0.6 / 1000)
    assert interval.value == 0.4
    assert interval.low == pytest.approx(0.4 - half, abs=0.004)
    assert interval.high == pytest.approx(0.4 + half, abs=0.004)


def test_proportion_at_its_ends_and_of_nothing() -> None:
    none, all_of_them = intervals.proportion_interval(0, 10), intervals.proportion_interval(10, 10)
    assert (none.low, none.high) == (0, pytest.approx(0.30850, abs=1e-5))
    assert (all_of_them.low, all_of_them.high) == (pytest.approx(0.69150, abs=1e-5), 1)
    assert math.isnan(intervals.proportion_interval(0, 0).value)
    with pytest.raises(ConfigError):
        intervals.proportion_interval(11, 10)


def test_a_ratio_is_of_all_parts_and_its_spread_of_the_samples() -> None:
    parts, wholes = np.tile([0, 4], 50), np.tile([4, 4], 50)
    interval = intervals.ratio_interval([*parts, 0], [*wholes, 0])
    assert (interval.value, interval.n) == (0.5, 100)
    half = 1.96 * 0.5 / math.sqrt(100)  # as of 100 samples, not of 400 parts
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.1)


def test_a_ratio_at_its_ends_and_of_nothing() -> None:
    assert intervals.ratio_interval([0] * 10, [3] * 10) == intervals.proportion_interval(0, 10)
    assert intervals.ratio_interval([3] * 10, [3] * 10) == intervals.proportion_interval(10, 10)
    assert math.isnan(intervals.ratio_interval([0], [0]).value)


@pytest.mark.parametrize("n", [200, 30_000])
def test_mean_spread_is_the_standard_error(n: int) -> None:
    rows = np.random.default_rng(5).gamma(2.0, 300.0, n)
    interval = intervals.mean_interval(rows, resamples=4000)
    half = 1.96 * rows.std() / math.sqrt(n)
    assert interval.value == pytest.approx(rows.mean())
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.06)
    assert interval.low < interval.value < interval.high


def test_binned_means_keep_the_spread_of_an_outlier() -> None:
    # One row carries nearly all the variance; bins without their inner spread would lose most of it.
    rows = np.append(np.random.default_rng(5).random(40_000), 1e6)
    interval = intervals.mean_interval(rows, resamples=4000)
    assert (interval.high - interval.low) / 2 == pytest.approx(1.96 * rows.std() / math.sqrt(rows.size), rel=0.15)


def test_mean_of_few_levels_is_exact() -> None:
    direct = np.quantile(resampled(np.repeat([0.0, 1.0, 5.0], [5, 3, 2]), "mean"), [0.025, 0.975])
    interval = intervals.mean_interval(np.repeat([0.0, 1.0, 5.0], [5, 3, 2]), resamples=4000)
    assert interval.value == pytest.approx(1.3)
    assert [interval.low, interval.high] == pytest.approx(direct.tolist(), abs=0.11)


@pytest.mark.parametrize("n", [40, 41])
def test_median_draws_are_those_of_plain_resampling(n: int) -> None:
    rows = np.random.default_rng(3).exponential(100.0, n)
    direct = np.quantile(resampled(rows, "median", 20_000), [0.025, 0.975])
    interval = intervals.median_interval(rows, resamples=20_000)
    assert interval.value == pytest.approx(np.median(rows))
    assert [interval.low, interval.high] == pytest.approx(direct.tolist(), rel=0.08)


def test_median_of_two_rows() -> None:
    # Resamples of {0, 1}: both 0, both 1 or one each, so the median is 0, 1/2 or 1 with 1/4, 1/2, 1/4.
    interval = intervals.median_interval([0.0, 1.0])
    assert interval == intervals.Interval(0.5, 0.0, 1.0, 2)


def test_quantile_takes_the_smallest_row_that_suffices() -> None:
    rows = [1.0, 2.0, 3.0, 4.0, math.inf]
    assert intervals.quantile_interval(rows, 0.8).value == 4
    assert intervals.quantile_interval(rows, 0.81).value == math.inf
    assert intervals.quantile_interval(rows, 0.8).high == math.inf
    with pytest.raises(ConfigError):
        intervals.quantile_interval(rows, 0)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ConfigError):
        intervals.mean_interval([1.0, math.nan])
    with pytest.raises(ConfigError):
        intervals.mean_interval([1.0, math.inf])


def test_nothing_gives_nan() -> None:
    for interval in (intervals.mean_interval([]), intervals.median_interval([]), intervals.quantile_interval([], 0.5)):
        assert interval.n == 0
        assert math.isnan(interval.value)


def test_text() -> None:
    assert str(intervals.Interval(0.5, 0.25, 0.75, 8)) == "0.5 [0.25, 0.75] (n = 8)"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.integers(0, 5))
def test_seeded_ordered_and_within_the_rows(rows: list[float], seed: int) -> None:
    for function in (intervals.mean_interval, intervals.median_interval):
        interval = function(rows, seed, 50)
        backwards = function(list(reversed(rows)), seed, 50)
        assert (interval.low, interval.high) == (backwards.low, backwards.high)
        assert interval == function(rows, seed, 50)
        slack = 1e-9 * max(1.0, *map(abs, rows))
        assert min(rows) - slack <= interval.low <= interval.high <= max(rows) + slack
