"""Numbered views: finding one, and cutting the next one out of it."""

from typing import Annotated

from pydantic import Field, ValidationError

from geoagent.errors import ToolInputError
from geoagent.evidence import Box, View
from geoagent.photo import inside, pixel_box
from geoagent.tools.tool import ToolContext

ViewNumber = Annotated[int, Field(ge=1, le=999, description="number of the view")]
BoxList = Annotated[
    list[float],
    Field(
        min_length=4,
        max_length=4,
        description="[x0, y0, x1, y1]: left, top, right, bottom as fractions 0 to 1 of that view",
    ),
]
LONGEST_SIDE = 1600


def find_view(context: ToolContext, number: int) -> View:
    """The view with a number. Raises ToolInputError."""
    for view in context.trace.views:
        if view.number == number:
            return view
    raise ToolInputError(f"there is no view {number}; the views are 1 to {len(context.trace.views)}")


def photo_view(context: ToolContext, view: View) -> View:
    """The view that is the whole photo of which another shows a part."""
    return next(known for known in context.trace.views if known.photo == view.photo and known.source is None)


def box_of(box: list[float]) -> Box:
    """Four numbers as a box. Raises ToolInputError."""
    try:
        return Box(x0=box[0], y0=box[1], x1=box[2], y1=box[3])
    except ValidationError as error:
        raise ToolInputError("a box is [x0, y0, x1, y1] in fractions from 0 to 1 with x0 < x1 and y0 < y1") from error


def cut(context: ToolContext, view: View, box: list[float], magnify: float, longest: int = LONGEST_SIDE) -> View:
    """The next view: a part of an earlier one, enlarged to at most `longest` pixels. Raises ToolInputError."""
    part = inside(view.box, box_of(box))
    ref = context.refs[view.photo]
    x0, y0, x1, y1 = pixel_box(part, ref.width, ref.height)
    if x1 - x0 < 8 or y1 - y0 < 8:
        raise ToolInputError(f"that box is only {x1 - x0} × {y1 - y0} pixels: nothing to see; take a larger one")
    scale = min(magnify, longest / max(x1 - x0, y1 - y0))
    number = max(known.number for known in context.trace.views) + 1
    size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    return View(number=number, photo=view.photo, box=part, source=view.number, width=size[0], height=size[1])
