"""Figures over many samples against values worked out by hand or published."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoagent.errors import ConfigError
from geoagent.eval.metrics import aggregate

areas = st.lists(st.one_of(st.floats(0, 1e9), st.just(math.inf)), min_size=1, max_size=40)


def test_macro_average_counts_each_country_once() -> None:
    # SE 3 of 4, NO 0 of 1: plain 3/5, macro (3/4 + 0)/2.
    macro = aggregate.macro_average(["SE", "SE", "NO", "SE", "SE"], [1, 1, 0, 1, 0])
    assert macro.value.value == 0.375
    assert macro.by_group == {"NO": (0.0, 1), "SE": (0.75, 4)}
    assert 0 <= macro.value.low <= 0.375 <= macro.value.high <= 1


def test_macro_average_interval_is_that_of_plain_resampling() -> None:
    rng = np.random.default_rng(8)
    groups = rng.choice(["A", "B", "C"], 60, p=[0.7, 0.25, 0.05])
    right = rng.random(60) < 0.6
    drawn = rng.integers(0, 60, (4000, 60))
    direct = [np.mean([right[rows][groups[rows] == g].mean() for g in np.unique(groups[rows])]) for rows in drawn]
    interval = aggregate.macro_average(groups.tolist(), right, resamples=4000).value
    assert [interval.low, interval.high] == pytest.approx(np.quantile(direct, [0.025, 0.975]).tolist(), abs=0.03)


def test_macro_average_refuses_what_does_not_fit() -> None:
    assert math.isnan(aggregate.macro_average([], []).value.value)
    with pytest.raises(ConfigError):
        aggregate.macro_average(["SE"], [1, 0])
    with pytest.raises(ConfigError):
        aggregate.macro_average(["SE"], [0.5])


def test_recall_versus_area_by_hand() -> None:
    curve = aggregate.recall_versus_area([4.0, 1.0, math.inf, 2.0, 2.0])
    assert curve.areas_km2.tolist() == [1, 2, 4]
    assert curve.recalls.tolist() == [0.2, 0.6, 0.8]
    assert [curve.recall(a) for a in (0.5, 1, 1.9, 2, 1e9)] == [0, 0.2, 0.2, 0.6, 0.8]
    assert {share: interval.value for share, interval in curve.area_at.items()} == {0.5: 2, 0.8: 4, 0.9: math.inf}


def test_recall_versus_area_refuses_what_is_no_area() -> None:
    for wrong in (-1.0, math.nan):
        with pytest.raises(ConfigError):
            aggregate.recall_versus_area([1.0, wrong])


@given(areas, st.sampled_from([0.5, 0.8, 0.9]))
def test_the_area_stated_for_a_recall_reaches_it_and_no_smaller_one_does(rows: list[float], share: float) -> None:
    curve = aggregate.recall_versus_area(rows, [share], resamples=20)
    area = curve.area_at[share].value
    if math.isinf(area):
        assert np.mean(np.isfinite(rows)) < share
    else:
        assert curve.recall(area) >= share - 1e-9
        assert curve.recall(np.nextafter(area, -1)) < share


def test_paired_difference_uses_the_pairs() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(0, 1000, 500)
    interval = aggregate.paired_difference(first, first + 5 + rng.normal(0, 1, 500))
    assert interval.value == pytest.approx(5, abs=0.2)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / math.sqrt(500), rel=0.15)
    with pytest.raises(ConfigError):
        aggregate.paired_difference([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [
        (0, 0, 1.0),
        (3, 3, 1.0),
        (1, 9, 22 / 1024),
        (9, 1, 22 / 1024),
        (0, 5, 2 / 32),
        (121, 59, 4.434e-06),
    ],
)
def test_mcnemar_is_the_exact_binomial(only_a: int, only_b: int, p: float) -> None:
    a = [1] * only_a + [0] * only_b + [1, 1, 0]
    b = [0] * only_a + [1] * only_b + [1, 1, 0]
    result = aggregate.mcnemar(a, b)
    assert (result.only_a, result.only_b) == (only_a, only_b)
    assert result.p == pytest.approx(p, rel=1e-3)


def test_mcnemar_of_very_many() -> None:
    assert aggregate.mcnemar([1] * 200_000 + [0] * 200_000, [0] * 200_000 + [1] * 200_000).p == 1
    assert aggregate.mcnemar([1] * 50_000, [0] * 50_000).p == 0
