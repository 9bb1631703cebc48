"""Finds the answer in a model's reply: which of the things that it wrote is meant, and whether it refuses."""

import re
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from geoagent.errors import UnusableAnswer
from geoagent.json_safe import json_safe
from geoagent.reasoners.vlm import field_names
from geoagent.reasoners.vlm.answer_models import ENDINGS, ODD, Action
from geoagent.reasoners.vlm.chat_completion import Reply
from geoagent.reasoners.vlm.json_values import (
    MAX_ANSWER,
    apart,
    as_object,
    calls_in,
    mended_values,
    placed_values_in,
    unquoted,
    values_in,
)
from geoagent.reasoners.vlm.refusals import is_refusal, refused

T = TypeVar("T", bound=BaseModel)
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")
"""Characters without width, which some models and proxies put into their words."""


def read(reply: Reply, answer: type[T], names: Collection[str] = ()) -> T:
    """The answer in a model's reply, as the pydantic model `answer`; `names` are those of the tools and other actions
    that it may name.

    Of several actions in the reply the first counts, since what follows rests on results that the model made up; of
    several other objects the last. JSON that is nearly right, and what stands in the model's thinking, count only where
    there is nothing better. Raises Refused where the model refuses, and UnusableAnswer, which says what is wrong, where
    no answer can be read.
    """
    if reply.refused:
        raise refused(reply.refused)
    fault = "it holds no JSON object"
    reply = reply._replace(text=_UNSEEN.sub("", reply.text))
    for candidate in _candidates(reply, answer, names):
        try:
            return answer.model_validate(json_safe(candidate))
        except ODD as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
            fault = f"{'.'.join(map(str, first['loc'])) or 'object'}: {first['msg']}"
    said = apart(reply.text[:MAX_ANSWER])[0].strip()
    if is_refusal(said):
        raise refused(said)
    raise UnusableAnswer("it was cut off" if reply.cut else fault)


def _candidates(reply: Reply, answer: type[BaseModel], names: Collection[str]) -> Iterator[Any]:
    """What may be the answer, the most probable first."""
    said, thought = apart(unquoted(reply.text[:MAX_ANSWER]))
    acts = issubclass(answer, Action)
    for call in reply.calls:
        name = {} if not acts else {"action": call["action"]}
        inner = as_object(call["arguments"])
        yield from _opened(inner, names) if not acts or _is_action(inner, names) else ()
        if acts:
            yield {**name, "arguments": inner}
    found = values_in(said)
    if acts:
        yield from _actions_in(said, names)
    else:
        for value in found[::-1]:
            yield from _kept(value)
    if not reply.cut:
        for value in mended_values(said):
            yield from _opened(value, names) if acts else _kept(value)
        if not acts:
            yield from (field_names.loose_look(value) for value in found)
    for part in (thought, reply.thought[:MAX_ANSWER]):
        for value in () if acts else values_in(apart(part)[0])[::-1]:
            yield from _kept(value)
        if acts:
            yield from _actions_in(apart(part)[0], names, latest_first=True)


def _actions_in(text: str, names: Collection[str], latest_first: bool = False) -> Iterator[Any]:
    """What of a text may be an action, in order: objects, and calls in the other ways that models write them."""
    placed = [(at, value) for at, value in placed_values_in(text) if _is_action(value, names)]
    found = sorted([*placed, *calls_in(text, names)], key=lambda found: found[0], reverse=latest_first)
    for _, value in found:
        yield from _opened(value, names)


def _kept(value: Any, depth: int = 2) -> Iterator[Any]:
    """A value that may be the answer, and what is wrapped in it."""
    yield value
    inner = _inside(value) if isinstance(value, dict) else value[::-1] if isinstance(value, list) else ()
    for item in inner if depth else ():
        item = as_object(item)
        if isinstance(item, dict):
            yield from _kept(item, depth - 1)


def _opened(value: Any, names: Collection[str]) -> Iterator[Any]:
    """A value that may be an action, and the first in a list, or one that is wrapped: what names a tool comes first."""
    inner = value if isinstance(value, list) else _inside(value)
    found = [field_names.by_tool(as_object(item), names) for item in (value, *inner)]
    found = [found[0], *(item for item in found[1:] if isinstance(item, dict))]
    yield from sorted(found, key=lambda item: not _names_one(item, names))


def _inside(value: Any) -> list[Any]:
    """What stands in an object; thoughts that are told beside an answer are none."""
    if not isinstance(value, dict):
        return []
    return [item for name, item in value.items() if not (isinstance(item, str) and field_names.is_thought(name))]


def _names_one(value: Any, names: Collection[str]) -> bool:
    """Whether an object itself says that it is an action, or names a tool."""
    shaped = field_names.action(value)
    if not isinstance(shaped, dict) or not isinstance(shaped.get("action"), str):
        return False
    known = not names or field_names.tool_name(shaped["action"], names) in (*names, *ENDINGS)
    return known or "action" in {str(key).strip().lower() for key in value}


def _is_action(value: Any, names: Collection[str]) -> bool:
    """Whether a value may be meant as an action, or holds one; a clue or a place does not."""
    inner = value if isinstance(value, list) else _inside(value)
    return any(_names_one(field_names.by_tool(as_object(item), names), names) for item in (value, *inner))
