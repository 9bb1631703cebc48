"""Sharpness is fitted: densities that are too broad, or broader the less they should be, come out as they should."""

import pytest

torch = pytest.importorskip("torch")

from geoagent.priors.locdiff.calibration import fit_levels, fit_sharpness, level  # noqa: E402
from geoagent.priors.locdiff.region import mass_above, split  # noqa: E402
from geoagent.priors.locdiff.shdd import SCALE, fibonacci_grid, harmonics  # noqa: E402
from geoagent.priors.locdiff.unet import sharpened  # noqa: E402
from tests.priors.locdiff.bumps import drawn_round  # noqa: E402


@pytest.mark.slow
def test_regions_cover_what_they_say_after_the_fit() -> None:
    """Places from bumps of concentration k and 4k; codes that say k and 2k, so that b is 1 and a is 1/‖code of k‖."""
    generator = torch.Generator().manual_seed(0)
    grid = fibonacci_grid(2000, 3)
    centres = torch.nn.functional.normalize(torch.randn(1200, 3, generator=generator, dtype=torch.float64), dim=-1)
    said = torch.tensor([100.0, 200.0]).repeat(600)
    places = torch.cat([drawn_round(centres[i : i + 1], generator, float(said[i] ** 2 / 100)) for i in range(1200)])
    code = torch.zeros(1200, 16)
    code[:, 1:4] = (said[:, None] / 3 * SCALE * harmonics(centres, 1)[:, 1:4]).float()
    a, b = fit_sharpness(code, places, grid).tolist()
    assert b == pytest.approx(1, abs=0.1)
    assert a * float(code[0].norm()) ** b == pytest.approx(1, rel=0.1)
    mended = sharpened(code, torch.tensor([a, b]))
    for rows in (slice(0, None, 2), slice(1, None, 2)):
        above = mass_above(split(mended[rows], grid), mended[rows], places[rows], grid)
        assert float((above <= 0.5).double().mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_a_region_needs_the_mass_that_held_the_truths() -> None:
    """Half of the places come from a bump four times as broad as is said: 50 % regions need more mass than 50 %."""
    generator = torch.Generator().manual_seed(1)
    grid = fibonacci_grid(2000, 3)
    centres = torch.nn.functional.normalize(torch.randn(1200, 3, generator=generator, dtype=torch.float64), dim=-1)
    code = torch.zeros(1200, 16)
    code[:, 1:4] = (400 / 3 * SCALE * harmonics(centres, 1)[:, 1:4]).float()
    places = torch.cat(
        [drawn_round(part, generator, k) for part, k in zip(centres.chunk(2), (400.0, 25.0), strict=True)]
    )
    order = torch.randperm(1200, generator=generator)
    fitted, held_out = order[:600], order[600:]
    levels = fit_levels(code[fitted], places[fitted], grid)
    above = mass_above(split(code[held_out], grid), code[held_out], places[held_out], grid)
    for share in (0.5, 0.75):
        assert level(share, levels) > share + 0.1
        assert float((above <= level(share, levels)).double().mean()) == pytest.approx(share, abs=0.06)
