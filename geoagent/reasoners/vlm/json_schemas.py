"""Makes the JSON Schemas that models are held to from the pydantic models that read the answers."""

from functools import cache
from typing import Any

from pydantic import BaseModel

UNSENT = frozenset({"title", "default", "$defs"})


def form_of(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a pydantic model in the form that strict servers want: no references, no additional
    properties, all properties required, and no titles and defaults.
    """
    plain = _plain(answer)
    form = _strict(plain, plain.get("$defs", {}))
    assert isinstance(form, dict)
    return form


def strict_object(properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of an object that has exactly the properties in `properties`, which are schemas by name."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@cache
def _plain(answer: type[BaseModel]) -> dict[str, Any]:
    """The schema as pydantic makes it, which takes long; it must not be changed."""
    return answer.model_json_schema()


def _strict(form: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(form, list):
        return [_strict(part, definitions) for part in form]
    if not isinstance(form, dict):
        return form
    if "$ref" in form:
        return _strict(definitions[form["$ref"].rpartition("/")[2]], definitions)
    if "properties" in form:
        return strict_object({name: _strict(part, definitions) for name, part in form["properties"].items()})
    return {name: _strict(part, definitions) for name, part in form.items() if name not in UNSENT}
