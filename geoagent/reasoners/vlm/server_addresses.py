"""Turns the addresses of model servers, as people write them, into the addresses of their APIs."""

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
    "api.cohere.com": "/compatibility/v1",
    "dashscope.aliyuncs.com": "/compatible-mode/v1",
    "dashscope-intl.aliyuncs.com": "/compatible-mode/v1",
    "open.bigmodel.cn": "/api/paas/v4",
    "api.z.ai": "/api/paas/v4",
    "models.github.ai": "/inference",
}
"""Where hosts that many use have the API, for an address that does not say it."""
_AZURE = ".azure.com"
_BARE = ("/v1", "", "/api", "/api/v1", "/v3", "/engines/v1")
"""Where servers have the API whose address names the host alone: most under /v1, Open WebUI under /api, Lemonade under
/api/v1, OpenVINO's under /v3, Docker's under /engines/v1."""


def base_address(url: str) -> str:
    """The base address of a model server's API, from an address as a person writes it: "http://host:8000/v1" from
    "http://host:8000" or "http://host:8000/v1/chat/completions".

    Well-known hosts that have their API elsewhere than at "/v1" get that path.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    while (shorter := _ENDPOINTS.sub("", path)) != path:
        path = shorter.rstrip("/")
    if path in ("", "/api", "/v1", "/v1beta"):
        usual = "/openai/v1" if is_azure(url) else "/v1"
        path = _KNOWN.get(parts.hostname or "", usual if path in ("", "/api") else path)
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def other_addresses(url: str) -> list[str]:
    """The addresses to try next where a server has no API at `url`: with "/v1" or without it, and the paths that some
    servers use.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    versioned = re.search(r"/v\d\w*$", path)
    paths = [path[: versioned.start()] if versioned else f"{path}/v1"]
    if {path, *paths} & {"", "/api"}:
        paths += _BARE
    others = dict.fromkeys(other or "/" for other in paths if other != path)
    return [urlunsplit((parts.scheme, parts.netloc, other, parts.query, "")) for other in others]


def is_azure(url: str) -> bool:
    """Whether an address is one of Azure's, whose servers want the key in the header "api-key"."""
    return (urlsplit(url).hostname or "").endswith(_AZURE)
