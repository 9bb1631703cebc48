"""Our numbers are those of the published code, `geoclip` 1.3.0.

The location encoder, perceptron and gallery are the real ones; CLIP has random weights, of the real shape once.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from PIL import Image  # noqa: E402

from geoagent.priors.geoclip.model import GeoClip  # noqa: E402
from tests.priors.geoclip.models import noise_photo  # noqa: E402

EXAMPLES = Path(__file__).parents[3] / "examples" / "photos"
TIES = 1e-5
"""As cosines; a score is 39.7 times as much."""


class Pair(NamedTuple):
    """`geoclip` with a random CLIP of the real shape, and ours from the same numbers, with galleries of two kinds."""

    theirs: Any
    ours: GeoClip
    half: GeoClip


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    geoclip = pytest.importorskip("geoclip")
    from geoagent.priors.geoclip.locations import geoclip_folder

    torch.manual_seed(4)
    theirs = geoclip.GeoCLIP(clip_pretrained=False).eval()
    folder = tmp_path_factory.mktemp("real")
    theirs.image_encoder.CLIP.save_pretrained(folder)
    cache = tmp_path_factory.mktemp("cache")
    ours, half = (GeoClip(folder, geoclip_folder(), cache, kind=kind) for kind in (torch.float32, torch.float16))
    return Pair(theirs, ours, half)


def test_scores_and_rankings_are_those_of_geoclip(published: Pair) -> None:
    theirs, ours, _ = published
    photos = [noise_photo(n, 300 + 20 * n, 240 + 7 * n) for n in range(15)]
    photos += [Image.open(path).convert("RGB") for path in sorted(EXAMPLES.glob("*.jpg"))[:5]]
    assert len(photos) == 20
    with torch.no_grad():
        pixels = torch.cat([theirs.image_encoder.preprocess_image(photo) for photo in photos])
        expected = torch.cat([theirs.image_encoder(part) for part in pixels.split(5)])
        wanted = torch.nn.functional.normalize(expected, dim=1)
    mine = ours.embed_photos(photos, batch=5, device="cpu", precision="float32")
    check(published, wanted, mine)


def test_scores_of_noisy_places_are_those_of_geoclip(published: Pair) -> None:
    theirs, ours, _ = published
    rng = np.random.default_rng(5)
    rows = rng.choice(len(ours.gallery.lat_deg), 200, replace=False)
    places = torch.from_numpy(np.column_stack((ours.gallery.lat_deg[rows], ours.gallery.lon_deg[rows]))).float()
    with torch.no_grad():
        wanted = torch.nn.functional.normalize(theirs.location_encoder(places), dim=1)
    mine = ours.embed_places(ours.gallery.lat_deg[rows], ours.gallery.lon_deg[rows])
    noise = torch.from_numpy(rng.normal(scale=512**-0.5, size=(200, 512))).float()
    check(published, *(torch.nn.functional.normalize(part + noise, dim=1) for part in (wanted, mine)))


def check(pair: Pair, wanted: "torch.Tensor", mine: "torch.Tensor") -> None:
    """Scores to 1e-4, and the order of the places up to ties; prints how far float16 is off."""
    theirs = pair.theirs
    with torch.no_grad():
        gallery = torch.nn.functional.normalize(theirs.location_encoder(theirs.gps_gallery), dim=1)
        expected = (theirs.logit_scale.exp() * wanted @ gallery.T).numpy()
    found = pair.ours.distribution(mine).log_ratio
    assert np.abs(found - expected).max() < 1e-4
    inverted = max(inversion(row, wanted_row) for row, wanted_row in zip(found, expected, strict=True))
    assert inverted <= TIES * pair.ours.scale
    off = np.abs(pair.half.distribution(mine).log_ratio - expected)
    print(
        f"float32: scores off by {np.abs(found - expected).max():.1e} at most, inversions of {inverted:.1e}; "
        f"float16: {off.mean():.4f} on average, {off.max():.4f} at most"
    )
    assert off.max() < 0.1


def inversion(row: "np.ndarray", wanted: "np.ndarray") -> float:
    """By how much a place is worse, by their scores, than one that comes after it in our order."""
    theirs = wanted[np.argsort(-row, kind="stable")]
    return float((np.maximum.accumulate(theirs[::-1])[::-1] - theirs).max())
