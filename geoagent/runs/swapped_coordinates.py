"""Tells whether a table has latitude and longitude in each other's column, as their values show."""

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from geoagent.geo import Point, distance_km

LEAST_SHOWN = 3
NEAR_KM = 500.0
BY_CHANCE_DEG = 90.0
"""How far two random points lie apart, on the mean."""


def are_swapped(points: Sequence[tuple[float, float]]) -> bool:
    """Whether a table has latitude and longitude in each other's column; `points` are its pairs (latitude, longitude).

    That is so if latitudes lie beyond 90 degrees while every longitude would be a latitude. It takes half of the
    points, or a fifth and at least three: one slip changes no column. Points with NaN do not count.
    """
    known = [(lat, lon) for lat, lon in points if lat == lat and lon == lon]
    shown = sum(abs(lat) > 90 for lat, _ in known)
    if not shown or (2 * shown < len(known) and (shown < 3 or 5 * shown < len(known))):
        return False
    return all(abs(lon) <= 90 and abs(lat) <= 360 for lat, lon in known)


def answers_are_swapped(points: Sequence[tuple[float, float]], truths: Sequence[tuple[float, float]]) -> bool:
    """Whether a system's answers have latitude and longitude in each other's place.

    `points` are the answered and `truths` the true points, as pairs (latitude, longitude) in the same order, NaN where
    there is none. The answers must look so (see `are_swapped`) and mostly lie nearer to the truth the other way round.
    Where no true point is known it is enough that they look so.
    """
    if not are_swapped(points):
        return False
    known = [(p, t) for p, t in zip(points, truths, strict=True) if p[0] == p[0] and t[0] == t[0]]
    nearer = sum(_apart((lon, lat), truth) < _apart((lat, lon), truth) for (lat, lon), truth in known)
    return 2 * nearer > len(known) or not known


class Nearer(NamedTuple):
    """How near answers come to the truth, by the median distance in km: as they are, and if they were swapped."""

    km: float
    swapped_km: float


def would_be_nearer(answers: Sequence[Point | None], truths: Sequence[Point | None]) -> Nearer | None:
    """The distances if swapping latitude and longitude would bring most answers far nearer to the truth; else None.

    That shows a mistake of order where all values could be either coordinate. Far nearer is a tenth of the median
    distance, below 500 km, of three answers at least.
    """
    known = [(answer, truth) for answer, truth in zip(answers, truths, strict=True) if answer and truth]
    if len(known) < LEAST_SHOWN:
        return None
    km = [distance_km(answer, truth) for answer, truth in known]
    swapped = [
        distance_km(Point(lat=answer.lon, lon=answer.lat), truth) if abs(answer.lon) <= 90 else math.inf
        for answer, truth in known
    ]
    found = Nearer(median(km), median(swapped))
    nearer = sum(after < before for before, after in zip(km, swapped, strict=True))
    is_far_nearer = found.swapped_km <= found.km / 10 and found.swapped_km < NEAR_KM
    return found if is_far_nearer and 2 * nearer > len(known) else None


def is_on_earth(point: tuple[float, float]) -> bool:
    """Whether a pair (latitude, longitude) in degrees can be a point on Earth: within ±90 and ±360. NaN is none."""
    return abs(point[0]) <= 90 and abs(point[1]) <= 360


def _apart(point: tuple[float, float], truth: tuple[float, float]) -> float:
    """A rough distance in degrees; what is no point on Earth is as far off as chance."""
    if not is_on_earth(point):
        return BY_CHANCE_DEG
    east = abs((point[1] - truth[1] + 180) % 360 - 180) * math.cos(math.radians(truth[0]))
    return math.hypot(point[0] - truth[0], east)
