"""The horizon as it is seen from places on the ground: how high the land stands in each direction."""

import math

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import EARTH_RADIUS_KM, KM_PER_DEG, Floats
from geoagent.terrain.elevation import Ground

EYE_M = 1.7
REFRACTION = 0.13
"""How much of the Earth's curve the air takes back, as surveyors count."""
NEAREST_M = 60.0
LOWEST_M = -1000.0
"""What unknown land is taken for: it hides nothing."""
DIRECTIONS = 360
"""One for each degree, clockwise from north."""
Angles = NDArray[np.float32]


def horizons(ground: Ground, lat: Floats, lon: Floats, farthest_km: float, samples: int) -> Angles:
    """The angle of the horizon in degrees from each place, for each degree of direction; shape (n, 360).

    Places of unknown height give no number.
    """
    import cv2

    own = (ground.at(lat, lon) + EYE_M).astype(np.float32)[:, None]
    away_m = np.geomspace(NEAREST_M, farthest_km * 1000, samples)
    lower = (away_m**2 * (1 - REFRACTION) / (2000 * EARTH_RADIUS_KM)).astype(np.float32)
    up_rows = (away_m / 1000 / KM_PER_DEG / ground.step_lat_deg).astype(np.float32)
    wide = np.maximum(np.cos(np.radians(lat)), 0.05) * ground.step_lon_deg * KM_PER_DEG * 1000
    right_columns = (away_m / wide[:, None]).astype(np.float32)
    y = ((lat - ground.south) / ground.step_lat_deg).astype(np.float32)[:, None]
    x = ((lon - ground.west) / ground.step_lon_deg).astype(np.float32)[:, None]
    filled = np.nan_to_num(ground.heights, nan=LOWEST_M)
    metres, found = away_m.astype(np.float32), np.empty((len(lat), DIRECTIONS), dtype=np.float32)
    for direction in range(DIRECTIONS):
        north, east = (np.float32(f(math.radians(direction))) for f in (math.cos, math.sin))
        heights = cv2.remap(
            filled, x + east * right_columns, y + north * up_rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
            borderValue=LOWEST_M,
        )  # fmt: skip
        found[:, direction] = ((heights - own - lower) / metres).max(axis=1)
    return np.degrees(np.arctan(found))
