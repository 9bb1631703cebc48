"""From the skyline of a photo to the places and headings from which the land looks so, with how likely each is.

The camera was not level, so its line is compared up to a tilt and a turn. The rest differs from the horizon of the true
place by trees, houses, the tiles' own faults and the step of the grid: errors that neighbours share, so that a degree
counts for a quarter of one. How large they are is learnt from the best fit, and never taken for smaller than is usual.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.geo import KM_PER_DEG, Floats, Point, distance_km
from geoagent.photo.skyline import Skyline
from geoagent.terrain.elevation import Ground
from geoagent.terrain.horizons import DIRECTIONS, Angles, horizons

COARSE_KM, FINE_KM, FINEST_KM = 0.25, 0.08, 0.03
"""How far apart places are: at first, and round those that fit best."""
COARSE_SAMPLES, FINE_SAMPLES, FINEST_SAMPLES = 64, 120, 400
KEPT, REFINED = 20, 40
KEPT_OF = 160
"""Of so many places one is looked at again, and 20 at least."""
LEAST_NOISE_DEG = 0.15
AT_ONCE = 4000
FINE_PARTS = 4
SHARED = 4.0
"""So many neighbouring degrees err alike."""
FLAT_DEG = 0.15
"""The relief below which a line is that of flat land."""
ONE_PLACE_KM = 1.0
SURE = 0.5
LEFT = 0.5
"""The share of the relief that the best place may leave unexplained; more, and the line is of something else."""


Spectrum = NDArray[np.complex128]


class SkylineFit(NamedTuple):
    """A place and the heading of the photo's middle there, how likely that is, and by how much the line is off."""

    point: Point
    heading_deg: float
    probability: float
    off_deg: float


class SkylineFits(NamedTuple):
    """Where a photo's skyline fits the terrain: the `places`, the likeliest first.

    `noise_deg` is what the line in the photo is taken to be off by. `unsure` says that no place is likelier than all
    others together, or that none explains the line.
    """

    places: list[SkylineFit]
    noise_deg: float
    unsure: bool


class Candidates(NamedTuple):
    """Places with their horizons, to be compared with any photo taken near them."""

    lat: Floats
    lon: Floats
    angles: Angles


def candidates(ground: Ground, centre: Point, half_km: float, farthest_km: float) -> Candidates:
    """A grid of places 0.25 km apart in a square, with their horizons. Raises ConfigError where no height is known."""
    lat, lon = _square(centre, half_km, COARSE_KM)
    known = np.isfinite(ground.at(lat, lon))
    if not known.any():
        raise ConfigError("the elevation tiles know nothing of that region; add the tiles that cover it")
    lat, lon = lat[known], lon[known]
    parts = [slice(at, at + AT_ONCE) for at in range(0, len(lat), AT_ONCE)]
    found = [horizons(ground, lat[part], lon[part], farthest_km, COARSE_SAMPLES) for part in parts]
    return Candidates(lat, lon, np.concatenate(found))


