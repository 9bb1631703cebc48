"""Which hosts a run without shortcuts refuses, and why; the table is `data/refused_domains.json`."""

import json
from functools import lru_cache
from importlib.resources import files

import httpx

from geoagent.errors import ConfigError


@lru_cache(maxsize=1)
def _refused() -> dict[str, str]:
    table = json.loads((files("geoagent.data") / "refused_domains.json").read_text(encoding="utf-8"))
    refused = {domain: row["why"] for row in table["domains"] for domain in row["names"]}
    if not refused:
        raise ConfigError("refused_domains.json names no domain; install geoagent anew")
    return refused


def refused_domain(address: str) -> str | None:
    """Why a run without shortcuts refuses the host of an address; None where it does not."""
    try:
        host = httpx.URL(address).host.lower().rstrip(".")
    except httpx.InvalidURL:
        return None
    labels = host.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_refused()[name] for name in names if name in _refused()), None)
