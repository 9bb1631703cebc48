"""What many samples or one density say: regions, how localisable a photo is, and the ratio that evidence needs."""

import math

import torch
from torch import Tensor

from geoagent.priors.locdiff.loss import log_masses
from geoagent.priors.locdiff.shdd import Grid


def localizability_bits(masses: Tensor) -> Tensor:
    """How many bits masses (n, cells) say beyond the even density on the sphere, shape (n,): 0 is nothing."""
    return math.log2(masses.shape[-1]) + torch.xlogy(masses, masses).sum(-1) / math.log(2)


def mass_before(masses: Tensor, cells: Tensor) -> Tensor:
    """The mass of the cells that are denser than the one given, shape (n,), half of that cell's own added.

    A place is inside the smallest region that holds the share q exactly where this is at most q; of calibrated
    densities it is uniform between 0 and 1.
    """
    own = masses.gather(-1, cells[:, None])
    return (masses * (masses > own)).sum(-1) + 0.5 * own[:, 0]


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
