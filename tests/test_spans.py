"""Spans go where the person's setting and variable say, with names and counts alone; else nothing goes anywhere."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.testing.scripted_model import LoopbackServer, ScriptedModel, action, look
from tests.lock import installed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("opentelemetry-sdk" not in installed(), reason="the SDK of OpenTelemetry is not installed"),
]
SCRIPT = [
    look({"country": "Sweden", "probability": 0.6}, {"country": "Norway", "probability": 0.2}),
    action("lookup_place", name="Uppsala"),
    action("conclude", claims=[]),
]


class Collector(LoopbackServer):
    """A server that takes spans."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Handler)

    def spans(self) -> list[Any]:
        """The spans that arrived."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [s for r in requests for of in r.resource_spans for scope in of.scope_spans for s in scope.spans]


def solve(photo: Path, cache: Path, model: str, **settings: str) -> str:
    command = [sys.executable, "-m", "geoagent.cli", "solve", photo, "--vlm", model, "--hint", "near Uppsala"]
    given = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache), "OTEL_EXPORTER_OTLP_COMPRESSION": "none", **settings}
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=300)
    return f"{done.returncode} {done.stderr}"


def test_a_case_is_told_in_spans_without_its_content(photos: Path, cache: Path, atlas: Atlas) -> None:
    with ScriptedModel(SCRIPT) as model, Collector() as collector:
        chosen = {"GEOAGENT_OPENTELEMETRY": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        told = solve(photos / "nowhere_plain.jpg", cache, model.url, **chosen)
        asked = len(model.requests)
    assert told.startswith("0"), told
    spans = collector.spans()
    (case,) = [span for span in spans if span.name == "invoke_agent geoagent"]
    chats = [span for span in spans if span.name == "chat scripted"]
    tools = [span for span in spans if span.name.startswith("execute_tool ")]
    assert len(chats) == asked
    assert "execute_tool lookup_place" in {span.name for span in tools}
    assert {span.trace_id for span in spans} == {case.trace_id}
    assert {span.parent_span_id for span in [*chats, *tools]} == {case.span_id}
    values = {item.key: item.value for item in chats[0].attributes}
    assert values["gen_ai.request.model"].string_value == "scripted"
    assert values["server.address"].string_value == "127.0.0.1"
    assert values["gen_ai.operation.name"].string_value == "chat"
    assert (values["gen_ai.usage.input_tokens"].int_value, values["gen_ai.usage.output_tokens"].int_value) == (100, 10)
    assert not any(word in body for word in (b"Uppsala", b"Sweden", b"nowhere_plain") for body in collector.bodies)


@pytest.mark.parametrize("chosen", ["OTEL_EXPORTER_OTLP_ENDPOINT", "GEOAGENT_OPENTELEMETRY"])
def test_one_of_the_two_alone_sends_nothing(chosen: str, photos: Path, cache: Path, atlas: Atlas) -> None:
    with ScriptedModel(SCRIPT) as model, Collector() as collector:
        value = collector.address if chosen.startswith("OTEL") else "true"
        told = solve(photos / "nowhere_plain.jpg", cache, model.url, **{chosen: value})
        assert collector.bodies == []
    if chosen.startswith("OTEL"):
        assert told.startswith("0"), told
    else:
        assert told == "2 geoagent: opentelemetry: name the server that takes spans in OTEL_EXPORTER_OTLP_ENDPOINT\n"
