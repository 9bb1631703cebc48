"""How likely a hit in a gallery was taken nearby: learnt from how often that was so for the gallery's own photos."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from geoagent.case.likelihood import Kernel, Mixture
from geoagent.case.views import Frozen
from geoagent.geo import EARTH_RADIUS_KM, Floats, Point

RADII_KM = (1.0, 25.0, 200.0)
LEAST = 40
"""Examples below which nothing is learnt: a hit then says nothing."""
STIFFNESS = 0.05


class Example(NamedTuple):
    """What one search for a photo of known place has found: where that photo was taken (`asked`), how alike the hit is
    (a cosine), and how far off in km it was taken (infinite for a hit that counts as wrong).
    """

    asked: Point
    similarity: float
    distance_km: float


class Curve(Frozen):
    """A logistic curve for the probability that a hit was taken within `radius_km` km: its log odds are intercept +
    slope · z.

    z is the similarity of the hit, standardised as `Trust` says; the slope is never negative.
    """

    radius_km: float
    intercept: float
    slope: float


class Trust(Frozen):
    """How likely a hit in one gallery was taken nearby, by its similarity: a logistic curve for each radius of
    `RADII_KM`, over z = (similarity − mean) / scale.

    `examples` is how many searches it was learnt from, `lowest` and `highest` are the similarities among them.
    """

    examples: int
    mean: float
    scale: Annotated[float, Field(gt=0)]
    lowest: float
    highest: float
    curves: Annotated[tuple[Curve, ...], Field(min_length=len(RADII_KM), max_length=len(RADII_KM))]

    def chances(self, similarity: float) -> dict[float, float]:
        """For each radius in km of `RADII_KM`, the probability that a hit with this similarity (a cosine) was taken
        within it.

        Similarities beyond those it was learnt from count as the nearest of these.
        """
        z = (float(np.clip(similarity, self.lowest, self.highest)) - self.mean) / self.scale
        single = [1 / (1 + math.exp(-(curve.intercept + curve.slope * z))) for curve in self.curves]
        return dict(zip(RADII_KM, accumulate(single, max), strict=True))


def fit(examples: Sequence[Example]) -> Trust | None:
    """Learn from searches for photos of known places how likely a hit of a given similarity was taken nearby; None for
    fewer than `LEAST` examples.

    Photos of one place, taken at a size of the radius, together count as one: photos of one afternoon are not
    independent. One wrong hit as alike as the best is added to the examples, so that a few lucky hits make nothing
    certain.
    """
    if len(examples) < LEAST:
        return None
    similarity = np.array([example.similarity for example in examples])
    lowest, highest, scale = float(similarity.min()), float(similarity.max()), float(similarity.std())
    mean, scale = float(similarity.mean()), max(scale, 1e-6)
    z = (np.append(similarity, highest) - mean) / scale
    distance = np.array([*(example.distance_km for example in examples), np.inf])
    curves = tuple(_curve(radius, z, distance <= radius, _weights(examples, radius)) for radius in RADII_KM)
    return Trust(examples=len(examples), mean=mean, scale=scale, lowest=lowest, highest=highest, curves=curves)


def _weights(examples: Sequence[Example], radius_km: float) -> Floats:
    """Two examples' worth for each cell as large as the radius; 1 for the one that is made up."""
    per_deg = EARTH_RADIUS_KM * math.pi / 180 / radius_km
    lat = np.array([example.asked.lat for example in examples])
    lon = np.array([example.asked.lon for example in examples])
    cells = np.floor(np.column_stack((lat * per_deg, lon * np.cos(np.radians(lat)) * per_deg)))
    _, member, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    return np.append(2.0 / count[member.ravel()], 1.0)


def _curve(radius_km: float, z: Floats, near: NDArray[np.bool_], weight: Floats) -> Curve:
    """Logistic regression, the slope drawn a little towards 0."""
    from scipy.optimize import minimize

    sign = np.where(near, 1.0, -1.0)

    def loss(at: Floats) -> tuple[float, Floats]:
        margin = sign * (at[0] + at[1] * z)
        pull = -weight * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        value = float(weight @ np.logaddexp(0, -margin) + STIFFNESS * at[1] ** 2)
        return value, np.array([pull.sum(), (pull * z).sum() + 2 * STIFFNESS * at[1]])

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-20, 20), (0, 20)])
    return Curve(radius_km=radius_km, intercept=float(found.x[0]), slope=float(found.x[1]))


def likelihood(lat: float, lon: float, chances: Mapping[float, float]) -> Mixture:
    """What a gallery hit taken at `lat`, `lon` (degrees) says of where the photo was taken.

    `chances` gives, for each radius in km, the probability that the photo was taken within it. Each radius becomes a
    Gaussian with half the radius as its standard deviation, which has 86 % of its mass within the radius; its weight is
    the probability of this radius less that of the next smaller one.
    """
    shares = np.diff([0.0, *chances.values()])
    kernels = [Kernel(lat=lat, lon=lon, sigma_km=radius / 2) for radius in chances]
    return Mixture(parts=tuple((round(float(share), 6), k) for share, k in zip(shares, kernels, strict=True)))


def written(chances: Mapping[float, float]) -> str:
    """The probabilities by radius in words: "10 % within 1 km, 40 % within 25 km"."""
    return ", ".join(f"{100 * chance:.0f} % within {radius:g} km" for radius, chance in chances.items())
