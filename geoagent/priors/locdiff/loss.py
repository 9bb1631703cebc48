"""The SHDD-KL loss: how far the distribution that a code stands for is from the place that it should name.

That training minimises a divergence between distributions on the sphere, in the space of codes, is the paper's. How a
code stands for a distribution here is ours: as its logarithm. exp⟨code, harmonics⟩, normalised, is positive everywhere,
while the truncated series of a delta is not; it can be as sharp as a single place asks for at a low degree; and Bayes'
rule becomes a sum of codes, on which `sample.py` rests.

The divergence of a delta from a density is, but for a constant, minus the log density at its place. The normaliser
is a sum over an even grid, which cannot see a peak narrower than a cell; so near the place, where training makes such
peaks, points of a spiral take over from the grid by a smooth share. A density is thus rewarded for being sharp only as
far as it is right.
"""

import math

import torch
from torch import Tensor

from geoagent.priors.locdiff.shdd import SCALE, Grid, around, harmonics

REACH = 2.0
"""How far from its place the spiral goes, in spacings of the grid; from half of that on the grid takes over."""
TURNS = 32
"""Points of the spiral; each stands for a ring, and the rings grow outwards by a constant factor."""
INNERMOST = 2.0**-7
"""The radius of the disc in the middle of the spiral, as a share of its reach."""
GOLDEN = math.pi * (3 - math.sqrt(5))


def log_masses(code: Tensor, grid: Grid) -> Tensor:
    """The log probability of each cell of the grid (n, cells) under codes (n, (L + 1)²)."""
    return torch.log_softmax(code @ grid.codes.T, dim=-1)


def log_density(code: Tensor, vectors: Tensor, grid: Grid, phase: float = 0.0) -> Tensor:
    """The log density at unit vectors (n, 3) under codes (n, (L + 1)²), in nats beyond the even density; shape (n,).

    `phase` turns the spiral, in radians: training draws it anew at each step.
    """
    angle, radius, area = _spiral(REACH * grid.spacing_rad, code.device)
    east, north = (angle + phase).cos() * radius.tan(), (angle + phase).sin() * radius.tan()
    points = torch.cat((vectors[:, None], around(vectors, east, north)), 1)
    near = (SCALE * harmonics(points.flatten(0, 1), grid.degree)).view(*points.shape[:2], -1).to(code.dtype)
    logs = torch.einsum("nkc,nc->nk", near, code)
    share = _share(radius / (REACH * grid.spacing_rad))
    apart = torch.sqrt((2 - 2 * (vectors.float() @ grid.vectors.float().T)).clamp(min=0)) / (REACH * grid.spacing_rad)
    over_grid = code @ grid.codes.T + torch.log1p(-_share(apart)) - math.log(len(grid.vectors))
    over_spiral = logs + torch.cat((area[:1], area[1:] * share)).log().to(code.dtype)
    return logs[:, 0] - torch.logsumexp(torch.cat((over_grid, over_spiral), 1), 1)


def _share(apart: Tensor) -> Tensor:
    """How much of the density the spiral sums, by the distance as a share of its reach: all, then less, then none."""
    return torch.cos((2 * apart - 1).clamp(0, 1) * (math.pi / 2)) ** 2


def _spiral(reach: float, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Directions and radii (TURNS,) in radians, and the shares (1 + TURNS,) of the sphere in the disc and the rings."""
    edges = reach * torch.logspace(math.log2(INNERMOST), 0, TURNS + 1, base=2, dtype=torch.float64, device=device)
    discs = (1 - edges.cos()) / 2
    angle = GOLDEN * torch.arange(TURNS, dtype=torch.float64, device=device)
    return angle, torch.sqrt(edges[1:] * edges[:-1]), torch.cat((discs[:1], discs.diff()))
