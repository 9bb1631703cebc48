"""Times the scoring of many predicted points: `python benchmarks/scoring.py [N]` (default 1,000,000).

The bounds are those of the project: point figures in at most 2 s, intervals in at most 5 s more. Exit code 1 if missed.
"""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from geoagent.eval.metrics.aggregate import macro_average, mcnemar, paired_difference, recall_versus_area
from geoagent.eval.metrics.confidence import calibration_error
from geoagent.eval.metrics.points import distances_km, geoscores, point_figures, point_intervals

FIGURES_LIMIT_S = 2.0
INTERVALS_LIMIT_S = 5.0

T = TypeVar("T")


def timed(name: str, work: Callable[[], T]) -> tuple[T, float]:
    """The result of the work and the seconds it took, printed."""
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{name:<42}{seconds:8.3f} s")
    return result, seconds


def main() -> None:
    """Scores N random predictions, 5 % of them missing; prints the times beside the aims."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = np.random.default_rng(0)
    true_lat, true_lon = rng.uniform(-70, 80, n), rng.uniform(-180, 180, n)
    spread = rng.exponential(1.0, n) ** 3
    lat = np.clip(true_lat + spread * rng.standard_normal(n), -90, 90)
    lon = true_lon + spread * rng.standard_normal(n)
    lat[rng.random(n) < 0.05] = np.nan
    print(f"{n:,} predictions")
    d_km, distance_s = timed("distances", lambda: distances_km(lat, lon, true_lat, true_lon))
    figures, figures_s = timed("Acc@k, GeoScore, mean, median, answered", lambda: point_figures(d_km))
    intervals, intervals_s = timed("their intervals, 1,000 resamples", lambda: point_intervals(d_km))
    print(f"  GeoScore {intervals.geoscore}, Acc@25 {intervals.accuracy[25]}, median {figures.median_km:.1f} km")
    right, other = np.nan_to_num(d_km, nan=np.inf) <= 750, rng.random(n) < 0.8
    countries = rng.choice([f"C{k}" for k in range(200)], n).tolist()
    scores = geoscores(d_km)
    timed("macro-average over 200 countries", lambda: macro_average(countries, right))
    timed("paired difference of GeoScores", lambda: paired_difference(scores, rng.permutation(scores)))
    timed("McNemar", lambda: mcnemar(right, other))
    timed("Recall versus Area", lambda: recall_versus_area(spread))
    timed("calibration error", lambda: calibration_error(rng.random(n), right))
    point_s = distance_s + figures_s
    print(f"point figures {point_s:.2f} s (aim: {FIGURES_LIMIT_S:g}), intervals {intervals_s:.2f} s", end=" ")
    print(f"(aim: {INTERVALS_LIMIT_S:g})")


if __name__ == "__main__":
    main()
