"""The pixels of a view, made of its photo in one step however many operations led to it, so that no pixel is resampled
twice.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from geoagent.case.views import Enhance, Panorama, View
from geoagent.geo import Floats
from geoagent.photo.warps import OUTSIDE, is_whole_turn, origin, pixel_box

MAX_SIDE = 32_000
"""OpenCV maps from pictures of less than 2¹⁵ pixels a side."""
MARGIN = 4
GAP = 12
CLIP, TILES = 2.5, 8
BRIGHT = 0.45
"""Where the middle brightness of a dark picture is taken to, from 0 to 1."""
MOST_GAMMA = 5.0
Pixels = npt.NDArray[np.uint8]


def render_view(image: Image.Image, view: View, panorama: Panorama | None) -> Image.Image:
    """The RGB pixels of a view, at the view's size; `image` is the whole photo that it is made of.

    `panorama` says what part of the sphere the photo shows; None for an ordinary one.
    """
    if not view.operations:
        crop = image.crop(pixel_box(view.box, image.width, image.height))
        if view.width and view.height and crop.size != (view.width, view.height):
            crop = crop.resize((view.width, view.height), Image.Resampling.LANCZOS)
        return crop
    v, u = np.mgrid[0 : view.height, 0 : view.width].astype(np.float64) + 0.5
    x, y = origin(view, u, v, image.size, panorama)
    picture = _sampled(image, x, y, is_whole_turn(panorama))
    for operation in view.operations:
        if isinstance(operation, Enhance):
            picture = enhanced(picture, operation.method)
    return picture


def side_by_side(view: View, pictures: Sequence[Image.Image]) -> Image.Image:
    """One picture of the size of `view` that shows two pictures side by side or one below the other, with white between
    them.

    `view` is a view of two others (`View.beside`), and `pictures` are the pixels of these, in order.
    """
    canvas = Image.new("RGB", (view.width, view.height), "white")
    for picture, (x0, y0, x1, y1) in zip(pictures, places_beside(view), strict=True):
        canvas.paste(picture.resize((x1 - x0, y1 - y0), Image.Resampling.LANCZOS), (x0, y0))
    return canvas


def places_beside(view: View) -> list[tuple[int, int, int, int]]:
    """Where in a view of two others (`View.beside`) the first and the second lie: left, top, right, bottom in pixels
    for each.
    """
    assert view.beside
    first, second = ((half.width, half.height) for half in view.beside)
    if _lies_below(first, second):
        top = round(view.width * first[1] / first[0])
        return [(0, 0, view.width, top), (0, min(top + GAP, view.height - 1), view.width, view.height)]
    left = round(view.height * first[0] / first[1])
    return [(0, 0, left, view.height), (min(left + GAP, view.width - 1), 0, view.width, view.height)]


def size_beside(first: tuple[int, int], second: tuple[int, int], longest: int) -> tuple[int, int]:
    """The width and height in pixels of a picture that shows two beside each other, its longer side at most
    `longest`.

    `first` and `second` are their (width, height). They stand side by side, or one below the other where that fills a
    square better.
    """
    a, b = first[0] / first[1], second[0] / second[1]
    if _lies_below(first, second):
        width = min(max(first[0], second[0]), round((longest - GAP) / (1 / a + 1 / b)), longest)
        return max(1, width), round(width / a) + GAP + max(1, round(width / b))
    height = min(max(first[1], second[1]), round((longest - GAP) / (a + b)), longest)
    return round(height * a) + GAP + max(1, round(height * b)), max(1, height)


def _lies_below(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether two pictures fill a square better below each other than side by side."""
    a, b = first[0] / first[1], second[0] / second[1]
    return abs(math.log(1 / a + 1 / b)) < abs(math.log(a + b))


def enhanced(image: Image.Image, method: str) -> Image.Image:
    """A picture with more local contrast (CLAHE on L of CIE Lab); with the method "low_light" it is made brighter
    first.
    """
    import cv2

    lab = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2LAB)
    light = lab[:, :, 0]
    if method == "low_light":
        low, middle, high = np.percentile(light, (0.5, 50, 99.5))
        stretched = ((light - low) / max(high - low, 1.0)).clip(0, 1)
        middle = min(max((middle - low) / max(high - low, 1.0), 0.01), 0.99)
        gamma = min(MOST_GAMMA, max(1.0, math.log(middle) / math.log(BRIGHT)))
        light = (255 * stretched ** (1 / gamma)).round().astype(np.uint8)
    lab[:, :, 0] = cv2.createCLAHE(CLIP, (TILES, TILES)).apply(light)
    return Image.fromarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def _sampled(image: Image.Image, x: Floats, y: Floats, turns: bool) -> Image.Image:
    """The picture's values at points, by bicubic interpolation; black outside it. Where it `turns`, x goes on."""
    import cv2

    height, width = x.shape
    shown = (x > OUTSIDE / 2) & (y > OUTSIDE / 2)
    if not turns:
        shown &= (x > -MARGIN) & (x < image.width + MARGIN)
    shown &= (y > -MARGIN) & (y < image.height + MARGIN)
    if not shown.any():
        return Image.new("RGB", (width, height))
    left, right = (math.floor(value) for value in (x[shown].min() - MARGIN, x[shown].max() + MARGIN + 1))
    top, bottom = max(0, int(y[shown].min()) - MARGIN), min(image.height, int(y[shown].max()) + MARGIN + 1)
    if not turns:
        left, right = max(0, left), min(image.width, right)
    region = _region(image, left, top, right, bottom, turns)
    shrink = max(1, min(region.width // width, region.height // height), math.ceil(max(region.size) / MAX_SIDE))
    if shrink > 1:
        region = region.reduce(shrink)
    map_x = ((x - left) / shrink - 0.5).astype(np.float32)
    map_y = ((y - top) / shrink - 0.5).astype(np.float32)
    border = cv2.BORDER_REPLICATE if turns else cv2.BORDER_CONSTANT
    values: Pixels = np.asarray(cv2.remap(np.asarray(region), map_x, map_y, cv2.INTER_CUBIC, borderMode=border))
    return Image.fromarray(values)


def _region(image: Image.Image, left: int, top: int, right: int, bottom: int, turns: bool) -> Image.Image:
    region = image.crop((left, top, right, bottom))
    if turns:
        for shift in (-image.width, image.width):
            start, end = max(left, shift), min(right, shift + image.width)
            if start < end:
                region.paste(image.crop((start - shift, top, end - shift, bottom)), (start - left, 0))
    return region
