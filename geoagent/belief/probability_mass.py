"""Where the probability of a belief lies: in rows, in spots, and scattered round the points that models' opinions
give.

A point that a model states stands for the places round it, as far off as such points are (`Reliabilities.scatters`).
What a belief has by such a point is a part of the probability of the rows that its Gaussian reaches: the share that the
Gaussian has of the opinion there. It lies round the point, not where the rows are.
"""

from typing import NamedTuple

import numpy as np

from geoagent.belief.atlas_index import distances_km
from geoagent.belief.belief import Belief, once_per_belief
from geoagent.belief.density import NO_PLACES, likelihood_ratio
from geoagent.case.likelihood import Kernel
from geoagent.geo import Floats, Point, haversine_km

AT_SPOT_KM = 0.05
QUANTILES = (np.arange(8) + 0.5) / 8
RAYLEIGH = np.sqrt(-2 * np.log(1 - QUANTILES))
"""How far from its centre a Gaussian of standard deviation 1 has each eighth of its probability, in the middle."""


class Scattered(NamedTuple):
    """A belief in parts that sum to 1: the probability of each row, of each spot, and of each Gaussian round a point
    that an opinion states.

    Spots that are such points have 0 here: their probability is in the Gaussians.
    """

    rows: Floats
    spots: Floats
    kernels: list[tuple[Kernel, float]]


@once_per_belief
def scattered(belief: Belief) -> Scattered:
    """A belief divided into rows, spots and the Gaussians round the points of opinions, as `Scattered` describes."""
    own = np.array([spot.evidence not in belief.opinions for spot in belief.spots], dtype=bool)
    spots = np.where(own, belief.spot_probability, 0.0)
    kernels, shares = list[tuple[Kernel, float]](), np.zeros(len(belief.atlas))
    for opinion, parts in belief.opinions.items():
        whole = np.exp(belief.ratios[opinion].at_rows)
        for part in parts:
            if isinstance(part.shape, Kernel):
                share = part.weight * likelihood_ratio(part.shape, belief.atlas, NO_PLACES)[0] / whole
                kernels.append((part.shape, float(np.einsum("i,i", belief.probability, share))))
                shares += share
    of_spots = float(belief.spot_probability.sum())
    in_spots = (belief.probability - belief.rest) * (float(spots.sum()) / of_spots if of_spots > 0 else 0.0)
    rows = np.maximum(belief.probability * (1 - shares) - in_spots, 0.0)
    return Scattered(rows, spots, kernels)


def distances(belief: Belief, parts: Scattered, point: Point) -> tuple[Floats, Floats]:
    """How far each part of a belief counts as lying from a point, in km, and the probability of each part.

    `parts` are those of `scattered(belief)`. A row counts by its distance and its own extent together, since the photo
    was taken somewhere round it; a Gaussian in eighths, each by the distance of the centre and its own from that; a
    spot by its distance.
    """
    atlas = belief.atlas
    found = [np.hypot(distances_km(atlas, point.lat, point.lon), atlas.extent_km)]
    weights = [parts.rows]
    if belief.spots:
        lat = np.array([spot.point.lat for spot in belief.spots])
        lon = np.array([spot.point.lon for spot in belief.spots])
        found.append(np.maximum(haversine_km(point.lat, point.lon, lat, lon), AT_SPOT_KM))
        weights.append(parts.spots)
    for kernel, mass in parts.kernels:
        off_km = haversine_km(point.lat, point.lon, np.array([kernel.lat]), np.array([kernel.lon]))
        found.append(np.hypot(off_km, kernel.sigma_km * RAYLEIGH))
        weights.append(np.full(len(RAYLEIGH), mass / len(RAYLEIGH)))
    return np.concatenate(found), np.concatenate(weights)
