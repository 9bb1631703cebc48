"""Where the sun stood, by astral: no network."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from geoagent.errors import ToolInputError
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.street_pictures import Latitude, Longitude


def sun(
    context: ToolContext,
    lat: Latitude,
    lon: Longitude,
    when: Annotated[str, Field(max_length=25, description="time in UTC, such as 2019-07-31T14:30")],
) -> ToolResult:
    """Where the sun stands at a place and time, and so where shadows fall. Compare it with the shadows of the photo."""
    from astral import Observer
    from astral.sun import azimuth
    from astral.sun import elevation as height

    try:
        time = datetime.fromisoformat(when)
    except ValueError as error:
        raise ToolInputError("write the time such as 2019-07-31T14:30, in UTC") from error
    time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    observer = Observer(latitude=lat, longitude=lon)
    up_deg, towards_deg = height(observer, time), azimuth(observer, time)
    data = {"elevation_deg": round(up_deg, 2), "azimuth_deg": round(towards_deg, 2)}
    if up_deg <= 0:
        return ToolResult(text=f"the sun is {-up_deg:.0f}° below the horizon", data=data)
    shadow = f"shadows fall towards {(towards_deg + 180) % 360:.0f}°"
    return ToolResult(text=f"the sun is {up_deg:.0f}° high at {towards_deg:.0f}° from north; {shadow}", data=data)
