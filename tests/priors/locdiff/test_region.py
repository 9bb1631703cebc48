"""Regions of least area, and what they cover."""

import pytest

torch = pytest.importorskip("torch")

from geoagent.priors.locdiff.region import localizability_bits, log_ratio, mass_before, region  # noqa: E402
from geoagent.priors.locdiff.shdd import fibonacci_grid  # noqa: E402


def test_an_even_density_says_nothing_and_a_sure_one_all() -> None:
    masses = torch.stack((torch.full((256,), 1 / 256), torch.eye(256)[3]))
    assert localizability_bits(masses).tolist() == pytest.approx([0, 8], abs=1e-4)


def test_the_region_is_the_smallest_that_holds_the_share() -> None:
    masses = torch.tensor([0.1, 0.5, 0.15, 0.25])
    assert region(masses, 0.5).tolist() == [False, True, False, False]
    assert region(masses, 0.6).tolist() == [False, True, False, True]
    assert region(masses, 1.0).tolist() == [True] * 4


def test_places_drawn_from_the_densities_are_covered_as_often_as_is_said() -> None:
    generator = torch.Generator().manual_seed(0)
    masses = torch.softmax(2 * torch.randn(4000, 500, generator=generator), -1)
    cells = torch.multinomial(masses, 1, generator=generator)[:, 0]
    before = mass_before(masses, cells)
    for share in (0.5, 0.9):
        assert float((before <= share).double().mean()) == pytest.approx(share, abs=0.03)


def test_what_the_training_places_say_is_taken_out() -> None:
    grid = fibonacci_grid(200, 3)
    free = torch.randn(1, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(log_ratio(free, free, grid), torch.zeros(1, 200))
