"""Understands what models write instead of the JSON form that was asked for: other key names, other shapes, numbers in
words.

Each function takes parsed JSON and returns it in the shape that `answer_models` reads; what it does not know it leaves
as it is.
"""

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from geoagent.json_safe import MAX_INTEGER, json_safe
from geoagent.reasoners.vlm.boxes import down_then_right, four_numbers
from geoagent.reasoners.vlm.json_values import as_object, python_arguments, values_in

NOTHING = frozenset({"", "null", "none", "unknown", "n/a", "na", "nil", "undefined", "unspecified", "-", "?"})
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_PAIR = re.compile(r"\(?(-?\d+(?:\.\d+)?)\s*[,;]\s*(-?\d+(?:\.\d+)?)\)?")
_PER_CENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:%|per ?cent)")
_RATIO = re.compile(r"(\d+)\s*(?:/|out of|in)\s*([1-9]\d*)")

LOOK = {
    "places": "candidates locations alternatives hypotheses guesses predictions opinions options possible_places",
    "clues": "observations evidence seen visual_clues features observed_clues",
    "elsewhere": "other none_of_these none_of_them somewhere_else rest",
    "misfits": "outliers",
    "picture": "picture_kind kind_of_picture",
}
PLACE = {
    "country": "country_name nation",
    "region": "state province admin1 division state_or_province administrative_region",
    "city": "town village municipality locality city_name",
    "street": "road landmark address street_name",
    "lat": "latitude",
    "lon": "lng long longitude",
    "probability": "prob p confidence likelihood chance score certainty percentage percent weight probability_percent",
    "because": "reason reasoning rationale explanation why justification",
}
CLUE = {
    "kind": "type category clue_type",
    "value": "text label description content clue name observation detail what",
    "view": "photo image view_number picture",
    "box": "bbox bbox_2d bounding_box boundingbox box_xyxy coordinates location position region",
}
ACTION = {
    "thought": "thinking reasoning thoughts why rationale",
    "seen": "clues observations noticed",
    "action": "tool name tool_name function function_name action_name method next_action",
    "arguments": "args parameters params input tool_input action_input kwargs argument tool_args tool_arguments"
    " tool_parameters function_args function_arguments",
}
CLAIM = {
    "statement": "claim text sentence content value",
    "cites": "citations cited references evidence ids sources cite",
}
CONCLUSION = {"claims": "statements sentences argument arguments conclusions chain"}
CALLS = ("call", "tool_call", "function_call", "next_action", "action", "function", "tool", "do", "tool_calls",
         "actions", "calls", "next_step", "steps")  # fmt: skip
ENDS = {"finish": "conclude", "final_answer": "conclude", "answer": "conclude", "final": "conclude", "done": "conclude",
        "stop": "conclude", "end": "conclude", "submit": "conclude", "conclusion": "conclude",
        "update_opinion": "revise_opinion", "revise": "revise_opinion"}  # fmt: skip


def named(value: Any, names: Mapping[str, str]) -> Any:
    """A JSON object with its keys in lower case, and usual other names for a key renamed to the one that is asked for.

    `names` gives, for each key that is asked for, the other names with spaces between. Anything but an object comes
    back unchanged.
    """
    if not isinstance(value, dict):
        return value
    keys = {_snake(key): item for key, item in value.items()}
    found = {name: keys[name] for name in names if name in keys}
    for name, others in names.items():
        if found.get(name) is None:
            other = next((other for other in others.split() if other in keys and other not in names), None)
            if other is not None and keys[other] is not None:
                found[name] = keys[other]
    return {**{key: item for key, item in keys.items() if key not in found}, **found}


def look(value: Any) -> Any:
    """A model's opinion or first look with the keys and shapes that were asked for, such as a list of places where the
    model wrote a table of probabilities, and shares of 1 where it wrote per cent.
    """
    value = named(as_object(value), LOOK)
    if not isinstance(value, dict):
        return value
    if "places" not in value:
        inner: dict[str, Any] = next((named(item, LOOK) for item in value.values() if isinstance(item, dict)), {})
        if "places" in inner:
            value = {**{key: item for key, item in value.items() if key in LOOK}, **inner}
    if "clues" in value:
        value["clues"] = _listed(value["clues"])
    if "places" in value:
        value["places"] = _places(value["places"])
        value = _shares(value)
    return value


