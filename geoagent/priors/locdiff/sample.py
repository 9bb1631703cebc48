"""The sampler: from noise to places.

A noisy code is x = code(place) + σ·noise. All codes have one norm, so by Bayes' rule the log posterior of the place is
itself a code: x/σ² + that of log p(place | photo). Its mean code is the denoised x, and dx/dσ = (x − mean)/σ leads
from noise to a place; Heun's rule on steps even in log σ follows it. That the diffusion runs on codes and is guided by
the photo is the paper's; the parametrisation, the range of σ and the steps are ours. Guidance of weight w mixes
densities, p(place)^(1−w)·p(place | photo)^w, which for codes is plain arithmetic.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from geoagent.priors.locdiff.decode import climb
from geoagent.priors.locdiff.shdd import Grid
from geoagent.priors.locdiff.unet import CSUNet, sharpened

LogDensity = Callable[[Tensor, Tensor], Tensor]
"""From noisy codes (n, (L + 1)²) and their σ (n,) to log p(place | condition) on cells (n, cells), and a constant."""
STEPS = 10


def sigma_range(grid: Grid) -> tuple[float, float]:
    """The least and the greatest noise that matter.

    At the greatest the code has 1/64 of the variance that the noise has in one number: nothing is known. The least
    leaves a place uncertain by half a cell: the Fisher information of a code of degree L is about (L + 1)⁴/4σ².
    """
    side = grid.degree + 1
    return 0.5 * grid.spacing_rad * side**2 / 2, 8.0 * side


def sample(log_density: LogDensity, samples: int, grid: Grid, generator: torch.Generator, steps: int = STEPS) -> Tensor:
    """Places drawn from the density that the diffusion model `log_density` describes: unit vectors (samples, 3).

    `log_density` is asked of all `grid` points, once in each of `steps` steps from pure noise to a place; what is
    drawn lies between the points too. `generator` makes the noise.
    """
    least, greatest = sigma_range(grid)
    sigmas = torch.exp(torch.linspace(math.log(greatest), math.log(least), steps + 1)).tolist()
    device = grid.codes.device
    noisy = torch.randn(samples, grid.codes.shape[1], generator=generator, device=device) * greatest
    every = torch.ones(samples, device=device)

    def mean(at: Tensor, sigma: float) -> Tensor:
        logs = (at / sigma**2) @ grid.codes.T + log_density(at, sigma * every)
        return torch.softmax(logs, -1) @ grid.codes

    for now, then in pairwise(sigmas):
        first = (noisy - mean(noisy, now)) / now
        guess = noisy + (then - now) * first
        second = (guess - mean(guess, then)) / then
        noisy = noisy + (then - now) * 0.5 * (first + second)
    return climb(mean(noisy, least), grid)


def learned(network: CSUNet, embeddings: Tensor, grid: Grid, weight: float = 1.0) -> LogDensity:
    """The density that a network learned, for embeddings (n, d), guided by `weight`: at 1 the density as it is."""

    def log_density(noisy: Tensor, sigma: Tensor) -> Tensor:
        known = torch.ones(len(noisy), dtype=torch.bool, device=noisy.device)
        code = sharpened(network(noisy, sigma, embeddings, known), network.sharpness)
        if weight != 1:
            free = network(noisy, sigma, embeddings, ~known)
            code = free + weight * (code - free)
        return code @ grid.codes.T

    return log_density
