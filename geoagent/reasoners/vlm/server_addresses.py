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
    """The base address of a model server's API for an address as a person writes it: endpoint names are cut off,
    "/v1" is added where no path is given.
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
    """Where else a server may answer that knows no such path: with /v1, or without, and where some servers have it."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    versioned = re.search(r"/v\d\w*$", path)
    paths = [path[: versioned.start()] if versioned else f"{path}/v1"]
    if {path, *paths} & {"", "/api"}:
        paths += _BARE
    others = dict.fromkeys(other or "/" for other in paths if other != path)
    return [urlunsplit((parts.scheme, parts.netloc, other, parts.query, "")) for other in others]


def is_azure(url: str) -> bool:
    """Whether an address is one of Azure's, which wants the key in a header of its own."""
    return (urlsplit(url).hostname or "").endswith(_AZURE)
