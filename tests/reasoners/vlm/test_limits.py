"""What a model server sends has a limit in time and size, whatever part of the answer it drips or floods."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from geoagent.errors import GeoAgentError
from geoagent.reasoners.vlm.client import listed_models, make_client
from geoagent.reasoners.vlm.model_server import ModelServer

LIMIT_S = 1.0
FEW_S = 10.0
"""Far above the limit, so that a busy machine decides nothing, and far below what was taken without one."""
Send = Callable[[bytes], None]


@contextmanager
def sending(answer: Callable[[Send], None]) -> Iterator[str]:
    """A server that answers each request with bytes, until whoever asked hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def attend(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1_000_000)
            answer(connection.sendall)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=attend, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


def drip(send: Send) -> None:
    while True:
        send(b" ")
        time.sleep(0.05)


def flood(send: Send) -> None:
    while True:
        send(b"x" * 65536)


def bomb(send: Send) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for _ in range(2000):
        send(packer.compress(b" " * 1_000_000))


def tail(send: Send) -> None:
    send(gzip.compress(b"{}"))
    flood(send)


def empty_blocks(send: Send) -> None:
    send(gzip.compress(b"")[:10])
    while True:
        send(b"\0\0\0\xff\xff" * 10_000)


def answering(head: bytes, body: Callable[[Send], None]) -> Callable[[Send], None]:
    def answer(send: Send) -> None:
        send(b"HTTP/1.1 " + head)
        body(send)

    return answer


GZIP = b"200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n"
ANSWERS = {
    "headers that drip": answering(b"200 OK\r\nX: ", drip),
    "an answer that drips": answering(b"200 OK\r\n\r\n", drip),
    "an error that drips": answering(b"400 Bad\r\n\r\n", drip),
    "an error that floods": answering(b"400 Bad\r\n\r\n", flood),
    "an answer that floods": answering(b"200 OK\r\n\r\n", flood),
    "a packed answer that explodes": answering(GZIP, bomb),
    "a packed answer with a tail": answering(GZIP, tail),
    "a packed answer of nothing": answering(GZIP, empty_blocks),
    "packed as nobody asked": answering(GZIP.replace(b"gzip", b"zstd"), flood),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_list_of_models_has_a_limit(name: str) -> None:
    with sending(ANSWERS[name]) as url:
        began = time.monotonic()
        with pytest.raises(GeoAgentError) as fault:
            listed_models(make_client(url, None, LIMIT_S), LIMIT_S)
        assert time.monotonic() - began < FEW_S
        assert "\n" not in str(fault.value)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_a_limit(name: str) -> None:
    with sending(ANSWERS[name]) as url:
        server = ModelServer(make_client(url, None, LIMIT_S), "model")
        began = time.monotonic()
        with pytest.raises(GeoAgentError) as fault:
            server.complete([{"role": "user", "content": "where?"}], LIMIT_S)
        assert time.monotonic() - began < FEW_S
        assert len(str(fault.value)) < 1000


@pytest.mark.parametrize("asked", ["99999999", "Fri, 31 Dec 9999 23:59:59 GMT", "\u00b2", "9" * 400])
def test_a_wait_of_years_is_not_waited(asked: str) -> None:
    head = f"429 Busy\r\nRetry-After: {asked}\r\nRetry-After-Ms: {asked}\r\n\r\n".encode()
    with sending(answering(head, lambda send: send(f"try again in {asked}m".encode()))) as url:
        server = ModelServer(make_client(url, None, LIMIT_S), "model")
        began = time.monotonic()
        with pytest.raises(GeoAgentError):
            server.complete([{"role": "user", "content": "where?"}], LIMIT_S)
        assert time.monotonic() - began < FEW_S
