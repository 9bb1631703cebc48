"""The line between sky and land in a photo, as angles.

The sky is what lies above the first strong edge in each column. How strong an edge has to be is chosen such that sky
and land differ most in colour, each being as much of one colour as can be (Shen and Wang 2013).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geoagent.errors import ImageError
from geoagent.geo import Floats

WIDE = 480
FILM_MM = 36.0
THRESHOLDS = 40
SKY_COUNTS = 2.0
"""How many times more it matters that the sky is of one colour than the land."""
LEAST_SKY, MOST_SKY = 0.03, 0.97
NIGHT = 35.0
"""The mean lightness of a sky, of 255, below which nothing is told from land."""
LEAST_KNOWN = 0.6
LEAST_APART = 0.3
"""How far sky and land must be apart in colour, in spreads of their own colours."""
SMOOTHED = 5
STEP_DEG = 1.0
WIDEST_DEG, NARROWEST_DEG = 120.0, 15.0
Colours = NDArray[np.float64]


class Skyline(NamedTuple):
    """The line between sky and land: angles from the middle of the photo, in degrees to the right, and the angles over
    its middle, in steps of one degree; not a number where it is hidden.
    """

    across_deg: Floats
    up_deg: Floats

    @property
    def relief_deg(self) -> float:
        """How much it differs from a level horizon, whatever the tilt: a standard deviation, in degrees."""
        known = np.isfinite(self.up_deg)
        if known.sum() < 3:
            return 0.0
        tilted = np.radians(self.across_deg[known])
        level = np.column_stack((np.cos(tilted), np.sin(tilted)))
        tilt = np.linalg.lstsq(level, self.up_deg[known], rcond=None)[0]
        return float((self.up_deg[known] - level @ tilt).std())


def find_sky(image: Image.Image, name: str = "the photo") -> Floats:
    """Where the sky ends in each of 480 columns, from the top in pixels of a picture so wide; its columns in which it
    reaches the lower edge, or does not begin at the upper, give no number. Raises ImageError where there is no sky.
    """
    import cv2

    small = image.convert("RGB").resize((WIDE, max(8, round(image.height * WIDE / image.width))), Image.Resampling.BOX)
    colours = np.asarray(small, dtype=np.float64)
    grey = cv2.GaussianBlur(np.asarray(small.convert("L"), dtype=np.float32), (0, 0), 1.2)
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    best, chosen = -1.0, None
    for threshold in np.geomspace(4.0, 400.0, THRESHOLDS):
        ends = _ends(edges, float(threshold))
        score = _difference(colours, ends)
        if score > best:
            best, chosen = score, ends
    if chosen is None or best < LEAST_APART:
        raise ImageError(f"{name}: no sky is told from land in it")
    return _checked(chosen, colours, name)


def sky_of_mask(mask: Image.Image, name: str = "the mask") -> Floats:
    """Where the sky ends in each of 480 columns, by a picture in which the sky is white. Raises ImageError."""
    small = mask.convert("L").resize((WIDE, max(8, round(mask.height * WIDE / mask.width))), Image.Resampling.BOX)
    sky = np.asarray(small) >= 128
    ends = np.where(sky.all(axis=0), len(sky), sky.argmin(axis=0)).astype(np.float64)
    return _kept(ends, len(sky), name)


def as_angles(ends: Floats, height: float, view_deg: float) -> Skyline:
    """The end of the sky in pixels of a picture of 480 columns as angles.

    `height` is that of the picture in the same pixels; `view_deg` is how many degrees it shows from left to right.
    Raises ImageError for a view that no plain camera has.
    """
    if not NARROWEST_DEG <= view_deg <= WIDEST_DEG:
        raise ImageError(f"a photo that shows {view_deg:g}° from left to right: from 15° to 120° can be compared")
    focal = WIDE / 2 / math.tan(math.radians(view_deg / 2))
    x = np.arange(WIDE) + 0.5 - WIDE / 2
    across = np.degrees(np.arctan(x / focal))
    up = np.degrees(np.arctan((height / 2 - ends) / np.hypot(x, focal)))
    half = math.floor(view_deg / 2 - 0.5)
    steps: Floats = np.arange(-half, half + 1).astype(np.float64) * STEP_DEG
    found = np.full(len(steps), np.nan)
    for number, step in enumerate(steps):
        near = up[np.abs(across - step) <= STEP_DEG / 2]
        if np.isfinite(near).mean() >= 0.5:
            found[number] = np.nanmean(near)
    return Skyline(steps, found)


def _ends(edges: NDArray[np.float32], threshold: float) -> Floats:
    strong = edges > threshold
    strong[:2] = False  # a frame or a dark corner at the very edge
    return np.where(strong.any(axis=0), strong.argmax(axis=0), len(edges)).astype(np.float64)


def _difference(colours: Colours, ends: Floats) -> float:
    """How well a line parts a picture into two parts that are each of one colour; -1 where one part is too small."""
    above = np.arange(len(colours))[:, None] < ends
    if not LEAST_SKY <= above.mean() <= MOST_SKY:
        return -1.0
    sky, land = colours[above], colours[~above]
    spread = [np.linalg.eigvalsh(np.cov(part.T)) for part in (sky, land)]
    apart = float(np.linalg.norm(sky.mean(axis=0) - land.mean(axis=0)))
    return apart / (SKY_COUNTS * math.sqrt(max(spread[0].sum(), 1.0)) + math.sqrt(max(spread[1].sum(), 1.0)))


def _checked(ends: Floats, colours: Colours, name: str) -> Floats:
    above = np.arange(len(colours))[:, None] < ends
    if float(colours[above].mean()) < NIGHT:
        raise ImageError(f"{name}: its sky is as dark as at night; give the sky as a white mask with --mask")
    return _kept(ends, len(colours), name)


def _kept(ends: Floats, height: int, name: str) -> Floats:
    """The line, smoothed; columns in which it touches an edge of the picture are not known."""
    from scipy.ndimage import median_filter

    smooth = median_filter(ends, SMOOTHED, mode="nearest")
    smooth[(ends <= 3) | (ends >= height)] = np.nan
    if np.isfinite(smooth).mean() < LEAST_KNOWN:
        raise ImageError(f"{name}: sky meets land in too few of its columns; a skyline needs an open view")
    return smooth


def view_of_lens(focal_mm: float, width: int, height: int) -> float:
    """How many degrees a photo shows from left to right, by its focal length in equivalents of 35 mm film."""
    film_mm = FILM_MM * width / max(width, height)
    return math.degrees(2 * math.atan(film_mm / 2 / focal_mm))
