"""Weights: fetched through the hub's own client from a server on loopback, resumed, checked by hash, removed."""

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub")

from geoagent.errors import ConfigError
from geoagent.files.folders import MARKER
from geoagent.priors.weights import MODELS, File, Weights, find, folder_of, is_whole, pull, remove
from tests.heard import heard
from tests.priors.hub import REVISION, Hub

CONTENT = {"config.json": b"{}", "model.safetensors": bytes(range(256)) * 4000}
quiet = pytest.mark.filterwarnings("ignore::UserWarning")


def model_of(content: dict[str, bytes]) -> Weights:
    files = {name: File(len(data), hashlib.sha256(data).hexdigest()) for name, data in content.items()}
    return Weights("m", "a model", "MIT", "some/model", REVISION, files)


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != MARKER}


def test_a_model_is_fetched_once(tmp_path: Path) -> None:
    model = model_of(CONTENT)
    folder = folder_of(model, tmp_path)
    assert folder == tmp_path / "models" / "m"
    with Hub(CONTENT) as hub, heard() as told:
        assert not is_whole(model, folder)
        pull(model, folder, hub.url)
        assert held(folder) == CONTENT
        assert is_whole(model, folder)
        asked = len(hub.asked)
        pull(model, folder, hub.url)
        assert len(hub.asked) == asked
    assert told == ["fetching config.json, 0 KB", "fetching model.safetensors, 1.0 MB"]
    assert remove(model, folder) == []
    assert not folder.exists()
    assert remove(model, folder) is None


@quiet
def test_an_interrupted_download_goes_on(tmp_path: Path) -> None:
    large = {"model.safetensors": bytes(range(256)) * 96_000}  # the client writes 10 MB at a time
    model = model_of(large)
    with Hub(large, cut=1) as hub:
        pull(model, tmp_path / "m", hub.url)
        assert [int(part.removeprefix("bytes=").split("-")[0]) > 0 for part in hub.ranges] == [True]
    assert held(tmp_path / "m") == large


@quiet
def test_what_is_not_the_published_file_is_removed(tmp_path: Path) -> None:
    model = model_of(CONTENT)
    with (
        Hub({**CONTENT, "model.safetensors": bytes(1_024_000)}) as hub,
        pytest.raises(ConfigError, match="by its hash"),
    ):
        pull(model, tmp_path / "m", hub.url)
    assert held(tmp_path / "m") == {"config.json": b"{}"}
    with Hub(CONTENT) as hub:
        pull(model, tmp_path / "m", hub.url)
    assert held(tmp_path / "m") == CONTENT


def test_what_was_put_there_by_hand_is_taken_if_it_is_right(tmp_path: Path) -> None:
    model = model_of(CONTENT)
    for name, data in CONTENT.items():
        (tmp_path / name).write_bytes(data)
    pull(model, tmp_path, "http://127.0.0.1:9")
    assert is_whole(model, tmp_path)


def test_a_hub_that_lacks_the_file_is_one_line(tmp_path: Path) -> None:
    with Hub({}) as hub, pytest.raises(ConfigError, match="could not be fetched") as error:
        pull(model_of(CONTENT), tmp_path, hub.url)
    assert "\n" not in str(error.value)
    assert "copy the files into" in str(error.value)


def test_the_catalogue_is_pinned() -> None:
    for name, model in MODELS.items():
        assert find(name) is model
        assert len(model.revision) == 40
        assert all(len(file.sha256) == 64 and file.size for file in model.files.values())
    with pytest.raises(ConfigError, match="no model 'x'"):
        find("x")


def test_a_folder_of_another_is_neither_filled_nor_removed(tmp_path: Path) -> None:
    model = model_of(CONTENT)
    for name in ("config.json", "notes.txt"):
        (tmp_path / name).write_bytes(b"mine")
        with Hub(CONTENT) as hub, pytest.raises(ConfigError, match="holds no model m"):
            pull(model, tmp_path, hub.url)
        with pytest.raises(ConfigError, match="nothing was removed"):
            remove(model, tmp_path)
        assert held(tmp_path) == {name: b"mine"}
        (tmp_path / name).unlink()


def test_what_lies_beside_a_model_stays(tmp_path: Path) -> None:
    model = model_of(CONTENT)
    with Hub(CONTENT) as hub:
        pull(model, tmp_path / "m", hub.url)
    (tmp_path / "m" / MARKER).unlink()  # as it was before there were markers
    with Hub(CONTENT) as hub:
        pull(model, tmp_path / "m", hub.url)
    (tmp_path / "m" / "geoclip").mkdir()
    (tmp_path / "m" / "geoclip" / "mine.bin").touch()
    (tmp_path / "m" / "geoagent-tower-int8.onnx").touch()
    assert remove(model, tmp_path / "m") == ["geoclip"]
    assert held(tmp_path / "m") == {}
    (tmp_path / "link").symlink_to(tmp_path / "m")
    assert remove(model, tmp_path / "link") == ["link"]
    assert (tmp_path / "m" / "geoclip" / "mine.bin").exists()
