"""Terrain that is made up, as HGT tiles, and photos of it that are rendered by casting rays."""

import io
import math
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from geoagent.geo import KM_PER_DEG, Floats, Point
from geoagent.terrain.elevation import Ground

SIDE = 1201
WIDE, HIGH = 640, 400
OPEN_M, STEP_DEG = 2000.0, 0.1
SOUTH, WEST = 45, 7
VALLEYS, ROUGHNESS = 9 / SIDE, 2.4
CENTRE = Point(lat=45.5, lon=7.5)


class Shot(NamedTuple):
    """A rendered photo, where and how it was taken, and the view that its file tells, which is a little off."""

    image: Image.Image
    point: Point
    heading_deg: float
    view_deg: float
    told_deg: float


def mountains(folder: Path, seed: int, relief_m: float = 2600.0) -> Ground:
    """Write one tile of ridges of all sizes, the largest some 12 km apart; the same as a grid."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE), indexing="ij"))
    rough = np.fft.rfft2(rng.normal(size=(SIDE, SIDE))) * (frequency**2 + VALLEYS**2) ** (-ROUGHNESS / 2)
    heights = np.fft.irfft2(rough, s=(SIDE, SIDE))
    heights = (heights - heights.min()) / (heights.max() - heights.min()) * relief_m + 200
    whole = np.round(heights).astype(">i2")
    (folder / f"N{SOUTH:02d}E{WEST:03d}.hgt").write_bytes(whole.tobytes())
    return Ground(SOUTH, WEST, 1 / (SIDE - 1), 1 / (SIDE - 1), whole[::-1].astype(np.float32))


def as_it_is(tiles: Ground, seed: int) -> Ground:
    """The land that the tiles tell of: they are off by some 5 m, neighbours of some 300 m alike."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=tiles.heights.shape), 1.5)
    return tiles._replace(heights=(tiles.heights + 5 * noise / noise.std()).astype(np.float32))


def somewhere(rng: np.random.Generator, half_km: float) -> Point:
    """A place at random in a square round the middle of the tile."""
    north, east = rng.uniform(-half_km, half_km, 2) / KM_PER_DEG
    return Point(lat=CENTRE.lat + north, lon=CENTRE.lon + east / math.cos(math.radians(CENTRE.lat)))


def shot(ground: Ground, seed: int, half_km: float = 25.0) -> Shot:
    """A photo from somewhere in a square, with an open view: trees on its ridges, haze, clouds, a tilted camera at the
    height of a person or a balcony, in one of three a house or trees in front.
    """
    rng = np.random.default_rng(seed)
    view = float(rng.uniform(50, 75))
    focal = WIDE / 2 / math.tan(math.radians(view / 2))
    pitch, roll, eye_m = rng.uniform(-3, 5), math.radians(rng.uniform(-3, 3)), 1.7 + rng.exponential(2)
    across, up = _rays(focal, math.radians(pitch), roll)
    directions = np.arange(across.min(), across.max() + STEP_DEG, STEP_DEG)
    away_m = np.concatenate((np.arange(40, 2000, 20.0), np.geomspace(2000, 38_000, 500)))
    while True:
        point, heading = somewhere(rng, half_km), float(rng.uniform(0, 360))
        angles = _seen(ground, point, eye_m, np.radians(heading + directions), away_m)
        if np.median(away_m[angles.argmax(axis=1)]) >= OPEN_M and angles.max() < pitch + 8:
            break  # whoever photographs a landscape sees some of it
    top = np.maximum.accumulate(angles + _trees(rng, len(directions), away_m), axis=1)
    which = np.round((across - directions[0]) / STEP_DEG).astype(np.int64).ravel()
    order, depth = np.argsort(which, kind="stable"), np.empty(WIDE * HIGH, dtype=np.int64)
    edges = np.searchsorted(which[order], np.arange(len(directions) + 1))
    for number, (begin, end) in enumerate(pairwise(edges)):
        depth[order[begin:end]] = np.searchsorted(top[number], up.ravel()[order[begin:end]])
    depth = depth.reshape(HIGH, WIDE)
    pixels = _painted(rng, depth, away_m, up)
    if rng.uniform() < 1 / 3:
        _put_in_front(rng, pixels, (depth < len(away_m)).argmax(axis=0))
    told = 2 * math.degrees(math.atan(math.tan(math.radians(view / 2)) * rng.normal(1, 0.015)))
    return Shot(_photographed(rng, pixels), point, heading, view, told)


