"""The finest outlines of countries (Natural Earth 1:10m), out of which a map gets what lies round its answer."""

import base64
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.geo import Floats

TURNS = (-1, 0, 1)
LAND = ((0.3, "rough_land"), (0.05, "land"), (0.0, "countries"))
"""How far an outline may lie off, in degrees, and what its land is then taken from."""


class Outlines(NamedTuple):
    """Polygons of land in degrees, longitude first, with the number of the country of each (`owner`).

    `tree` finds the polygons near a shape.
    """

    rings: "NDArray[np.object_]"
    owner: NDArray[np.int16]
    tree: shapely.STRtree


@cache
def outlines(name: str) -> Outlines:
    """The outlines of a kind, read once: "countries", or "land" and the coarser "rough_land", which have no borders."""
    with (files("geoagent") / "data" / "outlines.npz").open("rb") as stream:
        data = np.load(stream, allow_pickle=False)
        owner, start, length, steps = (data[f"{name}_{column}"] for column in ("owner", "start", "length", "steps"))
        per_deg = float(data["steps_per_deg"])
    ends = np.cumsum(length)
    moved = np.vstack((np.zeros((1, 2), np.int64), np.cumsum(steps, axis=0, dtype=np.int64)))
    rings = np.empty(len(length), dtype=object)
    for i, (end, count) in enumerate(zip(ends.tolist(), length.tolist(), strict=True)):
        rings[i] = shapely.Polygon((moved[end - count : end + 1] - moved[end - count] + start[i]) / per_deg)
    return Outlines(rings, owner, shapely.STRtree(rings))


def on_land(shape: shapely.Geometry, off_deg: float) -> shapely.Geometry:
    """The part of a shape that lies on land.

    The shape is in degrees, longitude first; longitudes may go on beyond 180°. The outlines of land may be off by
    `off_deg` degrees, so that coarser ones do for a large map.
    """
    known = outlines(next(name for least, name in LAND if off_deg >= least))
    parts = list[shapely.Geometry]()
    for turn in TURNS:
        back = turned(shape, -turn)
        near = known.rings[known.tree.query(back, predicate="intersects")]
        parts += [turned(part, turn) for part in shapely.intersection(near, back)]
    return shapely.union_all(polygons(parts))


def land_round(west: float, south: float, east: float, north: float, off_deg: float) -> list[list[Floats]]:
    """The coasts and borders in a box of degrees, country by country, as lists of rings.

    `west`, `south`, `east` and `north` are the edges of the box. A ring has a longitude and a latitude for each point.
    The box may reach beyond 180°. Lines are simplified by at most `off_deg` degrees.
    """
    known, found = outlines("countries"), dict[int, list[Floats]]()
    for turn in TURNS:
        box = shapely.box(west - 360 * turn, south, east - 360 * turn, north)
        for number in known.tree.query(box).tolist():
            parts = polygons([shapely.intersection(known.rings[number], box)])
            for part in shapely.simplify(parts, off_deg):
                rings = found.setdefault(int(known.owner[number]), [])
                rings += [ring + np.array([360, 0]) * turn for ring in rings_of(part)]
    return list(found.values())


def packed(rings: Iterable[Sequence[Sequence[float]] | Floats], steps_per_deg: int, least: int = 3) -> str:
    """Rings of points as compact text for the script of the interactive map.

    Points are rounded to a grid of `steps_per_deg` steps a degree. Counts and differences are base-128 numbers in
    base64, of which the lowest bit is the sign. A ring of fewer than `least` points is left out.
    """
    numbers = list[int]()
    for ring in rings:
        whole = np.rint(np.asarray(ring) * steps_per_deg).astype(np.int64)
        kept = whole[np.concatenate(([True], np.diff(whole, axis=0).any(axis=1)))]
        if len(kept) >= least:
            moves = np.diff(kept, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()
            numbers += [len(kept), *((~move << 1) | 1 if move < 0 else move << 1 for move in moves)]
    return base64.b64encode(bytes(byte for number in numbers for byte in _digits(number))).decode()


def _digits(number: int) -> Iterable[int]:
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number


def turned(shape: shapely.Geometry, turn: int) -> shapely.Geometry:
    """A shape in degrees, longitude first, moved by `turn` full turns: its longitudes grow by 360 for each."""
    return shapely.transform(shape, lambda points: points + np.array([360, 0]) * turn) if turn else shape


def polygons(shapes: Sequence[shapely.Geometry]) -> list[shapely.Polygon]:
    """The polygons that shapes consist of, taken out of collections; lines, points and empty shapes are left out."""
    parts = shapely.get_parts(shapely.get_parts(shapes))  # what a collection holds may have parts itself
    return [part for part in parts if isinstance(part, shapely.Polygon) and not part.is_empty]


def rings_of(shape: shapely.Geometry) -> list[Floats]:
    """The outer and inner edges of a shape, each an array of points.

    A point inside an odd number of them is inside the shape (even-odd rule).
    """
    edges = (edge for part in polygons([shape]) for edge in (part.exterior, *part.interiors))
    return [shapely.get_coordinates(edge) for edge in edges]
