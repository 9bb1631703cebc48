"""Finds the JSON values in what a model writes: apart from its thinking, and mended where they are nearly JSON."""

import ast
import html
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

MAX_ANSWER = 50_000
MAX_REPAIRED = 20_000
"""Characters that are mended: mending is slower than reading."""
MAX_VALUES = 200
_NAMES = r"[\w:-]*(?:think|thought|reason|reflect|analysis|scratchpad)[\w:-]*|details"
_OPENED = (
    rf"<\|?(?!end_)(?:{_NAMES})(?:\s[^<>]*)?\|?>|\[THINK\]|◁think▷|<unused94>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>analysis<\|message\|>|<\|channel>(?:thought|analysis)?"
)
_CLOSED = (
    rf"</(?:{_NAMES})>|<\|(?:/think|end_of_thought)\|>|\[/THINK\]|◁/think▷|<unused95>|<\|END_THINKING\|>"
    r"|<\|end\|>|<channel\|>|(?=<\|channel\|>(?:final|commentary))|assistant(?:final|commentary)\b"
)
_OPENING, _CLOSING = re.compile(_OPENED, re.IGNORECASE), re.compile(_CLOSED, re.IGNORECASE)
_WIDE = re.compile(r"(?<=[\"'\]}\d])(?:：|，)")
"""Colons and commas as Chinese texts have them, where JSON has its own."""
_NO_ESCAPE = re.compile(r"(?<!\\)\\(?![\\\"/bfnrtu])")
"""A backslash that escapes nothing in JSON, such as Markdown's before an underscore."""
_DECODER = json.JSONDecoder(strict=False)
_PARAMETER = re.compile(
    r"<(?:\w+:)?parameter(?:=|\s+name=\"?)([\w.-]+)\"?(?:\s[^<>]*)?\s*>(.*?)</(?:\w+:)?parameter>"
    r"|<arg_key>\s*([\w.-]+)\s*</arg_key>\s*<arg_value>(.*?)</arg_value>",
    re.DOTALL,
)


_LISTED = re.compile(r"\s*\n\s*(?:arguments|args|parameters|action_input|input)\s*:[ \t]*\n((?:[ \t]+[\w-]+:.*\n?)+)")
_LINE = re.compile(r"^[ \t]+([\w-]+):[ \t]*(.*)$", re.MULTILINE)
"""Arguments with a line for each, as YAML has them."""


def apart(text: str) -> tuple[str, str]:
    """A model's text parted in two: its answer, and the thinking that stands in it between tags such as <think> and
    </think>.

    A closing tag without an opening one ends thinking that began with the text; an opening one without a closing one
    begins thinking that lasts to the end.
    """
    said, thought, at = "", "", 0
    first = _CLOSING.search(text)
    opened = _OPENING.search(text)
    if first and first.group() and (opened is None or first.start() < opened.start()):
        thought, at = text[: first.start()], first.end()
    while (opened := _OPENING.search(text, at)) is not None:
        said += text[at : opened.start()]
        closed = _CLOSING.search(text, opened.end())
        thought += text[opened.end() : closed.start() if closed else len(text)]
        at = closed.end() if closed else len(text)
    return said + text[at:], thought


def values_in(text: str) -> list[Any]:
    """The JSON objects and lists that stand in a text, in order, if they are valid; nothing is mended."""
    return [value for _, value in placed_values_in(text)]


def placed_values_in(text: str) -> list[tuple[int, Any]]:
    """The valid JSON objects and lists in a text, in order, each as a pair: the index where it begins, and the value
    itself, a dict or a list.
    """
    found, position = list[tuple[int, Any]](), _next(text, 0)
    while position >= 0 and len(found) < MAX_VALUES:
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):  # ValueError: also for numbers of thousands of digits
            end = position + 1
        else:
            if isinstance(value, dict | list):
                found.append((position, value))
        position = _next(text, end)
    return found


def mended_values(text: str) -> list[Any]:
    """The first JSON object or list in a text that is nearly JSON, in a list; empty where nothing can be mended.

    It mends comments, single quotes, Python's words, stray commas, and values that are cut off.
    """
    if re.search(r"[{,]\s*[“”„]", text):
        text = re.sub("[“”„]", '"', text)
    text = _NO_ESCAPE.sub("", _WIDE.sub(lambda sign: ":" if sign.group() == "：" else ",", text))
    for written in _written(text[:MAX_REPAIRED]):
        value = _mended(written)
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            continue
        if isinstance(value, dict | list) and value:
            return [value]
    return []


def calls_in(text: str, names: Collection[str]) -> list[tuple[int, dict[str, Any]]]:
    """The tool calls in a text that are not written as JSON, each as a pair of the index at which it begins and
    {"action": …, "arguments": …}.

    `names` are those of the tools. Understood are zoom(view=1), <zoom><view>1</view></zoom>, <function=zoom>{…},
    <parameter=view>1</parameter>, [ARGS], "Action: zoom" with "Action Input: {…}", and "arguments:" with a line for
    each.
    """
    if not names:
        return []
    known = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    found = list[tuple[int, dict[str, Any]]]()
    text = re.sub(r"(?<=[</])｜DSML｜", "", text)
    text = re.sub(r"<[|｜][^<>]{0,60}[|｜]>", lambda token: " " * len(token.group()), text)  # that stand around a call
    text = re.sub(r"<escape>|<\|\"\|>", '"', text)  # what some models write for a quotation mark
    for match in re.finditer(rf"(?:(?<![\w\"'-])|<(?:\w+:)?\w+ name=[\"'])({known})(?!\w)", text):
        arguments = _arguments_in_tags(text, match) or _arguments_after(text, match.end())
        if arguments is not None:
            found.append((match.start(), {"action": match.group(1), "arguments": arguments}))
    return found


