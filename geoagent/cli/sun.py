"""`geoagent sun`: tells at which places a measured shadow fits a time, or at which times it fits a place."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_exif, add_force, finite, take_coordinates
from geoagent.errors import OK, ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoagent.case.likelihood import Sun
    from geoagent.photo.metadata import Shot
    from geoagent.reading.sun_measurement import ClockTime

MAGNETIC_ERROR_DEG = 15.0
"""How far a compass is off true north, in nearly all places where people live."""


def add(commands: Any) -> None:
    """Add the command `geoagent sun`, which tells where or when a shadow fits, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    sun = commands.add_parser(
        "sun", help="say where a shadow fits a time, or when it fits a place",
        description="Say where on Earth a shadow fits a time; with --place, at what times it fits that place.",
    )  # fmt: skip
    sun.add_argument("photo", nargs="?", type=Path, metavar="PHOTO", help="take time and camera heading from this file")
    add_measured(sun)
    sun.add_argument(
        "--from-camera", action="store_true", help="the direction counts from where the camera looked, as PHOTO tells"
    )
    add_clock(sun)
    sun.add_argument("--place", metavar="PLACE", help='a name or LAT,LON: say when it fits there; --time may be "2024"')
    sun.add_argument("--geojson", type=Path, metavar="FILE", help="write the places that fit as GeoJSON")
    take_coordinates(sun)
    add_exif(sun)
    add_force(sun)
    sun.set_defaults(command=run)


def add_measured(command: argparse.ArgumentParser) -> None:
    """Add the options for what was measured of the sun, such as `--height` and `--shadow`, to a parser.

    Further ones say how far off the measurements may be.
    """
    measured = command.add_argument_group("what was measured; give these and --time twice where two shadows are known")
    measured.add_argument("--height", type=finite, action="append", metavar="N", help="height of an upright thing")
    measured.add_argument(
        "--shadow", type=finite, action="append", metavar="N", help="length of its shadow, in the same unit"
    )
    measured.add_argument(
        "--sun-height", type=finite, action="append", metavar="DEG", help="height of the sun over the horizon"
    )
    measured.add_argument(
        "--shadow-direction", type=finite, action="append", metavar="DEG",
        help="where the shadow falls, clockwise from north",
    )  # fmt: skip
    measured.add_argument(
        "--angle-error", type=finite, default=2.0, metavar="DEG", help="how far off the height may be (2)"
    )
    measured.add_argument(
        "--direction-error", type=finite, default=5.0, metavar="DEG", help="how far off the direction may be (5)"
    )
    measured.add_argument(
        "--time-error", type=finite, default=5.0, metavar="MIN", help="how far off the clock may be (5)"
    )


def add_clock(command: argparse.ArgumentParser) -> None:
    """Add `--time`, `--utc` and `--offset` to a parser: when the photo was taken, and by which clock."""
    command.add_argument(
        "--time", action="append", metavar="TIME",
        help='"2024-06-01 14:30" by the clock of the place; a span is "2024-06-01 14:30/15:30", a day "2024-06-01"',
    )  # fmt: skip
    command.add_argument("--utc", action="store_true", help="the time is UTC")
    command.add_argument("--offset", metavar="+HH:MM", help="the local clock was so far ahead of UTC, as in +02:00")


def run(options: argparse.Namespace) -> int:
    """Run `geoagent sun`: print where on Earth a shadow fits, or with `--place` when it fits there; the exit code 0.

    Raises ConfigError for measurements that do not fit each other or no sun, ImageError where the photo cannot be read.
    """
    from geoagent.reading.sun_measurement import UnusableMeasure
    from geoagent.settings import read_settings

    settings = read_settings({"allow_exif_gps": options.allow_exif_gps})
    if options.geojson and options.place:
        raise ConfigError("--geojson writes where a shadow fits: leave out --place")
    shot = _shot(options, settings.allow_exif_gps)
    try:
        told = _when(options, shot) if options.place else _where(options, shot)
    except UnusableMeasure as error:
        raise ConfigError(str(error)) from error
    print(told)
    return OK


def _shot(options: argparse.Namespace, allowed: bool) -> "Shot | None":
    """What the file of the photo tells, if that is allowed. Raises ConfigError or ImageError."""
    from geoagent.photo import read_shot

    if options.from_camera and not (options.photo and options.shadow_direction):
        raise ConfigError("--from-camera: name the PHOTO that tells where the camera looked, and --shadow-direction")
    if options.photo is None:
        return None
    if not allowed:
        raise ConfigError(f"{options.photo}: its time and heading are read only with --allow-exif-gps")
    shot = read_shot(options.photo)
    if options.from_camera and shot.heading_deg is None:
        raise ConfigError(f"{options.photo}: the file does not tell where the camera looked; leave out --from-camera")
    if not options.time and shot.clock is None:
        raise ConfigError(f"{options.photo}: the file does not tell when it was taken; give --time")
    return shot


