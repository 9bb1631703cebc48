"""Where the sun stands: seen from one place at many times, or from many places at once.

The sun's place among the stars is that of the low-precision formulae of the Astronomical Almanac (0.01° from 1950 to
2050). Refraction follows Bennett and Sæmundsson, for the air of an ordinary day at the level of the sea.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from geoagent.geo import Floats, unit_vectors

J2000_S = 946_728_000.0
"""Noon of 2000-01-01 in seconds of UTC since 1970."""
DAY_S = 86_400.0


class Frame(NamedTuple):
    """The directions up, east and north at places, as unit vectors fixed to the Earth, each in the shape (n, 3)."""

    up: Floats
    east: Floats
    north: Floats


def frame(lat: ArrayLike, lon: ArrayLike) -> Frame:
    """The directions up, east and north at places, given as latitude and longitude in degrees.

    At a pole, north is taken along the meridian of the given longitude.
    """
    phi, lam = np.radians(np.atleast_1d(lat)), np.radians(np.atleast_1d(lon))
    east = np.column_stack((-np.sin(lam), np.cos(lam), np.zeros(len(lam))))
    north = np.column_stack((-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)))
    return Frame(unit_vectors(lat, lon), east, north)


def sun_vectors(moments_s: ArrayLike) -> Floats:
    """The direction to the sun at moments in seconds of UTC since 1970, as unit vectors fixed to the Earth, in the
    shape (n, 3).
    """
    days = (np.atleast_1d(np.asarray(moments_s, dtype=np.float64)) - J2000_S) / DAY_S
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.radians(23.439 - 0.0000004 * days)
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    sidereal = np.radians(280.46061837 + 360.98564736629 * days)
    return unit_vectors(np.degrees(declination), np.degrees(right_ascension - sidereal))


def elevation_deg(places: Frame, sun: Floats) -> Floats:
    """How high the sun stands above the level horizon, without refraction, in degrees; negative below it.

    `sun` has directions from `sun_vectors`: as many as there are places, or one of either for all of the other.
    """
    return np.asarray(np.degrees(np.arcsin(np.clip(np.einsum("ij,ij->i", places.up, sun), -1.0, 1.0))))


def direction_deg(places: Frame, sun: Floats) -> Floats:
    """The direction of the sun in degrees clockwise from true north.

    `sun` has directions from `sun_vectors`: as many as there are places, or one of either for all of the other.
    """
    east, north = (np.einsum("ij,ij->i", axis, sun) for axis in (places.east, places.north))
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360.0)


def seen_deg(elevation_deg: ArrayLike) -> Floats:
    """The height at which the sun is seen, given its height without refraction, both in degrees (Sæmundsson).

    Lower than 1° below the horizon nothing is added.
    """
    true = np.asarray(elevation_deg, dtype=np.float64)
    above = np.maximum(true, -1.0)
    lifted = 1.02 / np.tan(np.radians(above + 10.3 / (above + 5.11))) / 60.0
    return np.asarray(true + np.where(true > -1.0, np.maximum(lifted, 0.0), 0.0))


def true_deg(seen: float) -> float:
    """The height of the sun without refraction, given the height at which it is seen, both in degrees (Bennett).

    It holds from the horizon up.
    """
    lifted = 1.0 / np.tan(np.radians(seen + 7.31 / (seen + 4.4))) / 60.0
    return float(seen - max(lifted, 0.0))
