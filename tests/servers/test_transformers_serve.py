"""The whole loop against real `transformers serve`, which keeps to no form: a tiny model says what the test gives it.

A model of random weights would never act here, as it must where a grammar holds it (tests/servers/test_llama_cpp.py).
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoagent import Settings
from geoagent.case.trace import check
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.testing import action, look
from tests.perceived import solve_perceived
from tests.servers.server import transformers_serve

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        "GEOAGENT_TEST_SERVERS" not in os.environ, reason="GEOAGENT_TEST_SERVERS names no environment with transformers"
    ),
]
PHOTO = "nowhere_plain.jpg"
PLACES = ({"country": "Sweden", "city": "Malmö", "probability": 0.6}, {"country": "Norway", "probability": 0.2})
SIGN = {"kind": "text", "value": "Storgatan 5", "view": 1, "box": [0.1, 0.2, 0.5, 0.6]}
ZOOM = action("zoom", thought="a sign", view=1, box=[0.25, 0.25, 0.75, 0.5])
WHERE = action("lookup_place", thought="a name", name="Malmö")
END = action("conclude", thought="enough", claims=[{"statement": "It is Malmö.", "cites": []}])
SAID = [
    f"Here is what I see:\n\n```json\n{json.dumps(look(*PLACES, clues=[SIGN]))}\n```",
    f"I look closer. {json.dumps(ZOOM)}",
    json.dumps(WHERE),
    "It is surely Malmö.",  # no action: it is asked again
    json.dumps(END),
]
"""An answer for each number of messages, as a server without structured outputs lets a model write them."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talker") / "tiny"
    script = Path(__file__).parent / "make_tiny_talker.py"
    python = Path(os.environ["GEOAGENT_TEST_SERVERS"]) / "bin" / "python"
    subprocess.run([python, script, folder, json.dumps(SAID)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    venv, work = Path(os.environ["GEOAGENT_TEST_SERVERS"]), tmp_path_factory.mktemp("transformers")
    with transformers_serve(venv, model, work) as url:
        yield url


def test_the_loop_over_the_wire(server: str, model: Path, cache: Path, photos: Path) -> None:
    settings = Settings(vlm=server.removesuffix("/v1"), model=str(model), cache_dir=cache, timeout_s=300)
    file = solve_perceived(settings, photos / PHOTO)
    check(file.trace)
    assert [turn.action for turn in file.trace.turns][:2] == ["zoom", "lookup_place"]
    assert file.prediction.status == "complete", file.prediction.notes
    assert file.prediction.levels[0].code == Area("SE")
    assert {clue.value for clue in file.trace.clues if clue.witness.startswith("vlm")} == {SIGN["value"]}
    assert file.prediction.usage.prompt_tokens > 5000  # it counts them


def test_tools_of_the_chat_api_that_it_passes_on_to_no_one(server: str, model: Path, cache: Path, photos: Path) -> None:
    settings = Settings(
        vlm=server, model=str(model), cache_dir=cache, native_tools=True, max_steps=1, no_second_look=True
    )
    file = solve_perceived(settings, photos / PHOTO)
    assert [turn.action for turn in file.trace.turns] == ["zoom"]
    assert file.prediction.levels[0].code == Area("SE")


def test_a_model_that_is_not_the_one_it_is_pinned_to(server: str, model: Path, cache: Path, photos: Path) -> None:
    with pytest.raises(ConfigError, match=r"knows no model 'other'.*pinned to .*tiny"):
        solve_perceived(Settings(vlm=server, model="other", cache_dir=cache), photos / PHOTO)


def test_its_list_of_models_that_fails_without_a_cache(server: str, cache: Path, photos: Path) -> None:
    with pytest.raises(ConfigError, match=r"answered 500 when asked for its models; name one with --model"):
        solve_perceived(Settings(vlm=server, cache_dir=cache), photos / PHOTO)
