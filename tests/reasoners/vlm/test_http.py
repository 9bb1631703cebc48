"""How an answer comes over HTTP, as bytes: whatever is allowed is read, and the key goes to no other host."""

import gzip
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import openai
import pytest

from geoagent.errors import ConfigError
from geoagent.reasoners.vlm.client import make_client, only_model, server_models
from geoagent.reasoners.vlm.model_server import ModelServer

KEY = "sk-0123456789abcdef"
QUESTION = [{"role": "user", "content": "where?"}]
BODY = json.dumps({"choices": [{"message": {"content": "grüezi"}}]}, ensure_ascii=False).encode()


def whole_request(connection: socket.socket) -> bytes:
    """All of a request: who hangs up before the end of it breaks off what was answered."""
    data = b""
    while part := connection.recv(1_000_000):
        data += part
        head, end, body = data.partition(b"\r\n\r\n")
        told = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        length = int(told[1]) if told else 0
        if end and len(body) >= length:
            break
    return data


@contextmanager
def sending(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers each request with the next bytes, the last again and again; and what it was asked."""
    listening, asked = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def attend(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            asked.append(whole_request(connection))
            connection.sendall(answers[min(len(asked), len(answers)) - 1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                attend(listening.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1", asked


def chunked(body: bytes) -> bytes:
    parts = (body[:7], body[7:])
    return b"".join(b"%x;x=y\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nX-Trailer: 1\r\n\r\n"


HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "no length": HEAD + b"Content-Type: application/json\r\n\r\n" + BODY,
    "no headers": HEAD + b"\r\n" + BODY,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY,
    "no reason": b"HTTP/1.1 200\r\ncontent-type: application/json\r\n\r\n" + BODY,
    "in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(BODY),
    "in chunks, packed": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    + chunked(gzip.compress(BODY)),
    "packed": HEAD + b"Content-Encoding: GZIP\r\n\r\n" + gzip.compress(BODY),
    "as text": HEAD + b"Content-Type: text/plain; charset=latin-1\r\n\r\n" + BODY,
    "as a page": HEAD + b"Content-Type: text/html\r\n\r\n" + BODY,
    "a byte order mark": HEAD + b"\r\n\xef\xbb\xbf" + BODY,
    "another status of success": b"HTTP/1.1 201 Created\r\n\r\n" + BODY,
    "go on, first": b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"\r\n" + BODY,
    "ends of lines before": HEAD + b"\r\n\n\n   \n" + BODY,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_read_however_it_comes(answer: bytes) -> None:
    with sending(answer) as (url, asked):
        replies, _ = ModelServer(make_client(url, KEY, 10), "x", 10).complete(QUESTION, 10)
    assert (replies[0].text, len(asked)) == ("grüezi", 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_goes_to_no_other_host(status: int) -> None:
    with sending(HEAD + b"\r\n" + BODY) as (other, asked_there):
        there = other.replace("127.0.0.1", "localhost").encode()
        on = b"HTTP/1.1 %d Go\r\nLocation: %b/chat/completions?key=%b\r\n\r\n" % (status, there, KEY.encode())
        with sending(on) as (url, _):
            with pytest.raises(ConfigError, match="give that address"):
                ModelServer(make_client(url, KEY, 10), "x", 10).complete(QUESTION, 10)
            with pytest.raises(ConfigError, match="sends us on to http://localhost") as raised:
                server_models(make_client(url, KEY, 10))
    assert asked_there == []
    assert KEY not in str(raised.value)


def test_what_an_address_asks_for_is_asked_with_each_request() -> None:
    """Azure's addresses end in "?api-version=…"."""
    with sending(HEAD + b"\r\n" + BODY) as (url, asked):
        address = url.replace("/v1", "/openai/deployments/a/chat/completions?api-version=2024-10-21")
        ModelServer(make_client(address, KEY, 10), "a", 10).complete(QUESTION, 10)
    assert asked[0].startswith(b"POST /openai/deployments/a/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n")


def test_azure_gets_the_key_in_its_own_header() -> None:
    client = make_client("https://mine.openai.azure.com", KEY, 10)
    assert str(client.base_url) == "https://mine.openai.azure.com/openai/v1/"
    assert client.default_headers["api-key"] == KEY
    assert isinstance(client.default_headers["Authorization"], openai.Omit)  # it is left out of what is sent


LISTS = {
    "data": {"object": "list", "data": [{"id": "x"}]},
    "models": {"models": [{"name": "x", "model": "x"}]},
    "a list": ["x"],
    "rows without a name": {"data": [{}, None, {"id": 7}, {"id": "x"}]},
    "models by name": {"models": {"x": {"loaded": True}}},
    "data with models": {"data": {"models": [{"key": "x"}]}},
    "result": {"result": [{"name": "x"}], "success": True},
    "the same twice": {"data": [{"id": "x"}, {"id": "x"}]},
}


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS)
def test_a_list_of_models_is_read_in_any_form(listed: object) -> None:
    with sending(HEAD + b"\r\n" + json.dumps(listed).encode()) as (url, _):
        assert only_model(make_client(url, None, 10)) == "x"


def test_all_pages_of_a_list_are_read() -> None:
    pages = [
        {"data": [{"id": "a"}], "has_more": True, "last_id": "a"},
        {"data": [{"id": "b"}], "nextPageToken": "t"},
        {"data": [{"id": "c"}], "has_more": False, "last_id": "c"},
    ]
    with sending(*(HEAD + b"\r\n" + json.dumps(page).encode() for page in pages)) as (url, asked):
        assert server_models(make_client(url, None, 10)) == ["a", "b", "c"]
    assert [b"after_id=a" in asked[1], b"pageToken=t" in asked[2]] == [True, True]


def test_a_server_without_models_says_so() -> None:
    """Ollama lists null where nothing was pulled."""
    empty = HEAD + b'\r\n{"object": "list", "data": null}'
    with sending(empty) as (url, _), pytest.raises(ConfigError, match="lists no models"):
        only_model(make_client(url, None, 10))
