"""From the skyline of a photo to the places and headings from which the land looks so, with how likely each is.

The line differs from the horizon of the true place by trees, houses, the tiles' own faults and the step of the grid:
errors that neighbours share, so that a degree counts for a quarter of one. Where even the best fit is worse than is
usual, errors are taken for larger.
"""

import math
from typing import NamedTuple

import numpy as np

from geoagent.errors import ConfigError
from geoagent.geo import KM_PER_DEG, Floats, Point, distance_km
from geoagent.photo.skyline import Skyline
from geoagent.terrain.elevation import Ground
from geoagent.terrain.horizons import AT_ONCE, DIRECTIONS, Horizons, horizons
from geoagent.terrain.misfit import SHARED, Errors, Misfits, misfits


class Look(NamedTuple):
    """One look at a region: places `step_km` apart, three by three round each of the `kept` best of the look before.

    Their horizons are of so many samples and rays a degree; headings are compared in `parts` of a degree, for each of
    the factors `wider` of the view. What errors are expected includes what the land changes within a step.
    """

    step_km: float
    kept: int
    samples: int
    rays: int
    parts: int
    wider: tuple[float, ...]
    errors: Errors


COARSE = Look(0.25, 0, 80, 1, 1, (0.97, 1.0, 1.03), Errors(0.10, 12.0, 25.0))
FINER = (
    Look(0.085, 800, 100, 1, 2, (0.97, 0.985, 1.0, 1.015, 1.03), Errors(0.07, 6.0, 12.0)),
    Look(0.03, 60, 250, 3, 4, (0.955, 0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.03, 1.045), Errors(0.05, 3.0, 6.0)),
)
FLAT_DEG = 0.15
"""The relief below which a line is that of flat land."""
ONE_PLACE_KM = 1.0
SURE = 0.9
"""Of rendered photos, places between .5 and .9 were right in 1 of 7."""
LEFT = 0.5
"""The share of the relief that the best place may leave unexplained; more, and the line is of something else."""
WORSE = 2.0
"""How many times larger than expected the squares of the best place's errors may be."""


class SkylineFit(NamedTuple):
    """A place and the heading of the photo's middle there, how likely that is, and by how much the line is off."""

    point: Point
    heading_deg: float
    probability: float
    off_deg: float


class SkylineFits(NamedTuple):
    """Where a photo's skyline fits the terrain: the `places`, the likeliest first.

    `unsure` says that no place has nine tenths of the probability, or that none explains the line.
    """

    places: list[SkylineFit]
    unsure: bool


class Candidates(NamedTuple):
    """Places with their horizons, to be compared with any photo taken near them."""

    lat: Floats
    lon: Floats
    seen: Horizons


def candidates(ground: Ground, centre: Point, half_km: float, farthest_km: float) -> Candidates:
    """A grid of places 0.25 km apart in a square, with their horizons. Raises ConfigError where no height is known."""
    lat, lon = _square(centre, half_km, COARSE.step_km)
    known = np.isfinite(ground.at(lat, lon))
    if not known.any():
        raise ConfigError("the elevation tiles know nothing of that region; add the tiles that cover it")
    lat, lon = lat[known], lon[known]
    return Candidates(lat, lon, horizons(ground, lat, lon, farthest_km, COARSE.samples, COARSE.rays))


def fit_skyline(line: Skyline, among: Candidates, ground: Ground, farthest_km: float) -> SkylineFits:
    """The places among candidates, and finer ones between them, from which the land looks as in a photo.

    Raises ConfigError where the line is that of flat land.
    """
    check_relief(line)
    lat, lon = among.lat, among.lon
    least = _least(line, among.seen, COARSE)
    for look in FINER:
        best = np.argsort(least, kind="stable")[: look.kept]
        lat, lon = _between(lat[best], lon[best], look.step_km)
        seen = horizons(ground, lat, lon, farthest_km, look.samples, look.rays)
        least = _least(line, seen, look)
    return _told(line, lat, lon, misfits(line, seen, look.parts, look.wider, look.errors))


def _least(line: Skyline, seen: Horizons, look: Look) -> Floats:
    """The least score of each place; places of unknown height are last."""
    parts = [Horizons(*(each[at : at + AT_ONCE] for each in seen)) for at in range(0, len(seen.up_deg), AT_ONCE)]
    scores = [misfits(line, part, look.parts, look.wider, look.errors).score.min(axis=(1, 2, 3)) for part in parts]
    return np.nan_to_num(np.concatenate(scores).astype(np.float64), nan=np.inf)


def check_relief(line: Skyline) -> None:
    """Raise ConfigError for a line that is too straight to tell one place from another."""
    if line.relief_deg < FLAT_DEG:
        raise ConfigError(
            f"the skyline is that of flat land: it differs from a straight line by {line.relief_deg:.1f}°, "
            f"and tells nothing below {FLAT_DEG}°"
        )


def _told(line: Skyline, lat: Floats, lon: Floats, of: Misfits) -> SkylineFits:
    count, parts = len(line.in_degrees()[0]), of.squares.shape[2]
    known = np.isfinite(of.score)
    best = np.unravel_index(np.where(known, of.score, np.inf).argmin(), known.shape)
    larger = max(1.0, float(of.squares[best]) / max(count - 6, 1))
    log_likelihood = np.where(known, -0.5 / SHARED * (of.squares / larger + of.expected), -np.inf)
    weight = np.exp((log_likelihood - log_likelihood.max()).astype(np.float64))
    weight /= weight.sum()
    by_place, best = weight.sum(axis=(1, 2, 3)), log_likelihood.reshape(len(lat), -1).argmax(axis=1)
    off = of.off_deg.reshape(len(lat), -1)[np.arange(len(lat)), best]
    heading = best % DIRECTIONS + best // DIRECTIONS % parts / parts
    found: list[SkylineFit] = []
    for number in np.argsort(-by_place, kind="stable"):
        point = Point(lat=float(lat[number]), lon=float(lon[number]))
        one = SkylineFit(point, float(heading[number]), float(by_place[number]), float(off[number]))
        near = next((i for i, f in enumerate(found) if distance_km(f.point, point) <= ONE_PLACE_KM), None)
        if near is None:
            found.append(one)
        else:
            found[near] = found[near]._replace(probability=found[near].probability + one.probability)
    found.sort(key=lambda one: -one.probability)
    explained = found[0].off_deg <= LEFT * line.relief_deg and larger <= WORSE
    return SkylineFits(found, found[0].probability < SURE or not explained)


def _square(centre: Point, half_km: float, step_km: float) -> tuple[Floats, Floats]:
    count = round(half_km / step_km)
    steps = np.arange(-count, count + 1) * step_km / KM_PER_DEG
    north, east = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
    return centre.lat + north, centre.lon + east / max(0.05, math.cos(math.radians(centre.lat)))


def _between(lat: Floats, lon: Floats, step_km: float) -> tuple[Floats, Floats]:
    """Places in a square of 3 × 3 steps round each place."""
    steps = np.array([-step_km, 0.0, step_km]) / KM_PER_DEG
    north, east = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
    wide = np.maximum(0.05, np.cos(np.radians(lat)))[:, None]
    return (lat[:, None] + north).ravel(), (lon[:, None] + east / wide).ravel()
