"""A question and a correction to a case that real vLLM has solved: its tiny model talks nonsense, the form holds."""

import os
from pathlib import Path

import pytest

from geoagent.atlas import Atlas
from geoagent.case.prediction import Prediction
from geoagent.geo import Area
from tests.serve.conftest import Served
from tests.vllm.server import serve

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif("GEOAGENT_TEST_VLLM" not in os.environ, reason="GEOAGENT_TEST_VLLM names no vLLM environment"),
]


def test_a_question_and_a_correction_over_the_wire(tmp_path: Path, cache: Path, atlas: Atlas, photos: Path) -> None:
    photo = (photos / "spain_zaragoza.jpg").read_bytes()
    with serve(Path(os.environ["GEOAGENT_TEST_VLLM"]), tmp_path / "log") as url:
        service = Served(tmp_path / "data", cache, "--vlm", url, "--model", "tiny-vlm", max_steps="2")
        case = service.solve(photo)
        assert (case["status"], case["prediction"]["reasoner"]) == ("done", "vlm")
        last = service.events(case["id"])[-1][0]
        question = service.say(case["id"], "question", "what does the shop sign say?")
        assert question["status"] == "done"
        assert all(set(sentence) == {"statement", "cites", "support"} for sentence in question["answer"])
        correction = service.say(case["id"], "correction", "exclude Spain")
        assert correction["status"] == "done"
        after = service.client.get(f"/api/cases/{case['id']}").json()["prediction"]
        assert Prediction.model_validate(after).levels[0].code != Area("ES")
        nodes = [data["node"] for _, kind, data in service.events(case["id"], last) if kind == "node"]
        assert "user" in nodes and "perceive" not in nodes and nodes[-1] == "conclude"
        assert service.stop() == 0
