"""How sharp the densities should be: a fit on pairs that were held out, so that their regions cover what they say.

A network learns slowly to be as sharp as it could be where there is little noise, and is too sure where there is much.
Both mend with a temperature that depends on how sharp a density is (temperature scaling, Guo et al. 2017, by two
numbers instead of one): its code is multiplied with a·‖code‖ᵇ. The errors' sharp peak and long tails are not of the
shape of such densities; so how much mass a region has to hold in order to hold the truth as often as it says is read
from held-out pairs too (split conformal prediction, Vovk et al. 2005). Ours.
"""

import math

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from geoagent.geo import Floats
from geoagent.priors.locdiff.region import mass_above, split
from geoagent.priors.locdiff.shdd import SCALE, Grid, harmonics
from geoagent.priors.locdiff.unet import LEVELS

AT_ONCE = 100
BOUNDS = (-3.0, 3.0)
"""Of b, and of the logarithm of a middling code's factor: pairs that repeat one place ask for endless sharpness."""


def fit_sharpness(codes: Tensor, vectors: Tensor, grid: Grid) -> Tensor:
    """The (a, b) under which codes (n, (L + 1)²) give the unit vectors (n, 3) the highest mean log density."""
    logs, areas, own, norm = [], [], [], []
    for code, places in zip(codes.split(AT_ONCE), vectors.split(AT_ONCE), strict=True):
        cells = split(code, grid)
        logs.append(cells.log_density)
        areas.append(cells.area_km2[:1].log())
        own.append((code * (SCALE * harmonics(places, grid.degree)).to(code.dtype)).sum(-1))
        norm.append(code[:, 1:].norm(dim=-1).log())
    middle = float(torch.cat(norm).mean())

    def missed(found: Floats) -> float:
        total = 0.0
        for log, area, at_truth, size in zip(logs, areas, own, norm, strict=True):
            factor = torch.exp(found[0] + found[1] * (size - middle))
            masses = torch.logsumexp(log * factor[:, None] + area, -1)
            total += float((masses - at_truth * factor).sum())
        return total / len(codes)

    corners = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]])
    found = minimize(
        missed, corners[0], method="Nelder-Mead", bounds=[BOUNDS, BOUNDS],
        options={"initial_simplex": corners, "xatol": 1e-3, "fatol": 1e-5},
    )  # fmt: skip
    a, b = found.x
    return torch.tensor([math.exp(a - b * middle), b], dtype=torch.float32)


def fit_levels(codes: Tensor, vectors: Tensor, grid: Grid) -> Tensor:
    """The mass that the smallest region needs to hold 0, 5, … 100 % of unit vectors (n, 3) under their codes."""
    parts = zip(codes.split(AT_ONCE), vectors.split(AT_ONCE), strict=True)
    above = torch.cat([mass_above(split(code, grid), code, places, grid) for code, places in parts])
    return torch.quantile(above, torch.linspace(0, 1, LEVELS, device=above.device))


def level(share: float, levels: Tensor) -> float:
    """The mass of the region that holds the truth with the probability `share`, by a table of `fit_levels`."""
    return float(np.interp(share, np.linspace(0, 1, LEVELS), levels.cpu().numpy()))
