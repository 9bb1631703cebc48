"""Reads what a server sends as a chat completion, in whichever of the forms that servers use."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from geoagent.case.prediction import Usage

CUT = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "incomplete", "max_length", "token_limit", "limit",
     "model_context_window_exceeded"}
)  # fmt: skip
"""Reasons to end that say that there was no room for more."""
REFUSED = frozenset(
    {"content_filter", "content-filter", "refusal", "safety", "recitation", "prohibited_content", "blocklist", "spii",
     "image_safety", "guardrail_intervened", "content_filtered", "sensitive"}
)  # fmt: skip
"""Reasons to end that say that the model, or what watches over it, does not answer."""
MOST_TOKENS, MOST_DOLLARS = 10**9, 10**6
"""What one answer may have cost; a server that says more is not believed."""
_COMMENTS = re.compile(r"\A(?::[^\n]*\n|\s)+")
"""What some servers send to keep the connection open while they wait."""
_WRAPPERS = ("output", "result", "data", "response", "body", "predictions")
_TEXTS = (
    "response", "generated_text", "output_text", "outputText", "text_output", "generation", "completion", "output",
    "text", "content", "answer", "reply",
)  # fmt: skip
"""The names under which servers without choices send their text."""
_LISTS = ("results", "outputs", "generations")
_THOUGHT_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details")
_THOUGHT_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking", "reasoning_text", "summary_text"})


class Reply(NamedTuple):
    """One reply in a chat completion.

    - `text` is what the model wrote, `thought` its thinking where the server gives that apart.
    - `calls` are its tool calls, each a dict with "action" and "arguments" as they came.
    - `cut` says that it ended because there was no room for more. `refused` holds the words of a refusal that the
      server marks as one, "" otherwise.
    """

    text: str
    calls: tuple[dict[str, Any], ...] = ()
    thought: str = ""
    cut: bool = False
    refused: str = ""


class ServerFault(Exception):
    """Raised where a model server reports a failure, by an HTTP status or inside an answer with the status 200.

    `status` is the HTTP status, `text` the server's words, `whole` all that it sent, and `headers` those of its answer
    by their names in lower case.
    """

    def __init__(
        self, status: int, text: str, headers: Mapping[str, str] | None = None, whole: str | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.whole = text if whole is None else whole
        self.headers = headers or {}


def load(body: bytes) -> Any:
    """The JSON in the body of a server's answer; the parts of a stream (server-sent events) that was not asked for are
    joined into one answer.

    Raises ValueError where the body holds no JSON.
    """
    text = _COMMENTS.sub("", body.decode("utf-8-sig", errors="replace").strip())
    try:
        return _unpacked(json.loads(text, strict=False))
    except ValueError:
        parts = list(_streamed(text))
        if not parts:
            return json.JSONDecoder(strict=False).raw_decode(text)[0]  # of several on end the first
        return parts[0] if len(parts) == 1 else _joined(parts)


def _unpacked(answer: Any) -> Any:
    """An answer that a proxy passes on as text, alone or in an envelope, or a stream that it passes on as a list."""
    if isinstance(answer, dict) and isinstance(answer.get("body"), str) and "choices" not in answer:
        answer = answer["body"]
    if isinstance(answer, str) and answer.lstrip().startswith("{"):
        return json.loads(answer, strict=False)
    if isinstance(answer, list) and len(answer) > 1 and all(map(_choices, answer)):
        return _joined(answer)
    return answer


def read(answer: Any) -> tuple[list[Reply], Usage]:
    """The replies in a server's answer (parsed JSON), and the tokens that it cost.

    Raises ServerFault where the answer reports a failure, and any of several other errors, such as ValueError or
    KeyError, where it is no chat completion.
    """
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    _check(answer)
    answer = _unwrapped(answer)
    choices = _choices(answer)
    if not choices:
        words = error_text({name: answer[name] for name in ("detail", "errors", "message", "msg") if name in answer})
        if words.strip("{} "):
            raise ServerFault(status_of(answer), words, whole=json.dumps(answer, ensure_ascii=False))
        raise ValueError("no choices")
    return [_reply(choice) for choice in choices], _usage(answer)


def _streamed(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a stream: lines that begin with "data:", or a JSON object a line. Comments are skipped."""
    for event in re.split(r"\r?\n(?:\r?\n)+", text):
        lines = re.split(r"[\r\n]+", event)  # a text may hold other characters that count as ends of lines
        lines = [line.strip().removeprefix("data:").strip() for line in lines]
        begun = [number for number, line in enumerate(lines) if line.startswith("{")]
        whole = "\n".join(lines[begun[0] :]) if begun else ""
        for part in (whole, *(lines[number] for number in begun)):
            try:
                found = json.loads(part, strict=False)
            except ValueError:
                continue
            yield found
            if part is whole:  # an event may be one object on many lines
                break


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer that the parts of a stream make: texts and calls are put together, of the rest the last stays."""
    whole: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for part in parts:
        for place, choice in enumerate(_choices(part)):
            number = choice.get("index", place)
            known = choices.setdefault(number if isinstance(number, int) else place, {"message": {}})
            said = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
            _add(known["message"], said if isinstance(said, dict) else {})
            known["finish_reason"] = choice.get("finish_reason") or known.get("finish_reason")
        whole |= {name: value for name, value in part.items() if name != "choices" and value is not None}
    for name in ("message", "response"):
        whole.pop(name, None)
    return {**whole, "choices": list(choices.values())}


def _add(message: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if name == "tool_calls":
            calls = message.setdefault("tool_calls", {})
            for place, call in enumerate(item for item in value or () if isinstance(item, dict)):
                known = calls.setdefault(call.get("index", place), {"function": {"name": "", "arguments": ""}})
                function = call.get("function") or {}
                name = function.get("name") or ""
                known["function"]["name"] += name if name != known["function"]["name"] else ""  # some repeat it
                arguments = function.get("arguments")
                if isinstance(arguments, str):
                    known["function"]["arguments"] += arguments
                elif arguments:
                    known["function"]["arguments"] = arguments
        elif isinstance(value, str) and isinstance(message.get(name, ""), str) and name != "role":
            message[name] = message.get(name, "") + value
        elif name in message and isinstance(value, list | str) and isinstance(message[name], list | str):
            message[name] = [*_as_parts(message[name]), *_as_parts(value)]
        elif value is not None:
            message[name] = value


def _as_parts(content: list[Any] | str) -> list[Any]:
    return content if isinstance(content, list) else [content]


def written(error: Any) -> str:
    """The text that a model had written when its server refused to send it, out of the error (parsed JSON) in which
    Groq reports it; "" where there is none.

    The text may be usable although the server could not parse it.
    """
    found = error.get("error", error) if isinstance(error, dict) else None
    text = found.get("failed_generation") if isinstance(found, dict) else None
    return text if isinstance(text, str) else ""


def _unwrapped(answer: dict[str, Any]) -> dict[str, Any]:
    """The completion that a server or a proxy has wrapped in another object, with the count of its tokens."""
    if "choices" in answer:
        return answer
    held = (answer[name] for name in _WRAPPERS if name in answer)
    held = (item[0] if isinstance(item, list) and len(item) == 1 else item for item in held)
    inner = next((item for item in held if isinstance(item, dict)), None)
    if inner is None or not _choices(inner):
        return answer
    return {**({"usage": answer["usage"]} if "usage" in answer else {}), **inner}


def _check(answer: Any) -> None:
    """Raise ServerFault where an answer that claims success holds an error instead."""
    if not isinstance(answer, dict):
        raise ValueError("no object")
    choices = answer.get("choices")
    inner = choices[0].get("error") if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    error = answer.get("error") or inner
    if not error and answer.get("type") == "error":
        error = answer.get("message")
    if not error and answer.get("object") == "error":
        error = answer
    if error:
        raise ServerFault(status_of(error), error_text(error), whole=json.dumps(error, ensure_ascii=False))


def status_of(error: Any) -> int:
    """The HTTP status that an error object (parsed JSON) gives as a number or by a known word, such as 429 for
    "rate_limit"; 500 where it gives none.
    """
    found = error if isinstance(error, dict) else {}
    for name in ("code", "status", "status_code", "http_status"):
        value = found.get(name)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    kinds = {"rate_limit": 429, "resource_exhausted": 429, "overloaded": 529, "invalid": 400, "authentication": 401,
             "not_found": 404, "unavailable": 503}  # fmt: skip
    told = json.dumps(found).lower()
    return next((status for kind, status in kinds.items() if kind in told), 500)


def error_text(error: Any) -> str:
    """The message in an error object (parsed JSON), wherever in it the message stands; the whole object as JSON where
    none is found.
    """
    if isinstance(error, str):
        return error
    if isinstance(error, list):
        return "; ".join(filter(None, map(error_text, error)))
    if not isinstance(error, dict):
        return ""
    if isinstance(error.get("loc"), list) and isinstance(error.get("msg"), str):
        return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
    for name in ("message", "error", "errors", "detail", "msg", "reason"):
        if error.get(name):
            raw = error.get("metadata")
            more = raw.get("raw") if isinstance(raw, dict) else None
            said = error_text(error[name])
            return f"{said}: {more}" if isinstance(more, str) and more not in said else said
    return json.dumps(error, ensure_ascii=False)


def _choices(answer: Any) -> list[dict[str, Any]]:
    """The choices of an answer; of the native forms of Ollama, Anthropic and Gemini, and of a response, as such."""
    if not isinstance(answer, dict):
        return []
    given = answer.get("choices")
    if isinstance(given, dict):
        given = list(given.values()) if all(key.isdigit() for key in given) else [given]
    if isinstance(given, list) and given:
        return [
            {"text": choice} if isinstance(choice, str) else choice
            for choice in given
            if choice and isinstance(choice, dict | str)
        ]
    ended = answer.get("finish_reason") or answer.get("stop_reason") or answer.get("done_reason")
    delta = answer.get("delta")  # a part of a stream of Anthropic's, or of a response
    if isinstance(delta, dict) and ("text" in delta or "thinking" in delta):
        return [{"delta": {"content": delta.get("text") or "", "thinking": delta.get("thinking") or ""}}]
    if isinstance(delta, str) and str(answer.get("type", "")).endswith("output_text.delta"):
        return [{"delta": {"content": delta}}]
    if isinstance(answer.get("message"), dict):
        return [{"message": answer["message"], "finish_reason": ended}]
    if isinstance(answer.get("content"), list) and answer.get("role") == "assistant":
        return [{"message": answer, "finish_reason": ended}]
    if isinstance(answer.get("candidates"), list):
        found = [item for item in answer["candidates"] if isinstance(item, dict)]
        return [{"message": item.get("content") or {}, "finish_reason": item.get("finishReason")} for item in found]
    listed: list[Any] = next((answer[name] for name in _LISTS if isinstance(answer.get(name), list)), [])
    if words := [said for item in listed if (said := _first_text(item)) is not None]:
        return [{"message": {"content": said}} for said in words]
    if isinstance(answer.get("output"), list):
        parts = [item for item in answer["output"] if isinstance(item, dict | str)]
        return [{"message": {"content": parts}, "finish_reason": answer.get("status")}]
    said = _first_text(answer)
    if said is not None:
        return [{"message": {"content": said}, "finish_reason": ended}] if "type" not in answer else []
    blocked = answer.get("promptFeedback")
    if isinstance(blocked, dict) and blocked.get("blockReason"):
        return [{"message": {}, "finish_reason": "content_filter"}]
    return []


def _first_text(item: Any) -> Any:
    """The text of an answer without choices, or the object that it holds instead; None where there is none."""
    if not isinstance(item, dict):
        return None
    for name in _TEXTS:
        said = item.get(name)
        if name == "text" and isinstance(said, list) and said and isinstance(said[0], str):
            return said[0]
        if isinstance(said, str) or (name == "response" and isinstance(said, dict)):
            return said
    return None


def _reply(choice: dict[str, Any]) -> Reply:
    message = choice.get("message") or choice.get("delta") or choice.get("messages")
    if isinstance(message, list):
        message = next((item for item in message[::-1] if isinstance(item, dict)), None)
    if not isinstance(message, dict):
        message = {"content": message if isinstance(message, str) else choice.get("text") or choice.get("content")}
    said, thought, calls, refused = _parts(message.get("content", message.get("parts")) or message.get("parsed"))
    thought += "".join(_plain(message.get(name)) for name in _THOUGHT_FIELDS if name in message)
    calls += _listed_calls(message.get("tool_calls") or choice.get("tool_calls"))
    if isinstance(message.get("function_call"), dict):
        calls.append({"function": message["function_call"]})
    ended = _ended(choice.get("finish_reason") or choice.get("stop_reason"))
    refused = _plain(message.get("refusal")) or refused
    if ended in REFUSED and not refused:
        refused = said or f"its answer was withheld ({ended})"
    return Reply(said, tuple(filter(None, map(_call, calls))), thought, ended in CUT, refused)


def _listed_calls(given: Any) -> list[Any]:
    """The calls of a message: a list, a table of them, one alone, or any of these as text."""
    if isinstance(given, str):
        try:
            given = json.loads(given, strict=False)
        except ValueError:
            return []
    if isinstance(given, dict):
        given = [given] if "function" in given or "name" in given else list(given.values())
    return given if isinstance(given, list) else []


def _ended(reason: Any) -> str:
    """Why an answer ended, in small letters."""
    return str(reason.get("type") if isinstance(reason, dict) else reason or "").lower()


def _parts(content: Any) -> tuple[str, str, list[Any], str]:
    """Text, thought, calls and refusal of a message's content: a text, an object, or a list of parts."""
    if isinstance(content, str) or content is None:
        return content or "", "", [], ""
    if isinstance(content, dict):
        if not ("text" in content or "type" in content or "parts" in content):
            return json.dumps(content, ensure_ascii=False), "", [], ""  # the answer itself, not as text
        content = content.get("parts", [content])
    if not isinstance(content, list):
        return "", "", [], ""
    said, thought, refused, calls = "", "", "", list[Any]()
    for part in content:
        if isinstance(part, str):
            said += part
        if not isinstance(part, dict):
            continue
        kind = str(part.get("type", ""))
        if kind in _THOUGHT_PARTS or part.get("thought") is True:
            thought += _plain(part)
        elif kind in ("tool_use", "function_call", "tool_call") or "functionCall" in part or "toolUse" in part:
            calls.append(part.get("functionCall") or part.get("toolUse") or part)
        elif kind == "refusal":
            refused += _plain(part.get("refusal"))
        elif isinstance(part.get("content"), list):
            inner = _parts(part["content"])
            said, thought, refused = said + inner[0], thought + inner[1], refused + inner[3]
        else:
            said += _plain(part)
    return said, thought, calls, refused


