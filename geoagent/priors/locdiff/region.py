"""What many samples or one density say: regions, how localisable a photo is, and the ratio that evidence needs."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from geoagent.priors.locdiff.loss import log_masses
from geoagent.priors.locdiff.shdd import SCALE, Grid, around, harmonics

SPLIT, PARTS = 32, 7
"""So many of the densest cells are split, into so many parts a side."""


def localizability_bits(masses: Tensor) -> Tensor:
    """How many bits masses (n, cells) say beyond the even density on the sphere, shape (n,): 0 is nothing."""
    return math.log2(masses.shape[-1]) + torch.xlogy(masses, masses).sum(-1) / math.log(2)


class Cells(NamedTuple):
    """Densities on cells of several sizes: logarithms, masses and areas, each (n, cells)."""

    log_density: Tensor
    mass: Tensor
    area_km2: Tensor


def split(code: Tensor, grid: Grid) -> Cells:
    """The densities of codes (n, (L + 1)²) on a grid, its densest cells in parts: peaks may be narrower than a cell."""
    logs = code @ grid.codes.T
    densest = logs.topk(min(SPLIT, logs.shape[-1]), -1).indices
    steps = ((torch.arange(PARTS, device=code.device) + 0.5) / PARTS - 0.5) * grid.spacing_rad
    east, north = (part.reshape(-1) for part in torch.meshgrid(steps, steps, indexing="ij"))
    points = around(grid.vectors[densest.flatten()], east.double(), north.double())
    harmonic = (SCALE * harmonics(points.flatten(0, 1), grid.degree)).to(code.dtype).view(len(code), -1, code.shape[1])
    fine = torch.einsum("nkc,nc->nk", harmonic, code)
    coarse = logs.scatter(-1, densest, -torch.inf)
    mass = torch.softmax(torch.cat((coarse, fine - 2 * math.log(PARTS)), -1), -1)
    area = torch.full_like(mass, grid.spacing_km**2)
    area[:, coarse.shape[-1] :] /= PARTS**2
    return Cells(torch.cat((coarse, fine), -1), mass, area)


def mass_above(cells: Cells, code: Tensor, vectors: Tensor, grid: Grid) -> Tensor:
    """The mass where the density is higher than at unit vectors (n, 3), shape (n,).

    A place is inside the smallest region that holds the share q exactly where this is at most q; of calibrated
    densities it is uniform between 0 and 1.
    """
    own = (code * (SCALE * harmonics(vectors, grid.degree)).to(code.dtype)).sum(-1, keepdim=True)
    return (cells.mass * (cells.log_density > own)).sum(-1)


def area_km2(cells: Cells, share: float) -> Tensor:
    """The area of the smallest region that holds the share, shape (n,)."""
    order = cells.log_density.argsort(-1, descending=True)
    mass, area = cells.mass.gather(-1, order), cells.area_km2.gather(-1, order)
    return (area * (mass.cumsum(-1) - mass < share)).sum(-1)


def region(masses: Tensor, share: float) -> Tensor:
    """The smallest set of cells (cells,) that holds the share of masses (cells,): LocDiff-H searches only there."""
    order = masses.argsort(descending=True)
    chosen = masses[order].cumsum(0) - masses[order] < share
    inside = torch.zeros_like(chosen)
    inside[order] = chosen
    return inside


def log_ratio(code: Tensor, free: Tensor, grid: Grid) -> Tensor:
    """log p(place | embedding) − log p(place) on the cells, from the network's code with and without the embedding.

    The evidence that a posterior holds is what it adds to the density of the places that it was trained on.
    """
    return log_masses(code, grid) - log_masses(free, grid)
