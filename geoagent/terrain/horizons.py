"""The horizon as it is seen from places on the ground: how high the land stands in each direction."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import EARTH_RADIUS_KM, KM_PER_DEG, Floats
from geoagent.terrain.elevation import Ground

EYE_M = 3.0
"""How high most cameras are: in a hand, or on a balcony."""
REFRACTION = 0.13
"""How much of the Earth's curve the air takes back, as surveyors count."""
NEAREST_M = 60.0
LOWEST_M = -1000.0
"""What unknown land is taken for: it hides nothing."""
DIRECTIONS = 360
"""One for each degree, clockwise from north."""
AT_ONCE = 4000
Angles = NDArray[np.float32]


class Horizons(NamedTuple):
    """Horizons of n places, shape (n, 360) each, no numbers where the height of the place is unknown.

    `up_deg` is the angle of the land over the level; `fall_deg_per_m` is how much lower it stands for an eye one metre
    higher: little where the land that is seen is far away.
    """

    up_deg: Angles
    fall_deg_per_m: Angles


def horizons(ground: Ground, lat: Floats, lon: Floats, farthest_km: float, samples: int, rays: int = 1) -> Horizons:
    """The horizons of places: for each degree the mean of so many rays, each of so many samples.

    Samples stand further apart the further away they are, as the root of it: so their errors in angle are alike.
    """
    parts = [slice(at, at + AT_ONCE) for at in range(0, len(lat), AT_ONCE)]
    away_m = np.linspace(math.sqrt(NEAREST_M), math.sqrt(farthest_km * 1000), samples) ** 2
    found = [_horizons(ground, lat[part], lon[part], away_m, rays) for part in parts]
    return Horizons(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _horizons(ground: Ground, lat: Floats, lon: Floats, away_m: Floats, rays: int) -> Horizons:
    import cv2

    own = (ground.at(lat, lon) + EYE_M).astype(np.float32)[:, None]
    lower = (away_m**2 * (1 - REFRACTION) / (2000 * EARTH_RADIUS_KM)).astype(np.float32)
    up_rows = (away_m / 1000 / KM_PER_DEG / ground.step_lat_deg).astype(np.float32)
    wide = np.maximum(np.cos(np.radians(lat)), 0.05) * ground.step_lon_deg * KM_PER_DEG * 1000
    right_columns = (away_m / wide[:, None]).astype(np.float32)
    y = ((lat - ground.south) / ground.step_lat_deg).astype(np.float32)[:, None]
    x = ((lon - ground.west) / ground.step_lon_deg).astype(np.float32)[:, None]
    filled = np.nan_to_num(ground.heights, nan=LOWEST_M)
    nearness = (1 / away_m).astype(np.float32)
    level, every = (own + lower) * nearness, np.arange(len(lat))
    found = Horizons(*(np.zeros((len(lat), DIRECTIONS), dtype=np.float32) for _ in range(2)))
    for number in range(DIRECTIONS * rays):
        direction = math.radians((number - (rays - 1) / 2) / rays)
        north, east = np.float32(math.cos(direction)), np.float32(math.sin(direction))
        slopes: Angles = np.asarray(cv2.remap(
            filled, x + east * right_columns, y + north * up_rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
            borderValue=LOWEST_M,
        ), dtype=np.float32)  # fmt: skip
        slopes *= nearness
        slopes -= level
        seen = slopes.argmax(axis=1)
        found.up_deg[:, number // rays] += np.degrees(np.arctan(slopes[every, seen])) / rays
        found.fall_deg_per_m[:, number // rays] += np.degrees(nearness[seen]) / rays
    return found
