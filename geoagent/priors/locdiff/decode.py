"""From codes to places: mode seeking, without anything learned.

Mode seeking is the paper's. That a mode is the place whose neighbourhood holds the most mass, found on a coarse grid
and then refined, and that the mass of every cap is one product with a factor per degree (the Funk-Hecke theorem), so
that nothing is summed numerically, may differ from it.
"""

import math

import torch
from torch import Tensor

from geoagent.geo import EARTH_RADIUS_KM
from geoagent.priors.locdiff.shdd import SCALE, Grid, around, degree_of_each, harmonics

RADIUS_KM = 500.0
_ROUNDS, _SIDE = 7, 7


def cap_factors(degree: int, radius_km: float) -> Tensor:
    """What each coefficient of a density is multiplied with so that it gives the mass within the radius; float64."""
    cosine = torch.tensor(math.cos(min(radius_km / EARTH_RADIUS_KM, math.pi)), dtype=torch.float64)
    legendre = [torch.ones_like(cosine), cosine]
    for n in range(1, degree + 1):
        legendre.append(((2 * n + 1) * cosine * legendre[n] - n * legendre[n - 1]) / (n + 1))
    factors = [2 * math.pi * (1 - cosine)]
    factors += [2 * math.pi * (legendre[n - 1] - legendre[n + 1]) / (2 * n + 1) for n in range(1, degree + 1)]
    return torch.stack(factors)[degree_of_each(degree)]


def mass_within(density: Tensor, vectors: Tensor, degree: int, radius_km: float = RADIUS_KM) -> Tensor:
    """The mass of densities (n, (L + 1)²) of unscaled coefficients in caps round unit vectors (k, 3): shape (n, k)."""
    return (density.double() * cap_factors(degree, radius_km)) @ harmonics(vectors, degree).T


def seek_mode(density: Tensor, grid: Grid, radius_km: float = RADIUS_KM) -> Tensor:
    """The centre of the cap that holds the most mass of each density (n, (L + 1)²), as unit vectors (n, 3).

    The coefficients are unscaled: the mean of the delta codes of samples is such a density.
    """
    smoothed = density.double() * cap_factors(grid.degree, radius_km)
    return climb((smoothed / SCALE).float(), grid)


def climb(code: Tensor, grid: Grid) -> Tensor:
    """Where ⟨code, scaled harmonics⟩ is highest, unit vectors (n, 3): the best cell, then finer patches round it."""
    best = grid.vectors[(code @ grid.codes.T).argmax(-1)]
    reach = grid.spacing_rad
    offsets = torch.linspace(-1, 1, _SIDE, dtype=torch.float64, device=best.device)
    east, north = (part.reshape(-1) for part in torch.meshgrid(offsets, offsets, indexing="ij"))
    for _ in range(_ROUNDS):
        patch = around(best, east * reach, north * reach)
        values = torch.einsum(
            "nkc,nc->nk", harmonics(patch.reshape(-1, 3), grid.degree).view(*patch.shape[:2], -1), code.double()
        )
        best = patch[torch.arange(len(best)), values.argmax(-1)]
        reach *= 2 / (_SIDE - 1)
    return best