def _where(options: argparse.Namespace, shot: "Shot | None") -> str:
    """The places where all that was measured fits. Raises ConfigError and UnusableMeasure."""
    from geoagent.atlas import open_atlas
    from geoagent.belief.sun_band import sun_band
    from geoagent.files.outputs import check, write
    from geoagent.report.sun import band_geojson, band_output, render_band
    from geoagent.settings import read_settings

    output = band_output(options.geojson, options.photo, options.force) if options.geojson else None
    if output:
        check(output)
    times = [time.give_or_take(options.time_error) for time in times_given(options, shot)]
    band = sun_band(suns_measured(options, shot, times), open_atlas(read_settings({}).cache))
    if output:
        write(output, band_geojson(band))
    return render_band(band)


def _when(options: argparse.Namespace, shot: "Shot | None") -> str:
    """The times at which what was measured fits a place. Raises ConfigError and UnusableMeasure."""
    from geoagent.atlas import open_atlas
    from geoagent.atlas.place_in_words import one_place
    from geoagent.report.sun import render_day, render_moment, render_year
    from geoagent.settings import read_settings

    atlas = open_atlas(read_settings({}).cache)
    year = _year(options, shot)
    times = _a_day_of(year) if year else times_given(options, shot)
    if len(times) > 1:
        raise ConfigError("--place: give one measurement and one time")
    place = one_place(atlas, options.place)
    if not any((options.height, options.shadow, options.sun_height, options.shadow_direction)) and not year:
        return render_moment(times[0], place, atlas)
    (sun,) = suns_measured(options, shot, times)
    return render_year(sun, year, place, atlas) if year else render_day(sun, place, atlas)


def _year(options: argparse.Namespace, shot: "Shot | None") -> int | None:
    """The year that all days are looked at of: the one that is given, or this one where no time is known."""
    from datetime import date

    if options.time and len(options.time) == 1 and options.time[0].strip().isdecimal():
        year = int(options.time[0])
        if not 1900 <= year <= 2100:
            raise ConfigError("--time: the sun's place is known from 1900 to 2100")
        return year
    return None if options.time or shot else date.today().year


def _a_day_of(year: int) -> "list[ClockTime]":
    from geoagent.reading.sun_measurement import read_time

    return [read_time(f"{year}-01-01")]


def times_given(options: argparse.Namespace, shot: "Shot | None") -> "list[ClockTime]":
    """The times that `--time` gives, or else that of the photo, each by the clock that `--utc` or `--offset` names.

    `shot` is what the photo's file tells, or None. Raises ConfigError where neither gives a time.
    """
    from geoagent.reading.sun_measurement import read_time

    if options.time:
        return [read_time(text).going_by(options.utc, options.offset) for text in options.time]
    if shot is None or shot.clock is None:
        raise ConfigError("give --time, such as --time '2024-06-01 14:30'")
    offset = options.offset or (None if options.utc else shot.offset)
    return [read_time(shot.clock).going_by(options.utc, offset)]


def suns_measured(options: argparse.Namespace, shot: "Shot | None", times: "Sequence[ClockTime]") -> "list[Sun]":
    """The measurements of the sun as likelihoods over places, one for each of `times`.

    `options` hold the measured heights, lengths and directions; one that is given once counts for all times. `shot` is
    what the photo's file tells, for `--from-camera`. Raises ConfigError where the numbers of measurements and times
    differ or options exclude each other.
    """
    from geoagent.reading.sun_measurement import elevation_of_shadow, sun_measured

    count = len(times)
    named = ("height", "shadow", "sun_height", "shadow_direction")
    given = {name: getattr(options, name) or [None] for name in named}
    for name, values in given.items():
        if len(values) not in (1, count):
            flag = name.replace("_", "-")
            raise ConfigError(f"--{flag} is given {len(values)} times and --time {count} times; give as many of both")
    turn_deg, direction_error = _turned(options, shot)
    found = []
    for number, time in enumerate(times):
        height, shadow, sun_height, direction = (
            values[number if len(values) > 1 else 0] for values in given.values()
        )  # fmt: skip
        if (height is None) != (shadow is None):
            raise ConfigError("--height and --shadow go together: the height of a thing, the length of its shadow")
        if height is not None and sun_height is not None:
            raise ConfigError("--sun-height is what --height and --shadow tell: give one of them")
        elevation = sun_height if height is None else elevation_of_shadow(height, shadow)
        if direction is not None and turn_deg is not None:
            direction = (direction + turn_deg) % 360
        found.append(sun_measured(time, elevation, direction, options.angle_error, direction_error))
    return found


def _turned(options: argparse.Namespace, shot: "Shot | None") -> "tuple[float | None, float]":
    """What a direction that counts from the camera is to be turned by, and how far off it may be."""
    if shot is None or not options.from_camera:
        return None, options.direction_error
    error = max(options.direction_error, MAGNETIC_ERROR_DEG) if shot.magnetic else options.direction_error
    return shot.heading_deg, error
