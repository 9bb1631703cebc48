"""A published model in a folder makes a gallery's vectors: it finds photos again, and other weights are refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers")

from geoagent import GeoAgent, Settings
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.gallery.folder_encoder import FolderEncoder
from geoagent.gallery.store import open_gallery
from tests.gallery.scenes import place, save
from tests.vision.models import make_clip, make_dinov2, make_siglip


@pytest.fixture(autouse=True)
def cached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))


@pytest.fixture
def known(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for number in range(6):
        save(place(number), tmp_path / "photos" / f"{number}.jpg", 10.0 * number, 5.0)
    return tmp_path / "photos"


@pytest.mark.parametrize("make", [make_clip, make_siglip, make_dinov2])
def test_a_photo_is_found_again_by_any_model(make, known: Path, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    model, gallery = make(tmp_path / "model"), tmp_path / "gallery"
    assert main(["gallery", "add", str(known), "--gallery", str(gallery), "--encoder", str(model)]) == 0
    encoder = FolderEncoder(model)
    held = open_gallery(gallery)
    assert (held.encoder, held.dimension, len(held)) == (encoder.name, encoder.dimension, 6)
    assert encoder.name.startswith("model@")
    image = place(3)
    assert np.linalg.norm(encoder.encode(image)) == pytest.approx(1, abs=1e-5)
    capsys.readouterr()
    assert main(["gallery", "search", str(known / "3.jpg"), "--gallery", str(gallery), "-k", "1"]) == 0
    assert "30.00000, 5.00000" in capsys.readouterr().out


def test_it_is_searched_in_solve_and_its_folder_is_kept_from_the_trace(
    known: Path, cache: Path, tmp_path: Path
) -> None:
    model, gallery = make_siglip(tmp_path / "siglip"), tmp_path / "gallery"
    assert main(["gallery", "add", str(known), "--gallery", str(gallery), "--encoder", str(model)]) == 0
    file = GeoAgent(Settings(cache_dir=cache, gallery=gallery)).trace(known / "2.jpg")
    (call,) = (call for call in file.trace.calls if call.tool == "search_gallery")
    assert call.data["encoder"] == FolderEncoder(model).name
    assert str(model) not in file.trace.model_dump_json()


def test_other_weights_are_not_taken_for_those_of_the_gallery(
    known: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, gallery = make_dinov2(tmp_path / "model"), tmp_path / "gallery"
    adding = ["gallery", "add", str(known), "--gallery", str(gallery), "--encoder"]
    assert main([*adding, str(model)]) == 0
    moved = tmp_path / "elsewhere" / "model"
    moved.parent.mkdir()
    shutil.move(model, moved)
    with pytest.raises(ConfigError, match=r"cannot be read|a folder with a published model is needed|does not hold"):
        GeoAgent(Settings(cache_dir=cache, gallery=gallery)).solve(known / "2.jpg")
    assert main([*adding, str(moved)]) == 0  # says where it is now
    assert open_gallery(gallery, cache).encoder_folder == moved
    assert str(moved) not in (gallery / "gallery.json").read_text()  # a gallery names no path to whom it is given
    GeoAgent(Settings(cache_dir=cache, gallery=gallery)).solve(known / "2.jpg")
    shutil.rmtree(moved)
    make_siglip(moved)
    capsys.readouterr()
    assert main(["gallery", "search", str(known / "2.jpg"), "--gallery", str(gallery)]) == 2
    err = capsys.readouterr().err
    assert "does not hold the model model@" in err
    assert err.count("\n") == 1