def loose_look(value: Any) -> Any:
    """A first look made from a list of places, or from one place, that a model wrote without the object round it;
    anything else unchanged.
    """
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return look({"places": value})
    found = named(value, PLACE)
    if isinstance(found, dict) and ("country" in found or "lat" in found) and "probability" in found:
        return look({"places": [value]})
    return value


def place(value: Any) -> Any:
    """One place of an opinion with the keys and shapes that were asked for: coordinates out of objects that hold them,
    numbers as numbers, and None for "unknown" and the like.
    """
    value = named(value, PLACE)
    if not isinstance(value, dict):
        return value
    for key in ("place", "coordinates", "coords", "gps", "point", "location", "lat_lon", "latlng"):
        inner = value.get(key)
        if isinstance(inner, dict) and inner.get("type") == "Point" and isinstance(inner.get("coordinates"), list):
            inner = inner["coordinates"][1::-1]  # GeoJSON: longitude before latitude
        if isinstance(inner, str):
            pair = _PAIR.fullmatch(inner.strip())
            inner = [float(number) for number in (pair.groups() if pair else re.findall(r"-?\d+\.\d+", inner))]
        if isinstance(inner, list) and len(inner) == 2:
            inner = {"lat": inner[0], "lon": inner[1]}
        if isinstance(inner, dict):
            value = {**named(inner, PLACE), **{k: v for k, v in value.items() if v is not None}}
    for key, minus in (("lat", "s"), ("lon", "w")):
        value[key] = degrees(value.get(key), minus)
    for key in ("country", "region", "city", "street"):
        item = value.get(key)
        if isinstance(item, list) and len(item) == 1:
            item = item[0]
        if isinstance(item, dict):
            item = item.get("name")
        value[key] = None if not isinstance(item, str) or item.strip().lower() in NOTHING else item
    return {**value, "probability": share(value.get("probability"))}


def clue(value: Any) -> Any:
    """One clue with the keys and shapes that were asked for; a bare text becomes a clue of the kind "other"."""
    if isinstance(value, str):
        return {"kind": "other", "value": value}
    if not isinstance(value, dict):
        return value
    down = next((value[key] for key in value if _snake(key) == "box_2d"), None)
    value = named({key: item for key, item in value.items() if _snake(key) != "box_2d"}, CLUE)
    if down is not None and "box" not in value:
        value["box"] = down_then_right(down)
    return value


def claim(value: Any) -> Any:
    """One sentence of a conclusion with the keys and shapes that were asked for; a bare text becomes a sentence that
    cites nothing.
    """
    if isinstance(value, str):
        return {"statement": value}
    found = named(value, CLAIM)
    if isinstance(found, dict) and isinstance(found.get("cites"), str):
        found["cites"] = re.findall(r"\w+", found["cites"])
    return found


def conclusion(value: Any) -> Any:
    """A conclusion with the keys and shapes that were asked for; its sentences are a list even where the model wrote
    only one.
    """
    found = named(value, CONCLUSION)
    if isinstance(found, dict) and "claims" in found:
        found["claims"] = _listed(found["claims"])
    return found


