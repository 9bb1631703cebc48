"""Who may ask the service: the token, of which only a hash is kept, and the refusal of requests that a foreign web page
makes a browser send.
"""

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from geoagent.errors import ConfigError
from geoagent.files.small_files import read_text, write_whole
from geoagent.serve.connections import in_time

COOKIE = "geoagent_token"
MOST_BYTES = 1000
NOBODYS = ""
"""In place of a hash: no token has it."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({"/", "/docs", "/health", "/ready", "/api/session", "/openapi.json"})
"""What is answered without a token: the pages themselves, which ask for the token, and whether the service lives."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:{tiles}; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


def new_token(folder: Path) -> str:
    """Make a new secret token for the service whose cases are in `folder`, and keep its SHA-256 there; the earlier
    token stops working.

    Returns the token, of which nothing but the hash is kept: whoever calls this has to show it. Raises ConfigError
    where the hash cannot be written; the earlier token then goes on working.
    """
    token = secrets.token_urlsafe(32)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(_file(folder), _hash(token) + "\n", mode=0o600)
    except OSError as error:
        why = error.strerror or error
        raise ConfigError(f"{folder}: no new token can be kept ({why}); the token that was there holds") from error
    return token


def kept_hash(folder: Path) -> str | None:
    """The SHA-256, as 64 hexadecimal digits, of the token of the service whose cases are in `folder`; None where no
    token was made.

    Raises ConfigError where the file of the hash cannot be read or holds anything but one hash: a damaged token must
    not open the service to everybody.
    """
    path = _file(folder)
    try:
        kept = read_text(path, MOST_BYTES).removesuffix("\n")
    except FileNotFoundError as error:
        if path.is_symlink():
            raise _broken(path) from error
        return None
    except (OSError, ValueError) as error:
        raise _broken(path) from error
    if not re.fullmatch("[0-9a-f]{64}", kept):
        raise _broken(path)
    return kept


def _broken(path: Path) -> ConfigError:
    return ConfigError(f"{path}: not the hash of a token; make a new one: geoagent serve token")


class Token:
    """The SHA-256 of a service's token, as a function without arguments that looks at the token's file at each call.

    A new token so counts at once. A service that had a token goes on asking for it if its file is deleted. While the
    file is damaged no token is accepted. Raises ConfigError where the file is damaged when this is made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = kept_hash(folder)

    def __call__(self) -> str | None:
        """The SHA-256 of the token as 64 hexadecimal digits: None where the service never had one, "" (which no token
        has) while the file is damaged.
        """
        try:
            self._last = kept_hash(self._folder) or self._last
        except ConfigError:
            return NOBODYS
        return self._last


def is_right(token: str, digest: str) -> bool:
    """Whether `digest` is the SHA-256 of `token` in hexadecimal digits, compared in constant time.

    A token is 256 random bits, so the hash needs no salt.
    """
    return hmac.compare_digest(_hash(token), digest)


def is_loopback(host: str) -> bool:
    """Whether a host, such as "localhost", "127.0.0.1" or "[::1]", is this machine itself; False for any other name."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _file(folder: Path) -> Path:
    return folder / "token.sha256"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Guard:
    """ASGI middleware round `app` that refuses requests without the right token or from foreign pages, and adds
    security headers to all answers.

    - `token` gives the SHA-256 of the right token at each request. Where it gives None, only requests to names of this
      machine, such as localhost, are answered; so a foreign web page whose host name leads here gets nothing.
    - A request that may change something (POST, DELETE) is refused with 403 if a page of another origin sends it.
    - `tiles` is the address of a server of map pictures that pages may load pictures from; "" for none.
    """

    def __init__(self, app: ASGIApp, token: Callable[[], str | None], tiles: str = "") -> None:
        self.app = app
        self.token = token
        self.headers = {**HEADERS, "Content-Security-Policy": POLICY.format(tiles=_origin(tiles))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on to the app, or answer it with 401 (no token), 403 (a page of another origin) or 421
        (a host name that is not served).
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))  # type: ignore[call-overload]  # ASGI messages are untyped
                names = {name for name, _ in given}
                given += [
                    (n.lower().encode(), v.encode()) for n, v in self.headers.items() if n.lower().encode() not in names
                ]
                message = {**message, "headers": given}
            await send(message)

        refused = self._refused(scope)
        await (refused or self.app)(scope, in_time(receive), with_headers)  # type: ignore[arg-type]  # the same

    def _refused(self, scope: Scope) -> JSONResponse | None:
        headers, digest = Headers(scope=scope), self.token()
        host = _split(f"//{headers.get('host', '')}")
        if host is None:
            return _no(421, "the Host header is malformed")
        if digest is None and not is_loopback(host.hostname or ""):
            return _no(421, "this service answers to 127.0.0.1 and localhost only")
        origin = _split(headers.get("origin", ""))
        if scope["method"] not in SAFE and (origin is None or (origin.geturl() and origin.netloc != host.netloc)):
            return _no(403, "a request from a page of another origin")
        if digest is None or scope["path"] in OPEN_PATHS or scope["path"].startswith("/static/"):
            return None
        if is_known(headers, digest):
            return None
        return _no(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})


def _origin(tiles: str) -> str:
    """The origin that a policy lets pictures come from, with a space before it; "" without an address."""
    parts = urlsplit(tiles)
    return f" {parts.scheme}://{parts.netloc}" if tiles else ""


def _split(address: str) -> SplitResult | None:
    """An address in its parts; None for a malformed one."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def is_known(headers: Headers, digest: str | None) -> bool:
    """Whether a request carries the service's token, in the Authorization header or in the cookie. `digest` is the
    token's SHA-256; with None, where no token is needed, every request counts as known.
    """
    given = _token(headers)
    return digest is None or (given is not None and is_right(given, digest))


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


def _no(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status, headers)
