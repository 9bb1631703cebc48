"""The tool `measure`: angles, lengths and shadows in a view."""

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from geoagent.case.views import View
from geoagent.errors import ToolInputError
from geoagent.photo.warps import direction_deg, origin
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import ViewNumber, check_points, find_single, picture_of

USUAL_FOCAL_MM = 28.0
"""What most phones have, in equivalents of 35 mm film, where the file does not tell."""
FILM_WIDTH_MM = 36.0
LEAST_PX = 4.0
LEAST_FALL_DEG = 1.0
"""How far below the horizon a point of the ground has to be for its distance to mean anything."""
Line = Annotated[list[float], Field(min_length=4, max_length=4)]


def measure(
    context: ToolContext,
    view: ViewNumber,
    lines: Annotated[
        list[Line], Field(min_length=1, max_length=2, description="one or two lines [x0, y0, x1, y1] as fractions")
    ],
    what: Annotated[
        Literal["lines", "horizon", "shadow"],
        Field(
            description="horizon: the line is the horizon; shadow: the first line is a shadow on level ground, from "
            "its object's foot to its tip, the second the upright object, from its foot to its top"
        ),
    ] = "lines",
) -> ToolResult:
    """Measure lines that you draw in a view: their tilts, angle and ratio, the tilt of the horizon, or where a shadow
    falls and hence where the sun is.
    """
    old = find_single(context, view)
    check_points(value for line in lines for value in line)
    drawn = [(x0 * old.width, y0 * old.height, x1 * old.width, y1 * old.height) for x0, y0, x1, y1 in lines]
    if any(math.hypot(x1 - x0, y1 - y0) < LEAST_PX for x0, y0, x1, y1 in drawn):
        raise ToolInputError(
            f"a line of less than {LEAST_PX:.0f} pixels cannot be measured; zoom first, or draw it longer"
        )
    if what == "shadow":
        return _shadow(context, old, drawn)
    if what == "horizon":
        if len(drawn) != 1:
            raise ToolInputError("the horizon is one line")
        tilt_deg = _tilt_deg(drawn[0])
        text = f"the horizon is tilted by {tilt_deg:.1f}°, its right side {'lower' if tilt_deg > 0 else 'higher'}"
        text += f"; adjust with rotate_deg {-tilt_deg:.1f} makes it level"
        return ToolResult(text=text, data={"view": view, "horizon_tilt_deg": round(tilt_deg, 2)})
    return _lines(view, drawn)


def _lines(view: int, drawn: list[tuple[float, float, float, float]]) -> ToolResult:
    lengths = [math.hypot(x1 - x0, y1 - y0) for x0, y0, x1, y1 in drawn]
    tilts = [_tilt_deg(line) for line in drawn]
    data: dict[str, Any] = {
        "view": view, "length_px": [round(v, 1) for v in lengths], "tilt_deg": [round(v, 2) for v in tilts]
    }  # fmt: skip
    text = "; ".join(
        f"line {i + 1}: {lengths[i]:.0f} pixels, {abs(tilts[i]):.1f}° from level, "
        f"{'falling' if tilts[i] > 0 else 'rising'} to the right"
        for i in range(len(drawn))
    )
    if len(drawn) == 2:
        apart = abs(tilts[0] - tilts[1])
        data["angle_deg"] = round(min(apart, 180 - apart), 2)
        data["ratio"] = round(lengths[0] / lengths[1], 3)
        text += f"; between them {data['angle_deg']:.1f}°; the first is {data['ratio']:.2f} times as long as the second"
    return ToolResult(text=text, data=data)


def _tilt_deg(line: tuple[float, float, float, float]) -> float:
    """From level, above -90 to 90; positive where the right end is lower."""
    x0, y0, x1, y1 = line
    return 90 - (90 - math.degrees(math.atan2(y1 - y0, x1 - x0))) % 180


