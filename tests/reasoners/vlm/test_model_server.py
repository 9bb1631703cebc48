"""How a server is asked, and what its refusals and failures lead to; each server is a real one on loopback."""

import email.utils
import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from geoagent import Settings, TraceFile
from geoagent.errors import ConfigError, ModelError
from geoagent.reasoners.vlm.client import make_client
from geoagent.reasoners.vlm.model_server import ATTEMPTS, ModelServer, TooLarge, ToolsRefused
from geoagent.testing.scripted_model import Answer, Failure, NativeCall, Request, ScriptedModel, action, look, said
from tests.perceived import solve_perceived

SCHEMA = ("answer", {"type": "object"})
QUESTION = [{"role": "user", "content": "where?"}]
AT_ONCE = 2.0
"""Seconds in which nothing is tried again."""


def refusal(status: int, message: str) -> Failure:
    return Failure(status, json.dumps({"error": {"message": message}}))


def server(model: ScriptedModel, timeout_s: float = 20) -> ModelServer:
    return ModelServer(make_client(model.url, None, timeout_s), model.name, timeout_s)


def refusing(unless: Callable[[Request], bool], failure: Failure) -> Answer:
    return lambda request: "fine" if unless(request) else failure


@pytest.mark.parametrize(
    ("accepts", "failure"),
    [
        (lambda r: "response_format" not in r, refusal(400, "unknown field response_format")),
        (lambda r: r.get("response_format") == {"type": "json_object"}, refusal(422, "json_schema is not supported")),
        (lambda r: "response_format" not in r, refusal(500, "failed to parse grammar")),
        (lambda r: "max_completion_tokens" in r, refusal(400, "use 'max_completion_tokens' instead of 'max_tokens'")),
        (lambda r: "temperature" not in r, refusal(400, "Unsupported value: 'temperature' does not support 0")),
    ],
)
def test_a_server_is_asked_as_it_wants_and_that_is_remembered(
    accepts: Callable[[Request], bool], failure: Failure
) -> None:
    with ScriptedModel([refusing(accepts, failure)]) as model:
        asked = server(model)
        assert asked.complete(QUESTION, 20, SCHEMA)[0][0].text == "fine"
        first = len(model.requests)
        asked.complete(QUESTION, 20, SCHEMA)
    assert first > 1
    assert len(model.requests) == first + 1


def test_several_samples_fall_back_to_one() -> None:
    with ScriptedModel([refusing(lambda r: "n" not in r, refusal(400, "only one choice is possible"))]) as model:
        replies, _ = server(model).complete(QUESTION, 20, SCHEMA, samples=3)
    assert len(replies) == 1
    assert "response_format" in model.requests[-1]


def test_a_long_answer_gives_way_before_the_question_does() -> None:
    def room(request: Request) -> Failure | str:
        long = refusal(400, "This model's maximum context length is 4096 tokens. However, you requested 5000")
        return "fine" if request["max_tokens"] <= 512 else long

    with ScriptedModel([room]) as model:
        server(model).complete(QUESTION, 20, SCHEMA)
    assert [request["max_tokens"] for request in model.requests] == [2048, 1024, 512]


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 2048 tokens.",
        "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "At most 1 image(s) may be provided in one prompt.",
    ],
)
def test_what_stays_too_large_is_said(message: str) -> None:
    with ScriptedModel([refusal(400, message)]) as model, pytest.raises(TooLarge):
        server(model).complete(QUESTION, 20, SCHEMA)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "tiny-llm is not a multimodal model"),
        (500, "image input is not supported - hint: you may need to provide the mmproj"),
        (404, "No endpoints found that support image input"),
        (400, "this model does not support images"),
    ],
)
def test_a_model_without_eyes_is_told_in_one_line(status: int, message: str) -> None:
    with ScriptedModel([refusal(status, message)]) as model, pytest.raises(ConfigError, match="takes no images"):
        server(model).complete(QUESTION, 20, SCHEMA)


def test_tools_that_are_refused() -> None:
    refused = refusal(400, '"auto" tool choice requires --enable-auto-tool-choice')
    with ScriptedModel([refused]) as model, pytest.raises(ToolsRefused):
        server(model).complete(QUESTION, 20, tools=[{"type": "function"}])


@pytest.mark.parametrize("failure", [Failure(429, headers={"Retry-After": "0"}), Failure(503), Failure(0)])
def test_what_fails_for_a_moment_is_tried_again(failure: Failure) -> None:
    with ScriptedModel([failure, failure, "fine"]) as model:
        assert server(model).complete(QUESTION, 20, SCHEMA)[0][0].text == "fine"


