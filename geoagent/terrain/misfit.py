"""By how much the line of a photo is off the horizons of places, for every heading.

What is not known of the camera is fitted: how far it looked up and leaned, how high it stood over the land of the
tiles, and by how much it shows more or less than its file says. Land near by is off by more degrees than land far away:
trees, the tiles' own faults and the step of the grid are metres.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import Floats
from geoagent.photo.skyline import Skyline
from geoagent.terrain.horizons import DIRECTIONS, Angles, Horizons

SHARED = 4.0
"""So many neighbouring degrees err alike."""
VIEW_ERROR = 0.015
"""By how much the focal length in a file is off: a share of it."""
PITCH_DEG, ROLL_DEG = 10.0, 4.0
"""How far cameras look up or down, and lean."""
Spectrum = NDArray[np.complex64]


class Errors(NamedTuple):
    """How far a line is off the horizon of its place: degrees wherever the land is, metres of land, and how much higher
    or lower than the land of the tiles the camera is, in metres.
    """

    far_deg: float
    land_m: float
    height_m: float


class Misfits(NamedTuple):
    """By how much a line is off at its best, shape (n, 360) each or (n, …, 360), for each place and heading.

    `squares` is the sum of squares, each over what is expected of it; `expected` the sum of the logarithms of what is
    expected, in square degrees; `off_deg` how far the line is off, where it is told best.
    """

    squares: Angles
    expected: Angles
    off_deg: Angles

    @property
    def score(self) -> Angles:
        """Twice the logarithm of how unlikely it is, but for a constant, were no two degrees to err alike."""
        return self.squares + self.expected


def misfits(line: Skyline, seen: Horizons, parts: int, wider: tuple[float, ...], errors: Errors) -> Misfits:
    """The misfits of a line, shape (n, len(wider), parts, 360): for each place, each factor of the view, and each
    heading, in whole degrees and parts of one.
    """
    from scipy import fft

    up, fall = seen
    expected = np.float32(errors.far_deg**2) + (np.float32(errors.land_m) * fall) ** 2
    weight = 1 / expected
    of_up, of_fall = weight * up, weight * fall
    products = (weight, of_up, of_fall, of_up * up, of_up * fall, of_fall * fall, np.log(expected))
    spectra = [fft.rfft(each, axis=1) for each in products]
    shape = (len(up), len(wider), parts, DIRECTIONS)
    found = Misfits(*(np.empty(shape, dtype=np.float32) for _ in range(3)))
    for one, factor in enumerate(wider):
        unusual = SHARED * (math.log(factor) / VIEW_ERROR) ** 2
        for part in range(parts):
            of_line = _of_line(*line.in_degrees(part / parts, factor), spectra, errors.height_m)
            for whole, here in zip(found, of_line, strict=True):
                whole[:, one, part] = here
        found.squares[:, one] += unusual
    return found


def _of_line(
    steps: NDArray[np.int64], across: Floats, line: Floats, spectra: list[Spectrum], height_m: float
) -> Misfits:
    """The misfits of one line for all headings at once, by correlation on the circle.

    A camera that looks up by some degrees lowers the line by as many in its middle and fewer aside; one that leans
    raises one side; one that stands higher sees near land lower. What these three do not explain is the misfit: a
    weighted linear regression for each place and heading, its normal equations solved by elimination.
    """
    middle, side = np.cos(np.radians(across)), np.sin(np.radians(across))
    weight, up, fall, up_up, up_fall, fall_fall, expected = (_Sums(steps, each) for each in spectra)
    one = np.ones(len(steps))
    off = up_up(one) - 2 * up(line) + weight(line**2)
    of_middle, of_side = up(middle) - weight(line * middle), up(side) - weight(line * side)
    of_fall = up_fall(one) - fall(line)
    first, second, third = weight(middle**2), weight(side**2), fall_fall(one)
    everywhere = first + second
    both, lower, aside = weight(middle * side), fall(middle), fall(side)
    first += SHARED / PITCH_DEG**2
    off -= of_middle**2 / first
    second += SHARED / ROLL_DEG**2 - both**2 / first
    of_side -= of_middle * both / first
    aside -= both * lower / first
    off -= of_side**2 / second
    third += SHARED / height_m**2 - lower**2 / first - aside**2 / second
    of_fall -= of_middle * lower / first + of_side * aside / second
    off -= of_fall**2 / third
    np.maximum(off, 0, out=off)
    return Misfits(off, expected(one), np.sqrt(off / everywhere))


class _Sums:
    """Sums over the degrees of a line of what is seen in them, weighted, for each heading."""

    def __init__(self, steps: NDArray[np.int64], of: Spectrum) -> None:
        self.wheel, self.of = steps % DIRECTIONS, of

    def __call__(self, weights: Floats) -> Angles:
        from scipy import fft

        placed = np.zeros(DIRECTIONS, dtype=np.float32)
        placed[self.wheel] = weights
        found: Angles = fft.irfft(self.of * np.conj(fft.rfft(placed)), n=DIRECTIONS, axis=1)
        return found
