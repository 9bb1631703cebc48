"""Whatever fails on the way, a case ends with a valid answer or a documented failure.

GEOAGENT_FAULT_RUNS=1000 runs the long form.
"""

import json
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.agent import json_schemas
from geoagent.atlas import Atlas
from geoagent.case.trace import TraceFile, check
from geoagent.errors import ConfigError, ToolInputError, ToolUnavailable
from geoagent.testing.scripted_model import Failure, Request, ScriptedModel, action, look, said
from tests.perceived import solve_perceived

pytestmark = pytest.mark.slow

RUNS = int(os.environ.get("GEOAGENT_FAULT_RUNS", "24"))
P = 0.2
MODEL_FAULTS: list[Any] = [
    Failure(500),
    Failure(429, headers={"Retry-After": "0"}),
    Failure(0),
    Failure(200, delay_s=2.0),
    Failure(200, "<html>502 Bad Gateway</html>", content_type="text/html"),
    Failure(200, '{"choices": [{"message": {"role": "assi'),
    "I would rather not say.",
    Failure(401),
]
TOOL_FAULTS: list[Exception] = [
    ToolUnavailable("the archive is closed", retry_after=3),
    ToolInputError("no such box"),
    TimeoutError("timed out"),
    ConnectionError("refused"),
    ValueError("bad json"),
    KeyError("results"),
    RecursionError(),
    OSError(28, "No space left on device"),
]


class Plan:
    """Draws the faults, each call independently; safe to share between threads."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.drawn: Counter[str] = Counter()

    def fault(self, faults: list[Any]) -> Any:
        with self._lock:
            if self._random.random() >= P:
                return None
            found = self._random.choice(faults)
            self.drawn[repr(found)] += 1
            return found

    def answer(self, request: Request) -> Any:
        turns = said(request).count("Result of archive")
        first = "What it adds up to" not in said(request)
        good = (
            look({"country": "Sweden", "city": "Uppsala", "probability": 0.6})
            if first
            else action("archive", box=turns)
        )
        return self.fault(MODEL_FAULTS) or (good if turns < 3 else action("conclude", claims=[]))


def test_every_case_ends_well_or_says_why(tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    plan = Plan(2026)

    def archive(box: int) -> str:
        """Ask the archive for a box."""
        fault = plan.fault(TOOL_FAULTS)
        if fault is not None:
            raise fault
        return f"box {box} is empty"

    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    schema = json_schemas()["trace"]

    def one(number: int) -> str:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, request_timeout_s=1.0, max_steps=8)
        try:
            file = GeoAgent(settings, tools=[archive]).trace(tmp_path / "noise.png")
        except ConfigError as error:
            assert "\n" not in str(error)
            return "ConfigError"
        check(file.trace)
        jsonschema.validate(json.loads(file.model_dump_json()), schema)
        assert TraceFile.model_validate_json(file.model_dump_json()) == file
        if file.prediction.status == "degraded":
            assert file.prediction.notes
        return file.prediction.status

    with ScriptedModel([plan.answer]) as model, ThreadPoolExecutor(4) as pool:
        ends = Counter(pool.map(one, range(RUNS)))
    print(f"{RUNS} runs: {dict(ends)}; faults: {dict(plan.drawn)}")
    assert sum(ends.values()) == RUNS
    assert ends["complete"] > 0
    if RUNS >= 200:
        assert ends["degraded"] > 0
        assert len(plan.drawn) == len(MODEL_FAULTS) + len(TOOL_FAULTS)


@pytest.mark.parametrize("fault", TOOL_FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_tool_that_raises_costs_its_answer_alone(fault: Exception, cache: Path, photos: Path) -> None:
    def archive(box: int) -> str:
        """Ask the archive for a box."""
        raise fault

    script = [look({"country": "Sweden", "probability": 0.6}), action("archive", box=1), action("conclude", claims=[])]
    with ScriptedModel(script) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache)
        file = solve_perceived(settings, photos / "nowhere_plain.jpg", tools=[archive])
    assert file.prediction.status == "complete"
    assert [call.status for call in file.trace.calls] in (["unavailable"], ["invalid"])
