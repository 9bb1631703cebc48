"""A small CLIP and a small SigLIP with random numbers compare photos with captions of places: priors in solve."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from geoagent import GeoAgent, Settings  # noqa: E402
from geoagent.atlas import Atlas  # noqa: E402
from geoagent.geo import Area  # noqa: E402
from geoagent.priors.areas import area_numbers, leading  # noqa: E402
from geoagent.priors.zeroshot import COUNTRY, ClipZeroShot  # noqa: E402
from tests.priors.geoclip.models import noise_photo  # noqa: E402
from tests.vision.models import make_clip, make_siglip  # noqa: E402


@pytest.fixture(scope="module", params=[make_clip, make_siglip], ids=["clip", "siglip"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = request.param(tmp_path_factory.mktemp("model"))
    return folder


@pytest.fixture(scope="module")
def prior(model: Path, atlas: Atlas) -> ClipZeroShot:
    return ClipZeroShot(model, atlas)


def test_countries_follow_the_likeness_of_their_captions(prior: ClipZeroShot, atlas: Atlas) -> None:
    found = prior.locate([noise_photo(1), noise_photo(2)])
    assert found.weight.sum() == pytest.approx(1)
    assert found.log_ratio.shape == (2, len(found.lat_deg))
    ground = area_numbers(found.lat_deg, found.lon_deg, atlas)
    best = leading(found, 0, ground)["country"][0].area
    names = {code: atlas.country_name(code) for code in atlas.countries}
    texts = prior.embed_texts([COUNTRY.format(name) for name in names.values()])
    model = prior._model
    photo = model.photo_features(model.pixels([noise_photo(1)]))[0]
    assert best == Area(list(names)[int((texts @ photo).argmax())])


def test_what_is_alike_to_all_captions_says_nothing(prior: ClipZeroShot) -> None:
    prior._model.__dict__["scale"] = 0.0
    found = prior.locate([noise_photo(1)])
    del prior._model.__dict__["scale"]
    assert np.allclose(found.log_ratio, 0)


def test_it_is_asked_in_solve(model: Path, cache: Path, photos: Path) -> None:
    settings = Settings(cache_dir=cache, prior=("clip-zeroshot",), prior_weights=model)
    file = GeoAgent(settings).trace(photos / "nowhere_plain.jpg")
    (said,) = (item for item in file.trace.evidence if item.witness == "prior:clip-zeroshot")
    (call,) = (call for call in file.trace.calls if call.tool == "ask_prior")
    assert said.call == call.id
    assert "looks to clip-zeroshot like" in said.statement
    assert "what clip-zeroshot says is weighed by judgement, not fitted to photos" in file.prediction.notes