def _plain(value: Any) -> str:
    """The words of a part, however deep they stand."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_plain, value))
    if isinstance(value, dict):
        for name in ("text", "thinking", "reasoning", "content", "summary", "json", "value"):
            if value.get(name):
                found = value[name]
                return json.dumps(found, ensure_ascii=False) if name == "json" else _plain(found)
        if value and "type" not in value:  # the answer itself, not as text
            return json.dumps(value, ensure_ascii=False)
    return ""


def _call(call: Any) -> dict[str, Any] | None:
    function = (call.get("function") or call.get("custom") or call) if isinstance(call, dict) else None
    if isinstance(function, str):
        function = {**call, "name": function}
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return None
    given: Any = next(
        (function[name] for name in ("arguments", "input", "args", "parameters") if function.get(name)), {}
    )
    return {"action": function["name"], "arguments": given}


def _usage(answer: dict[str, Any]) -> Usage:
    spent = answer.get("usage") or answer.get("usageMetadata") or answer
    if not isinstance(spent, dict):
        spent = {}
    counts = [
        next((spent[name] for name in names if _is_within(spent.get(name), MOST_TOKENS)), 0)
        for names in (
            ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count", "inputTokens"),
            ("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count", "outputTokens"),
        )
    ]
    cost: Any = spent.get("cost")  # some tell it themselves, in dollars
    return Usage(
        model_calls=1,
        prompt_tokens=int(counts[0]),
        completion_tokens=int(counts[1]),
        dollars=float(cost) if _is_within(cost, MOST_DOLLARS) and not isinstance(cost, bool) else None,
    )


def _is_within(value: Any, most: float) -> bool:
    """Whether it is a number that can be meant."""
    return isinstance(value, int | float) and 0 <= value <= most
