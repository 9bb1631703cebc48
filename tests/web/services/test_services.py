"""Every search service over the wire: its documented answer, and every way in which a service fails."""

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoagent.errors import ToolError
from geoagent.settings import Settings
from geoagent.tools import TOOLS
from geoagent.web.gate import Gate, Wire
from tests.internet import Answer, Hit, Reply, Web
from tests.web.services.samples import PHOTO, SAMPLES, Sample, served

JSON = "application/json"
every_service = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.id for sample in SAMPLES])


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def wire_to(web: Web, folder: Path, sample: Sample, seconds: float = 5.0, **settings: object) -> Wire:
    name = sample.provider.name
    query = "?cx=mine" if name == "google_cse" else ""
    values = {"services": {name: f"{web.url}/api{query}"}, "cache_dir": folder, **sample.settings, **settings}
    return Wire(Gate(Settings.model_validate(values), web.network)).during(seconds, (), lambda name: False)


def serve(web: Web, sample: Sample, **first: Answer) -> None:
    """All answers of the service, the last path's replaced by `first`'s only value, if any."""
    for path, text in served(sample).items():
        web.pages[f"127.0.0.1/api{path}"] = Reply(text, JSON)
    for reply in first.values():
        web.pages[f"127.0.0.1/api{list(sample.answers)[-1]}"] = reply


@every_service
def test_the_documented_answer(sample: Sample, web: Web, tmp_path: Path) -> None:
    serve(web, sample)
    way = wire_to(web, tmp_path, sample)
    assert sample.ask(way) == [sample.hit]
    key = sample.settings["keys"].get(sample.provider.name)
    if key:
        assert all(key in f"{hit.url} {hit.headers}" for hit in web.hits)
        assert key not in json.dumps(way.log)
    assert web.hits
    assert all(("cx=mine" in hit.url) == (sample.provider.name == "google_cse") for hit in web.hits)


FAULTS: dict[str, tuple[Reply, str]] = {
    "401": (Reply('{"error": "no"}', JSON, status=401), "refuses \\(401\\)"),
    "403": (Reply('{"error": "no"}', JSON, status=403), "refuses \\(403\\)"),
    "404": (Reply("no", status=404), "no answer to that \\(404\\)"),
    "429": (Reply("no", status=429, headers={"Retry-After": "3600"}), "asks to wait"),
    "500": (Reply("no", status=500), "failed \\(500\\)"),
    "truncated": (Reply('{"results": [{"ti', JSON, promised=5000), "connection .* failed"),
    "cut": (Reply('{"results": [{"ti', JSON), "cut off"),
    "dropped": (Reply("", status=0), "connection .* failed"),
    "wrong type": (Reply("town hall", "text/plain"), "answered with text/plain"),
    "error page": (Reply("<html><title>Sorry</title>", "text/html"), "answered with text/html"),
    "error page as JSON": (Reply("<html><title>Sorry</title>", JSON), "no JSON"),
    "huge": (Reply('"' + "x" * 4_000_001 + '"', JSON), "larger than"),
    "private": (Reply(status=302, headers={"Location": "http://10.0.0.1/"}), "redirects to 10.0.0.1"),
    "no address": (Reply(status=302, headers={"Location": "http://[broken/"}), "redirects to what is no address"),
    "local file": (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "only http"),
}


TRIED_AGAIN = frozenset({"500", "truncated", "dropped"})
"""The faults after which a service is asked again until its time is up."""


@every_service
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_line(sample: Sample, fault: str, web: Web, tmp_path: Path) -> None:
    reply, said = FAULTS[fault]
    serve(web, sample, last=reply)
    with pytest.raises(ToolError, match=said) as raised:
        sample.ask(wire_to(web, tmp_path, sample, seconds=1 if fault in TRIED_AGAIN else 20))
    assert "\n" not in str(raised.value)
    assert [address for address, _ in web.connected if address != "127.0.0.1"] == []


@every_service
def test_a_service_that_never_answers_is_left(sample: Sample, web: Web, tmp_path: Path) -> None:
    over = threading.Event()

    def slow(hit: Hit) -> Reply:
        over.wait(10)
        return Reply("{}", JSON)

    serve(web, sample, last=slow)
    with pytest.raises(ToolError, match="in time"):
        sample.ask(wire_to(web, tmp_path, sample, seconds=0.3))
    over.set()


ODD = [
    "{}", "[]", "null", "7", '{"results": 7, "items": {}, "web": [], "responses": [7], "visual_matches": [null]}',
    '{"results": [7, null, {"title": 7, "url": []}], "items": [{"title": null}], "web": {"results": [[]]}}',
    '{"results": {"matches": [{"backlinks": [7, {"backlink": 7}]}]}, "responses": [{"webDetection": 7}]}',
]  # fmt: skip


@every_service
@pytest.mark.parametrize("body", ODD)
def test_an_answer_of_another_form_holds_nothing(sample: Sample, body: str, web: Web, tmp_path: Path) -> None:
    serve(web, sample, last=Reply(body, JSON))
    found = sample.ask(wire_to(web, tmp_path, sample))
    assert [hit for hit in found if hit.title and hit.page] == []


uploading = [sample for sample in SAMPLES if sample.provider.uploads]


@pytest.mark.parametrize("sample", uploading, ids=[sample.id for sample in uploading])
def test_a_photo_goes_only_to_the_service_that_was_named(sample: Sample, web: Web, tmp_path: Path) -> None:
    serve(web, sample)
    for other in [None, *(s.provider.name for s in uploading if s is not sample)]:
        with pytest.raises(ToolError, match="not allowed"):
            sample.ask(wire_to(web, tmp_path, sample, reverse_image=other, online=True))
    assert web.hits == []
    way = wire_to(web, tmp_path, sample)
    sample.ask(way)
    assert way.log[0]["sent"] == PHOTO.told
    body = web.hits[0].body
    assert PHOTO.jpeg in body or base64.b64encode(PHOTO.jpeg) in body
    assert not any(PHOTO.jpeg in hit.body for hit in web.hits[1:])


FAILING = {
    "google_vision": ({"responses": [{"error": {"code": 3, "message": "Bad image data."}}]}, "Bad image data"),
    "serpapi": ({"error": "Your account has run out of searches."}, "run out"),
    "tineye": ({"code": 400, "messages": ["NO_SIGNATURE_ERROR"], "results": {}}, "NO_SIGNATURE"),
}


@pytest.mark.parametrize("sample", uploading, ids=[sample.id for sample in uploading])
def test_what_a_service_says_went_wrong_is_told(sample: Sample, web: Web, tmp_path: Path) -> None:
    answer, said = FAILING[sample.provider.name]
    serve(web, sample, last=Reply(json.dumps(answer), JSON))
    with pytest.raises(ToolError, match=said):
        sample.ask(wire_to(web, tmp_path, sample))


def test_each_search_service_is_among_the_samples() -> None:
    tools = ("search_web", "search_images", "reverse_image_search")
    named = {provider.name for tool in tools for provider in TOOLS[tool].providers}
    assert named - {sample.provider.name for sample in SAMPLES} == {
        "ddgs",
        "web_picture",
    }  # test_ddgs.py, test_search.py
