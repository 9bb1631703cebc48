"""Crop and enlarge."""

from typing import Annotated

from pydantic import Field

from geoagent.tools.tool import ToolContext, ToolResult
from geoagent.tools.views import BoxList, ViewNumber, cut, find_view


SHOWN_SIDE = 1280
"""The longest side in pixels that a model is shown, as the settings have it by default."""


def zoom(
    context: ToolContext,
    view: ViewNumber,
    box: BoxList,
    magnify: Annotated[float, Field(ge=1, le=8, description="how much larger to show it")] = 3.0,
) -> ToolResult:
    """Look closer at a part of a view. The enlarged part becomes a new numbered view, shown to you next."""
    new = cut(context, find_view(context, view), box, magnify, SHOWN_SIDE)
    ref = context.refs[new.photo]
    width, height = round((new.box.x1 - new.box.x0) * ref.width), round((new.box.y1 - new.box.y0) * ref.height)
    return ToolResult(
        text=f"view {new.number}: part of view {view}, {width} × {height} pixels of the photo, ×{new.width / width:.1f}, shown next",
        data={"view": new.number},
        views=(new,),
    )
