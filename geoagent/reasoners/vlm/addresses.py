"""Addresses of model servers as people write them, and as the API wants them."""

import re
from urllib.parse import urlsplit, urlunsplit

_ENDPOINTS = re.compile(
    r"/+(chat/completions|completions|responses|messages|embeddings|models|chat|api/chat|api/generate|api/tags)$"
)
_KNOWN = {
    "generativelanguage.googleapis.com": "/v1beta/openai",
    "openrouter.ai": "/api/v1",
    "api.groq.com": "/openai/v1",
    "api.fireworks.ai": "/inference/v1",
    "api.deepinfra.com": "/v1/openai",
}
"""Where hosts that many use have the API, for an address that does not say it."""


def base_address(url: str) -> str:
    """The base address of a model server's API for an address as a person writes it: endpoint names are cut off,
    "/v1" is added where no path is given.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    while (shorter := _ENDPOINTS.sub("", path)) != path:
        path = shorter.rstrip("/")
    if path in ("", "/api", "/v1", "/v1beta"):
        path = _KNOWN.get(parts.hostname or "", "/v1" if path in ("", "/api") else path)
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def other_address(url: str) -> str:
    """The other address at which the server may answer: with "/v1" if it was without, and without if it was with."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    versioned = re.search(r"/v\d\w*$", path)
    other = path[: versioned.start()] or "/" if versioned else f"{path}/v1"
    return urlunsplit((parts.scheme, parts.netloc, other, parts.query, ""))
