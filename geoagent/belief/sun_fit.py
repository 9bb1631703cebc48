"""How well places fit a measurement of the sun: its height, its direction, or both, at a time that a clock showed."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from geoagent.case.likelihood import Sun
from geoagent.errors import ConfigError
from geoagent.geo import EARTH_RADIUS_KM, Floats
from geoagent.solar_position import Frame, direction_deg, elevation_deg, frame, sun_vectors, true_deg

FITS = 2.0
"""A place or a moment fits what was measured if it is at most so many standard deviations off."""
REACH = 6.0
"""A place counts at a moment if the sun's height is at most so many standard deviations off."""
LONGEST_STEP_S = 900.0
STEP_S_PER_DEG = 360.0
"""A span is looked at in steps in which the sun moves at most 1.5 standard deviations: it moves 1° in 240 s."""
SET_DEG = -0.9
"""The height, without refraction, at which the upper edge of the sun goes below a level horizon."""
DUSK_DEG = 0.5
ANY_DIRECTION_DEG = 360.0 / math.sqrt(12.0)
STEEPEST_DEG = 89.9


class Sky(NamedTuple):
    """Places at which the sun is looked at: coordinates in degrees, how far each spreads in km, and its time zone.

    `zone` is the index of the time zone in `zones`, which are names such as "Europe/Madrid"; -1 where it is not known.
    """

    lat: Floats
    lon: Floats
    footprint_km: Floats
    zone: NDArray[np.int16]
    zones: Sequence[str]


class Fit(NamedTuple):
    """How well each place fits a measurement of the sun.

    `density` is that of the measurement there, its mean over the span of time, up to a common factor. `off` is by how
    many standard deviations the sun is off at the moment that fits best; infinite where it never comes near.
    """

    density: Floats
    off: Floats


def sun_fit(sun: Sun, sky: Sky) -> Fit:
    """How well each place fits a measurement of the sun; a clock that shows local time goes by the time zone of the
    place.
    """
    density, off = np.zeros(len(sky.lat)), np.full(len(sky.lat), np.inf)
    ahead, here = _clocks(sun, sky)
    moments = moments_s(sun)
    for clock_s in np.unique(ahead[here]):
        rows = here[ahead[here] == clock_s]
        one = _fit(sun, frame(sky.lat[rows], sky.lon[rows]), sky.footprint_km[rows], moments - clock_s)
        density[rows], off[rows] = one
    return Fit(density, off)


def _fit(sun: Sun, places: Frame, footprint_km: Floats, moments: Floats) -> Fit:
    """How well places fit over moments in seconds of UTC; those that are far off at a moment are not looked at then."""
    footprint_deg = np.degrees(footprint_km / EARTH_RADIUS_KM)
    total, least = np.zeros(len(footprint_km)), np.full(len(footprint_km), np.inf)
    lowest, highest = (np.sin(np.radians(edge)) for edge in _reach(sun, footprint_deg))
    for towards in sun_vectors(moments):
        up = np.einsum("ij,j->i", places.up, towards)
        near = np.flatnonzero((up >= lowest) & (up <= highest))
        squares, width = compared(sun, Frame(*(axis[near] for axis in places)), towards[None], footprint_deg[near])
        total[near] += np.exp(-0.5 * squares) / width
        least[near] = np.minimum(least[near], squares)
    return Fit(total / len(moments), np.sqrt(least))


def _reach(sun: Sun, footprint_deg: Floats) -> tuple[Floats, Floats]:
    """Between which heights the sun counts at each place."""
    if sun.elevation_deg is None:
        lowest, highest = SET_DEG - REACH * np.hypot(DUSK_DEG, footprint_deg), np.full(len(footprint_deg), 90.0)
    else:
        spread = REACH * np.hypot(sun.elevation_error_deg, footprint_deg)
        lowest, highest = sun.elevation_deg - 1.0 - spread, sun.elevation_deg + spread
    return np.maximum(lowest, -90.0), np.minimum(highest, 90.0)


def compared(sun: Sun, places: Frame, towards: Floats, footprint_deg: Floats) -> tuple[Floats, Floats]:
    """How far off the sun stands at each place from what was measured: the sum of squared standard deviations, and
    their product.

    `towards` are unit vectors to the sun; `footprint_deg` is how far each place spreads in degrees. A thing that leans
    turns the shadow of a high sun more than that of a low one. Where no height was measured, all that is known of it is
    that the sun was up.
    """
    seen = elevation_deg(places, towards)
    spread = np.hypot(sun.elevation_error_deg, footprint_deg)
    if sun.elevation_deg is not None:
        squares, width = ((seen - true_deg(sun.elevation_deg)) / spread) ** 2, spread
    else:
        below = np.minimum(seen - SET_DEG, 0.0)
        squares, width = (below / np.hypot(DUSK_DEG, footprint_deg)) ** 2, np.ones(len(spread))
    if sun.direction_deg is not None:
        steep = np.tan(np.radians(np.clip(seen, 0.0, STEEPEST_DEG)))
        across = np.minimum(np.hypot(sun.direction_error_deg, spread * steep), ANY_DIRECTION_DEG)
        turned = (direction_deg(places, towards) - sun.direction_deg + 180.0) % 360.0 - 180.0
        squares, width = squares + (turned / across) ** 2, width * across
    return squares, width


def moments_s(sun: Sun) -> Floats:
    """The moments of a measurement's time span at which the sun is compared, in seconds since 1970 on the clock that
    was read.

    They are evenly spaced, and the closer, the smaller the measurement's errors are.
    """
    begin, end = (moment.replace(tzinfo=UTC).timestamp() for moment in (sun.since, sun.until))
    finest = min(
        error
        for angle, error in (
            (sun.elevation_deg, sun.elevation_error_deg), (sun.direction_deg, sun.direction_error_deg)
        )
        if angle is not None
    )  # fmt: skip
    count = max(1, math.ceil((end - begin) / min(LONGEST_STEP_S, STEP_S_PER_DEG * finest)))
    return begin + (end - begin) * (np.arange(count) + 0.5) / count


def _clocks(sun: Sun, sky: Sky) -> tuple[Floats, NDArray[np.intp]]:
    """By how many seconds the clock was ahead of UTC at each place, and the places where it may have shown that."""
    everywhere = np.arange(len(sky.lat))
    if sun.clock == "utc":
        return np.zeros(len(sky.lat)), everywhere
    ahead = ahead_s(sky, sun.middle)
    if sun.ahead_min is not None:
        return ahead, np.flatnonzero(ahead == 60.0 * sun.ahead_min)
    return ahead, everywhere


def ahead_s(sky: Sky, clock: datetime) -> Floats:
    """By how many seconds the clock of each place is ahead of UTC when it shows the time `clock`.

    Where a time zone is not known it is that of the meridian, in whole hours. Raises ConfigError on a machine that has
    no table of time zones.
    """
    offsets = np.array([*(_zone_ahead_s(name, clock) for name in sky.zones), np.nan])
    if len(sky.zones) and np.isnan(offsets).all():
        raise ConfigError("this machine has no table of time zones", "pip install tzdata")
    known = offsets[sky.zone]
    return np.where(np.isnan(known), np.round(sky.lon / 15.0) * 3600.0, known)


def _zone_ahead_s(name: str, clock: datetime) -> float:
    try:
        offset = clock.replace(tzinfo=ZoneInfo(name)).utcoffset()
    except ZoneInfoNotFoundError:  # the machine's table is older than the atlas
        return math.nan
    return offset.total_seconds() if offset is not None else math.nan
