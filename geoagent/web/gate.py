"""The gate: every request of a tool to another machine goes through here, is checked, and is recorded."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from geoagent.case.evidence import ToolCall
from geoagent.errors import ToolInputError, ToolUnavailable
from geoagent.photo.hashing import is_same, picture_hash
from geoagent.retry import retrying
from geoagent.settings import Settings
from geoagent.web.allowed_services import is_allowed
from geoagent.web.cache import ServiceCache
from geoagent.web.fetch import JSON, PICTURE, Ask, Busy, Response, fetch, make_client
from geoagent.web.known_addresses import addresses_of
from geoagent.web.pace import postpone, wait_turn
from geoagent.web.pictures import Packed, Upload, decode
from geoagent.web.provider import Provider
from geoagent.web.public_addresses import addresses_in, check_port, encoded, origin, web_address
from geoagent.web.refused_domains import refused_domain
from geoagent.web.transport import Network
from geoagent.web.untrusted_text import clean

TRIES = 3
PAUSE_S = 0.5
LONGEST_S = 3600.0
"""The longest that one call may take, where the case sets no limit."""
MAX_SENT = 20_000
"""Bytes that a request may carry to a service that takes no photos."""
Parts = Mapping[str, str]
Params = Mapping[str, str | int | float]
Tried = Callable[[Provider, Ask, str], Response]


class Gate:
    """What all cases of an agent share for requests to the network: settings, the HTTP client, the kept answers, and
    the keys to hide.
    """

    def __init__(self, settings: Settings, network: Network | None = None) -> None:
        self.settings = settings
        self.network = network or Network()
        self.secrets = settings.secrets()
        self.cache = ServiceCache(settings.cache / "answers.sqlite")

    @cached_property
    def client(self) -> httpx.Client:
        """The HTTP client that all requests of tools go through, made when it is first needed."""
        return make_client(self.network, self.settings.contact)

    def close(self) -> None:
        """Close the client and the file of kept answers."""
        self.client.close()
        self.cache.close()


class Wire:
    """The way to the network for one case and, after `during`, for one tool call.

    `log` records what was sent, which addresses were supplied and which results were dropped. Without a gate nothing
    goes out.
    """

    def __init__(
        self,
        gate: Gate | None = None,
        hint: str = "",
        seconds_left: float = math.inf,
        hashes: Callable[[], Sequence[int]] = tuple,
    ) -> None:
        self._gate, self._hint, self._seconds_left, self._hashes = gate, hint, seconds_left, hashes
        self._deadline = 0.0
        self._known: frozenset[str] = frozenset()
        self.log: list[dict[str, Any]] = []

    def during(self, seconds: float, calls: Iterable[ToolCall], links: Callable[[str], bool]) -> Self:
        """The way to the network for one tool call, which may take `seconds` at most.

        `calls` are the earlier calls of the case: only addresses that their results or the hint hold may be read.
        `links` tells by name the tools that speak to the network on their own: any address in their results may be
        read.
        """
        wire = type(self)(self._gate, self._hint, self._seconds_left, self._hashes)
        wire._deadline = time.monotonic() + min(seconds, self._seconds_left, LONGEST_S)
        wire._known = frozenset(addresses_in(self._hint) | addresses_of(calls, links))
        return wire

    @property
    def seconds_left(self) -> float:
        """The seconds that are left of the present tool call; 0 outside one."""
        return max(0.0, self._deadline - time.monotonic())

    def hide(self, value: Any) -> Any:
        """A text, or JSON data, without the keys that this process holds."""
        return self._gate.secrets.hide(value) if self._gate else value

    def allows(self, provider: Provider) -> bool:
        """Whether the user has allowed a service."""
        return self._gate is not None and is_allowed(provider, self._gate.settings)

    def ask(
        self,
        provider: Provider,
        path: str = "",
        params: Params | None = None,
        parts: Parts | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask a service at its own address: by GET, or by POST where there is a `body` (JSON data, text or a packed
        photo).

        `path` is appended to the base address, in which `parts` fill in the names in braces; `params` are the query.
        Raises ToolUnavailable where the service is not allowed or does not answer, ToolInputError for a question that
        is too long.
        """
        gate = self._gate_for(provider)
        base = gate.settings.services.get(provider.name) or provider.base_url or ""
        url = httpx.URL(_filled(base, parts or {}) + path)
        if params:
            url = url.copy_merge_params(params)
        photo = body.photo if isinstance(body, Packed) else None
        content, kind = (body.content, body.content_type) if isinstance(body, Packed) else _content(body)
        if photo is None and content is not None and len(content) > MAX_SENT:
            raise ToolInputError(f"the question is too long for {provider.name}; shorten it")
        if photo is not None and not provider.uploads:
            raise ToolUnavailable(f"no photo is sent to {provider.name}")
        sent = {**(headers or {}), **({"Content-Type": kind} if content is not None else {})}
        method = "GET" if content is None else "POST"
        private_ok = provider.name in gate.settings.services
        ask = Ask(method, url, sent, content, provider.accepts, provider.max_bytes, private_ok, _same_origin)
        service = f"{provider.name} at {url.host}:{url.port}" if private_ok else provider.name
        return self._answer(provider, ask, service, photo)._replace(url=str(url))

    def read(self, provider: Provider, address: str) -> Response:
        """Read an address that a model chose; `provider` gives the limits.

        It must be public and stand in the hint or in an earlier result. Raises ToolInputError for any other address,
        ToolUnavailable where it does not answer.
        """
        self._gate_for(provider)
        url = web_address(encoded(address))
        check_port(url)
        if str(url) not in self._known:
            raise ToolInputError(
                "that address stands in no earlier result; only those, as they stand there, can be read"
            )
        self._check_domain(url)

        def may_follow(old: httpx.URL, new: httpx.URL) -> None:
            check_port(new)
            self._check_domain(new)

        ask = Ask("GET", url, {}, None, provider.accepts, provider.max_bytes, False, may_follow)
        return self._answer(provider, ask, url.host)

    def through(self, provider: Provider, question: Params, work: Callable[[float, str | None], Any]) -> Any:
        """Ask a service through a library that has an HTTP client of its own; its answer comes back as JSON data.

        The gate keeps the service's pace, keeps the answer, and records the request, whose words `question` gives.
        `work` does the asking: it is given the seconds that are left and the address of the user's server for the
        service, None without one. Raises ToolUnavailable where the service is not allowed or does not answer.
        """
        gate = self._gate_for(provider)
        url = httpx.URL(f"{provider.base_url}?{urlencode(question)}")
        ask = Ask("GET", url, {}, None, provider.accepts, provider.max_bytes, False, _same_origin)

        def answer(provider: Provider, ask: Ask, service: str) -> Response:
            wait_turn(service, provider.every_s, self._deadline)
            found = work(self.seconds_left, gate.settings.services.get(provider.name))
            return Response(str(ask.url), 200, JSON[0], json.dumps(found).encode())

        return json.loads(self._answer(provider, ask, provider.name, tried=answer).body)

    def supply(self, addresses: Iterable[str]) -> dict[str, str]:
        """Let the given addresses be read from now on, and return them: each as it was given, with the form in which it
        is requested.

        Those that are no web address, or that a run without shortcuts refuses, are left out, and the log of the wire
        says why.
        """
        found = dict[str, str]()
        for written in addresses:
            try:
                address = str(web_address(encoded(written)))
            except ToolInputError as error:
                self.drop(written, str(error))
                continue
            if address in found.values() or not self.is_shortcut(address):
                found[written] = address
        known = list(dict.fromkeys(found.values()))
        self.log.append({"supplied": known})
        self._known |= set(known)
        return found

    @property
    def pictures(self) -> Path:
        """The folder in which pictures fetched to compare are kept. Raises ToolUnavailable where there is no gate."""
        if self._gate is None:
            raise ToolUnavailable("nothing goes over the network here")
        return self._gate.settings.cache / "pictures"

    @property
    def no_shortcuts(self) -> bool:
        """Whether results that are the photo itself must be dropped (the setting `no_shortcuts`)."""
        return self._gate is not None and self._gate.settings.no_shortcuts

    def drop(self, address: str, why: str) -> None:
        """Record in the log of the wire that a result was dropped: its address, and why."""
        self.log.append({"dropped": clean(address, 300), "why": clean(why, 300)})

    def is_shortcut(self, address: str, picture: bytes | int | None = None) -> bool:
        """Whether a result must be dropped because it would give the answer away: its host is refused, or its picture
        is the photo itself.

        Always False unless the setting `no_shortcuts` is on. What must be dropped is recorded. `picture` is the content
        of a picture or its hash by `picture_hash`. Raises ToolUnavailable where the picture cannot be read.
        """
        if not self.no_shortcuts:
            return False
        why = refused_domain(address)
        if why is None and picture is not None:
            found = picture if isinstance(picture, int) else picture_hash(decode(picture))
            why = "the very same photo" if any(is_same(found, own) for own in self._hashes()) else None
        if why is not None:
            self.drop(address, why)
        return why is not None

    def _gate_for(self, provider: Provider) -> Gate:
        if self._gate is None or not is_allowed(provider, self._gate.settings):
            raise ToolUnavailable(f"{provider.name} was not allowed; the user can, see docs/tools.md")
        return self._gate

    def _check_domain(self, url: httpx.URL) -> None:
        if self.is_shortcut(str(url)):
            raise ToolInputError(f"this run does not read pages of {url.host}; read another page")

    def _answer(
        self, provider: Provider, ask: Ask, service: str, photo: Upload | None = None, tried: Tried | None = None
    ) -> Response:
        gate = self._gate_for(provider)
        entry: dict[str, Any] = {
            "provider": provider.name,
            "address": self.hide(str(ask.url))[:500],
            "outcome": "failed",
        }
        if photo is not None:
            entry["sent"] = photo.told
        self.log.append(entry)
        keeps = provider.keep_s > 0 and photo is None
        key = _cache_key(provider, ask)
        kept = gate.cache.get(key) if keeps else None
        answer = kept or self._without_keys(gate, (tried or self._tried)(provider, ask, service))
        entry.update(
            outcome="kept" if kept else "answered",
            bytes=len(answer.body),
            sha256=hashlib.sha256(answer.body).hexdigest(),
        )
        if keeps and kept is None:
            gate.cache.put(key, answer, provider.keep_s)
        return answer

    def _without_keys(self, gate: Gate, answer: Response) -> Response:
        """An answer in which no key is echoed, before anything is read from it, kept or cut."""
        body = answer.body if answer.content_type in PICTURE else gate.secrets.hide_bytes(answer.body)
        return answer._replace(url=self.hide(answer.url), body=body)

    def _tried(self, provider: Provider, ask: Ask, service: str) -> Response:
        """Ask, again where the fault may be over soon, and within the time that is left."""
        gate = self._gate_for(provider)
        sent = _with_key(ask, provider, gate.settings.keys.get(provider.name))
        every_s = 0.0 if provider.name in gate.settings.services else provider.every_s

        def ask_once() -> Response:
            wait_turn(service, every_s, self._deadline)
            try:
                return fetch(gate.client, sent, self._deadline)
            except Busy as error:
                if error.retry_after:
                    postpone(service, error.retry_after)
                raise

        answer = retrying(Busy, TRIES, PAUSE_S, lambda: self.seconds_left)(ask_once)
        return answer._replace(url=str(ask.url)) if sent is not ask else answer  # a key may be in the address


