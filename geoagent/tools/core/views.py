"""The numbered views of a case: finding one by its number, making a new one of it, and telling where a box of it lies
in its photo.
"""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, ValidationError

from geoagent.case.views import Box, Crop, Enhance, Operation, Panorama, PhotoRef, View
from geoagent.errors import ToolInputError
from geoagent.photo.rendering import places_beside
from geoagent.photo.warps import box_in_photo, inside, operations_of, pixel_box
from geoagent.tools.core.tool import ToolContext

ViewNumber = Annotated[int, Field(ge=1, le=999, description="number of the view")]
BoxList = Annotated[
    list[float],
    Field(
        min_length=4,
        max_length=4,
        description="[x0, y0, x1, y1]: left, top, right, bottom as fractions 0 to 1 of that view",
    ),
]
WHOLE = Box(x0=0, y0=0, x1=1, y1=1)
LONGEST_SIDE = 1600
SHOWN_SIDE = 1024
"""The longest side in pixels of a view that a model is shown at the default settings."""
LEAST_PX = 8
MOST_OPERATIONS = 20


def find_view(context: ToolContext, number: int) -> View:
    """The view of the case with the number `number`. Raises ToolInputError where there is none."""
    for view in context.trace.views:
        if view.number == number:
            return view
    raise ToolInputError(f"there is no view {number}; the views are 1 to {len(context.trace.views)}")


def find_part(context: ToolContext, number: int, box: list[float]) -> tuple[View, Box]:
    """The view with a number, and a box of it, as a view and a `Box`; `box` is [x0, y0, x1, y1] in fractions of the
    view.

    If that view shows two others side by side, the answer is the one of the two that the box lies in, with the box in
    fractions of that one. Raises ToolInputError for an unknown view, for four numbers that are no box, and for a box
    that lies across both halves.
    """
    view, part = find_view(context, number), box_of(box)
    if not view.beside:
        return view, part
    for half, (left, top, right, bottom) in zip(view.beside, places_beside(view), strict=True):
        x = [(value * view.width - left) / (right - left) for value in (part.x0, part.x1)]
        y = [(value * view.height - top) / (bottom - top) for value in (part.y0, part.y1)]
        if min(*x, *y) >= -0.02 and max(*x, *y) <= 1.02:
            values = [min(max(value, 0.0), 1.0) for value in (x[0], y[0], x[1], y[1])]
            return find_view(context, half.number), box_of(values)
    raise ToolInputError(_choose(view))


def find_single(context: ToolContext, number: int) -> View:
    """The view of the case with the number `number`. Raises ToolInputError where there is none, or where it shows two
    views side by side.
    """
    view = find_view(context, number)
    if view.beside:
        raise ToolInputError(_choose(view))
    return view


def check_own(context: ToolContext, number: int) -> None:
    """Raise ToolInputError where the view with a number shows a picture that was fetched to compare: only the case's
    own photos give clues.
    """
    view = find_view(context, number)
    for part in view.beside or (view,):
        if part.outside:
            raise ToolInputError(
                f"view {number} shows {part.outside}, which is not the photo; name a view of the photo"
            )


def _choose(view: View) -> str:
    first, second = view.beside or (view, view)
    return f"view {view.number} shows two views side by side; use view {first.number} or {second.number}"


def photo_view(context: ToolContext, view: View) -> View:
    """The view of the whole photo of which `view` shows a part."""
    return next(known for known in context.trace.views if known.photo == view.photo and known.is_photo)


def observation_of(context: ToolContext, photo: int) -> int:
    """The photo that stands for what the camera of a photo has seen: of a film's frames the first, else the photo
    itself. What they show together is one observation.
    """
    frame = context.refs[photo].frame
    films = [ref.frame.sha256 if ref.frame else None for ref in context.refs]
    return films.index(frame.sha256) if frame else photo


def picture_of(context: ToolContext, view: View) -> PhotoRef:
    """The picture that a view is made of: a photo of the case, or another picture that the view names (`View.of`)."""
    return view.of or context.refs[view.photo]


