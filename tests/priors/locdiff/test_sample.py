"""The sampler draws from densities that are known, within a total variation on the sphere that is stated."""

import math

import pytest

torch = pytest.importorskip("torch")

from geoagent.priors.locdiff.sample import sample  # noqa: E402
from geoagent.priors.locdiff.shdd import fibonacci_grid, unit_vectors  # noqa: E402

SAMPLES = 1500
BINS = 100


def log_mixture(vectors):
    places = unit_vectors(torch.tensor([48.9, 35.7, -33.9]), torch.tensor([2.4, 139.7, 151.2]))
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    return torch.logsumexp(weights.log() + 60 * (vectors @ places.T - 1), -1)


def log_ring(vectors):
    centre = unit_vectors(torch.tensor(20.0), torch.tensor(-60.0))
    angle = torch.arccos((vectors @ centre).clamp(-1, 1))
    return -((angle - 0.8) ** 2) / (2 * 0.08**2)


def log_uniform(vectors):
    return torch.zeros(len(vectors), dtype=torch.float64)


def total_variation(places, log_density) -> tuple[float, float]:
    """Between the samples and the density over 100 even bins; and what as many true samples would show on average."""
    bins = fibonacci_grid(BINS, 0)
    fine = fibonacci_grid(40_000, 0).vectors
    masses = torch.softmax(log_density(fine), 0)
    truth = torch.zeros(BINS, dtype=torch.float64).index_add(0, (fine @ bins.vectors.T).argmax(-1), masses)
    drawn = torch.bincount((places @ bins.vectors.T).argmax(-1), minlength=BINS) / len(places)
    by_chance = 0.5 * torch.sqrt(2 * truth * (1 - truth) / (math.pi * len(places))).sum()
    return float(0.5 * (drawn - truth).abs().sum()), float(by_chance)


@pytest.mark.parametrize("log_density", [log_mixture, log_ring, log_uniform])
@pytest.mark.slow
def test_what_is_drawn_is_within_a_total_variation_of_002_beyond_chance(log_density) -> None:
    grid = fibonacci_grid(2000, 11)
    known = log_density(grid.vectors).float()
    places = sample(lambda noisy, sigma: known, SAMPLES, grid, torch.Generator().manual_seed(0))
    distance, by_chance = total_variation(places, log_density)
    assert distance < by_chance + 0.02


def test_the_same_seed_draws_the_same_places() -> None:
    grid = fibonacci_grid(500, 5)
    known = log_mixture(grid.vectors).float()
    drawn = [sample(lambda noisy, sigma: known, 20, grid, torch.Generator().manual_seed(7)) for _ in range(2)]
    assert torch.equal(*drawn)