def fit_skyline(line: Skyline, among: Candidates, ground: Ground, farthest_km: float) -> SkylineFits:
    """The places among candidates, and finer ones between them, from which the land looks as in a photo.

    Raises ConfigError where the line is that of flat land.
    """
    check_relief(line)
    parts = (among.angles[at : at + AT_ONCE] for at in range(0, len(among.lat), AT_ONCE))
    least = np.concatenate([_compared(line, part, 1)[0].min(axis=1) for part in parts])
    best = np.argsort(least, kind="stable")[: max(KEPT, len(least) // KEPT_OF)]
    lat, lon = _between(among.lat[best], among.lon[best], FINE_KM)
    squares, _ = _compared(line, horizons(ground, lat, lon, farthest_km, FINE_SAMPLES), FINE_PARTS)
    best = np.argsort(squares.min(axis=1), kind="stable")[:REFINED]
    lat, lon = _between(lat[best], lon[best], FINEST_KM)
    squares, headings = _compared(line, horizons(ground, lat, lon, farthest_km, FINEST_SAMPLES), FINE_PARTS)
    return _told(line, lat, lon, squares, headings)


def check_relief(line: Skyline) -> None:
    """Raise ConfigError for a line that is too straight to tell one place from another."""
    if line.relief_deg < FLAT_DEG:
        raise ConfigError(
            f"the skyline is that of flat land: it differs from a straight line by {line.relief_deg:.1f}°, "
            f"and tells nothing below {FLAT_DEG}°"
        )


def _compared(line: Skyline, angles: Angles, parts: int) -> tuple[Floats, Floats]:
    """For each place and heading the mean square by which the line is off, however the camera was tilted; and the
    headings, `parts` of them a degree.

    A camera that looks up by some degrees lowers the line by as many in its middle and fewer aside, one that is turned
    raises one side. All headings are compared at once, by correlation on the circle.
    """
    spectrum, square = np.fft.rfft(angles, axis=1), np.fft.rfft(angles.astype(np.float64) ** 2, axis=1)
    shifts = np.arange(parts) / parts
    squares = np.stack([_at_shift(line, spectrum, square, float(shift)) for shift in shifts], axis=2)
    headings = (np.arange(DIRECTIONS)[:, None] + shifts).ravel()
    return squares.reshape(len(angles), -1), headings


def _at_shift(line: Skyline, spectrum: Spectrum, square: Spectrum, shift_deg: float) -> Floats:
    """The mean square for each place and each heading in whole degrees and a part of one."""
    known = np.isfinite(line.up_deg)
    steps = line.across_deg[np.isfinite(np.interp(line.across_deg - shift_deg, line.across_deg, line.up_deg))]
    across = steps - shift_deg
    up, tilted = np.interp(across, line.across_deg[known], line.up_deg[known]), np.radians(across)
    basis = np.linalg.qr(np.column_stack((np.cos(tilted), np.sin(tilted))))[0]
    rest = up - basis @ (basis.T @ up)
    wheel = np.round(steps).astype(np.int64) % DIRECTIONS

    def sums(of: Spectrum, weights: Floats) -> Floats:
        placed = np.zeros(DIRECTIONS)
        placed[wheel] = weights
        back: Floats = np.fft.irfft(of * np.conj(np.fft.rfft(placed)), n=DIRECTIONS, axis=1)
        return back

    total = sums(square, np.ones(len(across)))
    for column in basis.T:
        total -= sums(spectrum, column) ** 2
    total += float(rest @ rest) - 2 * sums(spectrum, rest)
    return np.maximum(total, 0.0) / len(across)


def _told(line: Skyline, lat: Floats, lon: Floats, squares: Floats, headings: Floats) -> SkylineFits:
    count = int(np.isfinite(line.up_deg).sum())
    noise = max(LEAST_NOISE_DEG, math.sqrt(float(squares.min()) * count / max(count - 4, 1)))
    log_likelihood = -0.5 * (count / SHARED) * squares / noise**2
    weight = np.exp(log_likelihood - log_likelihood.max())
    weight /= weight.sum()
    by_place, heading = weight.sum(axis=1), headings[squares.argmin(axis=1)]
    found: list[SkylineFit] = []
    for number in np.argsort(-by_place, kind="stable"):
        point = Point(lat=float(lat[number]), lon=float(lon[number]))
        one = SkylineFit(
            point, float(heading[number]), float(by_place[number]), math.sqrt(float(squares[number].min()))
        )
        near = next((i for i, f in enumerate(found) if distance_km(f.point, point) <= ONE_PLACE_KM), None)
        if near is None:
            found.append(one)
        else:
            found[near] = found[near]._replace(probability=found[near].probability + one.probability)
    found.sort(key=lambda one: -one.probability)
    explained = found[0].off_deg <= LEFT * line.relief_deg
    return SkylineFits(found, noise, found[0].probability < SURE or not explained)


def _square(centre: Point, half_km: float, step_km: float) -> tuple[Floats, Floats]:
    count = round(half_km / step_km)
    steps = np.arange(-count, count + 1) * step_km / KM_PER_DEG
    north, east = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
    return centre.lat + north, centre.lon + east / max(0.05, math.cos(math.radians(centre.lat)))


def _between(lat: Floats, lon: Floats, step_km: float) -> tuple[Floats, Floats]:
    """Places in a square of 5 × 5 steps round each place."""
    steps = [number * step_km for number in range(-2, 3)]
    north = np.array([y for y in steps for _ in steps]) / KM_PER_DEG
    east = np.array([x for _ in steps for x in steps]) / KM_PER_DEG
    wide = np.maximum(0.05, np.cos(np.radians(lat)))[:, None]
    return (lat[:, None] + north).ravel(), (lon[:, None] + east / wide).ravel()
