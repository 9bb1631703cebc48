"""Many photos as a run, through the real command: kept, resumed, and told in one line a photo."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.runs.batch import photos_in
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.runs.run_folder import read_results
from geoagent.testing.scripted_model import Answer, Failure, Reply, Request, ScriptedModel, action, look, said
from tests.waiting import WAIT_S, wait_until

SWEDEN = look({"country": "Sweden", "probability": 0.6}, {"country": "Norway", "probability": 0.2})
ZOOM = action("zoom", view=1, box=[0, 0, 0.5, 0.5])
DONE = action("conclude", claims=[])


@pytest.fixture
def folder(tmp_path: Path, photos: Path) -> Path:
    names = ["spain_zaragoza.jpg", "france_lyon.jpg", "nowhere_plain.jpg"]
    (tmp_path / "photos" / "below").mkdir(parents=True)
    for name in names[:2]:
        shutil.copy(photos / name, tmp_path / "photos" / name)
    shutil.copy(photos / names[2], tmp_path / "photos" / "below" / names[2])
    (tmp_path / "photos" / "notes.txt").write_text("no photo")
    return tmp_path / "photos"


def geoagent(cache: Path, *arguments: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "geoagent.cli", *map(str, arguments)]
    environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_photos_are_found_in_folders_and_below(folder: Path, tmp_path: Path) -> None:
    found = photos_in([folder, folder / "france_lyon.jpg", tmp_path / "named.any"])
    assert [path.name for path in found] == ["nowhere_plain.jpg", "france_lyon.jpg", "spain_zaragoza.jpg", "named.any"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no photos"):
        photos_in([tmp_path / "empty"])


@pytest.mark.slow
def test_a_folder_into_a_run(folder: Path, tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    (folder / "broken.jpg").write_text("not a picture")
    done = geoagent(cache, "solve", folder, "--out", tmp_path / "run", "--quiet")
    assert done.returncode == 2
    assert sorted(line.split(":")[0] for line in done.stdout.splitlines()) == [
        "below/nowhere_plain.jpg", "france_lyon.jpg", "spain_zaragoza.jpg"
    ]  # fmt: skip
    assert "spain_zaragoza.jpg: Spain >99 %" in done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert "broken.jpg: not a picture" in done.stderr
    scored = geoagent(cache, "eval", "score", tmp_path / "run")
    assert (scored.returncode, "nothing to score" in scored.stderr) == (2, True)
    assert "geoagent eval import" in scored.stderr
    again = geoagent(cache, "resume", tmp_path / "run", "--json")
    assert (again.returncode, again.stdout) == (2, "")
    assert "3 of 4" in again.stderr  # what could not be read is tried again


@pytest.mark.slow
def test_a_dead_server_stops_a_run_and_resume_ends_it(folder: Path, tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    run, script = tmp_path / "run", iter([SWEDEN, *[Failure(401)] * 20])
    with ScriptedModel([lambda request: next(script)]) as model:
        died = geoagent(cache, "solve", folder, "--out", run, "--vlm", model.url, "--workers", 1)
        assert died.returncode == 3
        assert all(result.open for result in read_results(run))
        asked = len(model.requests)
    alive: list[Answer] = [lambda request: DONE if "What it adds up to" in said(request) else SWEDEN]
    with ScriptedModel(alive) as model:
        resumed = geoagent(cache, "resume", run, "--vlm", model.url)
        assert resumed.returncode == 0
        looks = [request for request in model.requests if "What it adds up to" not in said(request)]
    results = read_results(run)
    assert len(results) == 3
    assert {r.trace.prediction.status for r in results if r.trace} == {"complete"}
    assert asked == 4
    assert len(looks) == 2  # the photo whose opinion was there already went on from there


@pytest.mark.slow
def test_a_case_goes_on_after_kill_9(tmp_path: Path, photos: Path, cache: Path, atlas: Atlas) -> None:
    run, photo = tmp_path / "run", photos / "nowhere_plain.jpg"
    script: list[Answer] = [SWEDEN, ZOOM, Failure(200, delay_s=60), DONE]
    with ScriptedModel(script) as model:
        command = [sys.executable, "-m", "geoagent.cli", "solve", photo, "--out", run, "--vlm", model.url]
        environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: len(model.requests) == 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = geoagent(cache, "resume", run, "--vlm", model.url)
        assert done.returncode == 0
        assert len(model.requests) == 4
    (result,) = read_results(run)
    assert result.trace is not None
    assert [call.tool for call in result.trace.trace.calls] == ["zoom"]
    assert result.trace.prediction.usage.model_calls == 3


@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_says_how_to_go_on(tmp_path: Path, photos: Path, cache: Path, atlas: Atlas) -> None:
    answered = threading.Event()

    def never(request: Request) -> Reply:
        answered.wait()
        return DONE

    with ScriptedModel([SWEDEN, never]) as model:
        command = [sys.executable, "-m", "geoagent.cli", "solve", photos / "nowhere_plain.jpg"]
        command += ["--out", tmp_path / "run", "--vlm", model.url]
        environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: len(model.requests) == 2)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=WAIT_S)
        answered.set()
    assert process.returncode == 130
    assert f"geoagent resume {tmp_path / 'run'} goes on" in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--engine", "ray"], "name its folder with --out RUN"),
        (["--out", "run", "--address", "auto"], "--address names a Ray cluster: say --engine ray"),
        pytest.param(
            ["--out", "run", "--engine", "ray"], "pip install 'geoagent-locate[ray]'",
            marks=pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed here"),
        ),
    ],
)  # fmt: skip
def test_an_engine_that_cannot_be_had_is_refused_before_any_work(
    asked: list[str], told: str, tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["solve", str(photos / "nowhere_plain.jpg"), *asked]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_work_on_one_run(tmp_path: Path) -> None:
    with (
        open_checkpoints(tmp_path / "checkpoints.sqlite"),
        pytest.raises(ConfigError, match="another geoagent"),
        open_checkpoints(tmp_path / "checkpoints.sqlite"),
    ):
        pass


@pytest.fixture
def kept(tmp_path: Path, cache: Path) -> Iterator[Any]:
    with open_checkpoints(tmp_path / "checkpoints.sqlite") as checkpoints:

        def run(photo: Path, *script: Answer) -> tuple[Any, list[Request]]:
            with ScriptedModel(script) as model:
                settings = Settings(vlm=model.url, model="scripted", cache_dir=cache)
                file = GeoAgent(settings, checkpointer=checkpoints).trace(photo, case="one")
                return file, model.requests

        yield run


@pytest.mark.slow
def test_a_case_goes_on_from_before_what_failed(kept: Any, photos: Path) -> None:
    street = {"country": "Sweden", "city": "Malmö", "street": "Storgatan", "lat": 55.6, "lon": 13.0, "probability": 0.6}
    failed, _ = kept(photos / "spain_zaragoza.jpg", look(street), ZOOM, Failure(401))
    assert failed.prediction.status == "degraded"
    mended, requests = kept(photos / "spain_zaragoza.jpg", DONE)
    assert mended.prediction.status == "complete"
    assert len(requests) == 1
    assert mended.trace.evidence == failed.trace.evidence
    assert mended.trace.spots == failed.trace.spots
    assert json.loads(mended.model_dump_json())["photos"] == json.loads(failed.model_dump_json())["photos"]


@pytest.mark.slow
def test_another_photo_of_the_same_name_begins_anew(kept: Any, photos: Path) -> None:
    kept(photos / "spain_zaragoza.jpg", SWEDEN, Failure(401))
    file, requests = kept(photos / "france_lyon.jpg", SWEDEN, DONE)
    assert len(requests) == 2
    assert file.photos[0].path.endswith("france_lyon.jpg")
