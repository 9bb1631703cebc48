"""Web addresses: which of them may be asked, and which stand in a text."""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import httpx

from geoagent.errors import ToolInputError

PORTS = frozenset({80, 443, 8080, 8443})
"""The ports of addresses that a model chooses."""
MAX_ADDRESS = 2000
_CLOSED = tuple(
    map(
        ipaddress.ip_network,
        "192.0.0.0/24 192.88.99.0/24 ::ffff:0:0/96 64:ff9b:1::/48 100::/64 2001::/23 2002::/16 3fff::/20 5f00::/16 "
        "fec0::/10".split(),
    )
)
"""Special networks that `ipaddress` calls global, some versions of it or all: protocols of the IETF, 6to4 and its
relays, mapped IPv4, local NAT64, discarded packets, documentation, segment routing, site-local."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_WIDE_END = re.compile("[，。；：！？）】」』、》〉]")
"""Marks that end a sentence where no space does, and so the address before them."""
_IN_TEXT = re.compile(r"https?://[^\s\"'<>\\^`{|}\]\[]{3,2000}", re.IGNORECASE)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; False for what is no IP address.

    Requests to addresses that the user has not configured go to no other.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip in _NAT64:  # how a network without IPv4 writes an IPv4 address
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id is not None:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved) and not any(ip in network for network in _CLOSED)


def web_address(text: str) -> httpx.URL:
    """A text as a web address, without its fragment ("#…").

    Raises ToolInputError for what is not plainly an http or https address: other schemes, a user or password in it, an
    IP address in an unusual form, more than 2,000 characters.
    """
    if len(text) > MAX_ADDRESS or not text.isprintable() or any(ch in text for ch in " \\"):
        raise ToolInputError("that is no web address: it is too long, or holds characters that none has")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
        url = url.copy_with(raw_path=url.raw_path)  # an empty path is written as "/"
    except (httpx.InvalidURL, ValueError) as error:
        raise ToolInputError("that is no web address; write one such as https://example.org/page") from error
    if url.scheme not in ("http", "https"):
        raise ToolInputError("only http and https addresses can be read")
    if url.userinfo:
        raise ToolInputError("an address with a user or password in it is not read")
    _check_host(url.raw_host.decode("ascii"))
    return url


def encoded(address: str) -> str:
    """A web address with its spaces percent-encoded and invisible characters left out, as `web_address` can read it."""
    kept = "".join(ch for ch in address.strip() if unicodedata.category(ch) != "Cf")
    return kept.replace(" ", "%20").replace("\u3000", "%E3%80%80")


def _check_host(host: str) -> None:
    """A name, or an IP address in its usual form: numbers written otherwise are read differently by each library."""
    last = host.rstrip(".").rpartition(".")[2]
    is_number = last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last, re.IGNORECASE)
    if ":" not in host and not is_number:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", host):
            raise ToolInputError("that is no web address: its host is no name")
        return
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise ToolInputError("an IP address must be written in its usual form") from error


def check_port(url: httpx.URL) -> None:
    """Raise ToolInputError for a port that a model may not choose: any but 80, 443, 8080 and 8443."""
    if (url.port or 80) not in PORTS:
        raise ToolInputError(f"port {url.port} is not one of {', '.join(map(str, sorted(PORTS)))}")


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """The scheme, host and port of a web address, in that order; two addresses of one origin have them in common."""
    return url.scheme, url.host.lower().rstrip("."), url.port or {"http": 80, "https": 443}[url.scheme]


def addresses_in(value: Any) -> set[str]:
    """The web addresses that stand in a text, or in any text of JSON data, in the form that `web_address` gives
    them.
    """
    found = set()
    for text in _strings(value):
        for match in _IN_TEXT.findall(text):
            for candidate in {match, match.rstrip(".,;:!?)*"), _WIDE_END.split(match, maxsplit=1)[0]}:
                try:
                    found.add(str(web_address(candidate)))
                except ToolInputError:
                    continue
    return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)
