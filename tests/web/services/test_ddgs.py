"""ddgs over the wire: through a proxy on loopback that answers for the search engine with a certificate of its own."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from geoagent.errors import ToolUnavailable
from geoagent.settings import Settings
from geoagent.web.gate import Gate, Wire
from geoagent.web.search_results import Hit
from geoagent.web.services.ddgs import ddgs_pages, ddgs_pictures

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
HOSTS = ("html.duckduckgo.com", "duckduckgo.com", "search.brave.com", "www.mojeek.com")
RESULT = """<html><body><div class="body"><h2><a>Town hall of Uppsala</a></h2>
<a href="https://town.example/hall">The hall in Uppsala, Sweden</a></div></body></html>"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """An authority's certificate, and a chain with key that it signed for the search engines."""
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    (folder / "ext").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
    new = ["-newkey", "rsa:2048", "-nodes"]
    for command in (
        ["req", "-x509", *new, "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority"],
        ["req", *new, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=test"],
        ["x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
         "-extfile", "ext", "-out", "own.pem"],
    ):  # fmt: skip
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    (folder / "chain.pem").write_text((folder / "own.pem").read_text() + (folder / "own.key").read_text())
    return folder / "ca.pem", folder / "chain.pem"


class Proxy:
    """Answers CONNECT, then speaks TLS as the host asked for; `answers` by what stands in the request's first line."""

    def __init__(self, chain: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(chain)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.answers: dict[str, bytes] = {}
        self.connected: list[str] = []
        self.asked: list[str] = []

    def reply(
        self, body: str, status: str = "200 OK", head: str = "Content-Type: text/html", promised: int = 0, at: str = ""
    ) -> None:
        data = body.encode()
        size = promised or len(data)
        head = f"HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        self.answers[at] = head.encode() + data

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._speak, args=(self._server.accept()[0],), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self.connected.append(_head(connection).split(" ")[1])
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                self.asked.append(_head(secure))
                line = self.asked[-1].partition("\r\n")[0]
                secure.sendall(self.answers[max((at for at in self.answers if at in line), key=len)])


def _head(connection: socket.socket) -> str:
    return connection.recv(65_536).decode("latin-1")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    authority, chain = certificate(tmp_path_factory.mktemp("certificates"))
    os.environ["PRIMP_CA_BUNDLE"] = str(authority)  # whom the library's client trusts
    with Proxy(chain) as proxy:
        yield proxy
    del os.environ["PRIMP_CA_BUNDLE"]


def wire_through(proxy: Proxy, folder: Path, seconds: float = 10.0) -> Wire:
    settings = Settings(services={"ddgs": proxy.url}, cache_dir=folder)
    return Wire(Gate(settings)).during(seconds, (), lambda name: False)


def test_pages_come_through_and_are_kept(proxy: Proxy, tmp_path: Path) -> None:
    proxy.reply(RESULT)
    proxy.asked.clear()
    for _ in range(2):
        way = wire_through(proxy, tmp_path)
        assert ddgs_pages(way, "town hall") == [
            Hit("Town hall of Uppsala", "https://town.example/hall", "The hall in Uppsala, Sweden")
        ]
    assert way.log[0]["outcome"] == "kept"
    assert way.log[0]["address"] == "https://html.duckduckgo.com/html/?kind=text&q=town+hall"
    assert len([head for head in proxy.asked if "duckduckgo" in head]) == 1
    assert {host.partition(":")[0] for host in proxy.connected} <= set(HOSTS)


def test_pictures_come_through(proxy: Proxy, tmp_path: Path) -> None:
    row = {"title": "Town hall", "image": "https://a.example/b.jpg", "thumbnail": "https://a.example/t.jpg"}
    proxy.reply('<script>vqd="4-123"</script>')
    proxy.reply(json.dumps({"results": [{**row, "url": "https://town.example/hall"}]}), at="/i.js")
    found = ddgs_pictures(wire_through(proxy, tmp_path), "town hall")
    assert found == [Hit("Town hall", "https://town.example/hall", picture="https://a.example/t.jpg")]


FAULTS = {
    "401": ("no", "401 Unauthorized", "Content-Type: text/html", 0),
    "403": ("no", "403 Forbidden", "Content-Type: text/html", 0),
    "429": ("no", "429 Too Many Requests", "Retry-After: 3600", 0),
    "500": ("no", "500 Internal Server Error", "Content-Type: text/html", 0),
    "truncated": ("<html>", "200 OK", "Content-Type: text/html", 9000),
    "wrong type": ("\x00\x01", "200 OK", "Content-Type: application/octet-stream", 0),
    "error page": ("<html><body>Sorry</body></html>", "200 OK", "Content-Type: text/html", 0),
    "nothing": ("", "200 OK", "Content-Type: text/html", 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_line(fault: str, proxy: Proxy, tmp_path: Path) -> None:
    proxy.reply(*FAULTS[fault])
    with pytest.raises(ToolUnavailable, match="nothing was found, or the search engines turn us away") as raised:
        ddgs_pages(wire_through(proxy, tmp_path), "town hall")
    assert "\n" not in str(raised.value)


def test_without_permission_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ToolUnavailable, match="not allowed"):
        ddgs_pages(Wire(Gate(Settings(cache_dir=tmp_path))).during(5.0, (), lambda name: False), "town hall")
