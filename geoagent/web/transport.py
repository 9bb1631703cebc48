"""The one way to another machine: look its name up once, check every address, and connect to what was checked."""

import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, NamedTuple

import httpcore
import httpx

from geoagent.cancellation import CHECKED_S, is_called_off
from geoagent.errors import ToolInputError
from geoagent.web.public_addresses import is_public

MOST_OF_ERROR = 64_000
Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], httpcore.NetworkStream]


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host. Raises OSError where the name cannot be looked up."""
    import socket

    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(address: str, port: int, timeout_s: float) -> httpcore.NetworkStream:
    """A TCP connection to an IP address. Raises httpcore.ConnectError or ConnectTimeout where none comes about in
    time.
    """
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=timeout_s)


class Network(NamedTuple):
    """How names of hosts are looked up (`resolve`) and IP addresses reached (`connect`).

    Tests put local servers behind public addresses with it.
    """

    resolve: Resolve = resolve
    connect: Connect = connect


class CheckedTransport(httpx.BaseTransport):
    """An HTTP/1.1 transport for httpx that makes a connection for each request, to an address that was checked, until a
    deadline.

    A request carries `deadline` (of `time.monotonic`) among its extensions, and `private_ok` where the user named the
    address. A host with an address outside the public internet otherwise raises ToolInputError.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def _ssl(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is read as it is iterated over.

        Raises httpx.TimeoutException past the deadline, httpx.TransportError where the connection fails.
        """
        url, kept = request.url, request.extensions
        backend = _Backend(self._network, kept["deadline"], bool(kept.get("private_ok")))
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        connection = httpcore.HTTPConnection(
            httpcore.Origin(url.raw_scheme, url.raw_host, port), ssl_context=self._ssl, network_backend=backend
        )
        assert isinstance(request.stream, httpx.SyncByteStream)
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
        )
        try:
            with _as_httpx(request):
                answer = connection.handle_request(sent)
        except BaseException:  # whatever ends the request, a deadline or Ctrl-C, ends its connection
            connection.close()
            raise
        body = _Body(answer, connection, request)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)


class LimitedTransport(CheckedTransport):
    """An HTTP/1.1 transport for httpx to a server that the user named: the timeout of a request holds for all of it, to
    the last byte.

    An answer may be of `most_bytes`, also once it is unpacked; a longer one breaks off with httpx.TransportError. Of an
    error answer 64,000 bytes are read.
    """

    def __init__(self, network: Network, most_bytes: int) -> None:
        super().__init__(network)
        self._most_bytes = most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is unpacked and read as it is iterated over.

        Raises httpx.TimeoutException when its time is over, httpx.TransportError where the connection fails.
        """
        deadline = time.monotonic() + request.extensions["timeout"]["read"]
        request.extensions = {**request.extensions, "deadline": deadline, "private_ok": True}
        response = super().handle_request(request)
        coding = response.headers.pop("Content-Encoding", "identity")
        response.stream = _Limited(response, request, coding, self._most_bytes)
        return response


class _Limited(httpx.SyncByteStream):
    def __init__(self, response: httpx.Response, request: httpx.Request, coding: str, most: int) -> None:
        assert isinstance(response.stream, httpx.SyncByteStream)
        self._stream, self._coding, self._request = response.stream, coding, request
        self._is_error, self._most = response.is_error, MOST_OF_ERROR if response.is_error else most

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        try:
            for part in unpacked(self._stream, self._coding, self._most):
                size += len(part)
                if size > self._most and not self._is_error:
                    break
                yield part
                if size > self._most:
                    return
        except Unpackable as error:
            raise httpx.TransportError(f"its answer {error}", request=self._request) from error
        if size > self._most:
            raise httpx.TransportError(f"its answer is larger than {self._most / 1e6:.3g} MB", request=self._request)

    def close(self) -> None:
        self._stream.close()


class Unpackable(Exception):
    """A compressed answer cannot be unpacked; the message continues a sentence about the answer, such as "is
    damaged".
    """


class CutOff(Unpackable):
    """A compressed answer ends too early."""


def unpacked(parts: Iterable[bytes], coding: str, most: int) -> Iterator[bytes]:
    """The parts of a compressed body, unpacked as they come; each to at most `most` + 1 bytes, so that a decompression
    bomb does no harm.

    `coding` is the Content-Encoding: gzip, or none. What stands behind the end of packed data is not read. Raises
    Unpackable for another coding, for damage, and for more than `most` packed bytes; CutOff where the body ends too
    early.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        yield from parts
        return
    if coding not in ("gzip", "x-gzip"):
        raise Unpackable(f"comes packed as {coding[:40]!r}, which was not asked for")
    unpacker, read = zlib.decompressobj(zlib.MAX_WBITS | 16), 0
    try:
        for part in parts:
            read += len(part)
            if read > most:  # packed data need not hold anything
                raise Unpackable("is larger than it may be")
            yield unpacker.decompress(part, most + 1)
            if unpacker.eof:
                return
    except zlib.error as error:
        raise Unpackable("is damaged") from error
    raise CutOff("was cut off")


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, connection: httpcore.HTTPConnection, request: httpx.Request) -> None:
        self._answer, self._connection, self._request = answer, connection, request

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._answer.stream, Iterable)
        with _as_httpx(self._request):
            yield from self._answer.stream

    def close(self) -> None:
        with suppress(httpcore.NetworkError):
            self._answer.close()
        self._connection.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, network: Network, deadline: float, private_ok: bool) -> None:
        self._network, self._deadline, self._private_ok = network, deadline, private_ok

    def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.NetworkStream:
        fault: Exception = httpcore.ConnectError("the host has no address")
        for address in self._checked(host.strip("[]"), port):
            try:
                return _Timed(self._network.connect(address, port, _left(self._deadline)), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = self._network.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"no such host ({error})") from error
        if not self._private_ok and not all(map(is_public, found)):
            raise ToolInputError(f"{host} is not on the open internet, and only that can be read")
        return found


class _Timed(httpcore.NetworkStream):
    """A connection none of whose waits goes beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            if is_called_off():
                raise httpcore.ReadError("the case was called off")
            left = _left(self._deadline)
            try:
                return self._stream.read(max_bytes, min(left, CHECKED_S))
            except httpcore.ReadTimeout:
                if left <= CHECKED_S:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for this answer was over")
    return left


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(str(error), request=request) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.TransportError(str(error), request=request) from error
