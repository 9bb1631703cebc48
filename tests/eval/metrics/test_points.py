"""Figures over many points: published ones, and small ones worked out by hand."""

import math

import numpy as np
import pytest

from geoagent.errors import ConfigError
from geoagent.eval.metrics.points import distances_km, geoscores, point_figures, point_intervals

NAN = math.nan


def test_figures_by_hand() -> None:
    figures = point_figures([0.0, 1.0, 1492.7, NAN])
    assert (figures.n, figures.answered, figures.answered_share) == (4, 3, 0.75)
    assert figures.accuracy == {1: 0.5, 25: 0.5, 200: 0.5, 750: 0.5, 2500: 0.75}
    assert figures.geoscore == pytest.approx(5000 * (1 + math.exp(-1 / 1492.7) + math.exp(-1)) / 4)
    assert figures.mean_km == pytest.approx(1493.7 / 3)
    assert figures.median_km == 1


def test_nothing_answered_and_nothing_at_all() -> None:
    none_answered = point_figures([NAN, NAN], [1])
    assert none_answered.accuracy == {1: 0}
    assert none_answered.geoscore == 0
    assert math.isnan(none_answered.mean_km)
    assert math.isnan(none_answered.median_km)
    empty = point_figures([])
    assert empty.n == 0
    assert math.isnan(empty.geoscore)
    assert math.isnan(empty.answered_share)


def test_geoscores_of_refusals_are_zero() -> None:
    assert geoscores([0.0, NAN]).tolist() == [5000, 0]


def test_distances_keep_the_unanswered_apart_from_zero() -> None:
    d_km = distances_km([0.0, NAN, 0.0], [0.0, NAN, 180.0], [0.0, 1.0, 0.0], [0.0, 1.0, -180.0])
    assert d_km[0] == 0
    assert math.isnan(d_km[1])
    assert d_km[2] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "columns",
    [
        ([1.0], [1.0], [NAN], [1.0]),
        ([1.0], [1.0], [91.0], [1.0]),
        ([95.0], [1.0], [1.0], [1.0]),
        ([1.0, 2.0], [1.0], [1.0], [1.0]),
    ],
)
def test_bad_columns_are_refused(columns: tuple[list[float], ...]) -> None:
    with pytest.raises(ConfigError):
        distances_km(*columns)


def test_intervals_hold_their_figures() -> None:
    d_km = np.append(np.random.default_rng(2).exponential(500.0, 2000), [NAN] * 100)
    figures, spread = point_figures(d_km), point_intervals(d_km, seed=4)
    assert spread == point_intervals(d_km, seed=4)
    for value, interval in [
        (figures.answered_share, spread.answered_share),
        (figures.geoscore, spread.geoscore),
        (figures.mean_km, spread.mean_km),
        (figures.median_km, spread.median_km),
        *((figures.accuracy[k], spread.accuracy[k]) for k in figures.accuracy),
    ]:
        assert interval.value == pytest.approx(value)
        assert interval.low <= value <= interval.high
    assert spread.mean_km.n == 2000
    assert spread.geoscore.n == 2100
