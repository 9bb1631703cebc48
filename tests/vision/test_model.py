"""Models in folders give what transformers gives; what is damaged, foreign or missing costs one line."""

import json
from pathlib import Path

import numpy as np
import pytest

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from geoagent.errors import ConfigError  # noqa: E402
from geoagent.vision.model import PhotoPreparation, VisionModel, fingerprint  # noqa: E402
from tests.priors.geoclip.models import noise_photo  # noqa: E402
from tests.vision.models import MAKERS, PROJECTION, SIDE, make_clip, make_dinov2, make_siglip  # noqa: E402

PHOTOS = [noise_photo(number, 70 + 31 * number, 120 - 13 * number) for number in range(3)]


@pytest.mark.parametrize("name", MAKERS)
def test_photos_become_what_transformers_makes_of_them(name: str, tmp_path: Path) -> None:
    folder = MAKERS[name](tmp_path / name)
    theirs = transformers.AutoModel.from_pretrained(folder).eval()
    if name == "clip":
        crop = {"height": SIDE, "width": SIDE}
        prepare = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=crop)
    else:
        prepare = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    with torch.no_grad():
        given = prepare(images=PHOTOS, return_tensors="pt")
        found = theirs.get_image_features(**given) if "dino" not in name else theirs(**given)
    ours = VisionModel(folder)
    features = ours.photo_features(ours.pixels(PHOTOS))
    assert torch.allclose(features, found.pooler_output, atol=1e-6)
    assert not torch.allclose(features[0], features[1], atol=1e-3)
    assert features.shape == (3, PROJECTION if name == "clip" else 32)


@pytest.mark.parametrize("size", [(224, 224), (640, 480), (480, 641), (1000, 57), (225, 1031)])
def test_a_clip_that_was_fetched_takes_photos_as_published(size: tuple[int, int], tmp_path: Path) -> None:
    """`models pull` fetches no preprocessor_config.json; of CLIP its content is known."""
    folder = make_clip(tmp_path)
    theirs = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    photo = noise_photo(sum(size), *size)
    expected = theirs(images=photo, return_tensors="np")["pixel_values"]
    assert np.array_equal(VisionModel(folder).pixels([photo])["pixel_values"].numpy(), expected)


def test_texts_become_what_transformers_makes_of_them(tmp_path: Path) -> None:
    texts = ["a photo taken in sweden", "a fjord", "fjord " * 200]
    clip, siglip = make_clip(tmp_path / "clip"), make_siglip(tmp_path / "siglip")
    for folder, padding, longest in ((clip, "longest", 77), (siglip, "max_length", 24)):
        theirs = transformers.AutoModel.from_pretrained(folder).eval()
        tokens = transformers.AutoTokenizer.from_pretrained(folder)(
            texts, padding=padding, truncation=True, max_length=longest, return_tensors="pt"
        )
        given = {"input_ids": tokens["input_ids"]}
        given |= {"attention_mask": tokens["attention_mask"]} if folder == clip else {}
        with torch.no_grad():
            expected = theirs.get_text_features(**given).pooler_output
        ours = VisionModel(folder)
        assert torch.allclose(ours.text_features(texts), expected, atol=1e-6)
        assert torch.allclose(ours.text_features(texts[1:2]), expected[1:2], atol=1e-5)  # padding says nothing
        assert ours.scale == pytest.approx(theirs.logit_scale.exp().item())
    with pytest.raises(ConfigError, match="knows photos alone"):
        VisionModel(make_dinov2(tmp_path / "dino")).text_features(texts)


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    folder = make_dinov2(tmp_path)
    before = fingerprint(folder)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    assert fingerprint(folder) != before


def changed(folder: Path, **values: object) -> Path:
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(said | values))
    return folder


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"hidden_size": 64}, "its weights cannot be read"),
        ({"num_hidden_layers": 3}, "tensors that config.json describes are missing"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers: a size from 0 to 200"),
        ({"hidden_size": 65_536, "num_hidden_layers": 200}, "describes .* numbers, and the file has"),
        ({"model_type": "nothing-known"}, "describes no model that is known"),
        ({"_attn_implementation": "somebody/kernels"}, "asks for code from elsewhere"),
    ],
)
def test_a_description_that_does_not_fit_costs_one_line(values: dict[str, object], fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=fault) as told:
        VisionModel(changed(make_dinov2(tmp_path), **values))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "said",
    [
        {"model_type": "detr", "backbone": "someone/tracker", "use_timm_backbone": False},
        {"model_type": "convnext", "depths": [5_000_000, 1, 1, 1]},
    ],
)
def test_a_model_that_asks_the_hub_or_takes_all_memory_is_refused(said: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(said))
    with pytest.raises(ConfigError, match=r"backbone names a model|a size from 0 to 200"):
        PhotoPreparation(tmp_path)


def test_a_side_that_takes_all_memory_is_refused(tmp_path: Path) -> None:
    folder = make_siglip(tmp_path / "model")
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": "SiglipImageProcessor", "size": {"height": 40_000, "width": 40_000}})
    )
    with pytest.raises(ConfigError, match="a size from 0 to 4096"):
        PhotoPreparation(folder)


def test_code_of_the_folder_is_not_run(tmp_path: Path) -> None:
    folder = changed(make_dinov2(tmp_path), model_type="own", auto_map={"AutoModel": "own.Own", "AutoConfig": "own.C"})
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(ConfigError):
        VisionModel(folder)
    assert not (tmp_path / "ran").exists()


def test_a_pickle_is_no_weights(tmp_path: Path) -> None:
    folder = make_dinov2(tmp_path)
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"the file has 0 bytes|its weights cannot be read"):
        VisionModel(folder)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a folder with a published model is needed"):
        VisionModel(tmp_path)
    dino = make_dinov2(tmp_path / "dino")
    (dino / "preprocessor_config.json").unlink()
    with pytest.raises(ConfigError, match=r"preprocessor_config\.json"):
        VisionModel(dino)
