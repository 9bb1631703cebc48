"""What a model may answer, as pydantic models: the JSON Schema that a model is held to is made from them, and its
answers are read with them.

Reading takes more than the schema allows, since not every server enforces it: other names and shapes are understood
(`field_names`), texts that are too long are cut, and bad items of a list are left out.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from geoagent.case.evidence import LEVELS, ArgumentKind, ClueKind, LevelName, PictureKind, Stance
from geoagent.case.views import Box
from geoagent.plain_text import printable
from geoagent.reasoners.reasoner import MOST_PARTS
from geoagent.reasoners.vlm import field_names
from geoagent.reasoners.vlm.boxes import Size, Taught, Unit, four_numbers, fractions, unit_of
from geoagent.reasoners.vlm.json_schemas import form_of, strict_object
from geoagent.tools.core.tool import Tool, schema

MAX_CLUES = 10
MAX_PLACES = 8
MAX_SEEN = 4
MAX_DEPTH = 6
MAX_ACTION = 100
"""Characters of the name of an action."""
MAX_VIEW = 1_000_000
ODD = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a model's answer may raise: it may have any shape, and costs itself alone."""
NULL = {"type": "null"}
SAID_ELSEWHERE = frozenset(
    {"description", "default", "title", "minimum", "maximum", "minLength", "additionalProperties"}
)  # fmt: skip
FEW_WORDS = 8
"""So few words are listed again in a schema where they are meant again."""
NO_SIGHT = ("overlay", "hint", "post", "correction", "metadata", "picture")
"""The kinds of clue that no model names as such."""
KINDS = tuple(kind for kind in get_args(ClueKind) if kind not in NO_SIGHT)


def _clipped(limit: int) -> BeforeValidator:
    return BeforeValidator(lambda v: None if v is None else printable(v)[:limit] or None)


def _view_number(value: object) -> int | None:
    """The number of a view, also as text: "2", "view 2"."""
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(?:view|photo|image)?\s*#?(\d{1,3})\s*", value, re.I)):
        return int(match.group(1))
    if not isinstance(value, int | float) or not abs(value) <= MAX_VIEW:
        return None
    return int(value) if value == int(value) else None


def _one_of(known: Sequence[str], otherwise: str | None = None) -> BeforeValidator:
    """One of some words, whatever its case; anything else is taken as not given."""
    words = {word: word for word in known}
    return BeforeValidator(lambda v: words.get(str(v).strip().lower(), otherwise))


def _whole_numbers(value: object) -> list[int]:
    return [v for v in value if type(v) is int] if isinstance(value, list) else []


def _number_within(limit: float) -> BeforeValidator:
    """A number of that size at most; anything else is taken as not given."""
    return BeforeValidator(lambda v: float(v) if isinstance(v, int | float) and abs(v) <= limit else None)


def _kind(value: object) -> str:
    said = str(value).strip().lower().replace(" ", "_")
    return said if said in KINDS else "other"


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
        except ODD:
            continue
    return found[:most]


