"""Which address is meant, which model is taken, what it costs; against servers that answer by path, on loopback."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.case.prediction import Usage
from geoagent.errors import ConfigError
from geoagent.reasoners.vlm.client import make_client, only_model, server_models
from geoagent.reasoners.vlm.model_server import ModelServer
from geoagent.reasoners.vlm.prices import Price, price_of
from geoagent.reasoners.vlm.server_addresses import base_address
from geoagent.testing import LoopbackServer, ScriptedModel, action, look
from tests.perceived import solve_perceived
from tests.reasoners.vlm.test_quirks import HONEST, body, told, whole

Routes = dict[str, list[tuple[int, str]]]
SWEDEN = {"country": "Sweden", "probability": 0.6}


@contextmanager
def routed(routes: Routes) -> Iterator[str]:
    """A server that answers by path, each time with the next of its answers; other paths are not found."""
    left = {path: iter(answers) for path, answers in routes.items()}
    last = {path: answers[-1] for path, answers in routes.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = next(left[self.path], last[self.path]) if self.path in left else (404, "not here")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with LoopbackServer(Handler) as server:
        yield server.address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://h:8000", "http://h:8000/v1"),
        ("http://h:8000/", "http://h:8000/v1"),
        ("http://h:8000/v1/", "http://h:8000/v1"),
        ("http://h:8000/v1/chat/completions", "http://h:8000/v1"),
        ("http://h:8000/v1/chat/completions/", "http://h:8000/v1"),
        ("http://h:8000/v1/models", "http://h:8000/v1"),
        ("http://h:11434/api/chat", "http://h:11434/v1"),
        ("http://h:11434/api", "http://h:11434/v1"),
        ("https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "https://generativelanguage.googleapis.com/v1beta/openai"),
        ("https://generativelanguage.googleapis.com", "https://generativelanguage.googleapis.com/v1beta/openai"),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"),
        ("https://proxy.example/team/llm", "https://proxy.example/team/llm"),
        ("https://mine.openai.azure.com", "https://mine.openai.azure.com/openai/v1"),
        ("https://h/openai/deployments/a/chat/completions?api-version=1", "https://h/openai/deployments/a?api-version=1"),
        ("https://dashscope.aliyuncs.com", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
    ],
)  # fmt: skip
def test_the_address_that_is_meant(written: str, meant: str) -> None:
    assert base_address(written) == meant


@pytest.mark.parametrize("path", ["/v1", "/models", "", "/proxy", "/proxy/v1"])
def test_an_address_that_is_off_by_v1_is_mended(path: str, cache: Path, photos: Path) -> None:
    """The server answers only at the other address: with /v1, or without."""
    listed = json.dumps({"data": [{"id": "only-vlm"}]})
    root = "/proxy" if "proxy" in path else ""
    served = f"{root}/v1" if not path.endswith("/v1") or not root else root
    if path == "/v1":
        served = ""
    with routed({f"{served}/models": [(200, listed)]}) as address:
        client = make_client(f"{address}{path}", None, 5.0)
        assert server_models(client) == ["only-vlm"]
        assert str(client.base_url).rstrip("/") == f"{address}{served}"


@pytest.mark.parametrize("root", ["/api", "/api/v1", "/v3", "/engines/v1"])
@pytest.mark.parametrize("page", [404, 200])
def test_a_server_is_found_where_others_have_the_api(root: str, page: int) -> None:
    """As Open WebUI, Lemonade, OpenVINO and Docker have it; a server may show a page at every other address."""
    chat = (200, whole({"content": "fine"}).body)
    routes: Routes = {f"{root}/models": [(200, rows("a"))], f"{root}/chat/completions": [chat]}
    if page == 200:
        routes |= {path: [(200, "<html>")] for path in ("/v1/models", "/models", "/api/models") if path not in routes}
    with routed(routes) as address:
        assert server_models(make_client(address, None, 5.0)) == ["a"]
        asked = ModelServer(make_client(address, None, 5.0), "a", 5.0)
        assert asked.complete([{"role": "user", "content": "where?"}], 5.0)[0][0].text == "fine"


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions/", "/"])
def test_a_photo_is_solved_at_the_address_that_is_meant(path: str, cache: Path, photos: Path) -> None:
    photo = photos / "nowhere_plain.jpg"
    with ScriptedModel([*HONEST]) as model:
        honest = solve_perceived(Settings(vlm=model.url, model="scripted", cache_dir=cache), photo)
    with ScriptedModel([*HONEST]) as model:
        settings = Settings(vlm=f"{model.address}{path}", model="scripted", cache_dir=cache)
        assert told(solve_perceived(settings, photo)) == told(honest)


def test_a_chat_at_the_other_address_is_found_where_the_model_is_named(cache: Path, photos: Path) -> None:
    answers = [(200, whole({"content": json.dumps(answer)}).body) for answer in HONEST]
    with routed({"/llm/v1/chat/completions": answers}) as address:
        settings = Settings(vlm=f"{address}/llm", model="x", cache_dir=cache)
        assert solve_perceived(settings, photos / "nowhere_plain.jpg").prediction.status == "complete"


def rows(*names: str, **more: Any) -> str:
    return json.dumps({"data": [{"id": name, **more} for name in names]})


@pytest.mark.parametrize(
    ("listed", "taken"),
    [
        (rows("llava:13b", "nomic-embed-text:latest", "llama3.1:8b"), "llava:13b"),
        (rows("qwen2.5vl:7b", "bge-m3", "qwen3:8b"), "qwen2.5vl:7b"),
        (rows("my-finetune", "text-embedding-3-small", "whisper-1"), "my-finetune"),
        (json.dumps([{"id": "a/b", "type": "chat"}, {"id": "c/embed", "type": "embedding"}]), "a/b"),
        (json.dumps({"data": [{"id": "x", "type": "vlm"}, {"id": "y", "type": "llm"}]}), "x"),
        (json.dumps({"data": [{"id": "p", "capabilities": {"vision": True}},
                              {"id": "q", "capabilities": {"vision": False}}]}), "p"),
        (json.dumps({"data": [{"id": "s", "architecture": {"input_modalities": ["text", "image"]}},
                              {"id": "t", "architecture": {"input_modalities": ["text"]}}]}), "s"),
        (json.dumps({"models": [{"name": "m", "model": "m", "capabilities": ["completion", "multimodal"]}]}), "m"),
        (rows("only-this"), "only-this"),
    ],
    ids=["Ollama", "Ollama's Qwen", "no chat", "Together", "LM Studio", "Mistral", "OpenRouter", "llama.cpp", "one"],
)  # fmt: skip
def test_of_several_models_the_one_that_sees_is_taken(
    listed: str, taken: str, caplog: pytest.LogCaptureFixture
) -> None:
    with routed({"/v1/models": [(200, listed)]}) as address, caplog.at_level(logging.INFO, "geoagent"):
        assert only_model(make_client(address, None, 5.0)) == taken
    several = listed.count('"id"') > 1
    assert (f"{taken} is taken" in caplog.text) == several


def test_of_several_that_see_one_has_to_be_named() -> None:
    with (
        routed({"/v1/models": [(200, rows("llava:7b", "gemma3:4b", "all-minilm"))]}) as address,
        pytest.raises(ConfigError, match=r"2 models that see pictures \(llava:7b, gemma3:4b\); name one with --model"),
    ):
        only_model(make_client(address, None, 5.0))


@pytest.mark.parametrize("listed", [(500, "Internal Server Error"), (200, rows()), (404, "not here")])
def test_where_no_model_is_listed_one_has_to_be_named(listed: tuple[int, str]) -> None:
    with routed({"/v1/models": [listed]}) as address, pytest.raises(ConfigError, match="; name one with --model"):
        only_model(make_client(address, None, 5.0))


def test_a_server_that_loads_before_it_lists_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    loading = (503, '{"error": {"message": "Loading model", "code": 503}}')
    with (
        routed({"/v1/models": [loading, (200, rows("vlm"))]}) as address,
        caplog.at_level(logging.INFO, "geoagent"),
    ):
        assert server_models(make_client(address, None, 5.0)) == ["vlm"]
    assert "loading its model; waiting" in caplog.text


def test_prices_are_the_persons_own_first_and_else_the_hosts() -> None:
    openai = "https://api.openai.com/v1"
    listed = price_of("gpt-4o-mini", openai, {})
    assert listed == price_of("gpt-4o-mini-2024-07-18", openai, {})
    assert listed is not None
    assert price_of("gpt-4o-mini", openai, {"GPT-4o-mini": (9, 9)}) == Price(9, 9)
    assert price_of("gpt-4o-mini", "http://127.0.0.1:8000/v1", {}) is None
    assert price_of("free", openai, {"free": (0, 0)}) == Price(0, 0)
    assert Price(2, 10).of(1_000_000, 100_000) == 3.0


def test_what_is_not_known_stays_unknown_in_a_sum() -> None:
    known, unknown = Usage(prompt_tokens=10, dollars=0.5), Usage(prompt_tokens=10)
    assert (known + Usage(seconds=1)).dollars == 0.5
    assert (known + known).dollars == 1.0
    assert (known + unknown).dollars is None
    assert (Usage() + Usage()).dollars is None


def test_a_case_says_what_it_cost_and_stops_where_it_may_cost_no_more(cache: Path, photos: Path) -> None:
    photo, zooms = photos / "nowhere_plain.jpg", [action("whats_at", lat=n, lon=10.0) for n in range(40, 60)]
    prices = {"scripted": (1000.0, 0.0)}  # the scripted model says 100 tokens in for each answer: 0.1 dollars
    with ScriptedModel([look(SWEDEN), *zooms]) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, prices=prices, max_cost=0.35)
        prediction = solve_perceived(settings, photo).prediction
    assert prediction.usage.dollars == pytest.approx(0.4)
    assert prediction.status == "out_of_budget"
    assert any("as much money was spent as may be spent" in note for note in prediction.notes)


def test_a_servers_own_word_on_the_cost_counts(cache: Path, photos: Path) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "cost": 0.25}
    script = [whole({"content": json.dumps(answer)}, usage=usage) for answer in HONEST]
    with ScriptedModel(script) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, no_second_look=True)
        prediction = solve_perceived(settings, photos / "nowhere_plain.jpg").prediction
    assert prediction.usage.dollars == 1.0


def test_a_limit_of_cost_needs_a_price(cache: Path) -> None:
    with (
        ScriptedModel([body({})]) as model,
        pytest.raises(ConfigError, match="not known what scripted costs"),
    ):
        _ = GeoAgent(Settings(vlm=model.url, model="scripted", cache_dir=cache, max_cost=1.0)).resources


def test_one_request_has_all_the_time_of_the_case(cache: Path) -> None:
    assert Settings(timeout_s=900).request_limit_s == 900
    assert Settings(timeout_s=900, request_timeout_s=60).request_limit_s == 60
