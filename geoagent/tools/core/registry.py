"""Decides which tools a reasoner is offered: those that work on this machine alone, and those whose services the user
has allowed.
"""

import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points

from geoagent.case.views import PhotoRef
from geoagent.errors import ConfigError
from geoagent.no_telemetry import load_onnxruntime
from geoagent.plain_text import printable
from geoagent.settings import Settings
from geoagent.tools.core.tool import Tool, as_tool
from geoagent.web.allowed_services import is_allowed

log = logging.getLogger(__name__)

GROUP = "geoagent.tools"


def offered(tools: Mapping[str, Tool], settings: Settings) -> dict[str, Tool]:
    """Those of the `tools`, by name, that the user's settings allow: tools that need no service, and tools with a
    service that is allowed.

    Raises ConfigError where the service that the settings name for reverse image search takes no photos, or lacks its
    key.
    """
    _check_reverse_image(tools, settings)
    return {
        name: tool
        for name, tool in tools.items()
        if not tool.providers or any(is_allowed(provider, settings) for provider in tool.providers)
    }


def _check_reverse_image(tools: Mapping[str, Tool], settings: Settings) -> None:
    if settings.reverse_image is None:
        return
    services = {p.name: p for tool in tools.values() for p in tool.providers if p.uploads}
    service = services.get(settings.reverse_image)
    if service is None:
        name = printable(settings.reverse_image)[:60]
        raise ConfigError(f"reverse_image: no service {name!r} takes photos; those are {', '.join(sorted(services))}")
    if not is_allowed(service, settings):
        raise ConfigError(f"reverse_image: {service.name} needs a key in {service.key_variable}")


def fitting(tools: Mapping[str, Tool], refs: Sequence[PhotoRef]) -> dict[str, Tool]:
    """Those of the `tools`, by name, that can be used on the photos of a case (`refs`): `look`, for example, only where
    there is a panorama.

    Where a tool has a remark on another tool (`Tool.beside`) and that one is offered too, the remark joins its
    description.
    """
    there = {name: tool for name, tool in tools.items() if tool.fits is None or tool.fits(refs)}
    return {name: _beside(tool, there) for name, tool in there.items()}


def _beside(tool: Tool, there: Mapping[str, Tool]) -> Tool:
    more = [text for name, text in tool.beside.items() if name in there]
    return tool._replace(description=" ".join([tool.description, *more])) if more else tool


def installed_tools() -> list[Tool]:
    """The tools that installed packages offer by entry points in the group `geoagent.tools`, sorted by the entry
    points' names.

    An entry point names a function or a `Tool`. One that cannot be loaded is left out, and the log says why.
    """
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        load_onnxruntime()  # many a tool does, and then it reports home
        try:
            loaded = point.load()
            found.append(loaded if isinstance(loaded, Tool) else as_tool(loaded, outside=True))
        except ConfigError as error:
            log.warning(f"{point.value}: left out: {error}")
        except Exception as error:  # anybody's package: what it raises costs its tool, not the run
            log.warning(f"{point.value}: left out: {type(error).__name__}: {printable(error)[:200]}")
    return found
