"""LocDiff by the protocol of priors, and LocDiff-H."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from geoagent import GeoAgent, Settings  # noqa: E402
from geoagent.priors.geoclip.model import GeoClip  # noqa: E402
from geoagent.priors.locdiff.places import Pairs  # noqa: E402
from geoagent.priors.locdiff.prior import CELLS, LocDiff  # noqa: E402
from geoagent.priors.locdiff.shdd import unit_vectors  # noqa: E402
from geoagent.priors.locdiff.train import Recipe, train  # noqa: E402
from geoagent.priors.locdiff.unet import Shape  # noqa: E402
from tests.priors.geoclip.models import make_geoclip, noise_photo  # noqa: E402
from tests.vision.models import make_clip  # noqa: E402

pytestmark = pytest.mark.slow  # the prior is trained first
LAT, LON = np.linspace(-50, 60, 200), np.linspace(-120, 150, 200)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `--prior-weights` names it: CLIP, and in it GeoCLIP's own files and a LocDiff that was trained."""
    folder = make_clip(tmp_path_factory.mktemp("weights"))
    geoclip = GeoClip(folder, make_geoclip(folder / "geoclip", LAT, LON), folder / "cache")
    pairs = Pairs(geoclip.embed_places(LAT, LON), unit_vectors(torch.from_numpy(LAT), torch.from_numpy(LON)))
    recipe = Recipe(shape=Shape(degree=5, cells=300, width=48), steps=120, batch=64)
    train(recipe, pairs, pairs, folder / "locdiff")
    return folder


@pytest.fixture(scope="module")
def prior(weights: Path) -> tuple[LocDiff, GeoClip]:
    geoclip = GeoClip(weights, weights / "geoclip", weights / "cache")
    return LocDiff(weights / "locdiff", geoclip), geoclip


def test_both_are_asked_in_solve(weights: Path, cache: Path, photos: Path) -> None:
    settings = Settings(cache_dir=cache, prior=("locdiff", "locdiff-h"), prior_weights=weights)
    file = GeoAgent(settings).trace(photos / "nowhere_plain.jpg")
    assert [item.witness for item in file.trace.evidence] == ["prior:locdiff", "prior:locdiff-h"]
    (call,) = (call for call in file.trace.calls if call.tool == "ask_prior")
    assert set(call.data["priors"]) == {"locdiff", "locdiff-h"}


def test_the_folder_of_a_training_by_itself_needs_clip_too(weights: Path, cache: Path, photos: Path) -> None:
    settings = Settings(cache_dir=cache, prior=("locdiff",), prior_weights=weights / "locdiff")
    (note,) = (n for n in GeoAgent(settings).solve(photos / "nowhere_plain.jpg").notes if "prior" in n)
    assert "the weights of CLIP ViT-L/14 are not here" in note


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
