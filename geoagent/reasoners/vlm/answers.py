"""What a model may answer: one pydantic model each, from which the schema that it is held to is made.

Parsing takes more than the schema asks for, since not every server holds a model to it: longer texts are cut, bad items
of a list are left out.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from geoagent.case.evidence import ClueKind
from geoagent.case.views import Box
from geoagent.errors import UnusableAnswer
from geoagent.names import printable
from geoagent.reasoners.vlm.forms import form_of, strict_object
from geoagent.tools.core.tool import Tool, schema

MAX_CLUES = 10
MAX_PLACES = 8
MAX_SEEN = 4
MAX_DEPTH = 6
MAX_ANSWER = 50_000
KINDS = tuple(kind for kind in get_args(ClueKind) if kind not in ("hint", "correction", "metadata"))
T = TypeVar("T", bound=BaseModel)


def _clipped(limit: int) -> BeforeValidator:
    return BeforeValidator(lambda v: None if v is None else printable(v)[:limit] or None)


def _four_numbers(value: object) -> list[float] | None:
    if isinstance(value, list) and len(value) == 4 and all(isinstance(v, int | float) for v in value):
        return [float(v) for v in value]
    return None


def _whole_numbers(value: object) -> list[int]:
    return [v for v in value if type(v) is int] if isinstance(value, list) else []


def _number_within(limit: float) -> BeforeValidator:
    """A number of that size at most; anything else is taken as not given."""
    return BeforeValidator(lambda v: float(v) if isinstance(v, int | float) and abs(v) <= limit else None)


def _usable(value: object, form: type[BaseModel], most: int) -> object:
    """The items of a list that fit the form, `most` at most: one bad item must not cost the others."""
    if value is None:
        return []
    if not isinstance(value, list):
        return value
    found = []
    for item in value:
        try:
            found.append(form.model_validate(item))
        except ValidationError:
            continue
    return found[:most]


def _plain(value: Any, depth: int) -> Any:
    """JSON data with printable strings, at most so deep. Raises ValueError."""
    if depth == 0 and isinstance(value, dict | list):
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {printable(k): _plain(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, depth - 1) for v in value]
    return printable(value) if isinstance(value, str) else value


def _shortened(limit: int) -> BeforeValidator:
    return BeforeValidator(lambda v: "" if v is None else printable(v)[:limit])


def _asked(**limits: Any) -> Any:
    """Limits that the schema asks for, and parsing does not insist on."""
    return Field(json_schema_extra=limits)


Name = Annotated[str | None, Field(max_length=120), _clipped(120)]
Share = Annotated[float, Field(ge=0, le=1)]
Edge = Annotated[float, _asked(minimum=0, maximum=1)]
BoxEdges = Annotated[list[Edge], _asked(minItems=4, maxItems=4)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SeenClue(_Answer):
    """A clue as a model names it."""

    kind: Annotated[str, BeforeValidator(lambda v: v if v in KINDS else "other"), _asked(enum=list(KINDS))] = "other"
    value: Annotated[str, _shortened(300), Field(min_length=1), _asked(maxLength=200)]
    view: Annotated[int | None, BeforeValidator(lambda v: v if isinstance(v, int) else None)] = None
    box: Annotated[BoxEdges | None, BeforeValidator(_four_numbers)] = None

    def area(self) -> Box | None:
        """The box, if it is one; coordinates in thousandths or per cent are scaled."""
        if self.box is None:
            return None
        top = max(self.box)
        scale = 1.0 if top <= 1 else 100.0 if top <= 100 else 1000.0
        values = [min(max(v / scale, 0.0), 1.0) for v in self.box]
        try:
            return Box(x0=values[0], y0=values[1], x1=values[2], y1=values[3])
        except ValidationError:
            return None


class Place(_Answer):
    """One alternative of an opinion."""

    country: Name = None
    region: Name = None
    city: Name = None
    street: Name = None
    lat: Annotated[float | None, Field(ge=-90, le=90), _number_within(90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180), _number_within(180)] = None
    probability: Share
    because: Annotated[str, _shortened(300), _asked(maxLength=200)] = ""


class Opinion(_Answer):
    """What a model thinks about where: alternatives that exclude each other, and the chance of none of them.

    `hint_misread` says why the hint was not meant as it was read; mostly it is empty.
    """

    places: Annotated[
        list[Place],
        Field(min_length=1, max_length=MAX_PLACES),
        BeforeValidator(lambda v: _usable(v, Place, MAX_PLACES)),
    ]
    elsewhere: Annotated[Share, BeforeValidator(lambda v: 0.0 if v is None else v)] = 0.0
    hint_misread: Annotated[str, _shortened(300), _asked(maxLength=200)] = ""


class _Noticed(_Answer):
    clues: Annotated[
        list[SeenClue],
        BeforeValidator(lambda v: _usable(v, SeenClue, MAX_CLUES)),
        Field(min_length=0, max_length=MAX_CLUES),
    ] = []


class FirstLook(Opinion, _Noticed):
    """The answer to `propose`: first the clues, then the opinion that is formed from them.

    `misfits` are the views that are of another place than the rest.
    """

    misfits: Annotated[list[int], BeforeValidator(_whole_numbers)] = []


class SaidClaim(_Answer):
    """A sentence of a conclusion."""

    statement: Annotated[str, _shortened(1000), Field(min_length=1), _asked(maxLength=400)]
    cites: Annotated[
        list[Annotated[str, _asked(maxLength=20)]],
        BeforeValidator(lambda v: [str(i) for i in v] if isinstance(v, list) else []),
        _asked(minItems=0, maxItems=12),
    ] = []


class Conclusion(_Answer):
    """The arguments of `conclude`."""

    claims: Annotated[
        list[SaidClaim], BeforeValidator(lambda v: _usable(v, SaidClaim, 20)), _asked(minItems=0, maxItems=12)
    ] = []


class Action(_Answer):
    """One turn of the loop."""

    thought: Annotated[str, _shortened(2000), _asked(maxLength=600)] = ""
    seen: Annotated[
        list[SeenClue],
        BeforeValidator(lambda v: _usable(v, SeenClue, MAX_SEEN)),
        Field(min_length=0, max_length=MAX_SEEN),
    ] = []
    action: Annotated[str, Field(min_length=1)]
    arguments: Annotated[dict[str, Any], BeforeValidator(lambda v: _plain(v, MAX_DEPTH))] = {}


def parse(text: str, answer: type[T]) -> T:
    """The last JSON object in a text that fits the form. Raises UnusableAnswer that says what is wrong.

    Tolerates fences, prose around the object, raw control characters inside strings, and bad items in lists.
    """
    fault = "it holds no JSON object"
    for candidate in _objects(text[:MAX_ANSWER]):
        try:
            return answer.model_validate(candidate)
        except ValidationError as error:
            first = error.errors()[0]
            fault = f"{'.'.join(map(str, first['loc'])) or 'object'}: {first['msg']}"
    raise UnusableAnswer(fault)


def _objects(text: str) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)
    found, position = [], text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # ValueError: also for numbers of thousands of digits
            end = position + 1
        else:
            if isinstance(value, dict):
                found.append(value)
        position = text.find("{", end)
    return found[::-1]


ENDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "revise_opinion": ("Replace the last opinion about where.", form_of(Opinion)),
    "conclude": ("Stop, with the sentences of the argument.", form_of(Conclusion)),
}


def first_look_schema(photos: int, *, hinted: bool = False) -> dict[str, Any]:
    """The schema of a first look; of several photos also which do not belong, with a hint whether it was misread."""
    properties = form_of(FirstLook)["properties"]
    misfits = properties.pop("misfits")
    if not hinted:
        del properties["hint_misread"]
    if photos > 1:
        view = {**misfits["items"], "minimum": 1, "maximum": photos}
        properties["misfits"] = {**misfits, "items": view, "minItems": 0, "maxItems": photos}
    return strict_object(properties)


def action_schema(tools: Mapping[str, Tool]) -> dict[str, Any]:
    """The schema of one JSON action over the tools and the two endings."""
    forms = {name: strict_schema(tool) for name, tool in tools.items()}
    forms |= {name: form for name, (_, form) in ENDINGS.items()}
    properties = form_of(Action)["properties"]
    return {
        "anyOf": [
            strict_object({**properties, "action": {"type": "string", "enum": [name]}, "arguments": form})
            for name, form in forms.items()
        ]
    }


def strict_schema(tool: Tool) -> dict[str, Any]:
    """A tool's schema as strict servers want it: every property required, the optional ones nullable."""
    plain = schema(tool)
    properties = {}
    for name, form in plain["properties"].items():
        optional = name not in plain["required"] and "anyOf" not in form
        bare = {k: v for k, v in form.items() if k != "default"}
        properties[name] = {"anyOf": [bare, {"type": "null"}]} if optional else bare
    return strict_object(properties)


def native_tools(tools: Mapping[str, Tool]) -> list[dict[str, Any]]:
    """Tools and endings in the form of the chat API."""
    described = [(t.name, t.description, strict_schema(t)) for t in tools.values()]
    described += [(name, text, form) for name, (text, form) in ENDINGS.items()]
    return [
        {"type": "function", "function": {"name": n, "description": d, "parameters": p, "strict": True}}
        for n, d, p in described
    ]
