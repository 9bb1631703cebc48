"""A run that goes on may be anybody's: what it reaches, and which files it reads, the person says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.testing.scripted_model import Failure, ScriptedModel, action, look
from tests import command

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
SWEDEN = look({"country": "Sweden", "probability": 0.6})
Forged = Callable[..., Path]


def geoagent(cache: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return command.geoagent(cache, Path.cwd(), *arguments)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A run of one photo whose answer is missing."""
    run = tmp_path_factory.mktemp("begun") / "run"
    done = geoagent(cache, "solve", PHOTOS / "nowhere_plain.jpg", "--out", run, "--quiet")
    assert done.returncode == 0, done.stderr
    (run / "results.jsonl").unlink()
    return run


@pytest.fixture
def run(begun: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(begun, tmp_path / "run"))


def forge(run: Path, **settings: Any) -> None:
    """Change what the run says it was made with."""
    manifest = json.loads((run / "run.json").read_text())
    manifest["settings"] |= settings
    (run / "run.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "value", "flag"),
    [
        ("mcp", f"{sys.executable} -c \"open('started','w')\"", "--mcp"),
        ("vlm", "http://127.0.0.1:9/v1", "--vlm"),
        ("services", "nominatim=http://127.0.0.1:9", "--services"),
        ("gallery", "/nowhere/gallery", "--gallery"),
        ("elevation", "/nowhere/tiles", "--elevation"),
        ("knowledge", "/nowhere/tables", "--knowledge"),
        ("prior_weights", "/nowhere/weights", "--prior-weights"),
        ("reverse_image", "tineye", "--reverse-image"),
        ("online", True, "--online"),
        ("allow_exif_gps", True, "--allow-exif-gps"),
        ("contact", "mallory@example.org", "GEOAGENT_CONTACT"),
    ],
)
def test_what_a_run_says_it_was_made_with_is_not_done(
    run: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, flag: str
) -> None:
    forge(run, **{name: value})
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    monkeypatch.chdir(run.parent)
    monkeypatch.setenv("GEOAGENT_API_KEY", "secret-of-mine")
    refused = geoagent(cache, "resume", run)
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
    assert "this run was made with" in refused.stderr and f"with {flag} to go on" in refused.stderr
    assert not (run.parent / "started").exists()
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_nothing_is_sent_to_the_address_in_a_run(run: Path, cache: Path) -> None:
    with ScriptedModel([SWEDEN]) as model:
        forge(run, vlm=model.url, model="scripted")
        assert geoagent(cache, "resume", run).returncode == 2
        assert model.requests == []


def test_with_the_same_named_it_goes_on(tmp_path: Path, photos: Path, cache: Path, atlas: Atlas) -> None:
    run = tmp_path / "run"
    with ScriptedModel([SWEDEN, *[Failure(401)] * 20]) as model:
        begun = geoagent(cache, "solve", photos / "nowhere_plain.jpg", "--out", run, "--vlm", model.url, "--online")
        assert begun.returncode == 3, begun.stderr
    with ScriptedModel([action("conclude", claims=[])]) as model:
        without = geoagent(cache, "resume", run, "--vlm", model.url)
        assert (without.returncode, model.requests) == (2, [])
        assert "with --online to go on" in without.stderr
        other = geoagent(cache, "resume", run, "--vlm", model.url, "--online", "--model", "another")
        assert (other.returncode, model.requests) == (2, [])
        assert geoagent(cache, "resume", run, "--vlm", model.url, "--online").returncode == 0


def test_a_flag_that_the_run_was_made_without_is_told(run: Path, cache: Path) -> None:
    refused = geoagent(cache, "resume", run, "--online")
    assert (refused.returncode, "made without" in refused.stderr) == (2, True)
    assert geoagent(cache, "resume", run, "--no-shortcuts").returncode == 2
    assert geoagent(cache, "resume", run).returncode == 0


def test_photos_that_nobody_named_here_are_not_opened(run: Path, photos: Path, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "private").mkdir()
    shutil.copy(photos / "spain_zaragoza.jpg", tmp_path / "private")
    (sample,) = map(json.loads, (run / "samples.jsonl").read_text().splitlines())
    sample["images"] = [str(tmp_path / "private" / "spain_zaragoza.jpg")]
    (run / "samples.jsonl").write_text(json.dumps(sample) + "\n")
    refused = geoagent(cache, "resume", run)
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
    assert "--photos" in refused.stderr
    assert not (run / "results.jsonl").exists()
    assert geoagent(cache, "resume", run, "--photos", tmp_path / "other").returncode == 2


def test_a_run_made_elsewhere_goes_on_once_its_photos_are_named(
    run: Path, photos: Path, cache: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(cache, tmp_path / "cache", ignore=shutil.ignore_patterns("runs")))
    assert geoagent(other, "resume", run).returncode == 2
    assert geoagent(other, "resume", run, "--photos", photos).returncode == 0


@pytest.mark.parametrize("name", ["results.jsonl", "samples.jsonl", "checkpoints.sqlite", "run.json"])
def test_a_run_writes_through_no_link(run: Path, tmp_path: Path, cache: Path, name: str) -> None:
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(target)
    refused = geoagent(cache, "resume", run)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "a link" in refused.stderr
    assert target.read_text() == "mine"


@pytest.mark.parametrize("name", ["run.json", "samples.jsonl", "results.jsonl"])
def test_a_pipe_in_a_run_keeps_nobody_waiting(run: Path, cache: Path, name: str) -> None:
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    refused = geoagent(cache, "resume", run)
    assert (refused.returncode, "a pipe or a device" in refused.stderr) == (2, True)
