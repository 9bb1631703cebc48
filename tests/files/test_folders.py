"""Folders of our own say what they are; others are refused with nothing touched, and nothing of others is deleted."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.files.folders import CACHE, FORMAT, MARKER, FolderKind, claim, remove_own
from geoagent.gallery.store import GALLERY, open_or_make
from geoagent.report.write import ANSWERS
from geoagent.runs.run_folder import RUN
from geoagent.runs.trace_files import save_trace
from tests.eval.runs import PARIS, points

CASE = "0123456789abcdef"


def photos_of_others(folder: Path) -> None:
    (folder / CASE).mkdir()
    (folder / CASE / "photo-1").write_bytes(b"a photo")


def foreign_databases(folder: Path) -> None:
    for name in ("cases.sqlite", "checkpoints.sqlite", "answers.sqlite"):
        connection = sqlite3.connect(folder / name)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE cases (id TEXT, patient TEXT)")
        connection.close()


def names_alone(folder: Path) -> None:
    for name in ("run.json", "gallery.json", "training.safetensors", "token.sha256", "samples.jsonl", "1-a.html"):
        (folder / name).write_text("{}")


def a_dataset(folder: Path) -> None:
    (folder / "samples.jsonl").write_text('{"id": "a"}\n')


def a_record(folder: Path) -> None:
    (folder / "records.bin").write_bytes(b"of another program")


def another_marker(folder: Path) -> None:
    claim(folder, FolderKind("greenhouse", "", lambda folder, names: False))


def a_later_marker(folder: Path) -> None:
    (folder / MARKER).write_text(json.dumps({"folder": "run", "format": FORMAT + 1}))


def a_damaged_marker(folder: Path) -> None:
    (folder / MARKER).touch()


FOREIGN = [
    photos_of_others, foreign_databases, names_alone, a_dataset, a_record, another_marker, a_later_marker,
    a_damaged_marker,
]  # fmt: skip
COMMANDS = {
    "serve": ("serve", "--port", "0", "--data", "FOLDER"),
    "serve token": ("serve", "token", "--data", "FOLDER"),
    "solve --out": ("solve", "photo.jpg", "--out", "FOLDER"),
    "solve --trace": ("solve", "photo.jpg", "other.jpg", "--trace", "FOLDER"),
    "solve --report": ("solve", "photo.jpg", "other.jpg", "--report", "FOLDER"),
    "eval run": ("eval", "run", "data", "--out", "FOLDER"),
    "eval import": ("eval", "import", "answers.csv", "--out", "FOLDER"),
    "gallery add": ("gallery", "add", "data", "--gallery", "FOLDER"),
    "prior train": ("prior", "train", "locdiff", "--data", "pairs.parquet", "--out", "FOLDER"),
}


@pytest.fixture
def place(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the commands read; the cache folder is not there yet."""
    (tmp_path / "data").mkdir()
    for name in ("photo.jpg", "other.jpg", "data/a.jpg"):
        shutil.copy(photos / "nowhere_plain.jpg", tmp_path / name)
    (tmp_path / "data" / "labels.csv").write_text("file,id,lat,lon\na.jpg,a,1,2\n")
    (tmp_path / "answers.csv").write_text("img_id,predicted_lat,predicted_lon,gt_lat,gt_long\na,1,2,1,2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The line with which a command refuses, before it has touched anything."""
    before = content(Path.cwd())
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1), shown.err
    assert content(Path.cwd()) == before  # nor was an atlas built
    return shown.err


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_of_another_is_refused(place: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    if command == "prior train":
        pairs(place / "pairs.parquet")
    for make in FOREIGN:
        folder = place / make.__name__
        folder.mkdir()
        make(folder)
        words = [str(folder) if word == "FOLDER" else word for word in COMMANDS[command]]
        assert make.__name__ in refused(capsys, *words)
    refused(capsys, *["photo.jpg" if word == "FOLDER" else word for word in COMMANDS[command]])


def pairs(path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = {"lat": [1.0] * 60, "lon": [2.0] * 60, "embedding": [[1.0, 0.0]] * 60}
    parquet.write_table(pyarrow.table(rows), path)


def test_a_cache_folder_of_another_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for make in (photos_of_others, foreign_databases, names_alone):
        (place / make.__name__).mkdir()
        make(place / make.__name__)
        monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(place / make.__name__))
        assert "GEOAGENT_CACHE_DIR" in refused(capsys, "solve", "photo.jpg", "--quiet")
        assert "GEOAGENT_CACHE_DIR" in refused(capsys, "models", "pull", "clip-vit-large-patch14", "--yes")


def of_run(folder: Path, agent: GeoAgent) -> None:
    points(folder, {"a": (PARIS, PARIS)})


def of_a_run_that_has_just_begun(folder: Path, agent: GeoAgent) -> None:
    from geoagent.runs.checkpoints import open_checkpoints

    claim(folder, RUN)
    with open_checkpoints(folder / "checkpoints.sqlite"):
        pass
    (folder / "samples.jsonl").touch()


def of_gallery(folder: Path, agent: GeoAgent) -> None:
    open_or_make(folder, "an encoder", 3)


def of_answers(folder: Path, agent: GeoAgent) -> None:
    claim(folder, ANSWERS)
    photo = Path(__file__).parents[2] / "examples" / "photos" / "nowhere_plain.jpg"
    save_trace(agent.prior(photo), folder / "1-a.jpg.json")


def of_cache(folder: Path, agent: GeoAgent) -> None:
    shutil.copytree(agent.settings.cache_dir or Path(), folder)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (of_run, RUN), (of_a_run_that_has_just_begun, RUN), (of_gallery, GALLERY), (of_answers, ANSWERS),
        (of_cache, CACHE),
    ],
)  # fmt: skip
def test_a_folder_from_before_the_marker_gets_it(
    tmp_path: Path, agent: GeoAgent, make: Callable[[Path, GeoAgent], None], kind: FolderKind
) -> None:
    make(tmp_path / "ours", agent)
    marker = tmp_path / "ours" / MARKER
    made = json.loads(marker.read_text())
    assert (made["folder"], made["format"]) == (kind.name, FORMAT)
    assert set(made) == {"folder", "format", "geoagent"}
    marker.unlink()
    before = content(tmp_path)
    claim(tmp_path / "ours", kind)
    assert json.loads(marker.read_text()) == made
    marker.unlink()
    assert content(tmp_path) == before


