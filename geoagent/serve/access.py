"""Who may ask: the token, kept as a hash, and requests that a foreign web page makes a browser send."""

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
    """Make a token for the service and keep its SHA-256 in the folder; the earlier token stops working.

    Returns the token, which is kept nowhere. Raises ConfigError where it cannot be kept; the one before then goes on
    working.
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
    """The SHA-256 of the token of the service whose cases are in a folder; None where it has no token.

    Raises ConfigError for a file that holds anything else than one hash: that is not the same as none.
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
    """The SHA-256 of a service's token, read again when its file changes; None where the service has none.

    A token that was there is needed even if its file has gone since. While the file is broken no token is the right
    one. Raises ConfigError for one that is broken from the start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = kept_hash(folder)

    def __call__(self) -> str | None:
        """The hash."""
        try:
            self._last = kept_hash(self._folder) or self._last
        except ConfigError:
            return NOBODYS
        return self._last


def is_right(token: str, digest: str) -> bool:
    """Whether a token has the given SHA-256, compared in constant time.

    The token is 256 random bits, which need no salt.
    """
    return hmac.compare_digest(_hash(token), digest)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _file(folder: Path) -> Path:
    return folder / "token.sha256"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Guard:
    """ASGI middleware that refuses requests without the token or from foreign pages, and adds security headers.

    Without a token only requests to this machine's own names are answered, so that a foreign page whose name leads here
    gets nothing; what changes anything must not come from a page of another origin. Pictures may come from the server
    of `tiles` too.
    """

    def __init__(self, app: ASGIApp, token: Callable[[], str | None], tiles: str = "") -> None:
        self.app = app
        self.token = token
        self.headers = {**HEADERS, "Content-Security-Policy": POLICY.format(tiles=_origin(tiles))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or refuse it."""
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
    """Whether a request carries the service's token, or no token is needed."""
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
