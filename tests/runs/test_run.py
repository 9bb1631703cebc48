"""Runs survive whatever stops them. GEOAGENT_KILLS=20 GEOAGENT_SAMPLES=200 pytest -m slow runs the long form."""

import json
import os
import random
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.errors import ConfigError
from geoagent.geo import Point
from geoagent.runs.run import solve_sample
from geoagent.runs.run_folder import Manifest, Result, append, dataset_hash, open_run, read_results
from geoagent.runs.samples import Sample
from geoagent.testing.scripted_model import Request, ScriptedModel, action, look, said
from tests.waiting import wait_until

KILLS = int(os.environ.get("GEOAGENT_KILLS", "3"))
SAMPLES = int(os.environ.get("GEOAGENT_SAMPLES", "16"))
COUNTRIES = ["Chile", "Sweden", "Japan", "Kenya", "Peru"]


def dataset(folder: Path, count: int) -> Path:
    """Small noise pictures, each with a question that the scripted model knows the answer to."""
    folder.mkdir()
    rows = ["id,file,country,question"]
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
        rows.append(f"s{number},{number}.png,{COUNTRIES[number % 5]},case {number}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


def oracle(request: Request) -> dict[str, Any]:
    """Depends on the request alone, so that a run that was stopped goes on as it would have."""
    text = said(request)
    if "What it adds up to" in text:
        seen = "Result of whats_at" in text
        return action("conclude", claims=[]) if seen else action("whats_at", lat=-33.4, lon=-70.6)
    number = int(text.split("case ")[1].split()[0])
    wrong = number % 7 == 0
    return look({"country": COUNTRIES[(number + wrong) % 5], "probability": 0.8}, elsewhere=0.2)


def start(run: Path, data: Path, url: str, cache: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "geoagent.cli", "eval", "run", data, "--out", run, "--vlm", url, "--workers", "4"]
    environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked_or_ended(model: ScriptedModel, enough: int, process: "subprocess.Popen[bytes]") -> bool:
    return len(model.requests) >= enough or process.poll() is not None


def predictions(run: Path) -> dict[str, Any]:
    """Every prediction without its timings."""
    found = {}
    for line in (run / "results.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert row["id"] not in found
        row["trace"]["prediction"]["usage"].pop("seconds")
        found[row["id"]] = row["trace"]["prediction"]
    return found


def scores(run: Path, cache: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "geoagent.cli", "eval", "score", run, "--json"]
    done = subprocess.run(
        command, env={**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}, capture_output=True, check=True
    )
    table = json.loads(done.stdout)["all"]
    return {name: value for name, value in table.items() if "seconds" not in name}


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_like_one_that_is_not(
    tmp_path: Path, cache: Path, atlas: Atlas
) -> None:
    data = dataset(tmp_path / "data", SAMPLES)
    moments = random.Random(7)
    with ScriptedModel([oracle], name="oracle") as model:
        assert start(tmp_path / "calm", data, model.url, cache).wait() == 0
        for _ in range(KILLS):
            enough = len(model.requests) + moments.randint(1, 2 * SAMPLES // KILLS)
            with start(tmp_path / "killed", data, model.url, cache) as process:
                wait_until(partial(asked_or_ended, model, enough, process))
                assert process.poll() is None  # each sample takes three requests, so it is in the midst of them
                process.send_signal(signal.SIGKILL)
        assert start(tmp_path / "killed", data, model.url, cache).wait() == 0
    calm, killed = predictions(tmp_path / "calm"), predictions(tmp_path / "killed")
    assert len(calm) == SAMPLES
    assert killed == calm
    assert scores(tmp_path / "killed", cache) == scores(tmp_path / "calm", cache)


MANIFEST = Manifest(mode="prior", dataset="x", dataset_hash="0")
SAMPLE = Sample(id="a", country="SE", granularity="country")


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    open_run(tmp_path / "r", MANIFEST, [SAMPLE])
    append(tmp_path / "r", [Result(id="a", country="SE"), Result(id="b", country="NO")])
    whole = (tmp_path / "r" / "results.jsonl").read_bytes()
    (tmp_path / "r" / "results.jsonl").write_bytes(whole[:-5])
    assert open_run(tmp_path / "r", MANIFEST, [SAMPLE]) == {"a"}
    append(tmp_path / "r", [Result(id="b", country="DK")])
    assert [(r.id, r.country) for r in read_results(tmp_path / "r")] == [("a", "SE"), ("b", "DK")]


def test_a_folder_of_another_run_is_left_alone(tmp_path: Path) -> None:
    open_run(tmp_path / "r", MANIFEST, [SAMPLE])
    with pytest.raises(ConfigError, match="another run: mode differ"):
        open_run(tmp_path / "r", MANIFEST.model_copy(update={"mode": "agent"}), [SAMPLE])
    with pytest.raises(ConfigError, match="another run: samples differ"):
        open_run(tmp_path / "r", MANIFEST, [SAMPLE.model_copy(update={"question": "In Europe?"})])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").touch()
    with pytest.raises(ConfigError, match="not empty"):
        open_run(tmp_path / "full", MANIFEST, [SAMPLE])


def test_a_run_of_an_earlier_version_goes_on_whatever_its_hash(tmp_path: Path) -> None:
    open_run(tmp_path / "r", MANIFEST, [SAMPLE])
    now = MANIFEST.model_copy(update={"dataset_hash": dataset_hash([SAMPLE])})
    append(tmp_path / "r", [Result(id="a", country="SE")])
    assert open_run(tmp_path / "r", now, [SAMPLE]) == {"a"}


def test_a_dataset_is_its_ids_and_true_places() -> None:
    one = Sample(id="a", point=Point(lat=1, lon=2), source="mine.csv", images=("x/a.jpg",), tags={"note": "n"})
    other = Sample(id="b", point=Point(lat=3, lon=4))
    bare = Sample(id="a", point=Point(lat=1.0000001, lon=2), country="SE")
    assert dataset_hash([one, other]) == dataset_hash([other, bare])
    for update in ({"id": "c"}, {"point": Point(lat=1.1, lon=2)}, {"granularity": "city"}):
        assert dataset_hash([one]) != dataset_hash([one.model_copy(update=update)])
    assert dataset_hash([SAMPLE]) != dataset_hash([SAMPLE.model_copy(update={"country": "NO"})])


def test_a_sample_without_a_photo_costs_itself_alone(agent: GeoAgent) -> None:
    assert solve_sample(agent, SAMPLE, "agent", hints=True).fault == "the dataset names no photo for it"


def test_a_sample_that_breaks_is_set_aside(cache: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(GeoAgent):
        def trace(self, *photos: Any, hint: str = "", case: str | None = None) -> Any:
            raise TypeError("what nobody\nthought of")

    result = solve_sample(Broken(Settings(cache_dir=cache)), Sample(id="a", images=("a.png",)), "agent", True)
    assert result.fault == "set aside after a fault of geoagent itself (TypeError: what nobody thought of)"
    assert not result.open
