"""The one function through which every tool is called: it checks the arguments, counts the calls, refuses to ask the
same twice, and records what happened.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from geoagent.cancellation import CalledOff
from geoagent.case.evidence import Evidence, Step, ToolCall
from geoagent.case.trace import Trace, extend
from geoagent.console import step
from geoagent.errors import ToolError, ToolInputError, ToolUnavailable, TraceError
from geoagent.json_safe import json_safe
from geoagent.plain_text import printable
from geoagent.spans import span
from geoagent.tools.core.call_words import OUTCOMES, call_in_words
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult
from geoagent.web.untrusted_text import clean, clean_data

MAX_TEXT = 4000
MAX_DATA = 200_000
"""Bytes of JSON that one call may leave in the trace."""


def call_tool(tools: Mapping[str, Tool], name: str, arguments: dict[str, Any], context: ToolContext) -> Trace:
    """Call the tool `name` and return what that adds to the trace: a record of the call (`ToolCall`), a step that tells
    it, and what the tool gave back.

    What goes wrong in the tool is not raised: it becomes the text of the call, with the status "invalid" (wrong
    arguments) or "unavailable". A call with the arguments of an earlier one that succeeded is not made again. Raises
    CalledOff where nobody wants the case any more.
    """
    began, made_at = time.monotonic(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    step(f"asking {name.replace('_', ' ')}")
    earlier = next(
        (c for c in context.trace.calls if c.tool == name and c.arguments == arguments and c.status == "ok"), None
    )
    outside = {tool.name for tool in tools.values() if tool.outside}
    wire = context.wire.during(tools[name].seconds if name in tools else 0.0, context.trace.calls, outside.__contains__)
    result, status = ToolResult(text=""), "ok"
    try:
        if earlier is not None:
            raise ToolInputError(f"asked before, with the same answer: {earlier.text}")
        known = name if name in tools else "unknown"
        with span(f"execute_tool {known}", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": known}):
            result = _run(tools, name, arguments, context._replace(wire=wire))
    except ToolUnavailable as error:
        result, status = ToolResult(text=str(error)), "unavailable"
    except ToolError as error:
        result, status = ToolResult(text=str(error)), "invalid"
    if name in tools and (tools[name].outside or tools[name].providers):
        without_keys = {"text": wire.hide(result.text), "data": wire.hide(result.data)}  # before anything is cut
        result = _cleaned(result.model_copy(update=without_keys))
    call = ToolCall.model_validate({
        "tool": name, "arguments": wire.hide(arguments), "status": status, "text": wire.hide(result.text)[:MAX_TEXT],
        "data": wire.hide(_with_log(result.data, wire.log)), "elapsed_s": round(time.monotonic() - began, 3),
        "at": made_at,
    })  # fmt: skip
    added = _added(call, result)
    try:
        extend(context.trace, added)
    except TraceError as error:  # a tool may be anybody's code: what it cites need not be there
        told = {"text": f"it gave back what cannot be kept: {error}"[:MAX_TEXT], "data": None, "status": "unavailable"}
        return _added(call.replace(**told), ToolResult(text=""))
    return added


def _added(call: ToolCall, result: ToolResult) -> Trace:
    """A call with what it adds to the case."""
    evidence = tuple(item.replace(call=call.id) for item in result.evidence)
    renamed = {old.id: new.id for old, new in zip(result.evidence, evidence, strict=True)}
    return Trace(
        views=result.views,
        clues=result.clues,
        calls=(call,),
        evidence=evidence,
        spots=tuple(spot.replace(evidence=renamed.get(spot.evidence, spot.evidence)) for spot in result.spots),
        steps=(_render(call), *(evidence_step("investigate", item) for item in evidence)),
    )


def evidence_step(node: str, item: Evidence) -> Step:
    """The step (a sentence of the log) that tells a piece of evidence and cites what it came from; `node` names the
    node of the graph that tells it.
    """
    cites = (item.id, *item.clues, *([item.call] if item.call else []))
    return Step(node=node, statement=item.statement, cites=cites, renders=item.id)


def _run(tools: Mapping[str, Tool], name: str, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    if name not in tools:
        raise ToolInputError(f"there is no tool {name!r}; the tools are {', '.join(tools)}")
    tool = tools[name]
    made = sum(call.tool == name and call.status != "invalid" for call in context.trace.calls)
    if tool.max_calls is not None and made >= tool.max_calls:
        raise ToolInputError(f"{name} was called {made} times, as often as one case may; go on with what is known")
    try:
        checked = tool.arguments.model_validate({k: v for k, v in arguments.items() if v is not None})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ToolInputError(f"wrong arguments: {faults}") from error
    values = {field: getattr(checked, field) for field in type(checked).model_fields}
    if tool.context_parameter:
        values[tool.context_parameter] = context
    try:
        result = tool.run(**values)
    except (ToolError, CalledOff):
        raise
    except (Exception, SystemExit) as error:  # it may be anybody's code: what it raises costs its answer, not the case
        raise ToolUnavailable(f"it broke down ({type(error).__name__}: {_message(error)})") from error
    return _kept(ToolResult(text=result) if isinstance(result, str) else result)


def _kept(result: Any) -> ToolResult:
    """What a tool gave back, as it can be kept. Raises ToolUnavailable for what is no result."""
    if not isinstance(result, ToolResult):
        raise ToolUnavailable(f"it gave back {type(result).__name__}, which is neither a text nor a ToolResult")
    try:
        return ToolResult.model_validate(
            {**dict(result), "text": json_safe(result.text), "data": json_safe(result.data)}
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ToolUnavailable(f"it gave back no result: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _message(error: BaseException) -> str:
    try:
        return printable(error)[:200]
    except Exception:  # an exception of anybody's may fail even to say what it is
        return "without a message"


def _cleaned(result: ToolResult) -> ToolResult:
    """A result of outside, its texts cleaned, and its data too where they are not too much to keep."""
    data = clean_data(result.data)
    if len(json.dumps(data, default=str)) > MAX_DATA:
        data = {"left_out": "more data than a trace keeps"}
    evidence = tuple(item.replace(statement=clean(item.statement, 2000)) for item in result.evidence)
    return result.model_copy(update={"text": clean(result.text, MAX_TEXT), "data": data, "evidence": evidence})


def _with_log(data: Any, log: list[dict[str, Any]]) -> Any:
    """The data of a call with the record of what went over the network, if anything did, as "wire"."""
    if not log:
        return data
    return {**data, "wire": log} if isinstance(data, dict) else {"result": data, "wire": log}


def _render(call: ToolCall) -> Step:
    text = " ".join(call.text.split())
    shown = call_in_words(call.tool, call.arguments)[:300]
    statement = f"{shown}{OUTCOMES[call.status]}: {text[:400]}{'…' if len(text) > 400 else ''}"
    return Step(node="investigate", statement=statement, cites=(call.id,), renders=call.id)
