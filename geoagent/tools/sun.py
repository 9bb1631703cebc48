"""The tool `sun`: where the sun stood at a place and time, or where and when it can have stood as it was measured. It
needs no network.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from geoagent.atlas import Mask
from geoagent.belief.chronolocation import (
    clock_ahead_s,
    clock_of,
    height_in_words,
    hours_that_fit,
    read_clock_in_words,
    shadows_in_words,
    sun_at,
)
from geoagent.belief.sun_band import rows_that_fit
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Sun
from geoagent.errors import ToolInputError
from geoagent.geo import Point
from geoagent.plain_text import percent
from geoagent.reading.sun_measurement import (
    ClockTime,
    UnusableMeasure,
    angles_in_words,
    read_time,
    stood_in_words,
    sun_measured,
)
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import find_view, observation_of
from geoagent.tools.street_pictures import Latitude, Longitude

SHOWN = 5


def sun(
    context: ToolContext,
    when: Annotated[
        str,
        Field(max_length=60, description="such as 2019-07-31T14:30, a span 2019-07-31T14:30/15:30, or a day"),
    ],
    lat: Latitude | None = None,
    lon: Longitude | None = None,
    clock: Annotated[
        str | None,
        Field(max_length=10, description='"utc", "local" (of the place), or an offset "+02:00"'),
    ] = None,
    sun_height_deg: Annotated[float | None, Field(ge=0, le=90, description="as measure gives it")] = None,
    shadow_deg: Annotated[
        float | None, Field(ge=0, le=360, description="where a shadow falls, clockwise from north")
    ] = None,
    error_deg: Annotated[float, Field(ge=0.5, le=45, description="how far off the angles may be")] = 3.0,
) -> ToolResult:
    """Where the sun stands at a place and time, and so where shadows fall. Of a measured shadow without a place: where
    on Earth it fits the time, as evidence; with both: at what times of that day it fits the place.
    """
    measured = sun_height_deg is not None or shadow_deg is not None
    if (lat is None) != (lon is None) or (lat is None and not measured):
        raise ToolInputError("give lat and lon of a place, or what you measured of the sun or a shadow, or all of them")
    if measured and clock is None:
        raise ToolInputError('say by which clock: "utc", "local", or its offset from UTC such as "+02:00"')
    try:
        time = _time(when, clock or "utc")
        said = sun_measured(time, sun_height_deg, shadow_deg, error_deg, error_deg) if measured else None
        if lat is None or lon is None:
            assert said is not None
            return _where(context, said)
    except UnusableMeasure as error:
        raise ToolInputError(str(error)) from error
    point = Point(lat=lat, lon=lon)
    return _at(context, point, time) if said is None else _when(context, point, said)


def _time(when: str, clock: str) -> ClockTime:
    time = read_time(when)
    if clock.lower() == "local":
        return time
    return time.going_by(utc=False, offset=clock) if clock[:1] in ("+", "-") else _utc(time, clock)


def _utc(time: ClockTime, clock: str) -> ClockTime:
    if clock.lower() != "utc":
        raise ToolInputError('the clock is "utc", "local", or its offset from UTC such as "+02:00"')
    return time if time.ahead_min is not None else time.going_by(utc=True, offset=None)


def _at(context: ToolContext, point: Point, time: ClockTime) -> ToolResult:
    """Where the sun stood over a place."""
    if time.since != time.until:
        raise ToolInputError("the sun moves: give one time, not a span, to be told where it stands")
    atlas = context.belief.atlas
    here = clock_of(atlas, point, atlas.at(point).row)
    stood = sun_at(here, time.since, clock_ahead_s(Sun(**time._asdict(), direction_deg=0), here))
    data = {"elevation_deg": round(stood.elevation_deg, 2), "azimuth_deg": round(stood.direction_deg, 2)}
    return ToolResult(text=f"{height_in_words(stood)}; {shadows_in_words(stood)}", data=data)


def _when(context: ToolContext, point: Point, sun: Sun) -> ToolResult:
    """When the sun stood over a place as it was measured."""
    atlas = context.belief.atlas
    here = clock_of(atlas, point, atlas.at(point).row)
    found = hours_that_fit(sun, here)
    stood = f"the sun stood {angles_in_words(sun)}, {read_clock_in_words(sun, here)}"
    text = f"{stood}: {', '.join(found.spans) or 'never'}; in that time {found.rises}"
    return ToolResult(text=text, data={"fits": found.spans, "highest_deg": round(found.highest_deg, 2)})


def _where(context: ToolContext, sun: Sun) -> ToolResult:
    """Where on Earth the sun stood as it was measured, as evidence.

    What the tool measure has measured is an observation of its own; angles from nowhere share the model's opinion.
    """
    atlas = context.belief.atlas
    fits = rows_that_fit(sun, atlas)
    said = stood_in_words(sun)
    share = float(atlas.prior[fits].sum())
    south, north = float(atlas.lat[fits].min()), float(atlas.lat[fits].max())
    evidence = Evidence(
        kind="sun", witness="tool:sun", statement=f"{said}, as it did in {percent(share)} of the world's places",
        likelihood=sun, level="region", group=_group(context, sun), answer=said.removeprefix("the sun stood ")[:80],
    )  # fmt: skip
    counts = ", ".join(f"{name} {percent(p)}" for name, p in _countries(context, fits))
    text = f"the sun stands so in {percent(share)} of the world's places, from {south:.0f}° to {north:.0f}° of latitude"
    text += f": of what you believed that leaves {counts}" if counts else "; nothing that you believe lies there"
    return ToolResult(text=text, data={"share": round(share, 4), "south": south, "north": north}, evidence=(evidence,))


def _countries(context: ToolContext, fits: Mask) -> list[tuple[str, float]]:
    """The leading countries of the belief, as far as they lie where the sun stood so."""
    belief, atlas = context.belief, context.belief.atlas
    masses = np.bincount(atlas.country[fits], belief.probability[fits], len(atlas.countries))
    leading = [int(i) for i in np.argsort(-masses, kind="stable")[:SHOWN] if masses[i] >= 0.005]
    return [(atlas.country_name(atlas.countries[i]), float(masses[i])) for i in leading]


def _group(context: ToolContext, sun: Sun) -> str:
    """The group of what was measured: one for the same time, and one for all frames of a film."""
    photo = _measured_in(context, sun)
    if photo is None:
        return f"opinion:{context.witness}"
    if context.refs[photo].frame:
        return f"sun:film:{observation_of(context, photo)}"
    return f"sun:{sun.since:%Y-%m-%dT%H:%M}"


def _measured_in(context: ToolContext, sun: Sun) -> int | None:
    """The photo in which calls of the tool measure gave the angles, to within what they may be off; None where no calls
    did.
    """
    made = [
        c.data for c in context.trace.calls if c.tool == "measure" and c.status == "ok" and isinstance(c.data, dict)
    ]
    by_height = [data for data in made if "sun_elevation_deg" in data and _is_height(sun, data["sun_elevation_deg"])]
    by_direction = [data for data in made if data.get("compass") and _is_direction(sun, data["sun_deg"])]
    if (sun.elevation_deg is not None and not by_height) or (sun.direction_deg is not None and not by_direction):
        return None
    return find_view(context, (by_height or by_direction)[0]["view"]).photo


def _is_height(sun: Sun, height: float) -> bool:
    return sun.elevation_deg is not None and abs(height - sun.elevation_deg) <= sun.elevation_error_deg


def _is_direction(sun: Sun, direction: float) -> bool:
    if sun.direction_deg is None:
        return False
    return abs((direction - sun.direction_deg + 180) % 360 - 180) <= sun.direction_error_deg
