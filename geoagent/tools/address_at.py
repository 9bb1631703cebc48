"""The address at a point."""

from geoagent.geo import Point, distance_km
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.street_pictures import Latitude, Longitude
from geoagent.web.outside import quoted
from geoagent.web.services import nominatim


def address_at(context: ToolContext, lat: Latitude, lon: Longitude) -> ToolResult:
    """Name the road or house nearest to a point and how far off it is. It says what is there, not that the photo is."""
    here = Point(lat=lat, lon=lon)
    found = nominatim.address_at(context.wire, here)
    if found is None:
        return ToolResult(text="no road or house is known there")
    away_m = 1000 * distance_km(here, found.point)
    text = f"{quoted('OpenStreetMap', f'{found}, {found.country_code}')}, {away_m:.0f} m off"
    return ToolResult(text=text, data={**found._asdict(), "point": found.point.model_dump(), "away_m": round(away_m)})
