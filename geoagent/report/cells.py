"""A belief as hexagonal cells of a map, each of the same area: how dark each is, and which hold 50 % and 90 %."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.geo import Floats
from geoagent.report.map import Window

SHADES = 6
SHOWN = 0.99
"""The share of the belief that is shaded."""
AROUND = 8
"""How many cells beyond its edges a close-up reckons with."""
Key = tuple[int, int]
"""A cell: its column in halves of a pitch, and its row."""
NEIGHBOURS: tuple[Key, ...] = ((2, 0), (1, 1), (-1, 1), (-2, 0), (-1, -1), (1, -1))


class Grid(NamedTuple):
    """The cells of a window, and how the rows of an atlas are shared out among them.

    Of row `rows[i]` the share `weight[i]` belongs to cell `cell[i]`; `inside` are the cells that the picture shows.
    """

    pitch: float
    keys: NDArray[np.int64]
    rows: NDArray[np.int64]
    cell: NDArray[np.int64]
    weight: Floats
    inside: NDArray[np.bool_]


def grid(window: Window, atlas: Atlas, pitch: float) -> Grid:
    """Hexagons `pitch` pixels apart over a window; a row belongs to the cell that it lies in.

    In a close-up cells are smaller than rows are apart: there a row belongs in equal parts to the cells that are nearer
    to it than to other rows, as far as it reaches.
    """
    pixels = window.pixels(atlas.lat, atlas.lon)
    keys, rows, weight = _keys(pixels, pitch), np.arange(len(atlas)), np.ones(len(atlas))
    if window.centre is not None:
        cells, nearest = _surroundings(window, atlas, pixels, pitch)
        parts = np.bincount(nearest, minlength=len(atlas))
        weight = np.concatenate((parts == 0, 1.0 / parts[nearest]))
        keys, rows = np.concatenate((keys, cells)), np.concatenate((rows, nearest))
    unique, cell = np.unique(keys, axis=0, return_inverse=True)
    middles = unique * np.array([pitch / 2, pitch * math.sqrt(3) / 2])
    return Grid(pitch, unique, rows, cell.reshape(-1), weight, window.shows(middles, pitch / 2))


def _keys(pixels: Floats, pitch: float) -> NDArray[np.int64]:
    rows = np.rint(pixels[:, 1] / (pitch * math.sqrt(3) / 2)).astype(np.int64)
    odd = rows & 1
    return np.column_stack((2 * np.rint(pixels[:, 0] / pitch - odd / 2).astype(np.int64) + odd, rows))


def _surroundings(
    window: Window, atlas: Atlas, pixels: Floats, pitch: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cells in and round a window that a row reaches, and for each of them the nearest row."""
    from scipy.spatial import KDTree

    margin = AROUND * pitch
    near = np.flatnonzero(window.shows(pixels, 2 * margin))
    if not len(near):
        return np.empty((0, 2), np.int64), near
    cells = around(window, pitch, margin)
    middles = cells * np.array([pitch / 2, pitch * math.sqrt(3) / 2])
    off, found = KDTree(pixels[near]).query(middles)
    nearest = near[found]
    reached = off * window.km_per_pixel <= np.maximum(atlas.spacing_km[nearest], atlas.extent_km[nearest])
    return cells[reached], nearest[reached]


def around(window: Window, pitch: float, margin: float) -> NDArray[np.int64]:
    """The keys of all cells of a window and of so many pixels round it, shape (n, 2)."""
    x, y = np.meshgrid(
        np.arange(-margin, window.width + margin, pitch / 2),
        np.arange(-margin, window.height + margin, pitch * math.sqrt(3) / 2),
    )
    return np.unique(_keys(np.column_stack((x.ravel(), y.ravel())), pitch), axis=0)


def shaded(cells: Grid, probability: Floats) -> NDArray[np.int64]:
    """A number for each cell: shade 0 to 6, and 7 more inside the 90 % region, 14 more inside that of 50 %.

    The shade goes with the root of the probability, against the most probable cell; the regions are the fewest cells
    that hold so much.
    """
    held = np.bincount(cells.cell, probability[cells.rows] * cells.weight, len(cells.keys))
    order = np.argsort(-held, kind="stable")
    before = np.empty(len(held))
    before[order] = np.cumsum(held[order]) - held[order]
    shade = np.where(before < SHOWN, np.ceil(SHADES * np.sqrt(held / held.max())), 0).astype(np.int64)
    number: NDArray[np.int64] = shade + (SHADES + 1) * ((before < 0.9).astype(np.int64) + (before < 0.5))
    return number


def drawn(cells: Grid, numbers: NDArray[np.int64]) -> dict[str, str]:
    """The paths of a state of the map: "s1" … "s6" the cells by shade, "r50" and "r90" the edges of the regions."""
    keys = [(int(x), int(y)) for x, y in cells.keys]
    paths = {}
    for shade in range(1, SHADES + 1):
        members = np.flatnonzero(cells.inside & (numbers % (SHADES + 1) == shade))
        paths[f"s{shade}"] = "".join(_hexagon(keys[i], cells.pitch) for i in members)
    for name, least in (("r90", 1), ("r50", 2)):
        region = {keys[i] for i in np.flatnonzero(cells.inside & (numbers // (SHADES + 1) >= least))}
        paths[name] = _edges(region, cells.pitch)
    return paths


class Replay(NamedTuple):
    """The states of a map one after the other, for the script: cells, and a character for each of them in a state."""

    pitch: float
    cells: list[list[int]]
    states: list[str]


def replay(cells: Grid, states: Sequence[NDArray[np.int64]]) -> Replay:
    """The states of a map, without cells that are never shaded."""
    used = np.flatnonzero(cells.inside & np.any([state > 0 for state in states], axis=0))
    digits = np.array(list("0123456789abcdefghijk"))
    return Replay(cells.pitch, cells.keys[used].tolist(), ["".join(digits[state[used]]) for state in states])


def _middle(key: Key, pitch: float) -> tuple[float, float]:
    return key[0] * pitch / 2, key[1] * pitch * math.sqrt(3) / 2


def corners(pitch: float) -> list[tuple[float, float]]:
    """The corners of a hexagon round its middle; from corner i to i + 1 lies the edge towards neighbour i."""
    half, quarter = pitch / math.sqrt(3), pitch / math.sqrt(12)
    x = pitch / 2
    return [(x, -quarter), (x, quarter), (0.0, half), (-x, quarter), (-x, -quarter), (0.0, -half)]


def _hexagon(key: Key, pitch: float) -> str:
    x, y = _middle(key, pitch)
    return "M" + "L".join(f"{x + dx:.1f} {y + dy:.1f}" for dx, dy in corners(pitch)) + "z"


def _edges(region: set[Key], pitch: float) -> str:
    ends, found = corners(pitch), []
    for key in sorted(region):
        x, y = _middle(key, pitch)
        for side, (dx, dy) in enumerate(NEIGHBOURS):
            if (key[0] + dx, key[1] + dy) not in region:
                (ax, ay), (bx, by) = ends[side], ends[(side + 1) % 6]
                found.append(f"M{x + ax:.1f} {y + ay:.1f}L{x + bx:.1f} {y + by:.1f}")
    return "".join(found)
