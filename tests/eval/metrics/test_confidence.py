"""Calibration: errors worked out by hand, and their expectation under perfect calibration."""

import math

import numpy as np
import pytest

from geoagent.errors import ConfigError
from geoagent.eval.metrics.confidence import area_under_risk, brier_score, calibration_error, reliability_bins


def test_raw_error_by_hand() -> None:
    # Two bins: (.1, .3) with 1 of 2 right, off by .3; (.7, .9) with 1 of 2 right, off by .3.
    error = calibration_error([0.1, 0.3, 0.7, 0.9], [0, 1, 0, 1], bins=2)
    assert error.raw == pytest.approx(0.3)
    assert error.corrected == pytest.approx(error.raw - error.expected)


def test_expectation_by_hand() -> None:
    # One sample of confidence p: E|y − p| = p(1 − p) + (1 − p)p = 2p(1 − p).
    assert calibration_error([0.3], [1], simulations=20_000).expected == pytest.approx(0.42, abs=0.01)
    # Two of .5 in one bin: |Σy − 1| / 2 is 1/2 half of the time.
    assert calibration_error([0.5, 0.5], [1, 0], simulations=20_000).expected == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("n", [100, 30_000])
def test_expectation_is_that_of_folded_gaussians(n: int) -> None:
    error = calibration_error(np.full(n, 0.5), np.arange(n) % 2)
    assert error.raw == 0
    assert error.expected == pytest.approx(math.sqrt(2 / math.pi) * 0.5 / math.sqrt(n), rel=0.06)
    assert error.ceiling == pytest.approx(1.96 * 0.5 / math.sqrt(n), rel=0.1)


def test_correction_centres_the_calibrated_and_keeps_most_of_a_real_error() -> None:
    rng = np.random.default_rng(0)
    corrected, shifted = [], []
    for _ in range(60):
        stated = rng.random(100)
        corrected.append(calibration_error(stated, rng.random(100) < stated, simulations=200).corrected)
        high = rng.uniform(0.6, 1.0, 100)
        shifted.append(calibration_error(high, rng.random(100) < high - 0.4, simulations=200).corrected)
    assert np.mean(corrected) == pytest.approx(0, abs=0.015)
    assert 0.3 < np.mean(shifted) < 0.4


def test_order_does_not_matter_even_with_ties() -> None:
    rng = np.random.default_rng(6)
    stated, right = rng.choice([0.2, 0.5, 0.9], 101), rng.random(101) < 0.5
    order = rng.permutation(101)
    assert calibration_error(stated, right).raw == pytest.approx(calibration_error(stated[order], right[order]).raw)


def test_bins_of_equal_mass() -> None:
    rows = reliability_bins(np.arange(100) / 100, np.arange(100) >= 50)
    assert [row.accuracy.n for row in rows] == [20] * 5
    assert [row.confidence for row in rows] == pytest.approx([0.095, 0.295, 0.495, 0.695, 0.895])
    assert [row.accuracy.value for row in rows] == [0, 0, 0.5, 1, 1]


def test_equal_confidences_share_a_bin() -> None:
    assert len(reliability_bins([0.5] * 10, [1, 0] * 5)) == 1


def test_nothing_and_nonsense() -> None:
    assert math.isnan(calibration_error([], []).raw)
    assert reliability_bins([], []) == []
    for confidences, right in [([1.2], [1]), ([math.nan], [1]), ([0.5], [2]), ([0.5], [1, 0])]:
        with pytest.raises(ConfigError):
            calibration_error(confidences, right)
    with pytest.raises(ConfigError):
        calibration_error([0.5], [1], bins=0)


def test_the_brier_score_by_hand() -> None:
    assert brier_score([1.0, 0.5, 0.0], [1, 0, 1]).value == pytest.approx((0 + 0.25 + 1) / 3)


def test_the_area_under_the_risk_by_hand() -> None:
    # the surest first: right, wrong, right: risks 0, 1/2, 1/3
    assert area_under_risk([0.5, 0.9, 0.7], [1, 1, 0]).value == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert area_under_risk([0.5] * 4, [1, 0, 1, 0]).value == pytest.approx(0.5)  # it tells nothing
    shuffled = area_under_risk([0.5, 0.5, 0.9], [1, 0, 1]), area_under_risk([0.5, 0.9, 0.5], [0, 1, 1])
    assert shuffled[0] == shuffled[1]
    assert area_under_risk([], []).n == 0
