"""Places drawn from von Mises-Fisher bumps, whose densities are known in closed form."""

import math

import torch
from torch import Tensor


def drawn_round(centres: Tensor, generator: torch.Generator, concentration: float) -> Tensor:
    """Unit vectors from von Mises-Fisher bumps, by their known distribution of cosines."""
    uniform = torch.rand(len(centres), generator=generator, dtype=torch.float64)
    cosine = 1 + torch.log(uniform + (1 - uniform) * math.exp(-2 * concentration)) / concentration
    side = torch.randn(centres.shape, generator=generator, dtype=torch.float64)
    side = torch.nn.functional.normalize(side - (side * centres).sum(-1, keepdim=True) * centres, dim=-1)
    return cosine[:, None] * centres + torch.sqrt(1 - cosine**2)[:, None] * side
