"""Figures over many answered points at once: Acc@k, GeoScore, distances and the share that was answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoagent.errors import ConfigError
from geoagent.eval.metrics.intervals import (
    RESAMPLES,
    Interval,
    mean_interval,
    median_interval,
    proportion_interval,
)
from geoagent.eval.metrics.scores import ACCURACY_KM, GEOSCORE_MAX, GEOSCORE_SCALE_KM
from geoagent.geo import haversine_km

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PointFigures:
    """Figures over `n` samples, of which `answered` have a point.

    `accuracy` has for each k in km the share within k km of the truth (Acc@k), and `geoscore` is a mean from 0 to 5000;
    both are over all samples, one without a point counting as a miss. `mean_km` and `median_km` are over the answered
    ones. NaN where there are none.
    """

    n: int
    answered: int
    accuracy: dict[float, float]
    geoscore: float
    mean_km: float
    median_km: float

    @property
    def answered_share(self) -> float:
        """The share of the samples that have a point, from 0 to 1; NaN where there are no samples."""
        return self.answered / self.n if self.n else float("nan")


@dataclass(frozen=True, slots=True)
class PointIntervals:
    """The fields of `PointFigures` with their 95 % bootstrap intervals."""

    answered_share: Interval
    accuracy: dict[float, Interval]
    geoscore: Interval
    mean_km: Interval
    median_km: Interval


def distances_km(lat: ArrayLike, lon: ArrayLike, true_lat: ArrayLike, true_lon: ArrayLike) -> Floats:
    """The great-circle distances in km from answered points to true points, NaN where nothing was answered.

    The four columns are in degrees, one entry for each sample; an answer of NaN is none. Raises ConfigError where they
    differ in length, a true point is missing or a latitude lies outside ±90°.
    """
    given = [np.asarray(column, dtype=np.float64) for column in (lat, lon, true_lat, true_lon)]
    if len({column.shape for column in given}) != 1 or given[0].ndim != 1:
        raise ConfigError("latitudes and longitudes must be four columns of one length")
    if not np.isfinite(given[2]).all() or not np.isfinite(given[3]).all():
        raise ConfigError("a true point is missing")
    if (np.abs(given[0]) > 90).any() or (np.abs(given[2]) > 90).any():
        raise ConfigError("a latitude lies outside ±90°; are latitude and longitude swapped?")
    return haversine_km(*given)


def geoscores(d_km: ArrayLike) -> Floats:
    """The GeoScore of each distance in km: 5000·exp(−d / 1492.7 km), and 0 where it is NaN (not answered)."""
    distances = np.asarray(d_km, dtype=np.float64)
    scores: Floats = np.nan_to_num(GEOSCORE_MAX * np.exp(-distances / GEOSCORE_SCALE_KM), nan=0.0)
    return scores


def point_figures(d_km: ArrayLike, thresholds_km: Sequence[float] = ACCURACY_KM) -> PointFigures:
    """Acc@k, GeoScore, mean and median over the distances in km of many samples.

    Args:
        d_km: one distance for each sample; NaN is a sample that was not answered.
        thresholds_km: the k of Acc@k, the share of answers within k km.
    """
    distances = np.asarray(d_km, dtype=np.float64)
    answered = distances[~np.isnan(distances)]
    n, nan = distances.size, float("nan")
    return PointFigures(
        n=n,
        answered=answered.size,
        accuracy={k: int(np.count_nonzero(answered <= k)) / n if n else nan for k in thresholds_km},
        geoscore=float(geoscores(distances).mean()) if n else nan,
        mean_km=float(answered.mean()) if answered.size else nan,
        median_km=float(np.median(answered)) if answered.size else nan,
    )


def point_intervals(
    d_km: ArrayLike,
    thresholds_km: Sequence[float] = ACCURACY_KM,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PointIntervals:
    """The figures of `point_figures` with 95 % bootstrap intervals.

    The intervals of mean and median distance resample the answered samples alone.

    Args:
        d_km: one distance in km for each sample; NaN is a sample that was not answered.
        thresholds_km: the k of Acc@k, the share of answers within k km.
        seed: of the resampling.
        resamples: how many resamples are drawn.
    """
    distances = np.asarray(d_km, dtype=np.float64)
    answered = distances[~np.isnan(distances)]
    n = distances.size
    return PointIntervals(
        answered_share=proportion_interval(answered.size, n, seed, resamples),
        accuracy={
            k: proportion_interval(int(np.count_nonzero(answered <= k)), n, seed, resamples) for k in thresholds_km
        },
        geoscore=mean_interval(geoscores(distances), seed, resamples),
        mean_km=mean_interval(answered, seed, resamples),
        median_km=median_interval(answered, seed, resamples),
    )
