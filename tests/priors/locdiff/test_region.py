"""Regions of least area, and what they cover."""

import math

import pytest

torch = pytest.importorskip("torch")

from geoagent.geo import EARTH_RADIUS_KM  # noqa: E402
from geoagent.priors.locdiff.region import area_km2, localizability_bits, log_ratio, mass_above, region, split  # noqa: E402
from geoagent.priors.locdiff.shdd import SCALE, fibonacci_grid, harmonics  # noqa: E402
from tests.priors.locdiff.bumps import drawn_round  # noqa: E402


def test_an_even_density_says_nothing_and_a_sure_one_all() -> None:
    masses = torch.stack((torch.full((256,), 1 / 256), torch.eye(256)[3]))
    assert localizability_bits(masses).tolist() == pytest.approx([0, 8], abs=1e-4)


def test_the_region_is_the_smallest_that_holds_the_share() -> None:
    masses = torch.tensor([0.1, 0.5, 0.15, 0.25])
    assert region(masses, 0.5).tolist() == [False, True, False, False]
    assert region(masses, 0.6).tolist() == [False, True, False, True]
    assert region(masses, 1.0).tolist() == [True] * 4


@pytest.mark.slow
@pytest.mark.parametrize("concentration", [300.0, 3000.0])
def test_places_drawn_from_the_densities_are_covered_as_often_as_is_said(concentration: float) -> None:
    """Von Mises-Fisher bumps, 370 and 116 km wide, on a grid of 500 km; their regions are caps of known area."""
    generator = torch.Generator().manual_seed(0)
    grid = fibonacci_grid(2000, 3)
    centres = torch.nn.functional.normalize(torch.randn(4000, 3, generator=generator, dtype=torch.float64), dim=-1)
    code = torch.zeros(4000, 16)
    code[:, 1:4] = (concentration / 3 * SCALE * harmonics(centres, 1)[:, 1:4]).float()
    cells = split(code, grid)
    above = mass_above(cells, code, drawn_round(centres, generator, concentration), grid)
    for share in (0.5, 0.9):
        assert float((above <= share).double().mean()) == pytest.approx(share, abs=0.03)
        cap = -2 * math.pi * EARTH_RADIUS_KM**2 * math.log(1 - share) / concentration
        assert float(area_km2(cells, share).median()) == pytest.approx(cap, rel=0.15)


def test_what_the_training_places_say_is_taken_out() -> None:
    grid = fibonacci_grid(200, 3)
    free = torch.randn(1, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(log_ratio(free, free, grid), torch.zeros(1, 200))
