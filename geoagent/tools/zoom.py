"""The tool `zoom`: shows a part of a view enlarged."""

from typing import Annotated

from pydantic import Field

from geoagent.photo.warps import pixel_box
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import SHOWN_SIDE, BoxList, ViewNumber, cut, find_part, picture_of

MOST = 8.0
MAGNIFY = f"how much larger, 1 to 8; a view has at most {SHOWN_SIDE} pixels a side: take a small box"


def zoom(
    context: ToolContext,
    view: ViewNumber,
    box: BoxList,
    magnify: Annotated[float, Field(description=MAGNIFY)] = 3.0,
) -> ToolResult:
    """Look closer at a part of a view. The enlarged part becomes a new numbered view, shown to you next."""
    old, part = find_part(context, view, box)
    magnify = min(max(magnify, 1.0), MOST)
    new = cut(context, old, part, magnify, SHOWN_SIDE)
    whole, shown = (old, part) if old.operations else (picture_of(context, old), new.box)
    x0, y0, x1, y1 = pixel_box(shown, whole.width, whole.height)
    of = f"{x1 - x0} × {y1 - y0} pixels of {f'view {old.number}' if old.operations else 'the photo'}"
    scale = new.width / (x1 - x0)
    most = ", the most for a box of this size" if scale < 0.95 * magnify else ""
    return ToolResult(
        text=f"view {new.number}: part of view {old.number}, {of}, ×{scale:.1f}{most}, shown next",
        data={"view": new.number},
        views=(new,),
    )