def _plain(value: Any, depth: int) -> Any:
    """JSON data that can be kept: printable strings, finite numbers, at most so deep. Raises ValueError."""
    if depth == 0 and isinstance(value, dict | list | tuple | set):
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {printable(k): _plain(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v, depth - 1) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else printable(value)


def _rest(value: object) -> object:
    """The chance of none of the places; what is no chance costs nothing."""
    return 0.0 if value is None else value


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


UNREAD = re.compile(
    r"\b(?:unreadable|illegible|indecipherable|indistinct|(?:can ?not|can't|could not) be (?:read|made out)"
    r"|(?:not|barely|hardly) (?:readable|legible)|(?:too )?(?:small|far|blurred|blurry|faint) to (?:be )?read)\b",
    re.IGNORECASE,
)


class SeenClue(_Answer):
    """A clue in a model's answer: its kind, what it says (`value`), the number of the view in which it is, and the box
    round it there.

    `box` holds four numbers in whatever unit the model writes; `area` makes fractions of them.
    """

    kind: Annotated[str, BeforeValidator(_kind), _asked(enum=list(KINDS))] = "other"
    value: Annotated[str, _shortened(300), Field(min_length=1), _asked(maxLength=200)]
    view: Annotated[int | None, BeforeValidator(_view_number)] = None
    box: Annotated[BoxEdges | None, BeforeValidator(four_numbers)] = None

    _mended = model_validator(mode="before")(field_names.clue)

    @property
    def shown_as(self) -> str:
        """The kind of the clue, except that a text which the model says it cannot read counts as a sign."""
        return "sign" if self.kind == "text" and UNREAD.search(self.value) else self.kind

    def area(self, unit: Unit | None = None, size: Size | None = None, down_first: bool = False) -> Box | None:
        """The box of the clue in fractions of its picture; None where it has none, or its numbers are no box.

        - `unit` is that of the box's numbers; None guesses it from their size.
        - `size` is the (width, height) in pixels of the picture as it was sent, which pixels need.
        - `down_first` says that y comes before x.
        """
        if self.box is None:
            return None
        unit = unit or unit_of([(self.box, size)], Taught())
        values = fractions(self.box, unit, size, down_first)
        try:
            return Box(x0=values[0], y0=values[1], x1=values[2], y1=values[3])
        except ValidationError:
            return None


class Place(_Answer):
    """One place of a model's opinion, by name or by coordinates in degrees.

    `probability` is that which the model states, from 0 to 1, and `because` is its reason.
    """

    country: Name = None
    region: Name = None
    city: Name = None
    street: Name = None
    lat: Annotated[float | None, Field(ge=-90, le=90), _number_within(90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180), _number_within(180)] = None
    probability: Share
    because: Annotated[str, _shortened(300), _asked(maxLength=200)] = ""

    _mended = model_validator(mode="before")(field_names.place)


class Opinion(_Answer):
    """A model's opinion on where the photo was taken: places that exclude each other, with probabilities.

    `elsewhere` is the probability that it is none of them. `hint_misread` says why the user's hint means something else
    than it was read as; "" where it was read rightly.
    """

    places: Annotated[
        list[Place],
        Field(min_length=1, max_length=MAX_PLACES),
        BeforeValidator(lambda v: _usable(v, Place, MAX_PLACES)),
    ]
    elsewhere: Annotated[Share, BeforeValidator(_rest)] = 0.0
    hint_misread: Annotated[str, _shortened(300), _asked(maxLength=200)] = ""

    _mended = model_validator(mode="before")(field_names.look)


class _Noticed(_Answer):
    clues: Annotated[
        list[SeenClue],
        BeforeValidator(lambda v: _usable(v, SeenClue, MAX_CLUES)),
        Field(min_length=0, max_length=MAX_CLUES),
    ] = []


class FirstLook(Opinion, _Noticed):
    """A model's answer to the first question of a case: first the clues that it sees, then its opinion.

    `misfits` are the numbers of photos that show another place than the rest, and `picture` is the kind of picture,
    such as "ground" or "aerial"; "" where it is not told.
    """

    picture: Annotated[str, _one_of(get_args(PictureKind), ""), _asked(enum=list(get_args(PictureKind)))] = ""
    misfits: Annotated[list[int], BeforeValidator(_whole_numbers)] = []


class SeenPart(_Answer):
    """What a model sees in one of several parts of photos: the number of the part from 1 (`picture`), the writing in it
    (`text`), what it `shows`, and its `answer` to the question asked of it.
    """

    picture: Annotated[int, BeforeValidator(_view_number)]
    text: Annotated[str, _shortened(300), _asked(maxLength=200)] = ""
    shows: Annotated[str, _shortened(600), _asked(maxLength=400)] = ""
    answer: Annotated[str, _shortened(80), _asked(maxLength=60)] = ""


class SeenParts(_Answer):
    """A model's answer when it is shown parts of photos by themselves: what it sees in each."""

    pictures: Annotated[
        list[SeenPart],
        Field(min_length=1, max_length=MOST_PARTS),
        BeforeValidator(lambda v: _usable(v, SeenPart, MOST_PARTS)),
    ]

    _mended = model_validator(mode="before")(lambda value: {"pictures": value} if isinstance(value, list) else value)


class Ranking(_Answer):
    """A model's answer when it orders some places: their numbers from 1, that of the best first."""

    order: Annotated[list[int], BeforeValidator(_whole_numbers), Field(min_length=2)]


class SaidClaim(_Answer):
    """A sentence of a model's conclusion.

    - `kind` is that of the argument, such as "observation" or "elimination"; `level` is what it is about, such as
      "country".
    - `stance` says whether it speaks for or against `place`. `cites` are ids in the trace of what it rests on.
    """

    kind: Annotated[ArgumentKind | None, _one_of(get_args(ArgumentKind))] = None
    level: Annotated[LevelName | None, _one_of(LEVELS)] = None
    stance: Annotated[Stance, _one_of(get_args(Stance), "for")] = "for"
    place: Name = None
    statement: Annotated[str, _shortened(1000), Field(min_length=1), _asked(maxLength=200)]
    cites: Annotated[
        list[Annotated[str, _asked(maxLength=20)]],
        BeforeValidator(lambda v: [str(i) for i in v] if isinstance(v, list) else []),
        _asked(minItems=0, maxItems=12),
    ] = []

    _mended = model_validator(mode="before")(field_names.claim)


class Conclusion(_Answer):
    """The arguments of the action `conclude`, with which a model ends a case: the sentences of its conclusion."""

    claims: Annotated[
        list[SaidClaim], BeforeValidator(lambda v: _usable(v, SaidClaim, 20)), _asked(minItems=0, maxItems=12)
    ] = []

    _mended = model_validator(mode="before")(field_names.conclusion)


class Action(_Answer):
    """A model's answer in one turn: its thought, the clues that it has just `seen`, and the name and arguments of one
    action.

    An action is a tool, "revise_opinion" or "conclude".
    """

    thought: Annotated[str, _shortened(2000), _asked(maxLength=600)] = ""
    seen: Annotated[
        list[SeenClue],
        BeforeValidator(lambda v: _usable(v, SeenClue, MAX_SEEN)),
        Field(min_length=0, max_length=MAX_SEEN),
    ] = []
    action: Annotated[str, _shortened(MAX_ACTION), Field(min_length=1)]
    arguments: Annotated[dict[str, Any], BeforeValidator(lambda v: _plain(v, MAX_DEPTH))] = {}

    _mended = model_validator(mode="before")(field_names.action)


ENDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "revise_opinion": ("Replace the last opinion about where.", form_of(Opinion)),
    "conclude": ("Stop, with the sentences of the argument.", form_of(Conclusion)),
}


