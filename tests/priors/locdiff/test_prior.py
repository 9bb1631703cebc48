"""LocDiff by the protocol of priors, and LocDiff-H."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from geoagent.priors.geoclip.model import GeoClip  # noqa: E402
from geoagent.priors.locdiff.places import Pairs  # noqa: E402
from geoagent.priors.locdiff.prior import CELLS, LocDiff  # noqa: E402
from geoagent.priors.locdiff.shdd import unit_vectors  # noqa: E402
from geoagent.priors.locdiff.train import Recipe, train  # noqa: E402
from geoagent.priors.locdiff.unet import Shape  # noqa: E402
from tests.priors.geoclip.models import make_clip, make_geoclip, noise_photo  # noqa: E402

pytestmark = pytest.mark.slow  # the prior is trained first
LAT, LON = np.linspace(-50, 60, 200), np.linspace(-120, 150, 200)


@pytest.fixture(scope="module")
def prior(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocDiff, GeoClip]:
    folder = tmp_path_factory.mktemp("locdiff")
    geoclip = GeoClip(make_clip(folder / "clip"), make_geoclip(folder / "geoclip", LAT, LON), folder / "cache")
    pairs = Pairs(geoclip.embed_places(LAT, LON), unit_vectors(torch.from_numpy(LAT), torch.from_numpy(LON)))
    recipe = Recipe(shape=Shape(degree=5, cells=300, width=48), steps=120, batch=64)
    train(recipe, pairs, pairs, folder / "net")
    return LocDiff(folder / "net", geoclip), geoclip


def test_a_density_on_the_grid_over_that_of_the_training(prior: tuple[LocDiff, GeoClip]) -> None:
    locdiff, _ = prior
    found = locdiff.locate([noise_photo(1), noise_photo(2)], device="cpu")
    assert found.log_ratio.shape == (2, CELLS)
    assert found.weight.sum() == pytest.approx(1)
    assert np.allclose((found.weight * np.exp(found.log_ratio)).sum(axis=1), 1, atol=1e-5)


def test_the_region_restricts_the_search(prior: tuple[LocDiff, GeoClip]) -> None:
    locdiff, geoclip = prior
    embeddings = geoclip.embed_places(LAT[[20, 150]], LON[[20, 150]])
    everywhere, inside = geoclip.distribution(embeddings), locdiff.within(embeddings, 0.3)
    kept = np.isfinite(inside.log_ratio)
    assert (kept.sum(axis=1) < len(LAT)).all()
    assert kept.any(axis=1).all()
    assert np.array_equal(inside.log_ratio[kept], everywhere.log_ratio[kept])
    assert np.allclose(inside.probability().sum(axis=1), 1)