def action(value: Any) -> Any:
    """An action with the keys and shapes that were asked for: its name and arguments are found wherever the model put
    them, such as inside "tool_call".
    """
    if not isinstance(value, dict):
        return value
    keys = {_snake(key): item for key, item in value.items()}
    for key in CALLS:
        inner = keys.get(key)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        inner = as_object(inner) if key != "action" or "arguments" not in keys else inner
        if isinstance(inner, dict):
            inner = inner["function"] if isinstance(inner.get("function"), dict) else inner
            call = action(inner)
            if isinstance(call, dict) and isinstance(call.get("action"), str):
                rest = named({name: item for name, item in keys.items() if name != key}, ACTION)
                if "arguments" not in named(inner, ACTION) and rest.get("arguments"):
                    call = {**call, "arguments": _given(rest)}
                return {**{name: rest[name] for name in ("thought", "seen") if name in rest}, **call}
    found = named(value, ACTION)
    if isinstance(found.get("action"), list) and found["action"] and isinstance(found["action"][0], str):
        found["action"] = found["action"][0]
    if isinstance(found.get("action"), str) and (call := re.match(r"\s*([\w.]+)\s*(\(.*)", found["action"], re.DOTALL)):
        found["action"] = call.group(1)
        found.setdefault("arguments", python_arguments(call.group(2)) or {})
    if isinstance(found.get("action"), str) and "arguments" not in found:
        found["arguments"] = {key: item for key, item in value.items() if _snake(key) not in _own_keys(found)}
    return {**found, "arguments": _given(found)}


def _given(call: Mapping[str, Any]) -> Any:
    """The arguments of a call, also as pairs, in a list of one, or wrapped once more under a name that says so."""
    given = as_object(call.get("arguments")) or {}
    if isinstance(given, list) and all(isinstance(item, dict) and {"name", "value"} == set(item) for item in given):
        return {str(item["name"]): item["value"] for item in given}
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], dict):
        given = given[0]
    if isinstance(given, dict) and given.get("type") == "object" and isinstance(given.get("properties"), dict):
        return given["properties"]
    if isinstance(given, dict) and len(given) == 1:
        (name, inner), *_ = given.items()
        if isinstance(inner, dict) and _snake(name) in ("arguments", *ACTION["arguments"].split(), call.get("action")):
            return inner
    return given


def by_tool(value: Any, names: Collection[str]) -> Any:
    """An action that a model wrote as {"zoom": {…}} or {"type": "zoom", …}, as {"action": "zoom", "arguments": {…}};
    anything else unchanged.

    `names` are those of the tools and other actions that there are.
    """
    if not isinstance(value, dict):
        return value
    inner = value["action"] if isinstance(value.get("action"), dict) else value
    if isinstance(inner.get("type"), str) and inner["type"] in names:
        rest = {key: item for key, item in inner.items() if key != "type"}
        return {"thought": value.get("thought", ""), "action": inner["type"], **rest}
    for key, item in value.items():
        if key in names and isinstance(item, dict):
            return {"action": key, "arguments": item, "thought": value.get("thought", "")}
    return value


def tool_name(said: str, names: Collection[str]) -> str:
    """The name of the action that a model means: "functions.zoom", "Zoom" and "zoom()" are "zoom", "final_answer" is
    "conclude".

    `names` are those that there are; a name that is none of them comes back as it was said.
    """
    bare = re.sub(r"<\|.*|\(.*|:\d+$", "", said.strip().strip("`'\""), flags=re.DOTALL)
    for name in (said, bare, re.split(r"[./:#]|__", bare)[-1], bare.removesuffix("_tool")):
        if name in names:
            return name
        if _snake(name) in names:
            return _snake(name)
    return ENDS.get(_snake(bare), said)


BOXES = "bbox bbox_2d bounding_box boundingbox region area rect rectangle coordinates"
"""What models call the argument `box`."""


