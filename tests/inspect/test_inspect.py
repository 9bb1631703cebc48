"""inspect_ai runs ten samples through the agent with a scripted model; its own reader and viewer open the log."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from geoagent.testing import ScriptedModel, action, look

pytestmark = [
    pytest.mark.inspect,
    pytest.mark.skipif(
        "GEOAGENT_TEST_INSPECT" not in os.environ, reason="GEOAGENT_TEST_INSPECT names no environment with inspect_ai"
    ),
]
TASK = "geoagent/geolocate"


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Spain at the first look at a photo, and then no more."""
    is_first = all(message["role"] != "assistant" for message in request["messages"])
    return look({"country": "Spain", "probability": 0.9}) if is_first else action("conclude", claims=[])


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Ten photos with their places: nine points in Spain, and one country that is another."""
    (tmp_path / "ten" / "images").mkdir(parents=True)
    rows = [f"{n},{n}.jpg,{40.4 + n / 10},-3.7,ES,point" for n in range(9)] + ["9,9.jpg,,,FR,country"]
    for n in range(10):
        Image.new("RGB", (64, 48), (20 * n, 100, 200 - 10 * n)).save(tmp_path / "ten" / "images" / f"{n}.jpg")
    (tmp_path / "ten" / "labels.csv").write_text("id,file,lat,lon,country,granularity\n" + "\n".join(rows) + "\n")
    return tmp_path / "ten"


def run(folder: Path, cache: Path, *command: str | Path, **own: str) -> str:
    """What a command of that environment prints, away from this tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GEOAGENT_"))}
    given = {**kept, "GEOAGENT_CACHE_DIR": str(cache), **own}
    program = Path(os.environ["GEOAGENT_TEST_INSPECT"]).absolute() / "bin" / command[0]
    done = subprocess.run([program, *command[1:]], cwd=folder, env=given, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ten_samples_and_their_log(tmp_path: Path, cache: Path, dataset: Path) -> None:
    with ScriptedModel([answer]) as model:
        asked = ("-T", f"dataset={dataset}", "-T", f"vlm={model.url}", "-T", "model_name=scripted")
        run(tmp_path, cache, "inspect", "eval", TASK, *asked, "--model", "none/none", "--log-dir", "logs")
    (log,) = (tmp_path / "logs").glob("*.eval")
    found = json.loads(run(tmp_path, cache, "python", Path(__file__).with_name("read_log.py"), log))
    assert (found["status"], sorted(found["ids"])) == ("success", [str(n) for n in range(10)])
    assert found["means"]["country_right"] == pytest.approx(0.9)
    assert (found["scored"]["country_right"], found["scored"]["geoscore"], found["scored"]["dollars"]) == (10, 9, 0)
    assert json.loads(found["said"].splitlines()[-1])["country"] == "Spain"
    assert {"geoagent perceive", "geoagent propose"} <= set(found["sources"])
    run(tmp_path, cache, "inspect", "view", "bundle", "--log-dir", "logs", "--output-dir", "bundle")
    assert (tmp_path / "bundle" / "index.html").exists() and list((tmp_path / "bundle" / "logs").glob("*.eval"))


def test_answers_of_any_model_are_scored(tmp_path: Path, cache: Path, dataset: Path) -> None:
    """inspect_ai's own solver and model in the place of the agent: it is shown the photos, and its text is read."""
    with ScriptedModel(["It looks like Spain. lat: 40.4, lon: -3.7"]) as model:
        own = {"LOCAL_BASE_URL": model.url, "LOCAL_API_KEY": "none"}
        asked = ("--model", "openai-api/local/scripted", "--solver", "generate", "--limit", "2")
        run(tmp_path, cache, "inspect", "eval", TASK, "-T", f"dataset={dataset}", *asked, "--log-dir", "logs", **own)
    assert "data:image/jpeg;base64," in str(model.requests[0]["messages"])
    (log,) = (tmp_path / "logs").glob("*.eval")
    found = json.loads(run(tmp_path, cache, "python", Path(__file__).with_name("read_log.py"), log))
    assert (found["means"]["country_right"], found["means"]["within_1_km"]) == (1, 0.5)
