"""Ray as the engine of a run, through the real command: what is found is the same, and what dies loses nothing."""

import os
import signal
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from geoagent.runs.run_folder import read_results
from geoagent.testing import ScriptedModel, action, look
from geoagent.testing.scripted_model import Reply, Request, said
from tests.scale.processes import below, environment, name_of, solving
from tests.scale.results import differing, lines_in
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.scale,
    pytest.mark.skipif("GEOAGENT_TEST_SCALE" not in os.environ, reason="GEOAGENT_TEST_SCALE names no environment"),
]
SIGNS = ("Calle Mayor 12, 28013 Madrid", "Bäckerei Schmidt Köln", "Boulangerie de Lyon", "Farmacia Bologna 051 234567")
PHOTOS = 12
KILLED_AT = (2, 5)
DRIVER_KILLED_AT = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos of signs, and a file that is none."""
    (tmp_path / "photos").mkdir()
    font = ImageFont.load_default(40)
    for n in range(PHOTOS):
        picture = Image.new("RGB", (900, 300), (200, 210 - 3 * n, 190))
        ImageDraw.Draw(picture).text((40, 100 + n), SIGNS[n % len(SIGNS)], (10, 10, 10), font)
        picture.save(tmp_path / "photos" / f"{n:02}.jpg")
    (tmp_path / "photos" / "broken.jpg").write_text("no photo")
    return tmp_path / "photos"


def command(*arguments: object) -> list[str]:
    return [f"{os.environ['GEOAGENT_TEST_SCALE']}/bin/python", "-m", "geoagent.cli", *map(str, arguments)]


def environment_of(cache: Path, home: Path) -> dict[str, str]:
    return {**os.environ, "GEOAGENT_CACHE_DIR": str(cache), "HOME": str(home)}


def geoagent(cache: Path, home: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    given = environment_of(cache, home)
    return subprocess.run(command(*arguments), env=given, capture_output=True, text=True, timeout=600)


@contextmanager
def started(cache: Path, home: Path, *arguments: object) -> "Iterator[subprocess.Popen[bytes]]":
    with (home / "told").open("w") as told:
        process = subprocess.Popen(command(*arguments), env=environment_of(cache, home), stdout=told, stderr=told)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_workers_and_driver_die_and_each_photo_is_there_once_as_from_the_local_engine(
    folder: Path, tmp_path: Path, cache: Path
) -> None:
    run = tmp_path / "ray"
    with started(cache, tmp_path, "solve", folder, "--out", run, "--engine", "ray", "--workers", 2) as driver:
        for count in KILLED_AT:
            wait_until(lambda count=count: len(lines_in(run)) >= count and solving(driver.pid))
            os.kill(solving(driver.pid)[0], signal.SIGKILL)
        wait_until(lambda: len(lines_in(run)) >= DRIVER_KILLED_AT)
        left = below(driver.pid)
        servers = [pid for pid in left if name_of(pid) in ("gcs_server", "raylet")]
        assert [environment(pid).get("RAY_USAGE_STATS_ENABLED") for pid in servers] == ["0", "0"]
        driver.kill()
        driver.wait()
        wait_until(lambda: not any(environment(pid) for pid in left))
    done = geoagent(cache, tmp_path, "resume", run, "--engine", "ray", "--workers", 2)
    assert done.returncode == 2, done.stderr  # one is no photo
    counts = Counter(line["id"] for line in lines_in(run) if line["fault"] is None)
    assert counts == {f"{n:02}.jpg": 1 for n in range(PHOTOS)}
    assert geoagent(cache, tmp_path, "solve", folder, "--out", tmp_path / "local").returncode == 2
    assert differing(run, tmp_path / "local") == []
    assert not (tmp_path / ".ray").exists()


def test_a_photo_at_which_workers_die_is_set_aside_and_the_others_are_solved(
    folder: Path, tmp_path: Path, cache: Path
) -> None:
    run, poisoned = tmp_path / "run", "only this one"
    (folder / "labels.csv").write_text(
        "id,file,country,question\n" + "".join(f"{n},{n:02}.jpg,ES,{poisoned if n == 3 else ''}\n" for n in range(5))
    )
    driver: list[int] = []

    def answer(request: Request) -> Reply:
        if poisoned in said(request):
            wait_until(lambda: solving(driver[0]))  # the system's list of children can lack one for a moment
            for pid in solving(driver[0]):
                os.kill(pid, signal.SIGKILL)
        is_first = all(message["role"] != "assistant" for message in request["messages"])
        return look({"country": "Spain", "probability": 0.9}) if is_first else action("conclude", claims=[])

    with ScriptedModel([answer]) as model:
        asked = ("eval", "run", folder, "--out", run, "--vlm", model.url, "--engine", "ray", "--workers", 1)
        with started(cache, tmp_path, *asked) as process:
            driver.append(process.pid)
            assert process.wait(600) == 2, (tmp_path / "told").read_text()
    results = {result.id: result for result in read_results(run)}
    assert "set aside: 3 workers died at it" in str(results.pop("3").fault)
    assert {result.trace.prediction.status for result in results.values() if result.trace} == {"complete"}
    assert sorted(results) == ["0", "1", "2", "4"]


def test_an_address_where_no_cluster_is(folder: Path, tmp_path: Path, cache: Path) -> None:
    asked = ("solve", folder, "--out", tmp_path / "run", "--engine", "ray", "--address", "127.0.0.1:1")
    done = geoagent(cache, tmp_path, *asked)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("geoagent: --address 127.0.0.1:1: no Ray cluster answers there")


def test_photos_in_a_tar_come_out_as_by_the_local_engine(folder: Path, tmp_path: Path, cache: Path) -> None:
    with tarfile.open(tmp_path / "0.tar", "w") as archive:
        for photo in [*sorted(folder.iterdir())[:3], folder / "broken.jpg"]:
            archive.add(photo, photo.name)
    for engine in ("ray", "local"):
        geoagent(
            cache, tmp_path, "solve", tmp_path / "0.tar", "--out", tmp_path / engine, "--engine", engine, "--workers", 2
        )
    assert len(lines_in(tmp_path / "ray")) == 4
    assert differing(tmp_path / "ray", tmp_path / "local") == []
