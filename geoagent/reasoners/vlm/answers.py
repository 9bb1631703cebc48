"""What a model may answer: the schemas it is held to, tolerant parsing, validation."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from geoagent.case.evidence import ClueKind
from geoagent.case.views import Box
from geoagent.errors import UnusableAnswer
from geoagent.names import printable
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


Name = Annotated[str | None, _clipped(120)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SeenClue(_Answer):
    """A clue as a model names it."""

    kind: Annotated[str, BeforeValidator(lambda v: v if v in KINDS else "other")] = "other"
    value: Annotated[str, _shortened(300), Field(min_length=1)]
    view: Annotated[int | None, BeforeValidator(lambda v: v if isinstance(v, int) else None)] = None
    box: Annotated[list[float] | None, BeforeValidator(_four_numbers)] = None

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
    lat: Annotated[float | None, _number_within(90)] = None
    lon: Annotated[float | None, _number_within(180)] = None
    probability: Annotated[float, Field(ge=0, le=1)]
    because: Annotated[str, _shortened(300)] = ""


class Opinion(_Answer):
    """What a model thinks about where: alternatives that exclude each other, and the chance of none of them."""

    places: Annotated[list[Place], BeforeValidator(lambda v: _usable(v, Place, MAX_PLACES)), Field(min_length=1)]
    elsewhere: Annotated[float, BeforeValidator(lambda v: 0.0 if v is None else v), Field(ge=0, le=1)] = 0.0


class FirstLook(Opinion):
    """The answer to `propose`; `misfits` are the views that are of another place than the rest."""

    clues: Annotated[list[SeenClue], BeforeValidator(lambda v: _usable(v, SeenClue, MAX_CLUES))] = []
    misfits: Annotated[list[int], BeforeValidator(_whole_numbers)] = []


class SaidClaim(_Answer):
    """A sentence of a conclusion."""

    statement: Annotated[str, _shortened(1000), Field(min_length=1)]
    cites: Annotated[list[str], BeforeValidator(lambda v: [str(i) for i in v] if isinstance(v, list) else [])] = []


class Conclusion(_Answer):
    """The arguments of `conclude`."""

    claims: Annotated[list[SaidClaim], BeforeValidator(lambda v: _usable(v, SaidClaim, 20))] = []


class Action(_Answer):
    """One turn of the loop."""

    thought: Annotated[str, _shortened(2000)] = ""
    seen: Annotated[list[SeenClue], BeforeValidator(lambda v: _usable(v, SeenClue, MAX_SEEN))] = []
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


_TEXT = {"type": "string", "maxLength": 120}
_MAYBE_TEXT = {"anyOf": [_TEXT, {"type": "null"}]}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_BOX = {"type": "array", "items": _SHARE, "minItems": 4, "maxItems": 4}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _array(items: dict[str, Any], most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _degrees(most: int) -> dict[str, Any]:
    return {"anyOf": [{"type": "number", "minimum": -most, "maximum": most}, {"type": "null"}]}


_PLACE = _object(
    country=_MAYBE_TEXT, region=_MAYBE_TEXT, city=_MAYBE_TEXT, street=_MAYBE_TEXT, lat=_degrees(90), lon=_degrees(180),
    probability=_SHARE, because={"type": "string", "maxLength": 200},
)  # fmt: skip
_OPINION = {"places": _array(_PLACE, MAX_PLACES, 1), "elsewhere": _SHARE}
_CLUE = _object(
    kind={"type": "string", "enum": list(KINDS)}, value={"type": "string", "minLength": 1, "maxLength": 200},
    view={"anyOf": [{"type": "integer"}, {"type": "null"}]}, box={"anyOf": [_BOX, {"type": "null"}]},
)  # fmt: skip
_CLAIM = _object(statement={"type": "string", "maxLength": 400}, cites=_array({"type": "string", "maxLength": 20}, 12))

ENDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "revise_opinion": ("Replace the last opinion about where.", _object(**_OPINION)),
    "conclude": ("Stop, with the sentences of the argument.", _object(claims=_array(_CLAIM, 12))),
}


def first_look_schema(photos: int) -> dict[str, Any]:
    """The schema of a first look; of several photos also which of them do not belong."""
    view = {"type": "integer", "minimum": 1, "maximum": photos}
    misfits = {"misfits": _array(view, photos)} if photos > 1 else {}
    return _object(clues=_array(_CLUE, MAX_CLUES), **_OPINION, **misfits)


def action_schema(tools: Mapping[str, Tool]) -> dict[str, Any]:
    """The schema of one JSON action over the tools and the two endings."""
    forms = {name: strict_schema(tool) for name, tool in tools.items()}
    forms |= {name: form for name, (_, form) in ENDINGS.items()}
    thought = {"type": "string", "maxLength": 600}
    return {
        "anyOf": [
            _object(
                thought=thought, seen=_array(_CLUE, MAX_SEEN), action={"type": "string", "enum": [name]}, arguments=form
            )
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
    return _object(**properties)


def native_tools(tools: Mapping[str, Tool]) -> list[dict[str, Any]]:
    """Tools and endings in the form of the chat API."""
    described = [(t.name, t.description, strict_schema(t)) for t in tools.values()]
    described += [(name, text, form) for name, (text, form) in ENDINGS.items()]
    return [
        {"type": "function", "function": {"name": n, "description": d, "parameters": p, "strict": True}}
        for n, d, p in described
    ]
