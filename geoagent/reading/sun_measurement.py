"""Turns what a person or a model says of the sun and of the time into a likelihood, and such a likelihood into
words.
"""

import math
import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import ValidationError

from geoagent.case.likelihood import CLOCK_YEARS, LONGEST_SPAN, Sun
from geoagent.errors import reason_of

ANGLE_ERROR_DEG, DIRECTION_ERROR_DEG = 2.0, 5.0
"""How far off measured heights and directions are taken to be, where nothing else is said."""
_DAY = r"(\d{4})[-:/](\d\d?)[-:/](\d\d?)"
_HOUR = r"(\d\d?):(\d\d)(?::(\d\d)(?:\.\d*)?)?"
_ZONE = r"(Z|UTC|[+-]\d\d:?\d\d)?"
_BEGIN = re.compile(rf"{_DAY}(?:(?:T|\s+){_HOUR})?\s*{_ZONE}", re.IGNORECASE)
_END = re.compile(rf"(?:{_DAY}(?:T|\s+)?)?(?:{_HOUR})?\s*{_ZONE}", re.IGNORECASE)
YEARS = f"the sun's place is known from {CLOCK_YEARS[0]} to {CLOCK_YEARS[1]}"
AS_TIME = 'write the time as "2024-06-01 14:30", a span as "2024-06-01 14:30/15:30", a whole day as "2024-06-01"'


class UnusableMeasure(ValueError):
    """A measurement of the sun, or a time, cannot be used; the message says why in one line."""


class ClockTime(NamedTuple):
    """A span of time as a clock showed it; `since` and `until` are equal for one moment.

    `clock` says whether that clock goes by UTC or by local time. `ahead_min` is by how many minutes local time is ahead
    of UTC, where that is known.
    """

    since: datetime
    until: datetime
    clock: Literal["utc", "local"] = "local"
    ahead_min: int | None = None

    def give_or_take(self, minutes: float) -> "ClockTime":
        """The span made longer by `minutes` at both ends. Raises UnusableMeasure for less than 0 and more than two days
        of minutes.
        """
        if not 0 <= minutes <= LONGEST_SPAN.total_seconds() / 60:
            raise UnusableMeasure("the time may be wrong by 0 to 2,880 minutes")
        error = timedelta(minutes=minutes)
        return self._replace(since=self.since - error, until=self.until + error)

    def going_by(self, utc: bool, offset: str | None) -> "ClockTime":
        """The times as they are, but read on a clock that shows UTC, or that has an offset such as "+02:00".

        Unchanged where neither is given. Raises UnusableMeasure for both, and where something else is known of the
        clock already.
        """
        if not utc and offset is None:
            return self
        ahead = None if offset is None else read_offset(offset)
        wanted = self._replace(clock="utc" if utc else "local", ahead_min=ahead)
        if (utc and offset is not None) or (self[2:] != ("local", None) and self[2:] != wanted[2:]):
            raise UnusableMeasure("the offset from UTC is given twice, and differently; give it once")
        return wanted


def read_time(text: str) -> ClockTime:
    """A time, a span or a whole day as people or cameras write it: "2024-06-01 14:30", "2024-06-01 14:30/15:30",
    "2024-06-01".

    An offset ("+02:00", "Z") may follow. Raises UnusableMeasure for any other text.
    """
    first, slash, last = _halves(text.strip())
    begin, end = _BEGIN.fullmatch(first), _END.fullmatch(last) if last else None
    if begin is None or (slash and end is None):
        raise UnusableMeasure(AS_TIME)
    since = _moment(begin.groups()[:6], None)
    whole_day = begin[4] is None
    until = since + timedelta(days=1) if whole_day else since
    if end is not None:
        until = _moment(end.groups()[:6], since)
        until += timedelta(days=1) if end[4] is None else timedelta(0)
    zones = {zone for match in (begin, end) if match is not None and (zone := match[7])}
    if len(zones) > 1:
        raise UnusableMeasure("the two times are told with two offsets from UTC; give one")
    if until < since:
        raise UnusableMeasure("the span of time ends before it begins")
    zone = zones.pop().upper() if zones else ""
    told = ClockTime(since, until)
    return told.going_by(zone in ("Z", "UTC"), zone if zone[:1] in ("+", "-") else None) if zone else told


def _halves(text: str) -> tuple[str, str, str]:
    """The two ends of a span; a slash may also stand in dates."""
    dated = re.match(rf"{_DAY}[^/]*", text)
    at = dated.end() if dated else len(text)
    return text[:at].strip(), text[at : at + 1], text[at + 1 :].strip()


def _moment(parts: tuple[str | None, ...], day: datetime | None) -> datetime:
    year, month, date, hour, minute, second = (int(part) if part else 0 for part in parts)
    try:
        if day is not None and not year:
            return day.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if not CLOCK_YEARS[0] <= year <= CLOCK_YEARS[1]:
            raise UnusableMeasure(YEARS)
        return datetime(year, month, date, hour, minute, second)  # a clock, of which nothing is known
    except ValueError as error:
        raise UnusableMeasure(f"there is no such time: {error}") from error


