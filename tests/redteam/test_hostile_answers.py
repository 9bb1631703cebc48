"""Two thousand hostile answers of a model, a tool and services: each costs itself alone.

Each is a good answer with one odd value somewhere in it. GEOAGENT_FUZZ=N tries N instead.
"""

import json
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.case.prediction import Usage
from geoagent.case.trace import Trace, TraceFile, extend
from geoagent.errors import ModelError, ToolError, UnusableAnswer
from geoagent.graph.investigate import investigate
from geoagent.graph.keyless_record import recorded
from geoagent.graph.propose import propose
from geoagent.reasoners.vlm import chat_completion
from geoagent.reasoners.vlm.answer_models import ODD, Action, FirstLook
from geoagent.reasoners.vlm.chosen_answer import read
from geoagent.reasoners.vlm.field_names import tool_arguments
from geoagent.reasoners.vlm.server_faults import asked_wait_of
from geoagent.runs.checkpoints import OwnNouns, open_checkpoints
from geoagent.runs.trace_files import read_trace, sealed
from geoagent.testing.scripted_model import Failure, ScriptedModel, action, look
from geoagent.tools import TOOLS
from geoagent.tools.core.tool import ToolResult, schema
from geoagent.web.gate import Gate, Wire
from tests.internet import Reply, Web
from tests.opened import Opened, Opening, clue, noise
from tests.redteam.mutations import as_json, mutated
from tests.web.services.samples import SAMPLES, Sample, served

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("GEOAGENT_FUZZ", "2000"))
KEY = "sk-planted-9f8e7d6c5b4a"
LIMIT_S = 20.0
PLACES = [
    {"country": "Sweden", "region": "Uppsala", "city": "Uppsala", "probability": 0.6, "lat": 59.8, "lon": 17.6},
    {"country": "Norway", "probability": 0.2, "because": f"a sign says {KEY}"},
]
SEEN = [{"kind": "text", "value": "ICA NÄRA", "view": 1, "box": [0.1, 0.1, 0.5, 0.3]}]
CLAIM = {"statement": "It is Sweden.", "kind": "conclusion", "level": "country", "place": "Sweden", "cites": ["c1"]}
ANSWERS: list[Any] = [
    look(*PLACES, clues=SEEN),
    {**action("zoom", view=1, box=[0.1, 0.1, 0.5, 0.5]), "seen": SEEN},
    action("whats_at", lat=59.8, lon=17.6),
    action("lookup_place", name="Uppsala", within="Sweden"),
    action("archive", box=1),
    action("revise_opinion", places=PLACES, elsewhere=0.1),
    action("conclude", claims=[CLAIM, CLAIM]),
]
COMPLETION = {
    "id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 10, "cost": 0.001},
}  # fmt: skip
ERROR = {"error": {"message": f"wait 3 s, {KEY}", "type": "rate_limit", "code": 429, "metadata": {"raw": "x"}}}


def hostile_completion(draw: random.Random) -> str:
    """A completion that is odd in its answer, or round it."""
    answer = as_json(mutated(draw.choice(ANSWERS), draw))
    whole = json.loads(json.dumps(COMPLETION))
    whole["choices"][0]["message"]["content"] = answer
    return as_json(mutated(whole, draw) if draw.random() < 0.3 else whole)


def archive(draw: random.Random) -> Any:
    good = {"found": [1, 2.5, "x", {"lat": 59.8, "lon": 17.6}], "key": KEY}
    objects: list[Any] = [None, object(), b"\xff", 1j, {1, 2}, SystemExit(1)]

    def archive(box: int = 1) -> ToolResult:
        """Ask the archive for a box."""
        odd = draw.choice(objects) if draw.random() < 0.2 else None
        if isinstance(odd, BaseException):
            raise odd
        return odd if odd is not None else ToolResult(text=f"box {KEY}", data=mutated(good, draw))  # type: ignore[no-any-return]

    return archive


