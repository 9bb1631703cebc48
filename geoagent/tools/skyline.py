"""The tool `skyline`: finds where in a region the land stands against the sky as it does in a view, by the user's
elevation tiles.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Kernel, Patches
from geoagent.case.views import View
from geoagent.errors import ConfigError, ImageError, ToolInputError
from geoagent.geo import Point
from geoagent.photo.skyline import as_angles, find_sky, view_of_lens
from geoagent.terrain.elevation import check_folder, ground
from geoagent.terrain.skyline_fit import SkylineFits, candidates, fit_skyline
from geoagent.tools.core.searched_region import prior_of, square_around, where_in_patches
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.core.views import ViewNumber, check_own, find_single, observation_of
from geoagent.tools.street_pictures import Latitude, Longitude

FARTHEST_KM = 35.0
"""How far land is looked at: higher land further away is seldom clear of haze."""
GRID_M = 90.0
TOLD = 5
SIGMA_KM = 0.3
LEAST = 0.05
USUAL_FOCAL_MM = 27.0


def skyline_tool(folder: Path) -> Tool:
    """The tool `skyline`, answered from a folder of elevation tiles. Raises ConfigError where the folder holds none."""
    check_folder(folder)

    def skyline(
        context: ToolContext,
        view: ViewNumber,
        lat: Latitude,
        lon: Longitude,
        within_km: Annotated[int, Field(ge=1, le=25, description="how far around that point")] = 25,
        view_deg: Annotated[float | None, Field(ge=15, le=120, description="degrees from left to right")] = None,
    ) -> ToolResult:
        """Compare the line between mountains and sky with the horizons of all places around a point. It needs an open
        view of hills or mountains; places that fit are evidence.
        """
        check_own(context, view)
        shown = find_single(context, view)
        image = context.photos.render(context.refs[shown.photo], shown)
        degrees = view_deg or _view_deg(context, shown.photo, image.width, image.height)
        centre = Point(lat=lat, lon=lon)
        try:
            line = as_angles(find_sky(image, f"view {view}"), image.height * 480 / image.width, degrees)
            land = ground(folder, centre, within_km + FARTHEST_KM, GRID_M)
            found = fit_skyline(line, candidates(land, centre, within_km, FARTHEST_KM), land, FARTHEST_KM)
        except (ConfigError, ImageError) as error:
            raise ToolInputError(str(error)) from error
        return _result(context, found, shown, square_around(centre, within_km))

    return as_tool(skyline, max_calls=4)


def _view_deg(context: ToolContext, photo: int, width: int, height: int) -> float:
    """How many degrees a photo shows from left to right, by its lens, or that of most phones."""
    number = next(v.number for v in context.trace.views if v.photo == photo and v.is_photo)
    told = (clue.focal_mm for clue in context.trace.clues if clue.view == number and clue.focal_mm is not None)
    return view_of_lens(next(told, USUAL_FOCAL_MM), width, height)


def _result(context: ToolContext, found: SkylineFits, view: View, region: Patches) -> ToolResult:
    """What a comparison with all places of a region tells: where in it the photo was taken, not that it was."""
    best = found.places[:TOLD]
    told = "; ".join(
        f"{one.point.lat:.4f}, {one.point.lon:.4f} looking {one.heading_deg:.0f}° ({100 * one.probability:.0f} %)"
        for one in best
    )
    data = {"places": [{**one._asdict(), "point": one.point.model_dump()} for one in best], "unsure": found.unsure}
    if found.unsure:
        text = f"no place fits well, and clearly better than others, so it counts for nothing; best are {told}"
        return ToolResult(text=text, data=data)
    atlas = context.belief.atlas
    if prior_of(region, atlas) <= 0:
        return ToolResult(text=f"it fits {told}; the atlas has no place there, so it counts for nothing", data=data)
    parts = [(round(one.probability, 6), _kernel(one.point)) for one in best if one.probability >= LEAST]
    evidence = Evidence(
        kind="skyline", witness="tool:skyline", level="point", group=f"skyline:{observation_of(context, view.photo)}",
        statement=f"the line between land and sky in view {view.number} is that of {told}, "
        "if it was taken in this region",
        likelihood=where_in_patches(region, atlas, parts),
    )  # fmt: skip
    first = best[0].point
    spot = Spot(name=f"{first.lat:.4f}, {first.lon:.4f}", point=first, radius_km=3 * SIGMA_KM, evidence=evidence.id)
    return ToolResult(text=f"it fits {told}", data=data, evidence=(evidence,), spots=(spot,))


def _kernel(point: Point) -> Kernel:
    return Kernel(lat=point.lat, lon=point.lon, sigma_km=SIGMA_KM)
