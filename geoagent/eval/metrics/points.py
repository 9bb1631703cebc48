"""Figures over many predicted points at once: Acc@k, GeoScore, distances, answered share, and their intervals."""

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
    """The figures of n predicted points.

    Accuracies and GeoScore are over all n, distances over those that were answered.
    """

    n: int
    answered: int
    accuracy: dict[float, float]
    geoscore: float
    mean_km: float
    median_km: float

    @property
    def answered_share(self) -> float:
        """The share of samples with a point; NaN where there are no samples."""
        return self.answered / self.n if self.n else float("nan")


@dataclass(frozen=True, slots=True)
class PointIntervals:
    """The figures on points, each with its bootstrap interval."""

    answered_share: Interval
    accuracy: dict[float, Interval]
    geoscore: Interval
    mean_km: Interval
    median_km: Interval


def distances_km(lat: ArrayLike, lon: ArrayLike, true_lat: ArrayLike, true_lon: ArrayLike) -> Floats:
    """Distances in km from predicted to true points in degrees; NaN where nothing was answered (a NaN prediction)."""
    given = [np.asarray(column, dtype=np.float64) for column in (lat, lon, true_lat, true_lon)]
    if len({column.shape for column in given}) != 1 or given[0].ndim != 1:
        raise ConfigError("latitudes and longitudes must be four columns of one length")
    if not np.isfinite(given[2]).all() or not np.isfinite(given[3]).all():
        raise ConfigError("a true point is missing")
    if (np.abs(given[0]) > 90).any() or (np.abs(given[2]) > 90).any():
        raise ConfigError("a latitude lies outside ±90°; are latitude and longitude swapped?")
    return haversine_km(*given)


def geoscores(d_km: ArrayLike) -> Floats:
    """5000·exp(−d / 1492.7 km) for each distance, 0 where it is NaN."""
    distances = np.asarray(d_km, dtype=np.float64)
    scores: Floats = np.nan_to_num(GEOSCORE_MAX * np.exp(-distances / GEOSCORE_SCALE_KM), nan=0.0)
    return scores


def point_figures(d_km: ArrayLike, thresholds_km: Sequence[float] = ACCURACY_KM) -> PointFigures:
    """Acc@k, GeoScore, mean and median of distances in km, where NaN is a sample that was not answered.

    Args:
        d_km: one distance a sample.
        thresholds_km: the k of Acc@k.
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
    """The figures of `point_figures` with 95 % intervals; those of the distances resample the answered samples alone.

    Args:
        d_km: one distance a sample, NaN where it was not answered.
        thresholds_km: the k of Acc@k.
        seed: of the draws.
        resamples: how many.
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