def test_no_answer_of_a_model_or_tool_costs_more_than_itself(open_case: Opening) -> None:
    """Each answer goes through the client, the reasoner and the tools as in a run, and what it adds is kept."""
    draw, lock = random.Random(20), threading.Lock()

    def answer(request: Any) -> Failure:
        with lock:
            return Failure(200, hostile_completion(draw))

    case: Opened = open_case(answer, tools=[archive(draw)], api_key=KEY, request_timeout_s=5.0)
    case.add(case.trace.model_copy(update={"clues": (clue("ICA"),)}))
    kept = OwnNouns()
    for number in range(COUNT):
        began, node = time.monotonic(), propose if number % 3 == 0 else investigate
        case.state["usage"] = Usage()
        added = node(case.state, case.resources)
        whole = extend(case.trace, added.get("trace", Trace()))
        state = recorded({**added, "trace": whole}, case.resources.gate.secrets)
        kind, data = kept.dumps_typed(state)
        assert KEY.encode() not in data, number
        kept.loads_typed((kind, data))
        assert time.monotonic() - began < LIMIT_S, number


def test_every_answer_is_read_or_refused() -> None:
    """What the reasoner takes from an answer can be kept, whatever stands in it."""
    draw = random.Random(23)
    for number in range(COUNT):
        form = FirstLook if number % 2 else Action
        try:
            replies, _ = chat_completion.read(chat_completion.load(hostile_completion(draw).encode()))
        except (chat_completion.ServerFault, *ODD):  # `ModelServer` takes these for no completion
            continue
        try:
            found = read(replies[0], form, tuple(TOOLS))
        except UnusableAnswer:
            continue
        OwnNouns().dumps_typed(found.model_dump(mode="json"))
        if isinstance(found, Action) and found.action in TOOLS:
            OwnNouns().dumps_typed(tool_arguments(found.arguments, schema(TOOLS[found.action])))


def test_errors_of_a_server_are_read_whatever_they_hold() -> None:
    draw = random.Random(21)
    for _ in range(COUNT):
        body = as_json(mutated(draw.choice([ERROR, COMPLETION]), draw)).encode()
        try:
            chat_completion.read(chat_completion.load(body))
        except chat_completion.ServerFault as fault:
            asked_wait_of(fault)
        except ODD:  # what `ModelServer` takes for no completion
            continue


def test_a_run_of_hostile_answers_ends(cache: Path, tmp_path: Path, atlas: Atlas) -> None:
    """Whole cases, with checkpoints: what is hostile costs answers, and no case is lost."""
    draw, lock, photo = random.Random(22), threading.Lock(), noise(tmp_path, 1)

    def answer(request: Any) -> Failure:
        with lock:
            return Failure(200, hostile_completion(draw))

    with ScriptedModel([answer]) as model, open_checkpoints(tmp_path / "checkpoints.sqlite") as saver:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, max_steps=4, api_key=KEY, timeout_s=60.0)
        agent = GeoAgent(settings, tools=[archive(draw)], checkpointer=saver)
        ended: list[TraceFile] = []
        for number in range(max(2, COUNT // 200)):
            try:
                ended.append(agent.trace(photo, case=f"case {number}"))
            except ModelError as error:
                assert "\n" not in str(error)
        for file in ended:
            text = sealed(file).model_dump_json()
            assert read_trace(text).prediction == file.prediction
            assert KEY not in text
    assert ended


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.id for sample in SAMPLES])
def test_no_answer_of_a_service_costs_more_than_itself(sample: Sample, tmp_path: Path) -> None:
    draw, name = random.Random(sample.id), sample.provider.name
    good = {path: json.loads(text) for path, text in served(sample).items()}

    def hostile(path: str) -> Any:
        return lambda hit: Reply(as_json(mutated(good[path], draw)), "application/json")

    with Web() as web:
        web.pages |= {f"127.0.0.1/api{path}": hostile(path) for path in good}
        query = "?cx=mine" if name == "google_cse" else ""
        values = {"services": {name: f"{web.url}/api{query}"}, "cache_dir": tmp_path, **sample.settings}
        gate = Gate(Settings.model_validate(values), web.network)
        for number in range(COUNT // len(SAMPLES)):
            provider = sample.provider._replace(keep_s=0, every_s=0)
            wire = Wire(gate).during(5.0, (), lambda tool: False)
            began = time.monotonic()
            try:
                found = sample.ask(wire)
                json.dumps([hit._asdict() for hit in found]).encode()
            except ToolError as error:
                assert "\n" not in str(error)
            assert time.monotonic() - began < LIMIT_S, (provider.name, number)
    assert web.hits