def panorama_of(context: ToolContext, view: View) -> Panorama:
    """Which part of the sphere around the camera the picture of a view shows. Raises ToolInputError where the picture
    is no panorama.
    """
    panorama = picture_of(context, view).panorama
    if panorama is None:
        raise ToolInputError(f"view {view.number} is of no panorama; use zoom to look closer at a part of it")
    return panorama


def box_of(box: list[float]) -> Box:
    """Four numbers, [x0, y0, x1, y1] in fractions from 0 to 1, as a `Box`.

    Raises ToolInputError where they are out of range, or not x0 < x1 and y0 < y1.
    """
    try:
        return Box(x0=box[0], y0=box[1], x1=box[2], y1=box[3])
    except ValidationError as error:
        raise ToolInputError("a box is [x0, y0, x1, y1] in fractions from 0 to 1 with x0 < x1 and y0 < y1") from error


def placed(context: ToolContext, view: View, box: Box) -> tuple[int, Box]:
    """Where a box of a view lies in its photo: the number of the view of the whole photo, and the box in fractions of
    that.

    Where that cannot be told, it is the number of `view` itself and the box as it was.
    """
    ref = picture_of(context, view)
    found = None if view.of else box_in_photo(view, box, (ref.width, ref.height), ref.panorama)
    return (view.number, box) if found is None else (photo_view(context, view).number, found)


def cut(context: ToolContext, view: View, box: Box, magnify: float, longest: int = LONGEST_SIDE) -> View:
    """A new view of a part of an earlier view: `box` is the part, which becomes `magnify` times as large, but at most
    `longest` pixels long.

    The view gets the case's next number; the caller adds it to the trace. Raises ToolInputError where the box is less
    than 8 pixels wide or high.
    """
    ref = picture_of(context, view)
    part = inside(view.box, box)
    if view.operations:
        x0, y0, x1, y1 = pixel_box(box, view.width, view.height)
    else:
        x0, y0, x1, y1 = pixel_box(part, ref.width, ref.height)
    if x1 - x0 < LEAST_PX or y1 - y0 < LEAST_PX:
        raise ToolInputError(f"that box is only {x1 - x0} × {y1 - y0} pixels: nothing to see; take a larger one")
    scale = min(magnify, longest / max(x1 - x0, y1 - y0))
    size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    if view.operations:
        return derived(context, view, Crop(box=box, width=size[0], height=size[1]))
    return View(
        number=next_number(context), photo=view.photo, box=part, source=view.number, width=size[0], height=size[1],
        of=view.of, outside=view.outside,
    )  # fmt: skip


def derived(context: ToolContext, view: View, operation: Operation, anew: bool = False) -> View:
    """A new view: what `operation` (such as a rotation) makes of an earlier view, or with `anew` of the whole picture
    from which that one was made.

    The view gets the case's next number; the caller adds it to the trace. Raises ToolInputError where the earlier view
    was made in 20 steps already.
    """
    before = () if anew else operations_of(view)
    if len(before) >= MOST_OPERATIONS:
        raise ToolInputError(f"view {view.number} was made in {len(before)} steps already; begin with an earlier one")
    size = (view.width, view.height) if isinstance(operation, Enhance) else (operation.width, operation.height)
    new = View(
        number=next_number(context), photo=view.photo, source=view.number, width=size[0], height=size[1], of=view.of,
        outside=view.outside, operations=(*before, operation),
    )  # fmt: skip
    ref = picture_of(context, view)
    return new.model_copy(update={"box": box_in_photo(new, WHOLE, (ref.width, ref.height), ref.panorama) or WHOLE})


def next_number(context: ToolContext) -> int:
    """The number that the next view of a case gets."""
    return max(known.number for known in context.trace.views) + 1


def bounded(size: tuple[float, float], longest: int = LONGEST_SIDE) -> tuple[int, int]:
    """A (width, height) in whole pixels, scaled down until the longer side has at most `longest`; at least 1 each."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def check_points(numbers: Iterable[float]) -> None:
    """Raise ToolInputError unless all `numbers`, the coordinates of points in a view, are fractions from 0 to 1."""
    if not all(0 <= number <= 1 for number in numbers):
        raise ToolInputError("points are [x, y] in fractions of the view from 0 (left, top) to 1 (right, bottom)")
