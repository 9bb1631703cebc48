"""What a place was like: height above the sea, the sun at a time, the weather of a day."""

from datetime import date
from typing import Annotated

from pydantic import Field

from geoagent.errors import ToolInputError
from geoagent.geo import Point
from geoagent.tools.providers.open_elevation import elevations_m
from geoagent.tools.providers.open_meteo import weather
from geoagent.tools.street_pictures import Latitude, Longitude
from geoagent.tools.tool import ToolContext, ToolResult

MOST_POINTS = 5


def elevation(
    context: ToolContext,
    points: Annotated[
        list[Annotated[list[float], Field(min_length=2, max_length=2)]],
        Field(min_length=1, max_length=MOST_POINTS, description="[latitude, longitude] of each, in degrees"),
    ],
) -> ToolResult:
    """Height above the sea in metres at up to five points, such as a candidate and the ridge behind it."""
    if any(abs(lat) > 90 or abs(lon) > 180 for lat, lon in points):
        raise ToolInputError("a point is [latitude, longitude] in degrees")
    heights = elevations_m(context.wire, [Point(lat=lat, lon=lon) for lat, lon in points])
    told = "; ".join(
        f"{lat:.4f}, {lon:.4f}: {height:.0f} m" for (lat, lon), height in zip(points, heights, strict=True)
    )
    return ToolResult(text=told, data={"metres": heights})


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