def _endings(hinted: bool) -> dict[str, tuple[str, dict[str, Any]]]:
    """The endings; whether a hint was misread is asked only where there is one."""
    if hinted:
        return ENDINGS
    text, form = ENDINGS["revise_opinion"]
    asked = {name: value for name, value in form["properties"].items() if name != "hint_misread"}
    return {**ENDINGS, "revise_opinion": (text, strict_object(asked))}


def first_look_schema(photos: int, *, hinted: bool = False) -> dict[str, Any]:
    """The JSON Schema of the answer to a case's first question (`FirstLook`).

    `photos` is how many photos there are: with several it asks which of them do not belong to the others, with none (a
    case of texts alone) it does not ask for the kind of picture. Only with `hinted` it asks whether the hint was
    misread.
    """
    properties = form_of(FirstLook)["properties"]
    misfits = properties.pop("misfits")
    if not hinted:
        del properties["hint_misread"]
    if not photos:
        del properties["picture"]
    if photos > 1:
        view = {**misfits["items"], "minimum": 1, "maximum": photos}
        properties["misfits"] = {**misfits, "items": view, "minItems": 0, "maxItems": photos}
    return strict_object(properties)


def action_schema(tools: Mapping[str, Tool], *, hinted: bool = False) -> dict[str, Any]:
    """The JSON Schema of one action: any of the `tools` with its arguments, a revised opinion, or the conclusion.

    Only with `hinted` it asks whether the hint was misread.
    """
    forms = {name: small(schema(tool)) for name, tool in tools.items()}
    forms |= {name: small(form) for name, (_, form) in _endings(hinted).items()}
    properties = form_of(Action)["properties"]
    calls = [small(strict_object({"name": {"enum": [name]}, "arguments": form})) for name, form in forms.items()]
    seen, called = small(properties["seen"]), _each_list_once(calls, [])
    return strict_object({"thought": properties["thought"], "seen": seen, "action": {"anyOf": called}})


