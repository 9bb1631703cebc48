"""Whether two pictures show the same thing: local features of both that agree with one camera's move.

Features are SIFT (Lowe 2004), compared by the square roots of their shares (Arandjelović and Zisserman 2012). Those
that are each other's nearest, and clearly nearer than the next, are paired; MAGSAC keeps the pairs, the inliers, that
one geometry explains: a homography for what is flat or far away, a fundamental matrix for what has depth.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from geoagent.errors import ImageError
from geoagent.geo import Floats

SIDE = 800
"""Pictures are compared at this size of their longer side, in pixels."""
MOST_FEATURES = 1500
LEAST_FEATURES = 30
CLEARLY = 0.8
"""A pair counts whose distance is at most so many times that of the next best."""
OFF_PX = 3.0
SURE, MOST_TRIES = 0.999, 5000
SEED = 7
LEAST_PAIRS = 8
MOST_DRAWN = 200
INLIER, OUTLIER = (60, 200, 90), (215, 120, 60)
Numbers = NDArray[np.int64]
Kept = NDArray[np.bool_]


class Features(NamedTuple):
    """The local features of a picture: points in fractions of its width and height, and a descriptor for each.

    `size` is that of the picture in pixels, as it was compared.
    """

    points: Floats
    descriptors: NDArray[np.float32]
    size: tuple[int, int]


class Comparison(NamedTuple):
    """Pairs of like features of two pictures, as points in fractions of each, and which of the pairs fit one geometry.

    `spread` is the share of the first picture's cells, 4 × 4 of them, that hold an inlier.
    """

    first: Floats
    second: Floats
    fits: Kept

    @property
    def inliers(self) -> int:
        """How many pairs fit one geometry."""
        return int(self.fits.sum())

    @property
    def spread(self) -> float:
        """The share of 4 × 4 cells of the first picture in which an inlier lies."""
        cells = np.unique(np.minimum((self.first[self.fits] * 4).astype(np.int64), 3), axis=0)
        return len(cells) / 16


def find_features(image: Image.Image, name: str = "the picture") -> Features:
    """The local features of a picture. Raises ImageError for one that shows too few: night, fog, a bare wall."""
    import cv2

    small = image.convert("L")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    finder = cv2.SIFT_create(nfeatures=MOST_FEATURES, contrastThreshold=0.02)  # type: ignore[attr-defined]
    found, descriptors = finder.detectAndCompute(np.asarray(small), None)
    if descriptors is None or len(found) < LEAST_FEATURES:
        raise ImageError(
            f"{name}: shows {len(found)} features, where a comparison needs {LEAST_FEATURES}; "
            "it is too dark, too plain or too blurred to be compared"
        )
    points = np.array([one.pt for one in found], dtype=np.float64) / small.size
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    return Features(points, np.sqrt(shares).astype(np.float32), small.size)


def compare_features(first: Features, second: Features) -> Comparison:
    """The pairs of like features of two pictures, and which of them fit one move of the camera."""
    pairs = _pairs(first.descriptors, second.descriptors)
    one, other = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
    return Comparison(one, other, _fitting(one * first.size, other * second.size))


def _pairs(first: NDArray[np.float32], second: NDArray[np.float32]) -> Numbers:
    """The numbers of features that are each other's nearest, and clearly nearer than the next; shape (n, 2)."""
    likeness = first @ second.T
    best = likeness.argmax(axis=1)
    rows = np.arange(len(first))
    top = likeness[rows, best].copy()
    back = likeness.argmax(axis=0)
    likeness[rows, best] = -1.0
    near, next_near = (np.sqrt(np.maximum(2.0 - 2.0 * value, 0.0)) for value in (top, likeness.max(axis=1)))
    kept = (back[best] == rows) & (near <= CLEARLY * next_near)
    return np.column_stack((rows[kept], best[kept])).astype(np.int64)


def _fitting(first: Floats, second: Floats) -> Kept:
    """Which pairs of points in pixels fit one geometry: that of a homography, or of a fundamental matrix if it holds
    clearly more of them.
    """
    import cv2

    none = np.zeros(len(first), dtype=np.bool_)
    if len(first) < LEAST_PAIRS:
        return none
    cv2.setRNGSeed(SEED)
    with np.errstate(all="ignore"):
        _, flat = cv2.findHomography(first, second, cv2.USAC_MAGSAC, OFF_PX, None, MOST_TRIES, SURE)
        _, deep = cv2.findFundamentalMat(first, second, cv2.USAC_MAGSAC, OFF_PX / 2, SURE, MOST_TRIES)
    held = [none if mask is None else mask.ravel().astype(np.bool_) for mask in (flat, deep)]
    return held[0] if held[1].sum() < 2 * held[0].sum() + LEAST_PAIRS else held[1]


def drawn(first: Image.Image, second: Image.Image, found: Comparison) -> Image.Image:
    """Both pictures side by side, with a line for each pair: green where it fits, orange where it does not."""
    halves = [image.convert("RGB") for image in (first, second)]
    for half in halves:
        half.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    left, right = halves
    sheet = Image.new("RGB", (left.width + right.width, max(left.height, right.height)))
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width, 0))
    pen = ImageDraw.Draw(sheet)
    order = np.argsort(found.fits, kind="stable")  # what fits is drawn over what does not
    for number in order[-MOST_DRAWN:]:
        a = found.first[number] * left.size
        b = found.second[number] * right.size + (left.width, 0)
        colour = INLIER if found.fits[number] else OUTLIER
        pen.line([tuple(a), tuple(b)], fill=colour, width=1)
        for x, y in (a, b):
            pen.ellipse((x - 3, y - 3, x + 3, y + 3), outline=colour)
    return sheet
