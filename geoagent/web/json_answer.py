"""The JSON in answers of services, read without trust in its form."""

import json
from typing import Any, TypeVar, overload

from geoagent.errors import ToolUnavailable
from geoagent.json_safe import json_safe
from geoagent.web.fetch import Response

MOST_VALUES = 1_000_000
T = TypeVar("T")


def read_json(answer: Response) -> Any:
    """The body of an answer as plain JSON data. Raises ToolUnavailable where it is not JSON, or was cut off."""
    try:
        return json_safe(json.loads(answer.body), MOST_VALUES)
    except (ValueError, RecursionError) as error:
        raise ToolUnavailable("the answer is no JSON, or was cut off") from error


@overload
def part(data: Any, kind: type[T], *path: str) -> T | None: ...
@overload
def part(data: Any, kind: tuple[type[int], type[float]], *path: str) -> float | None: ...
def part(data: Any, kind: Any, *path: str) -> Any:
    """What stands in JSON data at a path of keys: `part(data, str, "a", "b")` is data["a"]["b"] where that is a
    text.

    None where it is missing or of another kind; True and False count as no number.
    """
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, kind) and not isinstance(data, bool) else None
