"""GeoCLIP with small random weights: embeddings, galleries, the search beyond them, texts, the exported tower."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from geoagent.errors import ConfigError  # noqa: E402
from geoagent.priors.geoclip.exported import export, exported  # noqa: E402
from geoagent.priors.geoclip.locations import ENCODER, LocationEncoder, gallery_places  # noqa: E402
from geoagent.priors.geoclip.model import GeoClip  # noqa: E402
from geoagent.priors.geoclip.place_gallery import open_gallery  # noqa: E402
from geoagent.priors.geoclip.refine import refine  # noqa: E402
from tests.priors.geoclip.models import make_geoclip, noise_photo  # noqa: E402
from tests.vision.models import make_clip  # noqa: E402

LAT, LON = (part.ravel() for part in np.meshgrid(np.linspace(-60, 70, 14), np.linspace(-170, 170, 20)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_geoclip(tmp_path_factory.mktemp("geoclip"), LAT, LON)


@pytest.fixture
def prior(clip: Path, weights: Path, tmp_path: Path) -> GeoClip:
    return GeoClip(clip, weights, tmp_path)


def test_photos_become_ratios_at_the_places_of_the_gallery(prior: GeoClip) -> None:
    found = prior.locate([noise_photo(1), noise_photo(2, 40, 300)], device="cpu")
    assert np.array_equal(found.lat_deg, LAT)
    assert np.array_equal(found.lon_deg, LON)
    assert found.log_ratio.shape == (2, len(LAT))
    assert found.weight.sum() == pytest.approx(1)
    assert np.allclose(found.probability().sum(axis=1), 1)
    embeddings = prior.embed_photos([noise_photo(1)], device="cpu")
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    expected = np.exp(3.681) * (embeddings @ prior.encoder.encode(torch.from_numpy(LAT), torch.from_numpy(LON)).T)
    assert np.allclose(found.log_ratio[0], expected, atol=0.02)


def test_a_batch_says_what_its_photos_say_alone(prior: GeoClip) -> None:
    photos = [noise_photo(number) for number in range(5)]
    alone = torch.cat([prior.embed_photos([photo], device="cpu") for photo in photos])
    for batch in (1, 2, 16):
        together = prior.embed_photos(photos, batch=batch, device="cpu")
        assert torch.allclose(together, alone, atol=1e-5)
    assert prior.embed_photos([], device="cpu").shape == (0, 512)


def test_half_precision_is_near(prior: GeoClip) -> None:
    photos = [noise_photo(number) for number in range(3)]
    full = prior.embed_photos(photos, device="cpu", precision="float32")
    half = prior.embed_photos(photos, device="cpu", precision="bfloat16")
    assert half.dtype == torch.float32
    assert float((full * half).sum(-1).min()) > 0.999


def test_a_gallery_is_encoded_once_and_again_where_its_file_is_cut(
    weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "geoagent")
    encoder = LocationEncoder(weights)
    first = open_gallery(tmp_path, encoder, LAT, LON)
    again = open_gallery(tmp_path, encoder, LAT, LON)
    assert torch.equal(first.embeddings, again.embeddings)
    assert caplog.messages == ["encoding 280 places for GeoCLIP, once"]
    (path,) = (path for path in tmp_path.iterdir() if path.name != ".geoagent-folder")
    assert path.stat().st_size == 280 * 512 * 2
    caplog.clear()
    open_gallery(tmp_path, encoder, LAT[:10], LON[:10])
    assert len([path for path in tmp_path.iterdir() if path.name != ".geoagent-folder"]) == 2
    path.write_bytes(path.read_bytes()[:-1])
    mended = open_gallery(tmp_path, encoder, LAT, LON)
    assert len(caplog.messages) == 2
    assert torch.equal(mended.embeddings.float(), encoder.encode(*map(torch.from_numpy, (LAT, LON))).half().float())


def test_any_places_can_be_the_gallery(clip: Path, weights: Path, tmp_path: Path) -> None:
    mine = (np.array([41.65, 0.0]), np.array([-0.88, 0.0]))
    found = GeoClip(clip, weights, tmp_path, places=mine).locate([noise_photo(1)], device="cpu")
    assert found.lat_deg.tolist() == [41.65, 0.0]


def test_the_search_goes_beyond_the_gallery(weights: Path) -> None:
    """The encoder is random but continuous: a place between the gallery's is found to a tenth of their spacing."""
    encoder = LocationEncoder(weights)
    true_lat, true_lon = 40.3, -3.2
    wanted = encoder.encode(torch.tensor([true_lat]), torch.tensor([true_lon]))[0]
    near_lat, near_lon = torch.tensor([40.25]), torch.tensor([-3.15])
    before = float((encoder.encode(near_lat, near_lon) @ wanted)[0])
    lat, lon, cosine = refine(encoder, wanted, near_lat, near_lon, radius_km=8)
    assert float(cosine[0]) > max(before, 0.99)
    assert abs(float(lat[0]) - true_lat) < 0.01
    assert abs(float(lon[0]) - true_lon) < 0.01