def small(form: Any) -> Any:
    """A JSON Schema made smaller: without descriptions, which the prompt has, and without bounds of numbers, which are
    checked when the answer is read.

    Additional properties are no longer forbidden, since servers that enforce a schema which names properties let no
    others through. A property that may be null may be left out instead.
    """
    if isinstance(form, list):
        return [small(part) for part in form]
    if not isinstance(form, dict):
        return form
    if "anyOf" in form and (others := [part for part in form["anyOf"] if part != NULL]) != form["anyOf"]:
        return small(others[0]) if len(others) == 1 else {"anyOf": small(others)}
    unsaid = {*SAID_ELSEWHERE, "properties"} | ({"type"} if "enum" in form else set())
    unsaid |= set() if form.get("minItems") else {"minItems"}
    found = {name: small(part) for name, part in form.items() if name not in unsaid}
    if "properties" in form:
        free = {name for name, part in form["properties"].items() if NULL in part.get("anyOf", ())}
        found["properties"] = {name: small(part) for name, part in form["properties"].items()}
        found["required"] = [name for name in form.get("required", ()) if name not in free]
    return found


def _each_list_once(form: Any, listed: list[Any]) -> Any:
    """A JSON Schema in which words of which there are many are listed once, and checked where they are used again.

    The lists that were met are added to `listed`.
    """
    if isinstance(form, list):
        return [_each_list_once(part, listed) for part in form]
    if not isinstance(form, dict):
        return form
    words = form.get("enum", [])
    if words in listed and len(words) > FEW_WORDS and all(isinstance(word, str) for word in words):
        return {"type": "string", "maxLength": max(map(len, words))}
    listed += [words] if words else []
    return {name: _each_list_once(part, listed) for name, part in form.items()}


def strict_schema(tool: Tool) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments as strict servers want it: every property is required, and an optional one
    may be null.
    """
    plain = schema(tool)
    properties = {}
    for name, form in plain["properties"].items():
        optional = name not in plain["required"] and "anyOf" not in form
        bare = {k: v for k, v in form.items() if k != "default"}
        properties[name] = {"anyOf": [bare, {"type": "null"}]} if optional else bare
    return strict_object(properties)


def native_tools(tools: Mapping[str, Tool], *, hinted: bool = False) -> list[dict[str, Any]]:
    """The actions of a case in the form of the chat API's parameter `tools`: the tools, "revise_opinion" and
    "conclude".

    Only with `hinted` a revised opinion may say that the hint was misread.
    """
    described = [(t.name, t.description, strict_schema(t)) for t in tools.values()]
    described += [(name, text, form) for name, (text, form) in _endings(hinted).items()]
    return [
        {"type": "function", "function": {"name": n, "description": d, "parameters": p, "strict": True}}
        for n, d, p in described
    ]
