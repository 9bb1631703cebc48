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
REACH = 5
STEEP_ROWS, STEEP_COLUMNS = 6, 3
"""What climbs so many rows in so many columns is no land but a thing in front of it."""
WIDEST_THING = 0.3
WIDEST_DEG, NARROWEST_DEG = 120.0, 15.0
Colours = NDArray[np.float64]


class Skyline(NamedTuple):
    """The line between sky and land: angles from the middle of the photo, in degrees to the right, ascending, and the
    angles over its middle; not a number where it is hidden.
    """

    across_deg: Floats
    up_deg: Floats

    @property
    def relief_deg(self) -> float:
        """How much it differs from a level horizon, whatever the tilt: a standard deviation, in degrees."""
        _, across, up = self.in_degrees()
        if len(up) < 3:
            return 0.0
        tilted = np.radians(across)
        level = np.column_stack((np.cos(tilted), np.sin(tilted)))
        tilt = np.linalg.lstsq(level, up, rcond=None)[0]
        return float((up - level @ tilt).std())

    def in_degrees(self, right_deg: float = 0.0, wider: float = 1.0) -> tuple[NDArray[np.int64], Floats, Floats]:
        """The line in whole degrees from a direction so far left of the middle: the degrees at which at least half of
        it is known, and the means of both angles there; of a photo that shows `wider` times as much as was told.
        """
        flat = np.radians(self.across_deg)
        across = np.arctan(wider * np.tan(flat))
        up = np.degrees(np.arctan(wider * np.tan(np.radians(self.up_deg)) / np.cos(flat) * np.cos(across)))
        across = np.degrees(across)
        bins = np.round(across + right_deg).astype(np.int64)
        first, known = int(bins.min()), np.isfinite(up)
        every = np.bincount(bins - first)
        count = np.bincount(bins[known] - first, minlength=len(every))
        kept = np.flatnonzero((count >= np.maximum(every, np.median(every)) / 2) & (count > 0))
        means = [np.bincount(bins[known] - first, of[known], len(every))[kept] / count[kept] for of in (across, up)]
        return kept + first, means[0], means[1]


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
    return _checked(_sharpened(edges, chosen), colours, name)


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
    return Skyline(across, up)


def _ends(edges: NDArray[np.float32], threshold: float) -> Floats:
    strong = edges > threshold
    strong[:2] = False  # a frame or a dark corner at the very edge
    return np.where(strong.any(axis=0), strong.argmax(axis=0), len(edges)).astype(np.float64)


def _sharpened(edges: NDArray[np.float32], ends: Floats) -> Floats:
    """The line where the edge is first strongest, to a part of a pixel: the first strong pixel lies the higher over it
    the stronger the edge is, and so over near land more than over far.
    """
    rows = np.minimum(ends[:, None].astype(np.int64) + np.arange(-1, REACH + 2), len(edges) - 1)
    near = edges[np.maximum(rows, 0), np.arange(len(ends))[:, None]].astype(np.float64)
    best = (near[:, 1:-1] >= near[:, 2:]).argmax(axis=1) + 1
    before, top, after = (near[np.arange(len(ends)), best + step] for step in (-1, 0, 1))
    bend = before - 2 * top + after
    part = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1.0), 0.0)
    return np.where(ends < len(edges), ends - 1 + best + np.clip(part, -0.5, 0.5) + 0.5, ends)


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
    """The line, smoothed; not known where it touches an edge of the picture, or a thing stands in front."""
    from scipy.ndimage import median_filter

    smooth = median_filter(ends, SMOOTHED, mode="nearest")
    in_front = _in_front(smooth) | _in_front(smooth[::-1])[::-1]
    smooth[(ends <= 3) | (ends >= height) | in_front] = np.nan
    if np.isfinite(smooth).mean() < LEAST_KNOWN:
        raise ImageError(f"{name}: sky meets land in too few of its columns; a skyline needs an open view")
    return smooth


def _in_front(ends: Floats) -> NDArray[np.bool_]:
    """The columns in which a house or a tree stands over the line: from where it climbs steeply to where it is as low
    again.
    """
    found = np.zeros(len(ends), dtype=bool)
    widest = round(WIDEST_THING * len(ends))
    for column in np.flatnonzero(ends[:-STEEP_COLUMNS] - ends[STEEP_COLUMNS:] >= STEEP_ROWS):
        rest = ends[column + STEEP_COLUMNS :]
        low = np.flatnonzero(rest >= ends[column])
        end = int(low[0]) if len(low) else len(rest)
        if end <= (widest if len(low) else widest // 2):
            found[max(0, column - 1) : column + STEEP_COLUMNS + end + 2] = True
    return found


def view_of_lens(focal_mm: float, width: int, height: int) -> float:
    """How many degrees a photo shows from left to right, by its focal length in equivalents of 35 mm film."""
    film_mm = FILM_MM * width / max(width, height)
    return math.degrees(2 * math.atan(film_mm / 2 / focal_mm))
