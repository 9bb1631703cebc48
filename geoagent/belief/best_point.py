"""The point of highest expected GeoScore among weighted places, by a search that leaves out what cannot win.

Weighted places are gathered in bins of latitude and longitude, as fine as leaves at most `MAX_BINS` of them. The
expected score of a point x is the sum over bins of weight · exp(−distance / 1492.7 km), taken at the bins' centroids.
Candidates are these centroids and the heaviest place of each bin. As distances obey the triangle inequality, the score
at x is at most exp(d(x, y) / 1492.7 km) times that at y; and as a chord is shorter than the way on the sphere, a sum
over chords bounds it too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.geo import EARTH_RADIUS_KM, Floats, Point, chord_to_km, unit_vectors

SCALE_KM = 1492.7
MAX_BINS = 2000
MANY = 30_000
SIDES_DEG = (3.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05)
BLOCK = 4
"""Bins along each side of a block, whose candidates are bounded together."""
BATCH = 64
SQUARE_SLACK, SUM_SLACK = 1e-6, 1 + 1e-4
"""What single precision may add to the square of a chord, and take from a sum."""


class Bins(NamedTuple):
    """Weighted places gathered in cells of latitude and longitude: for each cell its centroid in degrees and the sum of
    its weights.

    `heaviest` is the index of the heaviest place in each cell, `block` the number of the block of cells that it lies
    in.
    """

    lat: Floats
    lon: Floats
    weight: Floats
    heaviest: NDArray[np.int64]
    block: NDArray[np.int64]


def point_of_highest_score(lat: Floats, lon: Floats, weight: Floats) -> Point:
    """The point of the highest expected GeoScore, 5000·exp(−d / 1492.7 km), for weighted places.

    `lat` and `lon` are in degrees; at least one weight must be above 0.
    """
    bins = gather(lat, lon, weight)
    candidate_lat = np.concatenate((lat[bins.heaviest], bins.lat))
    candidate_lon = np.concatenate((lon[bins.heaviest], bins.lon))
    centres = unit_vectors(bins.lat, bins.lon)
    best = _search(unit_vectors(candidate_lat, candidate_lon), np.tile(bins.block, 2), centres, bins.weight)
    return Point(lat=float(candidate_lat[best]), lon=float(candidate_lon[best]))


def gather(lat: Floats, lon: Floats, weight: Floats) -> Bins:
    """Weighted places, in degrees, gathered in cells of the finest size of `SIDES_DEG` that gives at most `MAX_BINS`
    cells.

    Above `MANY` places the widest cells are taken, since trying finer ones takes long. Places of weight 0 are left out.
    """
    some = np.flatnonzero(weight > 0)
    lat, lon, weight = lat[some], lon[some], weight[some]
    number, keys, wide = _numbered(lat, lon, SIDES_DEG[0])
    for side_deg in SIDES_DEG[1:] if len(some) <= MANY else ():
        finer = _numbered(lat, lon, side_deg)
        if len(finer[1]) > MAX_BINS:
            break
        number, keys, wide = finer
    total: Floats = np.bincount(number, weight).astype(np.float64)
    most = np.zeros(len(keys))
    np.maximum.at(most, number, weight)
    leaders = np.flatnonzero(weight == most[number])[::-1]
    heaviest = np.zeros(len(keys), np.int64)
    heaviest[number[leaders]] = some[leaders]
    block = (keys // wide // BLOCK) * wide + keys % wide // BLOCK
    centre_lat: Floats = np.clip(np.bincount(number, weight * lat) / total, -90.0, 90.0)
    centre_lon: Floats = np.bincount(number, weight * lon) / total
    return Bins(centre_lat, centre_lon, total, heaviest, block)


def _numbered(lat: Floats, lon: Floats, side_deg: float) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """For each place the number of its bin, for each bin its key, row · wide + column, and how many keys a row has."""
    wide = int(360 / side_deg) + 1
    key = ((lat + 90) / side_deg).astype(np.int64) * wide + ((lon + 180) / side_deg).astype(np.int64)
    if wide * wide > 4 * len(lat):
        keys, number = np.unique(key, return_inverse=True)
        return number.astype(np.int64), keys, wide
    keys = np.flatnonzero(np.bincount(key))
    number_of = np.zeros(int(keys[-1]) + 1, np.int64)
    number_of[keys] = np.arange(len(keys))
    return number_of[key], keys, wide


def scores(candidates: Floats, centres: Floats, weight: Floats) -> Floats:
    """The expected score at each candidate, from 0 to the sum of the weights.

    `candidates` and `centres` are unit vectors in the shape (n, 3); `weight` has the weight of each centre.
    """
    chord = np.linalg.norm(candidates[:, None, :] - centres, axis=2)  # 2 - 2·cos would lose half of the digits nearby
    expected: Floats = np.einsum("ij,j->i", np.exp(chord_to_km(chord) / -SCALE_KM), weight)
    return expected


def _search(candidates: Floats, block: NDArray[np.int64], centres: Floats, weight: Floats) -> int:
    """The index of the best candidate, the first of equals."""
    bound = np.full(len(candidates), np.inf)
    _, number, counts = np.unique(block, return_inverse=True, return_counts=True)
    if len(counts) * 4 < len(candidates):
        middle: Floats = np.stack([np.bincount(number, axis) for axis in candidates.T], axis=1).astype(np.float64)
        middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-12)
        off_km = chord_to_km(np.linalg.norm(candidates - middle[number], axis=1))
        bound = _bounds(middle, centres, weight)[number] * np.exp(off_km / SCALE_KM)
    best, at_best, order = -1.0, 0, np.argsort(-bound, kind="stable")
    for start in range(0, len(order), BATCH):
        tried = order[start : start + BATCH]
        tried = tried[bound[tried] >= best]
        if not len(tried):
            break
        tried = tried[_bounds(candidates[tried], centres, weight) >= best]
        if len(tried):
            found = scores(candidates[tried], centres, weight)
            leader = int(found.argmax())
            if found[leader] > best:
                best, at_best = float(found[leader]), int(tried[leader])
    return at_best


def _bounds(points: Floats, centres: Floats, weight: Floats) -> Floats:
    """At least the score at each point, from chords, in single precision."""
    single = np.float32
    square = np.einsum("ik,jk->ij", points.astype(single), centres.astype(single))
    square *= single(-2.0)
    square += single(2.0 - SQUARE_SLACK)
    np.maximum(square, single(0.0), out=square)
    np.sqrt(square, out=square)
    square *= single(-EARTH_RADIUS_KM / SCALE_KM)
    np.exp(square, out=square)
    summed: Floats = np.einsum("ij,j->i", square, weight.astype(single)).astype(np.float64)
    return summed * SUM_SLACK
