"""geoagent finds where a photo was taken, and tells why one should believe it."""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoagent.agent import Event, GeoAgent
    from geoagent.case.prediction import Prediction
    from geoagent.case.trace import TraceFile
    from geoagent.place_claim import Verification, verify
    from geoagent.settings import Settings
    from geoagent.tools.core.tool import ToolContext, ToolResult

logging.getLogger("geoagent").addHandler(logging.NullHandler())  # who uses the library decides where messages go

__all__ = [
    "Event", "GeoAgent", "Prediction", "Settings", "ToolContext", "ToolResult", "TraceFile", "Verification", "verify",
]  # fmt: skip

_HOME = {
    "Event": "agent", "GeoAgent": "agent", "Prediction": "case.prediction", "Settings": "settings",
    "ToolContext": "tools.core.tool", "ToolResult": "tools.core.tool", "TraceFile": "case.trace",
    "Verification": "place_claim", "verify": "place_claim",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"geoagent.{_HOME[name]}"), name)
    raise AttributeError(f"module 'geoagent' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
