"""The tool `rectify`: shows a slanted plane, such as a sign, from the front."""

from typing import Annotated

import numpy as np
from pydantic import Field

from geoagent.case.views import Rectify
from geoagent.errors import ToolInputError
from geoagent.geo import Floats
from geoagent.photo.warps import origin
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import SHOWN_SIDE, ViewNumber, bounded, check_points, derived, find_single, picture_of

LEAST_PX = 6.0
ENLARGED = 3.0
LEAST_SINE = 0.02
"""Of the angles at the corners: flatter ones make no four-sided figure."""
Point = Annotated[list[float], Field(min_length=2, max_length=2)]
Corners = Annotated[
    list[Point],
    Field(
        min_length=4,
        max_length=4,
        description="the plane's corners in order: left top, right top, right bottom, left bottom, "
        "each [x, y] as fractions",
    ),
]


def rectify(
    context: ToolContext,
    view: ViewNumber,
    corners: Corners,
    aspect: Annotated[
        float | None, Field(ge=0.05, le=20, description="its true width divided by its height, if known")
    ] = None,
) -> ToolResult:
    """Show a plane seen at a slant, such as a sign or shop front, as if from the front and enlarged, as a new view."""
    old = find_single(context, view)
    check_points(value for corner in corners for value in corner)
    points = np.array(corners, dtype=float)
    _check_shape(points * (old.width, old.height))
    ref = picture_of(context, old)
    x, y = origin(old, points[:, 0] * old.width, points[:, 1] * old.height, (ref.width, ref.height), ref.panorama)
    sides = np.hypot(np.roll(x, -1) - x, np.roll(y, -1) - y)
    width, height = float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
    if min(width, height) < LEAST_PX:
        raise ToolInputError(f"that is only {width:.0f} × {height:.0f} pixels of the photo: nothing to see")
    if aspect:
        width, height = max(width, height * aspect), max(height, width / aspect)
    size = bounded((width * ENLARGED, height * ENLARGED), SHOWN_SIDE)
    a, b, c, d = ((float(u), float(v)) for u, v in points)
    new = derived(context, old, Rectify(corners=(a, b, c, d), width=size[0], height=size[1]))
    text = f"view {new.number}: that plane of view {view} from the front, {size[0]} × {size[1]} pixels, shown next"
    return ToolResult(text=text, data={"view": new.number}, views=(new,))


def _check_shape(points: Floats) -> None:
    """Raise ToolInputError unless four points in pixels, clockwise, are the corners of a convex figure."""
    ahead, back = np.roll(points, -1, axis=0) - points, np.roll(points, 1, axis=0) - points
    turns = ahead[:, 0] * back[:, 1] - ahead[:, 1] * back[:, 0]
    lengths = np.maximum(np.linalg.norm(ahead, axis=1) * np.linalg.norm(back, axis=1), 1e-9)
    if (turns / lengths < LEAST_SINE).any():
        raise ToolInputError(
            "these are not the corners of a plane in order: left top, right top, right bottom, left bottom"
        )
