"""What a tool is, and how a typed function becomes one."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from geoagent.belief import Belief
from geoagent.case.evidence import Clue, Evidence, Spot
from geoagent.case.trace import Trace
from geoagent.case.views import Frozen, PhotoRef, View
from geoagent.errors import ConfigError
from geoagent.photo import Photos
from geoagent.web.gate import Wire
from geoagent.web.provider import Provider

CALL_S = math.inf
"""A tool waits for its services as long as the case has time."""


class ToolContext(NamedTuple):
    """What a tool may read. A tool's function gets it by a parameter of this type, which the model is not shown.

    - `refs` are the photos of the case, and `photos` opens them and renders views.
    - `trace` is what happened in the case so far, `belief` the probability of each place.
    - `witness` is the name of the reasoner that calls the tool.
    - `wire` is the way to the network: whatever a tool sends or fetches goes through it.
    """

    refs: tuple[PhotoRef, ...]
    trace: Trace
    belief: Belief
    photos: Photos
    witness: str
    wire: Wire = Wire()


class ToolResult(Frozen):
    """What a tool gives back: `text` for the reasoner, `data` (JSON) for programs, and what it adds to the trace of the
    case.

    It may add views, clues, evidence, and spots (places finer than any of the atlas).
    """

    text: str
    data: Any = None
    views: tuple[View, ...] = ()
    clues: tuple[Clue, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    spots: tuple[Spot, ...] = ()


class Tool(NamedTuple):
    """A typed function that a reasoner can call; `description`, its docstring, is what the reasoner reads.

    - `run` is the function. `arguments` is the pydantic model that checks its arguments; `context_parameter` names the
      parameter that takes the `ToolContext`, None where it has none.
    - `providers`: the services that answer it; it is offered only if the user has allowed one of them. A tool without
      any needs no service.
    - `max_calls`: how often it may be called in one case; None is without limit. `seconds`: how long one call may wait
      for services.
    - `outside`: whether its results come from elsewhere than geoagent; they are then cleaned, and `read_page` may read
      web addresses in them.
    - `fits`: a function that says whether it is of use for the photos of a case; None is for all photos.
    - `beside`: sentences that join its description where another tool is offered too, by the name of that tool.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    run: Callable[..., ToolResult | str]
    context_parameter: str | None
    providers: tuple[Provider, ...] = ()
    max_calls: int | None = None
    seconds: float = CALL_S
    outside: bool = False
    fits: Callable[[Sequence[PhotoRef]], bool] | None = None
    beside: Mapping[str, str] = MappingProxyType({})


def as_tool(
    function: Callable[..., ToolResult | str],
    providers: tuple[Provider, ...] = (),
    max_calls: int | None = None,
    seconds: float = CALL_S,
    outside: bool = False,
    fits: Callable[[Sequence[PhotoRef]], bool] | None = None,
    beside: Mapping[str, str] = MappingProxyType({}),
) -> Tool:
    """Turn a typed function into a tool: its name, docstring and signature become what the reasoner sees.

    A parameter of the type `ToolContext` is filled in and not shown. The function returns a ToolResult or plain text.
    The other parameters are the fields of `Tool`. Raises ConfigError for a function without docstring, or with a
    parameter that has no type.
    """
    name = function.__name__
    if not function.__doc__:
        raise ConfigError(f"tool {name} has no docstring; it is what the model reads")
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    context = None
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints:
            raise ConfigError(f"tool {name}: parameter {parameter.name} has no type")
        if hints[parameter.name] is ToolContext:
            context = parameter.name
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    arguments = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    description = inspect.cleandoc(function.__doc__)
    return Tool(name, description, arguments, function, context, providers, max_calls, seconds, outside, fits, beside)


def schema(tool: Tool) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments as a model is sent it: without titles, and with no additional arguments
    allowed.
    """
    raw = _told(tool.arguments)
    properties = {name: {k: v for k, v in p.items() if k != "title"} for name, p in raw.get("properties", {}).items()}
    required = raw.get("required", [])
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@lru_cache(maxsize=256)
def _told(arguments: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a model, made once: every turn asks for that of every tool. It is not to be changed."""
    return arguments.model_json_schema()