def as_object(value: Any) -> Any:
    """The JSON object that a text holds, mended where it is cut off; a value that is no text, or a text without an
    object, unchanged.
    """
    if not isinstance(value, str) or "{" not in value:
        return value
    text = unquoted(value)
    found = placed_values_in(text)
    found = [item for item in found if item[1]] or found  # some begin with an empty object
    if found and found[0][0] <= max(text.find("{"), text.find("{}") + 2):
        return found[0][1]
    mended = mended_values(text) or [inner for _, inner in found]
    return mended[0] if mended else value


def unquoted(text: str) -> str:
    """The text that is meant by a text which is itself a JSON string, or which has its quotation marks escaped for
    HTML; any other text unchanged.
    """
    if "&quot;" in text and '"' not in text:
        text = html.unescape(text)
    for _ in range(2):
        bare = text.strip()
        if not (bare.startswith('"') and bare.endswith('"')):
            break
        try:
            value = json.loads(bare, strict=False)
        except ValueError:
            break
        if not isinstance(value, str):
            break
        text = value
    return text


def _next(text: str, start: int) -> int:
    match = re.compile(r"[{\[]").search(text, start)
    return match.start() if match else -1


def _written(text: str) -> Iterator[str]:
    """What of a text may be a value: what stands in a fence, then from the first brace on, then with entities read."""
    if all(line.lstrip().startswith(">") for line in text.splitlines() if line.strip()):
        text = re.sub(r"(?m)^\s*>", "", text)  # quoted as in Markdown
    for block in re.findall(r"```(?:\w+)?\s*\n?(.*?)(?:```|\Z)", text, re.DOTALL):
        if "{" in block:
            yield block[block.find("{") :] if not block.lstrip().startswith("[") else block
    start = text.find("{")
    begun = re.match(r"\W{0,9}?([\"']?)\w+[\"']\s*:", text)
    if begun and start > begun.start(1):  # the first brace was left out, or not repeated
        yield ("{" if begun.group(1) else '{"') + text[begun.start(1) :]
    if start >= 0:
        if re.match(r"{\s*\\n", text[start:]):
            yield text[start:].replace("\\n", "\n")
        yield text[start:]
        if '\\"' in text:
            yield text[start:].replace('\\"', '"').replace("\\n", "\n")
        if "&quot;" in text or "&#" in text:
            yield html.unescape(text[start:])
    elif re.search(r"^\s*[\"']?\w+[\"']?\s*:", text, re.MULTILINE):
        yield "{" + text[re.search(r"[\"']?\w+[\"']?\s*:", text).start() :] + "}"  # type: ignore[union-attr]


def _mended(text: str) -> Any:
    import json_repair

    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError, TypeError):  # what the library trips over is not mended
        return None


def _arguments_after(text: str, at: int) -> dict[str, Any] | None:
    """The arguments that stand behind a tool's name; None where none do."""
    rest = text[at : at + MAX_REPAIRED]
    if call := re.match(r"(?:\.call)?(?=\()", rest):
        return python_arguments(rest[call.end() :])
    words = (
        r"(?::\d+)?[^{}\w]*(?:(?:json|name|commentary|args|action[ _]input|arguments?|parameters?|input)[^{}\w]*){0,3}"
    )
    between = re.match(words, rest, re.IGNORECASE)
    end = between.end() if between else 0
    if rest[end : end + 1] == "{":
        found = [value for place, value in placed_values_in(rest[end:]) if place == 0] or mended_values(rest[end:])
        return found[0] if found and isinstance(found[0], dict) else None
    inside = re.split(r"</(?:\w+:)?(?:tool_call|function|invoke)", rest, maxsplit=1)[0]
    given = {a or c: _scalar(b or d) for a, b, c, d in _PARAMETER.findall(inside)}
    if not given and (listed := _LISTED.match(rest)):
        given = {name: _scalar(value) for name, value in _LINE.findall(listed.group(1))}
    return given or None


def _arguments_in_tags(text: str, name: re.Match[str]) -> dict[str, Any] | None:
    """The arguments of a call whose name is a tag, with a tag for each; None where it is none."""
    if text[name.start() - 1 : name.start()] != "<" or text[name.end() : name.end() + 1] != ">":
        return None
    inside = text[name.end() + 1 : name.end() + MAX_REPAIRED].split(f"</{name.group(1)}>", 1)[0]
    return {tag: _scalar(value) for tag, value in re.findall(r"<(\w+)>(.*?)</\1>", inside, re.DOTALL)} or None


def python_arguments(rest: str) -> dict[str, Any] | None:
    """The arguments of a call as Python writes it: {"view": 1} for the text "(view=1) ...", which begins with the
    bracket; None where they are not all named and plain values.
    """
    for end in (match.end() for match in re.finditer(r"\)", rest[:2000])):
        try:
            call = ast.parse(f"f{rest[:end]}", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if not isinstance(call, ast.Call) or call.args:
            return None
        try:
            return {str(word.arg): _literal(word.value) for word in call.keywords}
        except ValueError:
            return None
    return None


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Name) and node.id in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[node.id]
    return ast.literal_eval(node)


def _scalar(text: str) -> Any:
    text = text.strip()
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return text