def read_offset(text: str) -> int:
    """The minutes that an offset from UTC such as "+02:00" stands for. Raises UnusableMeasure for any other text."""
    found = re.fullmatch(r"([+-])(\d\d?)(?::?(\d\d))?", text.strip())
    if found is None:
        raise UnusableMeasure("write the offset from UTC as +02:00 or -05:00")
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    ahead = minutes if found[1] == "+" else -minutes
    if int(found[3] or 0) > 59 or not -14 * 60 <= ahead <= 15 * 60:
        raise UnusableMeasure(f"no clock is {text.strip()} from UTC")
    return ahead


def elevation_of_shadow(height: float, shadow: float) -> float:
    """The height of the sun in degrees, from the height of a thing and the length of its shadow in one unit.

    Raises UnusableMeasure where the height is not above 0, or the length is below 0.
    """
    if not (math.isfinite(height) and math.isfinite(shadow)) or height <= 0 or shadow < 0:
        raise UnusableMeasure("the height of the thing must be above 0, and the length of its shadow 0 or more")
    return math.degrees(math.atan2(height, shadow))


def sun_measured(
    when: ClockTime,
    elevation_deg: float | None,
    shadow_deg: float | None,
    elevation_error_deg: float = ANGLE_ERROR_DEG,
    direction_error_deg: float = DIRECTION_ERROR_DEG,
) -> Sun:
    """A measurement of the sun as a likelihood over places.

    `elevation_deg` is the height at which the sun is seen; `shadow_deg` the direction in which a shadow falls,
    clockwise from true north; None for what was not measured. The errors are standard deviations. Raises
    UnusableMeasure where neither was measured, or a value is out of range.
    """
    if elevation_deg is None and shadow_deg is None:
        raise UnusableMeasure(
            "give the height of the sun, a thing's height with the length of its shadow, or a direction"
        )
    if elevation_deg is not None and not 0 <= elevation_deg <= 90:
        raise UnusableMeasure("the sun is 0° to 90° high by day, and at night nothing throws a shadow")
    if shadow_deg is not None and not 0 <= shadow_deg <= 360:
        raise UnusableMeasure("a direction is 0 to 360 degrees, clockwise from north")
    if not (0.25 <= elevation_error_deg <= 45 and 0.25 <= direction_error_deg <= 90):
        raise UnusableMeasure("the height may be off by 0.25° to 45°, the direction by 0.25° to 90°")
    if elevation_deg == 90 and shadow_deg is not None:
        raise UnusableMeasure("with the sun at the zenith a shadow has no direction; leave the direction out")
    try:
        return Sun(
            **when._asdict(),
            elevation_deg=None if elevation_deg is None else round(elevation_deg, 3),
            elevation_error_deg=elevation_error_deg,
            direction_deg=None if shadow_deg is None else round((shadow_deg + 180) % 360, 3) % 360,
            direction_error_deg=direction_error_deg,
        )  # fmt: skip
    except ValidationError as error:
        raise UnusableMeasure(reason_of(error.errors()[0])) from error


def angles_in_words(sun: Sun) -> str:
    """The measured angles in words that follow "the sun stood": "36.9° high (±2°), in the direction 240° (±5°)"."""
    parts = []
    if sun.elevation_deg is not None:
        zenith = " at the zenith," if sun.elevation_deg == 90 else ""
        parts.append(f"{zenith} {sun.elevation_deg:.3g}° high (±{sun.elevation_error_deg:g}°)".strip())
    if sun.direction_deg is not None:
        parts.append(f"in the direction {sun.direction_deg:.0f}° (±{sun.direction_error_deg:g}°)")
    return ", ".join(parts)


def stood_in_words(sun: Sun) -> str:
    """A measurement of the sun in words: "the sun stood 36.9° high (±2°) on 2024-06-01 at 14:30 UTC"."""
    return f"the sun stood {angles_in_words(sun)} {time_in_words(sun)}"


def time_in_words(sun: Sun) -> str:
    """When the sun was measured, and by which clock, in words: "on 2024-06-01 at 14:30 UTC"."""
    since, until = sun.since, sun.until
    if since == until:
        told = f"on {since:%Y-%m-%d} at {_hour(since)}"
    elif since.date() == until.date():
        told = f"on {since:%Y-%m-%d} between {_hour(since)} and {_hour(until)}"
    else:
        told = f"between {since:%Y-%m-%d} {_hour(since)} and {until:%Y-%m-%d} {_hour(until)}"
    return f"{told} {clock_in_words(sun)}"


def clock_in_words(sun: Sun) -> str:
    """By which clock the sun was measured, in words: "UTC", "by a clock set to UTC+02:00", or "by the clock of the
    place".
    """
    if sun.clock == "utc":
        return "UTC"
    if sun.ahead_min is None:
        return "by the clock of the place"
    hours, minutes = divmod(abs(sun.ahead_min), 60)
    return f"by a clock set to UTC{'-' if sun.ahead_min < 0 else '+'}{hours:02d}:{minutes:02d}"


def hours_in_words(since: datetime, until: datetime) -> str:
    """A part of a day in words: "14:30 to 15:30"; one hour where both ends are equal. Midnight at its end is
    "24:00".
    """
    if since == until:
        return _hour(since)
    return f"{_hour(since)} to {'24:00' if until.date() > since.date() and until.hour == 0 else _hour(until)}"


def _hour(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