def test_texts_share_the_space_of_photos(clip: Path, weights: Path, tmp_path: Path) -> None:
    prior = GeoClip(clip, weights, tmp_path)
    both = prior.embed_texts(["a fjord village", "a fjord"])
    assert both.shape == (2, 512)
    assert torch.allclose(both[1:], prior.embed_texts(["a fjord"]), atol=1e-5)  # what is padded says nothing
    assert not torch.allclose(both[0], both[1], atol=1e-3)
    long = prior.embed_texts(["fjord " * 200])
    assert torch.isfinite(long).all()


def test_places_have_embeddings(prior: GeoClip) -> None:
    found = prior.embed_places(np.array([0.0, 89.9]), np.array([0.0, 180.0]))
    assert found.shape == (2, 512)
    assert torch.allclose(found.norm(dim=-1), torch.ones(2), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "least"), [("float32", 0.99999), ("int8", 0.99)])
def test_the_exported_tower_sees_the_same(
    clip: Path, weights: Path, tmp_path: Path, precision: str, least: float
) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    own = make_clip(tmp_path / "clip")
    photos = [noise_photo(number) for number in range(3)]
    before = GeoClip(own, weights, tmp_path).embed_photos(photos, device="cpu")
    path = export(own, precision)  # type: ignore[arg-type]
    assert exported(own, precision) == path  # type: ignore[arg-type]
    assert [file.name for file in own.glob("*.onnx*")] == [path.name]
    after = GeoClip(own, weights, tmp_path).embed_photos(photos, device="cpu", precision=precision)  # type: ignore[arg-type]
    assert float((before * after).sum(-1).min()) > least


def test_what_is_missing_or_damaged_is_said_in_one_line(clip: Path, weights: Path, tmp_path: Path) -> None:
    photo = [noise_photo(1)]
    with pytest.raises(ConfigError, match="geoagent prior export"):
        GeoClip(clip, weights, tmp_path).locate(photo, device="cpu", precision="int8")
    with pytest.raises(ConfigError, match="device cuda:99"):
        GeoClip(clip, weights, tmp_path).locate(photo, device="cuda:99")
    short = make_geoclip(tmp_path / "short", LAT, LON)
    (short / ENCODER).write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="not GeoCLIP's weights"):
        LocationEncoder(short)
    with pytest.raises(ConfigError, match="not GeoCLIP's list of places"):
        gallery_places(tmp_path)


@pytest.mark.slow
def test_the_script_for_a_gpu_runs_on_a_processor() -> None:
    script = Path(__file__).parents[3] / "benchmarks" / "priors_gpu.py"
    done = subprocess.run(
        [sys.executable, str(script), "--small", "--device", "cpu"], capture_output=True, text=True, check=True
    )
    assert {"image tower", "matching", "LocDiff"} <= {
        line.split("|")[1].split(",")[0].strip() for line in done.stdout.splitlines() if line.startswith("| ")
    }
