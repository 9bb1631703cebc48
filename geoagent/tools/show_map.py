"""The tool `show_map`: shows a map, or the view from above, of a place as a numbered view."""

from typing import Annotated, Literal

from pydantic import Field

from geoagent.geo import Point
from geoagent.tools.core.outside_views import outside_view
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.street_pictures import Latitude, Longitude
from geoagent.web.services.tiles import MAP_TILES, SATELLITE_TILES, map_around


def show_map(
    context: ToolContext,
    lat: Latitude,
    lon: Longitude,
    across_m: Annotated[float, Field(ge=100, le=200_000, description="width of the ground to be seen")] = 500,
    kind: Annotated[Literal["map", "satellite"], Field(description="drawn, or seen from above")] = "map",
) -> ToolResult:
    """Show a map of a place, or how it looks from above, north up, the place in the middle: to compare the course of
    roads, water and buildings with the photo. It becomes a numbered view. What is in it is no clue of the photo.
    """
    provider = {"map": MAP_TILES, "satellite": SATELLITE_TILES}[kind]
    found = map_around(context.wire, provider, Point(lat=lat, lon=lon), across_m)
    told = f"a {kind} picture around {lat:.5f}, {lon:.5f}, {found.across_m:.0f} m across, north up"
    view = outside_view(context, found.picture, told)
    return ToolResult(
        text=f"view {view.number}: {told}, shown next", data={"view": view.number, "across_m": found.across_m},
        views=(view,),
    )  # fmt: skip
