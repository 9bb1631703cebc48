"""The weights and places of priors, damaged in a thousand ways: each is read, or one line names it.

GEOAGENT_FUZZ=N damages N files of each kind instead.
"""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from geoagent.priors.geoclip.locations import ENCODER, GALLERY, SCALE, gallery_places, read_weights  # noqa: E402
from geoagent.priors.locdiff.checkpoint import load_network  # noqa: E402
from geoagent.priors.locdiff.places import read_pairs  # noqa: E402
from geoagent.priors.locdiff.train import Recipe, train  # noqa: E402
from geoagent.vision.model import CONFIG, PIXELS, WEIGHTS, VisionModel  # noqa: E402
from tests.priors.geoclip.models import make_geoclip, noise_photo  # noqa: E402
from tests.priors.locdiff.test_train import SMALL, toy  # noqa: E402
from tests.redteam.test_damaged_files import COUNT, Kind, survey, vector_table  # noqa: E402
from tests.vision.models import make_siglip  # noqa: E402

pytestmark = pytest.mark.slow


def geoclip(folder: Path) -> None:
    make_geoclip(folder, np.linspace(-50, 60, 20), np.linspace(-120, 150, 20))


def trained(folder: Path) -> None:
    folder.rmdir()
    train(Recipe(shape=SMALL, steps=1, batch=2), toy(), toy(), folder)


def seen_and_read(folder: Path) -> None:
    model = VisionModel(folder)
    model.photo_features(model.pixels([noise_photo(1)]))
    model.text_features(["a fjord"])


KINDS = {
    "what describes a model": Kind(CONFIG, make_siglip, seen_and_read),
    "how a model takes photos": Kind(PIXELS, make_siglip, seen_and_read),
    "a model's tokenizer": Kind("tokenizer.json", make_siglip, seen_and_read),
    "a model's weights": Kind(WEIGHTS, make_siglip, seen_and_read),
    "GeoCLIP's places": Kind(str(GALLERY), geoclip, gallery_places),
    "GeoCLIP's encoder": Kind(str(ENCODER), geoclip, lambda f: read_weights(f / ENCODER)),
    "GeoCLIP's scale": Kind(str(SCALE), geoclip, lambda f: read_weights(f / SCALE)),
    "a trained network": Kind("model.safetensors", trained, load_network),
    "places to train with": Kind("vectors.parquet", vector_table, lambda f: read_pairs(f / "vectors.parquet")),
}


@pytest.mark.parametrize("name", KINDS)
def test_damaged_weights_cost_one_line(name: str, tmp_path: Path) -> None:
    survey(KINDS[name], tmp_path, name, COUNT)
