"""A small CLIP with random numbers, made here, that compares photos with captions of places: a prior in solve."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")
tokenizers = pytest.importorskip("tokenizers")

from tokenizers.models import BPE  # noqa: E402
from tokenizers.pre_tokenizers import ByteLevel  # noqa: E402
from tokenizers.processors import TemplateProcessing  # noqa: E402

from geoagent import GeoAgent, Settings  # noqa: E402
from geoagent.atlas import Atlas  # noqa: E402
from geoagent.geo import Area  # noqa: E402
from geoagent.priors.areas import area_numbers, leading  # noqa: E402
from geoagent.priors.zeroshot import COUNTRY, ClipZeroShot  # noqa: E402
from tests.priors.geoclip.models import TEXT, make_clip, noise_photo  # noqa: E402


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_clip(tmp_path_factory.mktemp("clip"))
    letters = [chr(n) for n in range(97, 123)][: TEXT["vocab_size"] - 4]
    vocabulary = {symbol: n for n, symbol in enumerate(["<s>", "</s>", "?", "Ġ", *letters])}
    made = tokenizers.Tokenizer(BPE(vocabulary, [], unk_token="?"))
    made.normalizer = tokenizers.normalizers.Lowercase()
    made.pre_tokenizer = ByteLevel(add_prefix_space=False)
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    made.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def prior(clip: Path, atlas: Atlas) -> ClipZeroShot:
    return ClipZeroShot(clip, atlas)


def test_countries_follow_the_likeness_of_their_captions(prior: ClipZeroShot, atlas: Atlas) -> None:
    found = prior.locate([noise_photo(1), noise_photo(2)])
    assert found.weight.sum() == pytest.approx(1)
    assert found.log_ratio.shape == (2, len(found.lat_deg))
    ground = area_numbers(found.lat_deg, found.lon_deg, atlas)
    best = leading(found, 0, ground)["country"][0].area
    names = {code: atlas.country_name(code) for code in atlas.countries}
    texts = prior.embed_texts([COUNTRY.format(name) for name in names.values()])
    with torch.inference_mode():
        from geoagent.priors.geoclip.pixels import pixels_of

        photo = prior._tower(torch.from_numpy(pixels_of([noise_photo(1)], prior._tower.side)))[0]
    assert best == Area(list(names)[int((texts @ photo).argmax())])


def test_what_is_alike_to_all_captions_says_nothing(prior: ClipZeroShot) -> None:
    prior.__dict__["_scale"] = 0.0
    found = prior.locate([noise_photo(1)])
    del prior.__dict__["_scale"]
    assert np.allclose(found.log_ratio, 0)


def test_it_is_asked_in_solve(clip: Path, cache: Path, photos: Path) -> None:
    settings = Settings(cache_dir=cache, prior=("clip-zeroshot",), prior_weights=clip)
    file = GeoAgent(settings).trace(photos / "nowhere_plain.jpg")
    (said,) = (item for item in file.trace.evidence if item.witness == "prior:clip-zeroshot")
    (call,) = (call for call in file.trace.calls if call.tool == "ask_prior")
    assert said.call == call.id
    assert "looks to clip-zeroshot like" in said.statement
    assert "what clip-zeroshot says is weighed by judgement, not fitted to photos" in file.prediction.notes