def tool_arguments(given: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a tool call under the names that the tool's JSON Schema has for them; lists and numbers that a
    model wrote as text are read.

    Arguments that the schema does not know stay, so that the tool can refuse them.
    """
    fields = schema.get("properties", {})
    found = dict[str, Any]()
    for key, value in given.items():
        name = key if key in fields else _snake(key)
        if name == "box_2d" and "box" in fields:
            name, value = "box", down_then_right(value) or value
        elif name not in fields and name in BOXES.split() and "box" in fields:
            name = "box"
        name = name if name in fields else key
        found[name] = json_safe(_as_asked(name, value, fields.get(name, {})))
    return found


def _as_asked(name: str, value: Any, form: Mapping[str, Any]) -> Any:
    kinds = {form.get("type"), *(part.get("type") for part in form.get("anyOf", ()))}
    if isinstance(value, str) and value.strip().lower() in ("null", "none") and "null" in kinds:
        return None
    if name == "box":
        return four_numbers(value) or value
    if isinstance(value, str) and "string" not in kinds and kinds & {"array", "object"}:
        found = values_in(value)
        return found[0] if found else value
    if isinstance(value, str) and "string" not in kinds and kinds & {"integer", "number"}:
        match = _NUMBER.search(value)
        number = float(match.group().replace(",", ".")) if match else math.inf
        if abs(number) > MAX_INTEGER:
            return value
        return int(number) if number == int(number) else number
    if isinstance(value, list) and len(value) == 1 and kinds & {"integer", "number"} and "array" not in kinds:
        return value[0]
    if not isinstance(value, list | dict) and kinds & {"array"} and value is not None and "string" not in kinds:
        return [value]
    return value


def share(value: Any) -> Any:
    """A probability out of a text or object, as a number: 0.35 for "35 %", "0,35", "about 35%" and "35/100"; anything
    else unchanged.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = next((share(item) for item in value.values() if share(item) is not None), None)
    if not isinstance(value, str):
        return value
    if match := _PER_CENT.search(value):
        return _number(match.group(1)) / 100
    if match := _RATIO.search(value):
        return _number(match.group(1)) / _number(match.group(2))
    match = _NUMBER.search(value)
    return _number(match.group()) if match else value


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def degrees(value: Any, minus: str) -> Any:
    """An angle in degrees out of a text such as 59.33, 59.33° N or 59°19'48" N; None for a text without one to three
    numbers.

    `minus` is the letter of the negative hemisphere: "s" or "w". Anything but a text comes back unchanged.
    """
    if not isinstance(value, str):
        return value
    numbers = [float(number.replace(",", ".")) for number in _NUMBER.findall(value)]
    if not numbers or len(numbers) > 3:
        return None
    angle = sum(abs(number) / 60**place for place, number in enumerate(numbers))
    return (
        -angle
        if numbers[0] < 0 or value.strip().lower().endswith((minus, {"s": "south", "w": "west"}[minus]))
        else angle
    )


def is_thought(key: Any) -> bool:
    """Whether a key such as "reasoning" or "analysis" names what a model thought, rather than a part of its answer."""
    return _snake(key) in ("thought", *ACTION["thought"].split(), "analysis")


def _own_keys(found: Mapping[str, Any]) -> set[str]:
    names = {name for field in ("thought", "seen", "action") for name in (field, *ACTION[field].split())}
    return {name for name in names if name not in found or name in ("thought", "seen", "action")}


def _places(value: Any) -> Any:
    value = as_object(value)
    if isinstance(value, dict):
        if value and all(share(item) is not None and isinstance(share(item), int | float) for item in value.values()):
            return [{"country": name, "probability": item} for name, item in value.items()]  # {"Sweden": 0.6}
        if all(isinstance(item, dict) for item in value.values()):
            return list(value.values())
    return _listed(value)


def _listed(value: Any) -> Any:
    value = as_object(value)
    if isinstance(value, dict) and value and all(str(key).isdigit() for key in value):
        return list(value.values())
    return [value] if isinstance(value, dict) else value


def _shares(value: dict[str, Any]) -> dict[str, Any]:
    """Probabilities as shares of 1: where one of them is more than 1, all are out of 100."""
    places = [place(item) for item in value["places"]] if isinstance(value["places"], list) else value["places"]
    if not isinstance(places, list):
        return value
    numbers = [item["probability"] for item in places if isinstance(item, dict) and _counts(item.get("probability"))]
    rest = share(value.get("elsewhere"))
    if any(number > 1 for number in numbers):
        for item in places:
            if isinstance(item, dict) and _counts(item.get("probability")):
                item["probability"] = item["probability"] / 100
        fits = _counts(rest) and (rest > 1 or sum(numbers) + 100 * rest > 100.5)
        rest = rest / 100 if fits else rest
    return {**value, "places": places, **({"elsewhere": rest} if "elsewhere" in value else {})}


def _counts(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _snake(key: Any) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(key).strip())
    return re.sub(r"[\s-]+", "_", spaced).lower()
