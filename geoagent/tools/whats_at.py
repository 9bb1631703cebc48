"""The tool `whats_at`: names the country, region, nearest city, climate and time zone at a point."""

from typing import Annotated

from pydantic import Field

from geoagent.atlas import Atlas, Nearby
from geoagent.atlas.surroundings import CLIMATES
from geoagent.geo import Point
from geoagent.tools.core.tool import ToolContext, ToolResult

NEAR_KM = 5.0
SURROUNDINGS_KM = 20.0


def whats_at(
    context: ToolContext,
    lat: Annotated[float, Field(ge=-90, le=90, description="latitude in degrees, north positive")],
    lon: Annotated[float, Field(ge=-180, le=180, description="longitude in degrees, east positive")],
) -> ToolResult:
    """Name the country, region and nearest city at a point, its climate (Köppen) and time zone.

    It says what is there, not that the photo is.
    """
    atlas = context.belief.atlas
    found = atlas.at(Point(lat=lat, lon=lon))
    area = found.place.key
    if area is None:
        return ToolResult(text=f"{lat:.4f}, {lon:.4f} is open sea", data=None)
    near = found.row is not None and found.distance_km <= NEAR_KM
    place = found.place if near else atlas.path(area.division_area or area.country_area)
    nearest = (
        f"; nearest place {atlas.name(found.row) or 'unnamed land'}, {found.distance_km:.1f} km" if found.row else ""
    )
    return ToolResult(
        text=f"{lat:.4f}, {lon:.4f} is in {place}{nearest}{_surroundings(atlas, found)}",
        data={**found.place.model_dump(mode="json"), "distance_km": round(found.distance_km, 2)},
    )


def _surroundings(atlas: Atlas, found: Nearby) -> str:
    """Climate, coast and time zone of the nearest place, if it is near enough to speak for the point."""
    if found.row is None or found.distance_km > SURROUNDINGS_KM:
        return ""
    climate = CLIMATES[atlas.climate[found.row]]
    zone = int(atlas.timezone[found.row])
    said = [f"climate {climate}"] if climate else []
    said += ["by the sea"] if atlas.coastal[found.row] else []
    said += [f"time zone {atlas.timezones[zone]}"] if zone >= 0 else []
    return "; " + ", ".join(said) if said else ""
