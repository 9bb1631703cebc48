"""The tool `street_pictures`: finds street-level pictures near a point."""

from typing import Annotated

from pydantic import Field

from geoagent.geo import Point, distance_km
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.map_answers import Circle
from geoagent.web.services.mapillary import pictures_near
from geoagent.web.untrusted_text import quoted

Latitude = Annotated[float, Field(ge=-90, le=90, description="latitude in degrees, north positive")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="longitude in degrees, east positive")]


def street_pictures(
    context: ToolContext,
    lat: Latitude,
    lon: Longitude,
    within_m: Annotated[int, Field(ge=10, le=500, description="how near")] = 100,
) -> ToolResult:
    """List street-level pictures near a point: how far off, on which day, which way they look.

    No evidence by itself.
    """
    here = Point(lat=lat, lon=lon)
    found = pictures_near(context.wire, Circle(here, within_m / 1000))
    if not found:
        return ToolResult(text="no street-level picture was taken there", data={"pictures": []})
    told = (
        f"{p.id}: {1000 * distance_km(here, p.point):.0f} m off, {p.day or 'undated'}"
        + (f", looking {p.heading_deg:.0f}° from north" if p.heading_deg is not None else "")
        for p in found
    )
    data = {"pictures": [{**p._asdict(), "point": p.point.model_dump()} for p in found]}
    return ToolResult(text=quoted("Mapillary", "; ".join(told), 1500), data=data)