def _same_origin(old: httpx.URL, new: httpx.URL) -> None:
    if origin(old) != origin(new):
        raise ToolUnavailable(f"{old.host} redirects to {new.host}, which it is not asked to speak for")


def _filled(base: str, parts: Parts) -> str:
    for name, value in parts.items():
        if not (value.isascii() and value.replace("-", "").isalnum() and len(value) <= 20):
            raise ToolInputError(f"{clean(value, 40)!r} is no {name}")
        base = base.replace(f"{{{name}}}", value)
    return base


def _content(body: Any) -> tuple[bytes | None, str]:
    if body is None or isinstance(body, str):
        return None if body is None else body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body, ensure_ascii=False).encode(), "application/json"


def _cache_key(provider: Provider, ask: Ask) -> str:
    parts = [provider.name, provider.version, ask.method, str(ask.url), sorted(ask.headers.items())]
    return hashlib.sha256(json.dumps(parts).encode() + (ask.content or b"")).hexdigest()


def _with_key(ask: Ask, provider: Provider, key: str | None) -> Ask:
    """The request with the service's key, which neither the record nor the kept answers are to know."""
    if provider.key is None or key is None:
        return ask
    where, _, name = provider.key.partition(" ")
    if where == "query":
        return ask._replace(url=ask.url.copy_merge_params({name: key}))
    name, value = ("Authorization", f"Bearer {key}") if where == "bearer" else (name, key)
    return ask._replace(headers={**ask.headers, name: value})
