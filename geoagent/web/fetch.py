"""One request over HTTP: redirects, status, type, size and time are bounded, and each fault is one line."""

import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from geoagent.errors import ToolUnavailable
from geoagent.retry import asked_wait_s
from geoagent.web.public_addresses import web_address
from geoagent.web.transport import CheckedTransport, CutOff, Network, Unpackable, unpacked

MAX_REDIRECTS = 5
ANSWER_S = 60.0
"""The longest that one answer may take, however much time the case has."""
JSON = ("application/json",)
PAGE = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf")
PICTURE = ("image/jpeg", "image/png", "image/webp", "image/gif")


class Response(NamedTuple):
    """What a server answered, unpacked; `url` is the address that it came from, after redirects."""

    url: str
    status: int
    content_type: str
    body: bytes


class Ask(NamedTuple):
    """A request to a server with its limits.

    `accepts` are the content types that are read, and `max_bytes` is the longest answer. `private_ok` allows addresses
    outside the public internet. `may_follow` is called with the old and the new address of a redirect, and raises a
    ToolError for one that must not be followed.
    """

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    accepts: tuple[str, ...]
    max_bytes: int
    private_ok: bool
    may_follow: Callable[[httpx.URL, httpx.URL], None]


class Busy(ToolUnavailable):
    """A fault of a server that may be over soon: status 429 or 5xx, or a lost connection. Such a request is tried
    again.
    """


def make_client(network: Network, contact: str | None) -> httpx.Client:
    """The HTTP client for everything but the model server: without cookies or proxy settings; it follows no redirects
    by itself.

    `contact` is an address of the user's that servers are told in the User-Agent, if given.
    """
    agent = f"geoagent/{version('geoagent-locate')} (finds where photos were taken{f'; {contact}' if contact else ''})"
    jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    headers = {"User-Agent": agent, "Accept-Encoding": "gzip", "Connection": "close", "Accept-Language": "en, *;q=0.5"}
    return httpx.Client(transport=CheckedTransport(network), cookies=jar, headers=headers, trust_env=False)


def fetch(client: httpx.Client, ask: Ask, deadline: float) -> Response:
    """The answer to a request, by the time `deadline` (of `time.monotonic`) at the latest.

    Raises ToolInputError for an address that must not be asked, Busy for a fault that may be over soon, and
    ToolUnavailable for an answer that is refused, too large, or of another type.
    """
    url, hops, deadline = ask.url, 0, min(deadline, time.monotonic() + ANSWER_S)
    while True:
        request = client.build_request(
            ask.method,
            url,
            headers={**ask.headers, "Accept": ", ".join(ask.accepts)},
            content=ask.content,
            extensions={"deadline": deadline, "private_ok": ask.private_ok},
        )
        try:
            response = client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    return _answer(response, ask, deadline)
                target = _target(url, response.headers["Location"])
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise Busy(f"{url.host} did not answer in time") from error
        except httpx.HTTPError as error:
            raise Busy(f"the connection to {url.host} failed") from error
        hops += 1
        if hops > MAX_REDIRECTS:
            raise ToolUnavailable(f"{ask.url.host} redirects more than {MAX_REDIRECTS} times")
        ask.may_follow(url, target)
        url = target


def _target(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return web_address(urljoin(str(url), location))
    except ValueError as error:
        raise ToolUnavailable(f"{url.host} redirects to what is no address") from error


def _answer(response: httpx.Response, ask: Ask, deadline: float) -> Response:
    host, status = response.url.host, response.status_code
    if status == 429 or status >= 500:
        what = "asks to wait" if status == 429 else f"failed ({status})"
        raise Busy(f"{host} {what}", retry_after=asked_wait_s(response.headers.get("Retry-After", "")))
    if status in (401, 403):
        raise ToolUnavailable(f"{host} refuses ({status}): a key is missing, wrong or used up, or we are not welcome")
    if status != 200:
        raise ToolUnavailable(f"{host} has no answer to that ({status})")
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type not in ask.accepts and not (content_type.endswith("+json") and JSON[0] in ask.accepts):
        raise ToolUnavailable(f"{host} answered with {content_type[:60] or 'an unknown type'}, not {ask.accepts[0]}")
    size = response.headers.get("Content-Length", "")
    if size.isdigit() and len(size) < 20 and int(size) > ask.max_bytes:
        raise ToolUnavailable(f"the answer of {host} is larger than {ask.max_bytes / 1e6:.3g} MB")
    body = bytearray()
    try:
        for part in unpacked(response.iter_raw(), response.headers.get("Content-Encoding", ""), ask.max_bytes):
            body += part
            if len(body) > ask.max_bytes:
                raise ToolUnavailable(f"the answer of {host} is larger than {ask.max_bytes / 1e6:.3g} MB")
            if time.monotonic() > deadline:
                raise Busy(f"{host} did not answer in time")
    except Unpackable as error:
        raise (Busy if isinstance(error, CutOff) else ToolUnavailable)(f"the answer of {host} {error}") from error
    return Response(str(response.url), status, content_type, bytes(body))