def test_a_trained_model_from_before_the_marker_gets_it(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    import torch

    from geoagent.priors.locdiff.checkpoint import MODEL, TRAINED, TRAINING

    for name, told in ((TRAINING, {"recipe": "{}"}), (MODEL, {"recipe": "{}"})):
        (tmp_path / name).mkdir()
        safetensors.save_file({"a": torch.zeros(1)}, tmp_path / name / name, told)
        claim(tmp_path / name, TRAINED)
        assert (tmp_path / name / MARKER).exists()
    safetensors.save_file({"a": torch.zeros(1)}, tmp_path / MODEL / MODEL)
    (tmp_path / MODEL / MARKER).unlink()
    with pytest.raises(ConfigError, match="holds no trained model"):
        claim(tmp_path / MODEL, TRAINED)


def test_what_a_system_puts_into_an_empty_folder_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    claim(tmp_path, RUN)
    assert (tmp_path / MARKER).exists()


def test_a_link_to_a_folder_is_not_followed_when_it_is_removed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "a").write_text("a")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    assert remove_own(tmp_path / "link", lambda name: True) == ["link"]
    assert (tmp_path / "theirs" / "a").exists()
    assert remove_own(tmp_path / "theirs", lambda name: name == "a") == []
    assert not (tmp_path / "theirs").exists()
