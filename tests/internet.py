"""A small internet for tests: hosts with public addresses, all served by one HTTP server on loopback.

Names are resolved and addresses connected to by the two functions that `Network` takes; everything that is tried is
kept. An address that is not public is never connected to, only noted in `connected`.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import NamedTuple

import httpcore

from geoagent.testing.scripted_model import LoopbackServer
from geoagent.web.transport import Network, connect


class Reply(NamedTuple):
    """What a page answers; `promised` is a Content-Length that is not kept, status 0 drops the connection."""

    body: str | bytes = ""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = {}
    promised: int | None = None


class Hit(NamedTuple):
    """A request as it came in."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


Answer = str | Reply | Callable[[Hit], Reply]


class Web(LoopbackServer):
    """`pages` by "host/path" without the query; `names` by host, for those that resolve to something special."""

    def __init__(self, pages: Mapping[str, Answer] | None = None) -> None:
        self.pages: dict[str, Answer] = dict(pages or {})
        self.names: dict[str, Callable[[], list[str]]] = {}
        self.hits: list[Hit] = []
        self.connected: list[tuple[str, int]] = []
        self.resolved: list[str] = []
        self._given: dict[str, str] = {}
        self._numbers = count(1)
        super().__init__(type("Handler", (_Handler,), {"web": self}))

    @property
    def url(self) -> str:
        """The server's own address, for services that a user configures."""
        return self.address

    @property
    def network(self) -> Network:
        return Network(self._resolve, self._connect)

    def _resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host in self.names:
            return self.names[host]()
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        with suppress(OSError):  # as the C library reads 127.1, 0x7f.1 and 2130706433
            return [socket.inet_ntoa(socket.inet_aton(host))]
        if not any(key.partition("/")[0] == host for key in self.pages):
            raise OSError(f"unknown host {host}")
        if host not in self._given:
            self._given[host] = f"93.184.216.{next(self._numbers)}"
        return [self._given[host]]

    def _connect(self, address: str, port: int, timeout_s: float) -> httpcore.NetworkStream:
        self.connected.append((address, port))
        own = self._server.server_address[1]
        if not address.startswith("93.184.216.") and (address, port) != ("127.0.0.1", own):
            raise httpcore.ConnectError("refused")
        return connect("127.0.0.1", own, timeout_s)


class _Handler(BaseHTTPRequestHandler):
    web: Web

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        host = self.headers["Host"]
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        hit = Hit(self.command, f"http://{host}{self.path}", dict(self.headers), body)
        self.web.hits.append(hit)
        page = self.web.pages.get(f"{host.partition(':')[0]}{self.path.partition('?')[0]}", Reply("gone", status=404))
        reply = page(hit) if callable(page) else Reply(page) if isinstance(page, str) else page
        if not reply.status:
            return
        data = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(data) if reply.promised is None else reply.promised))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(data)

    do_POST = do_GET  # noqa: N815