def test_retries_have_a_ceiling() -> None:
    with ScriptedModel([Failure(500, headers={"Retry-After": "0"})]) as model:
        with pytest.raises(ConfigError, match="500"):
            server(model).complete(QUESTION, 60, SCHEMA)
        assert len(model.requests) == ATTEMPTS


def in_seconds(seconds: float) -> str:
    """A date, as a header tells it."""
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize("said", ["0", "0.1", in_seconds(-5), "soon"], ids=["now", "short", "a date", "no number"])
def test_a_server_is_asked_again_once_it_has_said_that_it_may(said: str) -> None:
    with ScriptedModel([Failure(429, headers={"Retry-After": said}), "fine"]) as model:
        assert server(model).complete(QUESTION, 20, SCHEMA)[0][0].text == "fine"
        assert len(model.requests) == 2


@pytest.mark.parametrize("said", ["50", in_seconds(3600)], ids=["seconds", "a date"])
def test_a_server_that_asks_for_more_patience_than_there_is_is_not_asked_again(said: str) -> None:
    with ScriptedModel([Failure(429, headers={"Retry-After": said}), "fine"]) as model:
        with pytest.raises(ConfigError, match="busy"):
            server(model).complete(QUESTION, 20, SCHEMA)
        assert len(model.requests) == 1


def test_nobody_waits_longer_than_the_case_has() -> None:
    with ScriptedModel(["fine", Failure(429, headers={"Retry-After": "30"})]) as model:
        asked = server(model)
        asked.complete(QUESTION, 3, SCHEMA)
        with pytest.raises(ModelError, match="busy"):
            asked.complete(QUESTION, 3, SCHEMA)
        assert len(model.requests) == 2


def test_a_server_that_drips_gets_no_longer() -> None:
    """White space now and then keeps a connection alive, and may come before JSON: here for half a minute."""
    good = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": "fine"}}]})

    class Drip(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(ConnectionError):
                for _ in range(300):
                    self.wfile.write(b" ")
                    time.sleep(0.1)
                self.wfile.write(good.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    drip = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=drip.serve_forever, daemon=True).start()
    client = make_client(f"http://127.0.0.1:{drip.server_address[1]}/v1", None, 1.0)
    with pytest.raises(ConfigError, match="did not answer within"):
        ModelServer(client, "x", 1.0).complete(QUESTION, 20, SCHEMA)
    drip.shutdown()
    drip.server_close()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "CUDA error: no kernel image is available for execution on the device"),
        (404, "no such model: llama3.2-vision"),
        (400, "Could not decode image 3"),
    ],
)
def test_other_faults_are_not_taken_for_blindness(status: int, message: str) -> None:
    with ScriptedModel([refusal(status, message)]) as model, pytest.raises(ConfigError) as raised:
        server(model).complete(QUESTION, AT_ONCE)
    assert "takes no images" not in str(raised.value)


def test_a_proxy_that_refuses_the_size_asks_for_less() -> None:
    with ScriptedModel([Failure(413, "<html>413 Request Entity Too Large</html>")]) as model, pytest.raises(TooLarge):
        server(model).complete(QUESTION, 20, SCHEMA)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure(401), "refuses the key"),
        (Failure(404), "no model 'scripted'"),
        (Failure(200, "<html>hello</html>", content_type="text/html"), "not a chat completion"),
        (Failure(200, '{"choi'), "not a chat completion"),
        (Failure(200, ""), "not a chat completion"),
        (Failure(0), "breaks off"),
    ],
)
def test_never_having_answered_is_a_wrong_setting(failure: Failure, said: str) -> None:
    with ScriptedModel([failure]) as model, pytest.raises(ConfigError, match=said):
        server(model).complete(QUESTION, AT_ONCE, SCHEMA)


def test_failing_after_an_answer_is_the_servers_fault() -> None:
    with ScriptedModel(["fine", Failure(401)]) as model:
        asked = server(model)
        asked.complete(QUESTION, 20, SCHEMA)
        with pytest.raises(ModelError, match="refuses the key"):
            asked.complete(QUESTION, 20, SCHEMA)


SWEDEN = {"country": "Sweden", "probability": 0.6}
ZOOM = action("zoom", view=1, box=[0, 0, 0.5, 0.5])


