"""The SHDD-KL loss: how far the distribution that a code stands for is from the one that it should.

That training minimises a divergence between distributions on the sphere, in the space of codes, is the paper's. How a
code stands for a distribution here is ours: as its logarithm. exp⟨code, harmonics⟩, normalised, is positive everywhere,
while the truncated series of a delta is not; it can be as sharp as a single place asks for at a low degree; and Bayes'
rule becomes a sum of codes, on which `sample.py` rests. The normaliser is a sum over an even grid.
"""

import torch
from torch import Tensor

from geoagent.priors.locdiff.shdd import Grid

WIDTH = 0.6
"""The deviation of a target, in spacings of the grid: narrower ones are not resolved by sums over it."""


def log_masses(code: Tensor, grid: Grid) -> Tensor:
    """The log probability of each cell of the grid (n, cells) under codes (n, (L + 1)²)."""
    return torch.log_softmax(code @ grid.codes.T, dim=-1)


def blurred(vectors: Tensor, grid: Grid, width: float = WIDTH) -> Tensor:
    """Deltas at unit vectors (n, 3) as masses on the grid (n, cells): von Mises-Fisher bumps."""
    concentration = 1 / (width * grid.spacing_rad) ** 2
    return torch.softmax(concentration * (vectors.float() @ grid.vectors.float().T - 1), dim=-1)


def shdd_kl(code: Tensor, target: Tensor, grid: Grid) -> Tensor:
    """KL(target ‖ code) in nats, shape (n,), for target masses (n, cells)."""
    return (torch.xlogy(target, target) - target * log_masses(code, grid)).sum(-1)
