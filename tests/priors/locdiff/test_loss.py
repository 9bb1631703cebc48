"""The log density of a code, against von Mises-Fisher bumps, whose density is known in closed form."""

import math

import pytest

torch = pytest.importorskip("torch")

from geoagent.priors.locdiff.loss import log_density  # noqa: E402
from geoagent.priors.locdiff.shdd import SCALE, fibonacci_grid, harmonics  # noqa: E402

DEGREE, CELLS = 7, 1000
CENTRES = 200


def bump(concentration: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Codes of bumps round random centres, places about a deviation off, and the true log densities there."""
    generator = torch.Generator().manual_seed(0)
    draws = torch.randn(2, CENTRES, 3, generator=generator, dtype=torch.float64)
    centres = torch.nn.functional.normalize(draws[0], dim=-1)
    places = torch.nn.functional.normalize(centres + draws[1] * concentration**-0.5, dim=-1)
    codes = torch.zeros(CENTRES, (DEGREE + 1) ** 2)
    codes[:, 1:4] = (concentration / 3 * SCALE * harmonics(centres, 1)[:, 1:4]).float()
    peak = math.log(2 * concentration / (1 - math.exp(-2 * concentration)))
    return codes, places, concentration * ((places * centres).sum(-1) - 1) + peak


@pytest.mark.parametrize(
    ("concentration", "bias", "deviation"),
    [(1, 0.001, 0.001), (30, 0.001, 0.01), (300, 0.01, 0.1), (3000, 0.02, 0.15)],  # 6,370, 1,160, 370 and 116 km wide
)
def test_densities_wider_and_narrower_than_a_cell(concentration: float, bias: float, deviation: float) -> None:
    codes, places, known = bump(concentration)
    off = log_density(codes, places, fibonacci_grid(CELLS, DEGREE), phase=0.3) - known
    assert abs(float(off.mean())) < bias
    assert float(off.std()) < deviation


def test_a_constant_code_is_the_even_density() -> None:
    codes = torch.zeros(4, (DEGREE + 1) ** 2)
    codes[:, 0] = torch.tensor([-3.0, 0.0, 3.0, 30.0])
    places = torch.nn.functional.normalize(
        torch.randn(4, 3, generator=torch.Generator().manual_seed(1)).double(), dim=-1
    )
    assert log_density(codes, places, fibonacci_grid(CELLS, DEGREE)).abs().max() < 1e-3