def pictures(request: Request) -> int:
    parts = [p for m in request["messages"] if isinstance(m["content"], list) for p in m["content"]]
    return sum(part["type"] == "image_url" for part in parts)


def solve(script: list[Answer], cache: Path, photo: Path, **given: Any) -> tuple[TraceFile, list[Request]]:
    with ScriptedModel(script) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, **given)
        return solve_perceived(settings, photo), model.requests


def test_a_small_context_loses_history_and_keeps_the_photo(cache: Path, photos: Path) -> None:
    boxes = [action("zoom", thought=f"thought {n}", view=1, box=[0, 0, 0.1 * n, 0.5]) for n in range(2, 8)]
    script = iter([look(SWEDEN), *boxes, action("conclude", claims=[])])

    def small(request: Request) -> Any:
        return next(script) if pictures(request) <= 3 else refusal(400, "maximum context length is 4096 tokens")

    file, requests = solve([small], cache, photos / "nowhere_plain.jpg")
    assert file.prediction.status == "complete"
    assert [call.tool for call in file.trace.calls] == ["zoom"] * 6
    assert pictures(requests[-1]) == 3
    text = said(requests[-1])
    assert (text.count("- zoom {"), text.count("Result of zoom")) == (4, 2)  # all are told, the latest in full
    assert [n for n in range(2, 8) if f"thought {n}" in text] == [6, 7]


def test_what_never_fits_degrades_the_answer_in_one_line(cache: Path, photos: Path) -> None:
    script: list[Answer] = [look(SWEDEN), refusal(400, "maximum context length is 900 tokens")]
    file, _ = solve(script, cache, photos / "nowhere_plain.jpg")
    assert file.prediction.status == "degraded"
    assert "longer context" in file.prediction.notes[0]


def test_tools_refused_fall_back_to_json_actions(cache: Path, photos: Path) -> None:
    script: list[Answer] = [
        look(SWEDEN),
        refusal(400, "tool use is not supported"),
        ZOOM,
        action("conclude", claims=[]),
    ]
    file, requests = solve(script, cache, photos / "nowhere_plain.jpg", native_tools=True)
    assert [call.tool for call in file.trace.calls] == ["zoom"]
    assert "tools" not in requests[-1]


def test_an_opinion_is_averaged_over_samples(cache: Path, photos: Path) -> None:
    looks = [look({"country": name, "probability": 0.8}) for name in ("Sweden", "Sweden", "Norway", "no known land")]
    choices = [{"index": i, "message": {"role": "assistant", "content": json.dumps(x)}} for i, x in enumerate(looks)]
    several = Failure(
        200, json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "x", "choices": choices})
    )
    file, requests = solve(
        [several, action("conclude", claims=[])], cache, photos / "nowhere_plain.jpg", opinion_samples=4
    )
    assert requests[0]["n"] == 4
    (opinion,) = (e for e in file.trace.evidence if e.kind == "opinion")
    weights = {str(place.area): place.probability for place in opinion.likelihood.places}
    assert weights == pytest.approx({"SE": 0.4, "NO": 0.2})


@pytest.mark.slow
def test_a_noticed_clue_can_be_cited(cache: Path, photos: Path) -> None:
    noticed = {"kind": "text", "value": "Storgatan", "view": 2, "box": [0.1, 0.1, 0.5, 0.5]}

    def conclude(request: Request) -> Any:
        (noted,) = re.findall(r"\[noted (\w+): Storgatan\]", said(request))
        return action("conclude", claims=[{"statement": "a street sign", "cites": [noted]}])

    script: list[Answer] = [
        look(SWEDEN),
        ZOOM,
        {**action("zoom", view=2, box=[0, 0, 0.5, 0.5]), "seen": [noticed]},
        conclude,
    ]
    file, _ = solve(script, cache, photos / "nowhere_plain.jpg")
    (clue,) = (c for c in file.trace.clues if c.value == "Storgatan")
    assert (clue.view, clue.witness) == (2, "vlm:scripted")
    (step,) = (step for step in file.trace.steps if step.statement == "the model says: a street sign")
    assert step.cites == (clue.id,)


def test_native_calls_still_work(cache: Path, photos: Path) -> None:
    script: list[Answer] = [
        look(SWEDEN),
        NativeCall("whats_at", {"lat": 59.3, "lon": 18.1}),
        action("conclude", claims=[]),
    ]
    file, _ = solve(script, cache, photos / "nowhere_plain.jpg", native_tools=True)
    assert [call.tool for call in file.trace.calls] == ["whats_at"]
