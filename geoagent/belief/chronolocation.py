"""When, over a given place, the sun stood as it was measured: the times of a day, and the days of a year."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.belief.sun_fit import FITS, Sky, ahead_s, compared
from geoagent.case.likelihood import Sun
from geoagent.geo import Point
from geoagent.reading.sun_measurement import clock_in_words, hours_in_words
from geoagent.solar_position import direction_deg, elevation_deg, frame, seen_deg, sun_vectors

MINUTE = timedelta(minutes=1)
ENDLESS_DEG = 0.5
"""Under a lower sun a shadow has no length that could be told."""


class Moment(NamedTuple):
    """Where the sun is seen from a place at one moment: its height above the horizon and its direction clockwise from
    true north, in degrees.
    """

    elevation_deg: float
    direction_deg: float


class Hours(NamedTuple):
    """The parts of a time span in which the sun stood as it was measured, on the clock that was read.

    `since` is the beginning of the whole span, and `fitting` has the beginning and end of each part. `lowest_deg` and
    `highest_deg` are the least and greatest height of the sun during the span.
    """

    since: datetime
    fitting: tuple[tuple[datetime, datetime], ...]
    lowest_deg: float
    highest_deg: float

    @property
    def spans(self) -> list[str]:
        """The times that fit, in words: "2024-06-01 14:30 to 15:30"; empty where none fits."""
        return [f"{since:%Y-%m-%d} {hours_in_words(since, until)}" for since, until in self.fitting]

    @property
    def rises(self) -> str:
        """How high the sun stood during the span, in words, such as "it rises to 36°" or "the sun does not rise"."""
        if self.highest_deg <= 0:
            return "the sun does not rise"
        if self.lowest_deg > 0:
            return f"it stands {self.lowest_deg:.0f}° to {self.highest_deg:.0f}° high"
        return f"it rises to {self.highest_deg:.0f}°"


def height_in_words(sun: Moment) -> str:
    """Where the sun stood, in words: "the sun stood 36.9° high in the direction 240°", or "the sun was 3.0° below the
    horizon".
    """
    if sun.elevation_deg <= 0:
        return f"the sun was {-sun.elevation_deg:.1f}° below the horizon"
    return f"the sun stood {sun.elevation_deg:.1f}° high in the direction {sun.direction_deg:.0f}°"


def shadows_in_words(sun: Moment) -> str:
    """Length and direction of shadows under a sun, in words: "shadows 1.33 times as long as what threw them, towards
    60°".
    """
    if sun.elevation_deg <= 0:
        return "nothing threw a shadow"
    length = f"{1 / math.tan(math.radians(sun.elevation_deg)):.2f} times as long as what threw them"
    long = "shadows were endless" if sun.elevation_deg < ENDLESS_DEG else f"shadows {length}"
    return f"{long}, towards {(sun.direction_deg + 180) % 360:.0f}°"


def clock_of(atlas: Atlas, point: Point, row: int | None) -> Sky:
    """One place as a `Sky` of one entry, with the time zone of `row`, a row of the atlas.

    Where `row` is None, or has no time zone, the clock is taken to go by the meridian of the place.
    """
    number = -1 if row is None else int(atlas.timezone[row])
    zones = [atlas.timezones[number]] if number >= 0 else []
    zone = np.array([len(zones) - 1], dtype=np.int16)
    return Sky(np.array([point.lat]), np.array([point.lon]), np.zeros(1), zone, zones)


def zone_name(sky: Sky) -> str:
    """The name of the time zone of a single place, such as "Europe/Madrid"; "its meridian, UTC-4" where no zone is
    known.
    """
    zone = int(sky.zone[0])
    if zone >= 0:
        return sky.zones[zone]
    return f"its meridian, UTC{round(float(sky.lon[0]) / 15):+d}"


def read_clock_in_words(sun: Sun, sky: Sky) -> str:
    """The clock that was read when the sun was measured at a place, in words: "UTC", or "by the clock of
    Europe/Madrid".
    """
    known = sun.clock == "utc" or sun.ahead_min is not None
    return clock_in_words(sun) if known else f"by the clock of {zone_name(sky)}"


def sun_at(sky: Sky, clock: datetime, ahead: float) -> Moment:
    """Where the sun is seen from a place when a clock there shows the time `clock`.

    `sky` holds that one place; `ahead` is by how many seconds the clock is ahead of UTC.
    """
    place = frame(sky.lat, sky.lon)
    towards = sun_vectors(clock.replace(tzinfo=UTC).timestamp() - ahead)
    return Moment(float(seen_deg(elevation_deg(place, towards))[0]), float(direction_deg(place, towards)[0]))


def clock_ahead_s(sun: Sun, sky: Sky) -> float:
    """By how many seconds the clock of a measurement is ahead of UTC, if it was read at the place that `sky` holds."""
    if sun.clock == "utc":
        return 0.0
    return 60.0 * sun.ahead_min if sun.ahead_min is not None else float(ahead_s(sky, sun.middle)[0])


def hours_that_fit(sun: Sun, sky: Sky, step: timedelta = MINUTE) -> Hours:
    """When, in the time span of a measurement, the sun stood over the place that `sky` holds as it was measured.

    The span is looked at every `step`. The times are those of the clock that was read.
    """
    count = max(1, int((sun.until - sun.since) / step) + 1)
    seconds = sun.since.replace(tzinfo=UTC).timestamp() + step.total_seconds() * np.arange(count)
    place, towards = frame(sky.lat, sky.lon), sun_vectors(seconds - clock_ahead_s(sun, sky))
    squares, _ = compared(sun, place, towards, np.zeros(count))
    fits = np.concatenate(([False], squares <= FITS**2, [False]))
    begins, ends = np.flatnonzero(fits[1:] & ~fits[:-1]), np.flatnonzero(fits[:-1] & ~fits[1:]) - 1
    fitting = tuple((sun.since + step * int(b), sun.since + step * int(e)) for b, e in zip(begins, ends, strict=True))
    seen = seen_deg(elevation_deg(place, towards))
    return Hours(sun.since, fitting, float(seen.min()), float(seen.max()))


def days_that_fit(sun: Sun, sky: Sky, year: int, step: timedelta = 4 * MINUTE) -> Iterator[Hours]:
    """For each day of a year, from 1 January on, the times at which the sun stands over the place that `sky` holds as
    it was measured.

    Each day is looked at every `step`; days on which no time fits come too. Of `sun` only the angles and the clock
    count.
    """
    day = date(year, 1, 1)
    while day.year == year:
        midnight = datetime(day.year, day.month, day.day)  # on the clock of the place
        whole = sun.model_copy(update={"since": midnight, "until": midnight + timedelta(days=1) - step})
        yield hours_that_fit(whole, sky, step)
        day += timedelta(days=1)
