"""The tool `adjust`: turns a view, sets it straight, or raises its contrast or brightness."""

import math
from typing import Annotated, Literal

import numpy as np
from PIL import Image
from pydantic import Field

from geoagent.case.views import Crop, Enhance, Rotate, View
from geoagent.errors import ToolInputError
from geoagent.photo.warps import rotated_size
from geoagent.reading.ocr.rapidocr import LONGEST_SIDE as OCR_SIDE
from geoagent.reading.ocr.rapidocr import detect
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import ViewNumber, bounded, derived, find_single

LEVEL_DEG = 0.4
"""Below so many degrees a view is left as it is: the tilt is measured no better than that."""
LEAST_LINES = 12
"""From so many pieces of straight lines on, their common direction is taken for upright or level."""
LEAST_SHARE = 0.3
LEAST_ASPECT = 2.5
"""Shorter lines of text tell no direction, and are often windows rather than text."""
STEP_DEG = 0.25
NEAR_DEG = 2.0


def adjust(
    context: ToolContext,
    view: ViewNumber,
    rotate_deg: Annotated[float, Field(ge=-180, le=180, description="clockwise")] = 0.0,
    straighten: Annotated[bool, Field(description="by its text, or else its lines")] = False,
    enhance: Annotated[Literal["contrast", "low_light"] | None, Field(description="low_light brightens first")] = None,
) -> ToolResult:
    """Turn a view, set it straight or raise its contrast. The result becomes a new numbered view, shown to you next."""
    old = find_single(context, view)
    if rotate_deg and straighten:
        raise ToolInputError("rotate_deg and straighten exclude each other; say one of them")
    if not (rotate_deg or straighten or enhance):
        raise ToolInputError("nothing to do; say rotate_deg, straighten or enhance")
    done, data, new = list[str](), dict[str, float | int | str](), old
    if straighten:
        rotate_deg, by = tilt(context.photos.render(context.refs[old.photo], old))
        data["straightened_by"] = by
    if rotate_deg:
        width, height = bounded(rotated_size((old.width, old.height), rotate_deg))
        new = derived(context, old, Rotate(angle_deg=rotate_deg, width=width, height=height))
        data["rotate_deg"] = round(rotate_deg, 2)
        done.append(f"turned by {rotate_deg:.1f}°" + (f", by its {data['straightened_by']}" if straighten else ""))
    if enhance:
        new = _enhanced(context, old, new, enhance)
        data["enhance"] = enhance
        done.append(f"enhanced ({enhance.replace('_', ' ')})")
    new = new.model_copy(update={"source": old.number})
    text = f"view {new.number}: view {view} {' and '.join(done)}, shown next"
    return ToolResult(text=text, data={"view": new.number, **data}, views=(new,))


def _enhanced(context: ToolContext, old: View, turned: View, method: Literal["contrast", "low_light"]) -> View:
    """An enhanced view of bounded size; a later closer look still comes from all pixels of the photo."""
    if turned is old and not old.operations:
        width, height = bounded((old.width, old.height))
        turned = old.model_copy(update={"operations": (Crop(box=old.box, width=width, height=height),)})
        turned = turned.model_copy(update={"width": width, "height": height})
    return derived(context, turned, Enhance(method=method))


def tilt(image: Image.Image) -> tuple[float, str]:
    """By how many degrees clockwise, from -45 to 45, a picture must be turned to be level, and what tells so: "text" or
    "lines".

    It is told by the lines of text in the picture (the median of their tilts, weighted by length) or, without any, by
    the commonest direction of its straight lines, level or upright. Raises ToolInputError where neither tells anything,
    or where the picture is level already.
    """
    picture = image.copy()
    picture.thumbnail((OCR_SIDE, OCR_SIDE))
    told, by = _text_tilt(picture), "text"
    if told is not None:  # the detector's boxes are truer the more level the text is
        told += _text_tilt(picture.rotate(told, Image.Resampling.BICUBIC, expand=True)) or 0.0
    else:
        told, by = _line_tilt(picture), "lines"
    if told is None:
        raise ToolInputError("neither text nor straight lines there tell what is level; give rotate_deg")
    if abs(told) < LEVEL_DEG:
        raise ToolInputError(f"its {by} are level already (within {LEVEL_DEG}°)")
    return -told, by


def _text_tilt(image: Image.Image) -> float | None:
    """The angle of the lines of text, in degrees clockwise from level; None where there are none."""
    angles, lengths = list[float](), list[float]()
    for spot in detect(image):
        ends = spot.corners[1] - spot.corners[0] + spot.corners[2] - spot.corners[3]
        sides = spot.corners[3] - spot.corners[0] + spot.corners[2] - spot.corners[1]
        across, along = sorted((ends, sides), key=lambda side: float(np.linalg.norm(side)))
        if np.linalg.norm(along) < LEAST_ASPECT * np.linalg.norm(across):
            continue
        angles.append(_folded(math.degrees(math.atan2(float(along[1]), float(along[0])))))
        lengths.append(float(np.linalg.norm(along)))
    if not angles:
        return None
    order = np.argsort(angles)
    share = np.cumsum(np.array(lengths)[order]) / sum(lengths)
    return float(np.array(angles)[order][int(np.searchsorted(share, 0.5))])


def _line_tilt(image: Image.Image) -> float | None:
    """The commonest tilt of straight lines, in degrees clockwise from level or upright; None where none stands out."""
    import cv2

    picture = image.copy()
    picture.thumbnail((1000, 1000))
    edges = cv2.Canny(np.asarray(picture.convert("L")), 60, 160)
    least = max(picture.size) // 16
    found = cv2.HoughLinesP(edges, 1, math.radians(STEP_DEG), 40, minLineLength=least, maxLineGap=least // 8)
    if found is None or len(found) < LEAST_LINES:
        return None
    x0, y0, x1, y1 = np.asarray(found, dtype=float).reshape(-1, 4).T
    angles = (np.degrees(np.arctan2(y1 - y0, x1 - x0)) + 45) % 90 - 45
    lengths = np.hypot(x1 - x0, y1 - y0)
    apart = np.abs((angles[:, None] - angles[None, :] + 45) % 90 - 45)
    votes = (np.maximum(0, 1 - apart / NEAR_DEG) * lengths).sum(axis=1)
    best = int(votes.argmax())
    near = apart[best] < NEAR_DEG
    if lengths[near].sum() < LEAST_SHARE * lengths.sum():
        return None
    offsets = (angles[near] - angles[best] + 45) % 90 - 45
    return _folded(float(angles[best] + np.average(offsets, weights=lengths[near])))


def _folded(angle_deg: float) -> float:
    """A direction as the nearest tilt of a quarter turn: from -45 to 45."""
    return (angle_deg + 45) % 90 - 45