def _shadow(context: ToolContext, view: View, drawn: list[tuple[float, float, float, float]]) -> ToolResult:
    """The ground is taken for level, a photo for taken by a level camera at a height that cancels out."""
    points = [*drawn[0], *(drawn[1] if len(drawn) == 2 else ())]
    seen = [_direction_deg(context, view, x, y) for x, y in zip(points[::2], points[1::2], strict=True)]
    (foot_deg, foot_up), (tip_deg, tip_up) = seen[:2]
    if max(foot_up, tip_up) > -LEAST_FALL_DEG:
        raise ToolInputError("foot and tip of a shadow must lie on the ground, clearly below the horizon")
    foot, tip = _on_ground(foot_deg, foot_up), _on_ground(tip_deg, tip_up)
    east, north = tip[0] - foot[0], tip[1] - foot[1]
    panorama = picture_of(context, view).panorama
    heading_deg = _heading_deg(context, view) if panorama is None else None
    compass = heading_deg is not None or (panorama is not None and panorama.heading_deg is not None)
    towards_deg = (math.degrees(math.atan2(east, north)) + (heading_deg or 0.0)) % 360
    data = {
        "view": view.number, "shadow_deg": round(towards_deg, 1), "sun_deg": round((towards_deg + 180) % 360, 1),
        "compass": compass,
    }  # fmt: skip
    zero = "north" if compass else "the middle of the panorama" if panorama else "where the camera looks"
    text = (
        f"the shadow falls towards {data['shadow_deg']:.0f}°, the sun stands at {data['sun_deg']:.0f}°, "
        f"clockwise from {zero}"
    )
    if len(drawn) == 2:
        top_up = seen[3][1]
        height = 1 + math.hypot(*foot) * math.tan(math.radians(top_up))
        if height <= 0:
            raise ToolInputError("the top of the object must be above its foot; draw the second line from foot to top")
        data["sun_elevation_deg"] = round(math.degrees(math.atan2(height, math.hypot(east, north))), 1)
        text += f", {data['sun_elevation_deg']:.0f}° high"
    if panorama is None:
        focal_mm, known = _focal_mm(context, view)
        data["focal_mm"] = focal_mm
        text += f"; taking the camera for level, its lens for {focal_mm:.0f} mm" + ("" if known else " (a guess)")
    return ToolResult(text=text, data=data)


def _heading_deg(context: ToolContext, view: View) -> float | None:
    """Where the camera looked, from north, where a clue tells it."""
    told = (clue.heading_deg for clue in context.trace.clues if clue.view == _photo_number(context, view))
    return next((heading for heading in told if heading is not None), None)


def _photo_number(context: ToolContext, view: View) -> int:
    return next(known.number for known in context.trace.views if known.photo == view.photo and known.is_photo)


def _on_ground(heading_deg: float, elevation_deg: float) -> tuple[float, float]:
    """Where a ray meets the ground, to the right and ahead, in heights of the camera."""
    distance = 1 / math.tan(math.radians(-elevation_deg))
    return distance * math.sin(math.radians(heading_deg)), distance * math.cos(math.radians(heading_deg))


def _direction_deg(context: ToolContext, view: View, x: float, y: float) -> tuple[float, float]:
    """Heading and elevation of a point in pixels of a view."""
    ref = picture_of(context, view)
    px, py = (float(v[0]) for v in origin(view, np.array([x]), np.array([y]), (ref.width, ref.height), ref.panorama))
    if ref.panorama:
        return direction_deg(ref.panorama, px / ref.width, py / ref.height)
    focal_px = _focal_mm(context, view)[0] / FILM_WIDTH_MM * max(ref.width, ref.height)
    right, up = (px - ref.width / 2) / focal_px, (ref.height / 2 - py) / focal_px
    return math.degrees(math.atan2(right, 1)), math.degrees(math.atan2(up, math.hypot(right, 1)))


def _focal_mm(context: ToolContext, view: View) -> tuple[float, bool]:
    """The focal length in 35 mm equivalents, and whether it is known: from a clue, so not where those are hidden."""
    number = _photo_number(context, view)
    told = (clue.focal_mm for clue in context.trace.clues if clue.view == number and clue.focal_mm is not None)
    focal_mm = next(told, None)
    return (USUAL_FOCAL_MM, False) if focal_mm is None else (focal_mm, True)
