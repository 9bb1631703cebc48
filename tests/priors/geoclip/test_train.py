"""GeoCLIP is trained on a user's photos: near places are hardly wrong, and what it learns moves `solve`."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from PIL import Image  # noqa: E402

from geoagent import GeoAgent, Settings  # noqa: E402
from geoagent.atlas import Atlas  # noqa: E402
from geoagent.cli.main import main  # noqa: E402
from geoagent.errors import ConfigError  # noqa: E402
from geoagent.geo import Area  # noqa: E402
from geoagent.priors.areas import area_numbers  # noqa: E402
from geoagent.priors.geoclip import train as training  # noqa: E402
from geoagent.priors.geoclip.locations import embedded  # noqa: E402
from geoagent.priors.geoclip.model import GeoClip  # noqa: E402
from geoagent.priors.geoclip.train import REACHES_KM, Seen, begin, contrastive, reach_km  # noqa: E402
from geoagent.priors.geoclip.trained import save, vision_of  # noqa: E402
from geoagent.priors.locdiff.shdd import harmonics, unit_vectors  # noqa: E402
from geoagent.vision.model import VisionModel, fingerprint  # noqa: E402
from geoagent.vision.model_folders import remember  # noqa: E402
from tests.vision.models import make_dinov2  # noqa: E402

CITIES = {
    "ES": (40.4, -3.7), "SE": (59.3, 18.1), "JP": (35.7, 139.7), "BR": (-15.8, -47.9), "AU": (-35.3, 149.1),
    "EG": (30.0, 31.2), "US": (39.1, -94.6), "IN": (28.6, 77.2),
}  # fmt: skip
COLOURS = dict(zip(CITIES, [(200, 40, 40), (40, 40, 200), (230, 230, 230), (40, 160, 40), (220, 140, 30),
    (230, 210, 120), (110, 110, 110), (160, 30, 160)], strict=True))  # fmt: skip


def picture(country: str, rng: np.random.Generator) -> Image.Image:
    """A picture of noise round the colour of a country."""
    noise = rng.normal(scale=40, size=(60, 80, 3))
    return Image.fromarray((np.array(COLOURS[country]) + noise).clip(0, 255).astype(np.uint8))


def random_places(count: int) -> Seen:
    """Places spread evenly, and features that agree within some 300 km."""
    generator = torch.Generator().manual_seed(0)
    lat = 40 + 10 * torch.rand(count, generator=generator, dtype=torch.float64)
    lon = 10 * torch.rand(count, generator=generator, dtype=torch.float64)
    waves = torch.randn(3, 400, generator=generator, dtype=torch.float64) * 6371 / 300
    features = torch.cos(unit_vectors(lat, lon) @ waves + 6.28 * torch.rand(400, generator=generator)).float()
    return Seen(features, lat, lon)


@pytest.mark.parametrize("form", ["fourier", "harmonics"])
def test_places_are_embedded_smoothly_and_apart(form: training.Form) -> None:
    weights = begin(random_places(50), form, None).places
    lat, lon = torch.tensor([10.0, 10.0, 60.0, 90.0, 90.0]), torch.tensor([180.0, -180.0, 20.0, 0.0, 120.0])
    found = embedded(lat, lon, weights)
    assert torch.allclose(found.norm(dim=-1), torch.ones(5), atol=1e-5)
    assert float((found[0] * found[2]).sum()) < 0.9
    if form == "harmonics":  # it knows that the Earth is round
        assert torch.allclose(found[0], found[1], atol=1e-4)
        assert torch.allclose(found[3], found[4], atol=1e-4)


def test_the_harmonic_form_is_sines_of_harmonics() -> None:
    weights = begin(random_places(50), "harmonics", None).places
    lat, lon = torch.tensor([12.0, -50.0]), torch.tensor([33.0, 170.0])
    hidden = harmonics(unit_vectors(lat, lon), 20).float()
    for number, frequency in ((0, 30.0), (1, 1.0)):
        hidden = torch.sin(frequency * (hidden @ weights[f"siren.{number}.weight"].T))
    expected = torch.nn.functional.normalize(hidden @ weights["siren.2.weight"].T, dim=-1)
    assert torch.allclose(embedded(lat, lon, weights), expected, atol=1e-5)


def test_near_places_are_hardly_wrong() -> None:
    start = begin(random_places(50), "harmonics", None)
    photo = random_places(50).part(torch.tensor([0]))

    def lost(off_deg: float, reach: float) -> float:
        near = Seen(photo.features, photo.lat_deg + off_deg, photo.lon_deg)
        return float(contrastive(start, start.copied(), photo, near, reach))

    assert lost(0.0, 300) < 1e-6  # the same place twice is not wrong at all
    assert lost(0.1, 300) < lost(3.0, 300)
    assert lost(0.1, 300) < 0.1 * lost(0.1, 1)


def test_the_reach_is_that_of_the_photos() -> None:
    assert reach_km(random_places(800)) in REACHES_KM[4:7]  # 100 to 1000 km
    unordered = random_places(800)
    order = torch.randperm(800, generator=torch.Generator().manual_seed(3))
    shuffled = Seen(unordered.features[order], unordered.lat_deg, unordered.lon_deg)
    assert reach_km(shuffled) != reach_km(unordered)


def test_a_training_goes_on_from_one_that_fits_alone(tmp_path: Path) -> None:
    seen = random_places(50)
    start = begin(seen, "fourier", None)
    vision = make_dinov2(tmp_path / "model")
    save(tmp_path / "out", start.files(), (seen.lat_deg, seen.lon_deg), vision, {})
    again = begin(seen, "fourier", tmp_path / "out" / "geoclip")
    assert all(torch.equal(value, again.places[name]) for name, value in start.places.items())
    other = Seen(seen.features[:, :7], seen.lat_deg, seen.lon_deg)
    with pytest.raises(ConfigError, match="another model than the one that sees the photos"):
        begin(other, "fourier", tmp_path / "out" / "geoclip")
    with pytest.raises(ConfigError, match="put the model of pictures that it was trained with into"):
        vision_of(tmp_path / "out", tmp_path / "cache")
    remember(tmp_path / "cache", fingerprint(vision), vision)
    assert vision_of(tmp_path / "out", tmp_path / "cache") == vision
    assert str(vision) not in (tmp_path / "out" / "geoclip" / "trained.json").read_text()
    (vision / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="does not hold the model"):
        vision_of(tmp_path / "out", tmp_path / "cache")


def test_what_cannot_be_trained_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vision = make_dinov2(tmp_path / "model")
    (tmp_path / "photos").mkdir()
    wrong = {"photos": "are too few", "nothing": "neither a folder of photos nor"}
    for name, fault in wrong.items():
        command = ["prior", "train", "geoclip", "--data", str(tmp_path / name), "--weights", str(vision)]
        assert main([*command, "--out", str(tmp_path / "out")]) == 2
        err = capsys.readouterr().err
        assert fault in err
        assert err.count("\n") == 1


def mean_bits(prior: GeoClip, pictures: list[tuple[str, Image.Image]], atlas: Atlas) -> float:
    """How much likelier the prior makes the true country than the share of the places that lie in it."""
    found = prior.locate([image for _, image in pictures], device="cpu")
    ground = area_numbers(found.lat_deg, found.lon_deg, atlas)
    bits = []
    for (country, _), held in zip(pictures, found.probability(), strict=True):
        inside = ground.country == ground.areas.index(Area(country))
        bits.append(np.log2(held[inside].sum() / found.weight[inside].sum()))
    return float(np.mean(bits))


@pytest.fixture(autouse=True)
def cached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["fourier", "harmonics"])
def test_it_learns_the_countries_of_photos(form: training.Form, tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    rng = np.random.default_rng(0)
    vision, out = make_dinov2(tmp_path / "model"), tmp_path / "out"
    (tmp_path / "photos").mkdir()
    lines = ["file,lat,lon"]
    for number in range(160):
        country = list(CITIES)[number % 8]
        lat, lon = CITIES[country] + rng.normal(scale=0.1, size=2)
        picture(country, rng).save(tmp_path / "photos" / f"{number}.png")
        lines.append(f"{number}.png,{lat},{lon}")
    (tmp_path / "photos" / "labels.csv").write_text("\n".join(lines))
    command = ["prior", "train", "geoclip", "--data", str(tmp_path / "photos" / "labels.csv"), "--weights", str(vision)]
    assert main([*command, "--out", str(out), "--steps", "100", "--batch", "32", "--location-encoder", form]) == 0

    fresh = [(country, picture(country, rng)) for country in CITIES for _ in range(4)]
    seen = training.see(VisionModel(vision), tmp_path / "photos")
    before = begin(training.hold_out(seen)[0], form, None)
    save(tmp_path / "before", before.files(), (seen.lat_deg, seen.lon_deg), vision, {})
    untrained = mean_bits(GeoClip(vision, tmp_path / "before" / "geoclip", tmp_path / "c"), fresh, atlas)
    trained = mean_bits(GeoClip(vision, out / "geoclip", tmp_path / "c"), fresh, atlas)
    assert untrained < 1 < 2 < trained  # of 3 that there are

    fresh[4][1].save(tmp_path / "photo.png")
    file = GeoAgent(Settings(cache_dir=cache, prior="geoclip", prior_weights=out)).trace(tmp_path / "photo.png")
    (said,) = (item for item in file.trace.evidence if item.witness == "prior:geoclip")
    assert "Sweden" in said.statement
