"""The tools `elevation` and `weather_on`: the height of places above the sea, and the weather of a day."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from geoagent.errors import ToolInputError
from geoagent.geo import Point
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.street_pictures import Latitude, Longitude
from geoagent.web.services.open_elevation import elevations_m
from geoagent.web.services.open_meteo import weather

MOST_POINTS = 5
Places = Annotated[
    list[Annotated[list[float], Field(min_length=2, max_length=2)]],
    Field(min_length=1, max_length=MOST_POINTS, description="[latitude, longitude] of each, in degrees"),
]


def elevation(context: ToolContext, points: Places) -> ToolResult:
    """Height above the sea in metres at up to five points, such as a candidate and the ridge behind it."""
    places = points_of(points)
    return heights_told(places, elevations_m(context.wire, places))


def points_of(points: Places) -> list[Point]:
    """The points that a tool's argument names as [latitude, longitude] in degrees. Raises ToolInputError for numbers
    that are no place on Earth.
    """
    if any(abs(lat) > 90 or abs(lon) > 180 for lat, lon in points):
        raise ToolInputError("a point is [latitude, longitude] in degrees")
    return [Point(lat=lat, lon=lon) for lat, lon in points]


def heights_told(points: Sequence[Point], heights: Sequence[float | None]) -> ToolResult:
    """The result of the tool `elevation`: the height of each point above the sea in metres, in words and as data.

    `heights` has one for each of the `points`; None where the height is not known.
    """
    told = "; ".join(
        f"{point.lat:.4f}, {point.lon:.4f}: {'unknown' if height is None else f'{height:.0f} m'}"
        for point, height in zip(points, heights, strict=True)
    )
    return ToolResult(text=told, data={"metres": list(heights)})


def weather_on(
    context: ToolContext,
    lat: Latitude,
    lon: Longitude,
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", description="such as 2019-07-31")],
) -> ToolResult:
    """The weather of a day at a place: temperatures, rain, new snow, clouds, wind. Only where the day is known."""
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise ToolInputError(f"{day} is no day") from error
    found = weather(context.wire, Point(lat=lat, lon=lon), on)
    return ToolResult(text=found.text or "the service knows nothing of that day", data=found.figures)
