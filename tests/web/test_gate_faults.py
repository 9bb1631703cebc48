"""Runs in which each answer of a service is a fault with probability 0.3 end well.

GEOAGENT_FAULT_RUNS=200 is the long form.
"""

import json
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.case.trace import TraceFile, check
from geoagent.testing.scripted_model import Request, ScriptedModel, action, look, said
from tests.internet import Hit, Reply, Web

pytestmark = pytest.mark.slow

RUNS = int(os.environ.get("GEOAGENT_FAULT_RUNS", "30"))
P = 0.3
FAULTS = [
    Reply(status=403), Reply("<html>", "text/html"), Reply('{"query', "application/json"), Reply(status=404),
    Reply(status=429, headers={"Retry-After": "0"}), Reply(status=302, headers={"Location": "http://127.0.0.1/"}),
    Reply('{"query": {"pages": [3, null, {"title": 7}]}}', "application/json"),
    Reply("{}", "application/json", promised=99),
]  # fmt: skip


def answer(request: Request) -> object:
    turns = said(request).count("Result of lookup_encyclopedia")
    if "What it adds up to" not in said(request):
        return look({"country": "Sweden", "probability": 0.5}, elsewhere=0.5)
    words = f"thing {random.random()}"
    return action("lookup_encyclopedia", words=words) if turns < 3 else action("conclude", claims=[])


def test_every_run_ends_well(tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    draw, lock, drawn = random.Random(6), threading.Lock(), Counter[str]()

    def served(hit: Hit) -> Reply:
        with lock:
            fault = draw.choice(FAULTS) if draw.random() < P else None
            drawn["fault" if fault else "good"] += 1
        page = {"title": "Uppsala", "fullurl": "http://a.example/", "extract": "a city", "index": 1}
        return fault or Reply(json.dumps({"query": {"pages": [page]}}), "application/json")

    pixels = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    with Web({"127.0.0.1/wiki": served, "127.0.0.1/data": served}) as web, ScriptedModel([answer]) as model:  # type: ignore[list-item]
        services = {"wikipedia": f"{web.url}/wiki", "wikidata": f"{web.url}/data"}
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, services=services)
        agent = GeoAgent(settings, network=web.network)

        def one(number: int) -> str:
            file = agent.trace(tmp_path / "noise.png")
            check(file.trace)
            assert TraceFile.model_validate_json(file.model_dump_json()) == file
            assert len(file.trace.calls) == 3
            return file.prediction.status

        with ThreadPoolExecutor(4) as pool:
            ends = Counter(pool.map(one, range(RUNS)))
    print(f"{RUNS} runs: {dict(ends)}; answers: {dict(drawn)}")
    assert ends == {"complete": RUNS}