def _rays(focal: float, pitch: float, roll: float) -> tuple[Floats, Floats]:
    """Where each pixel of a camera looks that is turned up and aslant: degrees to the right, and over the horizon."""
    x, y = np.meshgrid(np.arange(WIDE) + 0.5 - WIDE / 2, HIGH / 2 - np.arange(HIGH) - 0.5)
    x, y = x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)
    ahead, high = focal * math.cos(pitch) - y * math.sin(pitch), focal * math.sin(pitch) + y * math.cos(pitch)
    return np.degrees(np.arctan2(x, ahead)), np.degrees(np.arctan2(high, np.hypot(x, ahead)))


def _seen(ground: Ground, point: Point, eye_m: float, directions: Floats, away_m: Floats) -> Floats:
    """The angle at which the ground stands in each direction, at each distance, in degrees."""
    own = ground.at(np.array([point.lat]), np.array([point.lon]))[0] + eye_m
    km = away_m / 1000 / KM_PER_DEG
    lat = point.lat + np.cos(directions)[:, None] * km
    lon = point.lon + np.sin(directions)[:, None] * km / math.cos(math.radians(point.lat))
    heights = np.nan_to_num(ground.at(lat, lon), nan=0.0)
    drop = away_m**2 * 0.87 / (2 * 6_371_000)
    return np.degrees(np.arctan((heights - own - drop) / away_m))


def _trees(rng: np.random.Generator, count: int, away_m: Floats) -> Floats:
    """What trees of up to 6 m add to each direction."""
    metres = np.repeat(rng.uniform(0, 6, (count // 8 + 1, 1)), 8, axis=0)[:count]
    return np.degrees(np.arctan(metres / np.maximum(away_m, 400)))


def _painted(rng: np.random.Generator, depth: Floats, away_m: Floats, up: Floats) -> Floats:
    sky = depth >= len(away_m)
    clear_m = rng.uniform(8_000, 25_000)
    haze = np.exp(-away_m / clear_m)[np.minimum(depth.astype(np.int64), len(away_m) - 1)][..., None]
    blue = np.array([150, 185, 230.0]) + np.clip(up, 0, 30)[..., None] * np.array([-2.5, -1.8, -0.6])
    cover = sum(_smooth(rng, 4 * 2**n, 6 * 2**n) / 2**n for n in range(4)) / 1.875
    cloud = np.clip((cover - rng.uniform(0.4, 0.8)) / 0.15, 0, 1)[..., None]
    blue += (np.array([246, 247, 249.0]) - blue) * cloud * 0.9
    grain = np.asarray(
        Image.fromarray(rng.integers(0, 255, (HIGH // 3, WIDE // 3), dtype=np.uint8)).resize((WIDE, HIGH))
    )
    land = np.array([70, 85, 48.0]) + (grain[..., None] / 255 - 0.5) * 45
    land = land * haze + np.array([128, 146, 170.0]) * (1 - haze)
    return np.where(sky[..., None], blue, land)


def _smooth(rng: np.random.Generator, rows: int, columns: int) -> Floats:
    """Noise from 0 to 1 of so many waves, as large as a picture."""
    coarse = Image.fromarray(rng.integers(0, 255, (rows, columns), dtype=np.uint8))
    return np.asarray(coarse.resize((WIDE, HIGH), Image.Resampling.BICUBIC)) / 255.0


def _put_in_front(rng: np.random.Generator, pixels: Floats, skyline: NDArray[np.int64]) -> None:
    """Paint a house or a tree over a tenth or a fifth of a picture, up to over the skyline."""
    across, half = int(rng.integers(0, WIDE)), int(rng.integers(WIDE // 20, WIDE // 10))
    top = int(max(10, skyline[max(0, across - half) : across + half].min() - rng.uniform(0, HIGH / 6)))
    y, x = np.mgrid[:HIGH, :WIDE]
    from_middle = np.abs(x - across)
    if rng.uniform() < 0.5:
        pixels[(from_middle < half) & (y > top + 0.6 * from_middle)] = (120, 72, 60)
        pixels[(from_middle < 0.9 * half) & (y > top + 0.7 * half)] = (205, 198, 180)
    else:
        ragged = 1 + 0.3 * (_smooth(rng, 40, 64) - 0.5)
        crown = np.hypot(from_middle / half, (y - top - 1.3 * half) / (1.3 * half)) < ragged
        pixels[crown | ((from_middle < half / 8) & (y > top + half))] = (38, 52, 26)


def _photographed(rng: np.random.Generator, pixels: Floats) -> Image.Image:
    packed = io.BytesIO()
    noisy = np.clip(pixels + rng.normal(0, 3, pixels.shape), 0, 255)
    Image.fromarray(noisy.astype(np.uint8)).save(packed, "JPEG", quality=85)
    return Image.open(packed).convert("RGB")


def moved(point: Point, north_km: float) -> Point:
    """The place so far north of another."""
    return Point(lat=point.lat + north_km / KM_PER_DEG, lon=point.lon)
