"""Where the pixels of a view come from: maps from points of a view back to the photo that it was made of.

A point is in pixels of its picture, x to the right and y down, so the middle of the first pixel is (0.5, 0.5).
"""

import math
from collections.abc import Sequence

import numpy as np

from geoagent.case.views import Box, Crop, Enhance, Look, Operation, Panorama, Rectify, Rotate, View
from geoagent.geo import Floats

Size = tuple[int, int]
FULL_TURN_DEG = 359.5
"""A panorama of so many degrees goes on at its other side."""
POINTS = 17
"""A box is traced back by so many points each way: its edges alone would not tell of a pole inside it."""
OUTSIDE = -1e6
"""Where a point lies that no picture shows."""


def pixel_box(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """A box, given in fractions, as left, top, right, bottom in pixels of a picture of this width and height; at least
    one pixel each way.
    """
    x0, y0 = min(int(box.x0 * width), width - 1), min(int(box.y0 * height), height - 1)
    return x0, y0, max(x0 + 1, round(box.x1 * width)), max(y0 + 1, round(box.y1 * height))


def inside(outer: Box, inner: Box) -> Box:
    """A box `inner` that is given in fractions of the box `outer`, as a box in fractions of the picture that `outer`
    lies in.
    """
    width, height = outer.x1 - outer.x0, outer.y1 - outer.y0
    return Box(
        x0=outer.x0 + inner.x0 * width,
        y0=outer.y0 + inner.y0 * height,
        x1=min(1.0, outer.x0 + inner.x1 * width),
        y1=min(1.0, outer.y0 + inner.y1 * height),
    )


def origin(view: View, x: Floats, y: Floats, size: Size, panorama: Panorama | None) -> tuple[Floats, Floats]:
    """Where points of a view lie in its photo: their x and y in pixels, which may lie outside the photo.

    `x` and `y` are in pixels of the view; `size` is the width and height of the photo in pixels. `panorama` says what
    part of the sphere the photo shows, None for an ordinary one. A panorama of a full turn goes on beyond its left and
    right edge.
    """
    operations = operations_of(view)
    sizes = [size]
    for operation in operations:
        sizes.append(sizes[-1] if isinstance(operation, Enhance) else (operation.width, operation.height))
    for operation, before in zip(operations[::-1], sizes[-2::-1], strict=True):
        x, y = _before(operation, x, y, before, panorama)
    return x, y


def operations_of(view: View) -> tuple[Operation, ...]:
    """The operations that make a view of its photo, in order; one crop where the view is just a part of the photo.

    Empty for a view without operations whose size is not known.
    """
    if view.operations or not (view.width and view.height):
        return view.operations
    return (Crop(box=view.box, width=view.width, height=view.height),)


def box_in_photo(view: View, box: Box, size: Size, panorama: Panorama | None) -> Box | None:
    """The smallest upright box of the photo that holds a box of a view, both in fractions.

    `size` is the width and height of the photo in pixels. None where the box lies outside the photo, or goes round a
    panorama's edge.
    """
    if not view.operations:
        return inside(view.box, box)
    v, u = np.meshgrid(*(np.linspace(low, high, POINTS) for low, high in ((box.y0, box.y1), (box.x0, box.x1))))
    x, y = origin(view, u * view.width, v * view.height, size, panorama)
    x, y = x / size[0], y / size[1]
    if is_whole_turn(panorama) and (x.min() < 0 or x.max() > 1):
        if x.min() >= 1 or x.max() <= 0:
            x = x - math.floor(x.min())
        else:
            return None
    x0, x1, y0, y1 = (round(float(np.clip(value, 0, 1)), 4) for value in (x.min(), x.max(), y.min(), y.max()))
    return Box(x0=x0, y0=y0, x1=x1, y1=y1) if x0 < x1 and y0 < y1 else None


def is_whole_turn(panorama: Panorama | None) -> bool:
    """Whether a panorama shows all 360° of heading, so that it goes on at its other side; False for None."""
    return panorama is not None and panorama.width_deg >= FULL_TURN_DEG


def direction_deg(panorama: Panorama, x: float, y: float) -> tuple[float, float]:
    """Compass heading and elevation, both in degrees, of a point of a panorama, given in fractions of its width and
    height.

    The heading counts from the panorama's middle where its compass heading is not known.
    """
    heading = (panorama.heading_deg or 0.0) + (x - 0.5) * panorama.width_deg
    return heading % 360, panorama.top_deg - y * (panorama.top_deg - panorama.bottom_deg)


def rotated_size(size: Size, angle_deg: float) -> Size:
    """The width and height in pixels of the upright picture that just holds a picture of `size` turned by
    `angle_deg`.
    """
    c, s = abs(math.cos(math.radians(angle_deg))), abs(math.sin(math.radians(angle_deg)))
    return max(1, round(size[0] * c + size[1] * s)), max(1, round(size[0] * s + size[1] * c))


def _before(operation: Operation, x: Floats, y: Floats, size: Size, panorama: Panorama | None) -> tuple[Floats, Floats]:
    """Where points of an operation's result lie in the picture of that size that it was applied to."""
    match operation:
        case Crop(box=box):
            u = box.x0 + (box.x1 - box.x0) * x / operation.width
            v = box.y0 + (box.y1 - box.y0) * y / operation.height
            return u * size[0], v * size[1]
        case Rotate():
            return _unrotated(operation, x, y, size)
        case Rectify():
            return _projected(operation, x, y, size)
        case Look():
            return _seen(operation, x, y, size, panorama or Panorama())
    return x, y


def _unrotated(rotate: Rotate, x: Floats, y: Floats, size: Size) -> tuple[Floats, Floats]:
    whole = rotated_size(size, rotate.angle_deg)
    dx = (x / rotate.width - 0.5) * whole[0]
    dy = (y / rotate.height - 0.5) * whole[1]
    c, s = math.cos(math.radians(rotate.angle_deg)), math.sin(math.radians(rotate.angle_deg))
    return size[0] / 2 + dx * c + dy * s, size[1] / 2 - dx * s + dy * c


def _projected(rectify: Rectify, x: Floats, y: Floats, size: Size) -> tuple[Floats, Floats]:
    """Through the homography that takes the unit square to the four corners (solved from its eight equations)."""
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    targets = [(px * size[0], py * size[1]) for px, py in rectify.corners]
    rows, values = list[Sequence[float]](), list[float]()
    for (u, v), (px, py) in zip(square, targets, strict=True):
        rows += [(u, v, 1, 0, 0, 0, -u * px, -v * px), (0, 0, 0, u, v, 1, -u * py, -v * py)]
        values += [px, py]
    a, b, c, d, e, f, g, h = np.linalg.solve(np.array(rows, dtype=float), np.array(values))
    u_, v_ = x / rectify.width, y / rectify.height
    w = g * u_ + h * v_ + 1
    seen = w > 1e-9
    w = np.where(seen, w, 1.0)
    return np.where(seen, (a * u_ + b * v_ + c) / w, OUTSIDE), np.where(seen, (d * u_ + e * v_ + f) / w, OUTSIDE)


def _seen(look: Look, x: Floats, y: Floats, size: Size, panorama: Panorama) -> tuple[Floats, Floats]:
    """Along the rays of a pinhole camera to the equirectangular picture."""
    focal = look.width / 2 / math.tan(math.radians(look.fov_deg / 2))
    right, up = (x - look.width / 2) / focal, (look.height / 2 - y) / focal
    c, s = math.cos(math.radians(look.pitch_deg)), math.sin(math.radians(look.pitch_deg))
    ahead, up = c - up * s, s + up * c
    elevation_deg = np.degrees(np.arctan2(up, np.hypot(right, ahead)))
    middle_deg = (look.heading_deg - (panorama.heading_deg or 0.0) + 180) % 360 - 180
    aside_deg = middle_deg + np.degrees(np.arctan2(right, ahead))
    height_deg = panorama.top_deg - panorama.bottom_deg
    return size[0] * (0.5 + aside_deg / panorama.width_deg), size[1] * (panorama.top_deg - elevation_deg) / height_deg
