"""For tests of agents: a scripted model, as a real HTTP server that speaks the OpenAI chat format on loopback.

    with ScriptedModel([{"clues": [], "places": [...], "elsewhere": 0.2}, action("conclude", claims=[])]) as model:
        GeoAgent(Settings(vlm=model.url, model="scripted")).solve("photo.jpg")
    model.requests      # what was asked, as sent

An answer is text, an object (sent as JSON text), a `Failure`, or a function from the request to one of these. When the
list is used up its last answer is given again.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, Self

Request = dict[str, Any]


class Failure(NamedTuple):
    """An answer of the scripted model that is no completion: an HTTP status and body, sent after `delay_s` seconds.

    A status of 0 drops the connection.
    """

    status: int
    body: str = '{"error": {"message": "scripted failure"}}'
    delay_s: float = 0.0
    content_type: str = "application/json"
    headers: Mapping[str, str] = MappingProxyType({})


class NativeCall(NamedTuple):
    """An answer of the scripted model that calls a tool by the chat API's tool calls, with a tool's name and its
    arguments.
    """

    name: str
    arguments: dict[str, Any]


Reply = str | dict[str, Any] | Failure | NativeCall
Answer = Reply | Callable[[Request], Reply]


def action(name: str, /, *, thought: str = "", **arguments: Any) -> dict[str, Any]:
    """An answer of the scripted model that takes one action, as the JSON that the agent asks for: `action("zoom",
    view=1, box=[0, 0, 1, 1])`.

    `name` is that of a tool, "revise_opinion" or "conclude"; the keywords are its arguments.
    """
    return {"thought": thought, "action": name, "arguments": arguments}


def look(*places: dict[str, Any], elsewhere: float = 0.1, clues: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """An answer of the scripted model to the agent's first request: `places` such as {"country": "Sweden",
    "probability": 0.6}, and `clues` such as {"kind": "text", "value": "Systembolaget"}.

    `elsewhere` is the probability that it is none of the places.
    """
    return {"clues": list(clues), "places": list(places), "elsewhere": elsewhere}


def said(request: Request) -> str:
    """All text of a chat request, from the first message to the last, joined by line breaks; pictures are left out."""
    parts = []
    for message in request["messages"]:
        content = message.get("content") or ""
        pieces = [{"type": "text", "text": content}] if isinstance(content, str) else content
        parts += [piece["text"] for piece in pieces if piece["type"] == "text"]
    return "\n".join(parts)


class LoopbackServer:
    """An HTTP server on a free port of 127.0.0.1, which runs while it is used as a context manager; `handler` answers
    its requests.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        """The base address of the server, such as "http://127.0.0.1:40123"."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class ScriptedModel(LoopbackServer):
    """A model server for tests that gives the `answers` of a script, one for each request; the last is repeated. Use it
    as a context manager.

    `name` is that of the model. `url` is its address, and `requests` lists what it was asked, as sent.
    """

    def __init__(self, answers: Sequence[Answer], name: str = "scripted") -> None:
        self.requests: list[Request] = []
        self.name = name
        self._answers = list(answers)
        self._lock = threading.Lock()
        super().__init__(type("Handler", (_Handler,), {"model": self}))

    @property
    def url(self) -> str:
        """The address to give to `Settings(vlm=...)`."""
        return f"{self.address}/v1"

    def reply(self, request: Request) -> Reply:
        """The next answer of the script; notes the request in `requests`. An answer that is a function is called with
        the request.
        """
        with self._lock:
            index = min(len(self.requests), len(self._answers) - 1)
            self.requests.append(request)
        answer = self._answers[index]
        return answer(request) if callable(answer) else answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ScriptedModel

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """List the one model."""
        self._send(200, json.dumps({"object": "list", "data": [{"id": self.model.name, "object": "model"}]}))

    def do_POST(self) -> None:
        """Answer a chat completion from the script."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.model.reply(request)
        if isinstance(reply, Failure):
            time.sleep(reply.delay_s)
            if reply.status == 0:
                self.close_connection = True
                return
            with suppress(ConnectionError):  # the client may have hung up
                self._send(reply.status, reply.body, reply.content_type, reply.headers)
            return
        self._send(200, json.dumps(_completion(reply, request)))

    def _send(
        self, status: int, body: str, content_type: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _completion(reply: str | dict[str, Any] | NativeCall, request: Request) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if isinstance(reply, NativeCall):
        function = {"name": reply.name, "arguments": json.dumps(reply.arguments)}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    else:
        message["content"] = reply if isinstance(reply, str) else json.dumps(reply)
    finish = "tool_calls" if isinstance(reply, NativeCall) else "stop"
    return {
        "id": "scripted", "object": "chat.completion", "created": 0, "model": request.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip
