"""Further forms in which servers and models answer, a form a line: each is read as the same as the plain form.

`test_quirks.py` plays the commonest at the wire, through a whole case; these are read alone, which takes no time.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from geoagent.reasoners.vlm import completion
from geoagent.reasoners.vlm.answer_models import ENDINGS, Action, Conclusion, FirstLook
from geoagent.reasoners.vlm.chosen_answer import read
from geoagent.reasoners.vlm.field_names import tool_arguments, tool_name
from geoagent.testing import Failure
from geoagent.testing.scripted_model import Reply
from geoagent.tools import TOOLS
from geoagent.tools.core.tool import schema
from tests.reasoners.vlm.test_quirks import (
    DRAFT,
    HONEST,
    MADE_UP,
    Said,
    acts,
    body,
    call,
    called,
    for_actions,
    for_looks,
    halves,
    places,
    python,
    scaled,
    stream,
    text,
    whole,
)


def events(*data: Said) -> Failure:
    """A stream of named events."""
    return Failure(200, "".join(f"event: {item['type']}\ndata: {json.dumps(item)}\n\n" for item in data))


def completed(answer: Said) -> Said:
    found: Said = json.loads(whole({"content": text(answer)}).body)
    return found


def response(*output: Said) -> Failure:
    return body({"object": "response", "status": "completed", "output": list(output)})


def plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def parameters(given: Said, tag: str = "parameter") -> str:
    return "".join(f'<{tag} name="{key}">{plain(value)}</{tag}>\n' for key, value in given.items())


def of_gemma(name: str, given: Said) -> str:
    said = (f"{k}:<escape>{v}<escape>" if isinstance(v, str) else f"{k}:{json.dumps(v)}" for k, v in given.items())
    return f"<start_function_call>call:{name}{{{','.join(said)}}}<end_function_call>"


def of_deepseek(name: str, given: Said) -> str:
    inner = parameters(given, "｜DSML｜parameter").replace('">', '" string="false">')
    return (
        f'<｜DSML｜function_calls>\n<｜DSML｜invoke name="{name}">\n{inner}</｜DSML｜invoke>\n</｜DSML｜function_calls>'
    )


THINKS = f"{MADE_UP}{DRAFT}"
FORMS: dict[str, Callable[[Said], Reply]] = {
    # what proxies and servers put round an answer
    "a proxy: the body is a JSON text": lambda a: Failure(200, json.dumps(whole({"content": text(a)}).body)),
    "a proxy: an envelope with the body as text": lambda a: body(
        {"statusCode": 200, "body": whole({"content": text(a)}).body}
    ),
    "a proxy: the answer twice": lambda a: Failure(200, 2 * whole({"content": text(a)}).body),
    "a proxy: an end mark after the answer": lambda a: Failure(
        200, f"{json.dumps(completed(a), indent=2)}\n\ndata: [DONE]\n"
    ),
    "Vertex: predictions": lambda a: body({"predictions": [completed(a)]}),
    "Hugging Face: generated_text in a list": lambda a: body([{"generated_text": text(a)}]),
    "SGLang: why it ended is an object": lambda a: body(
        {"choices": [{"message": {"content": text(a)}, "finish_reason": {"type": "stop", "matched": 2}}]}
    ),
    "Azure: results of its content filter": lambda a: body({
        "choices": [{
            "finish_reason": "stop", "content_filter_results": {"hate": {"filtered": False}},
            "message": {"role": "assistant", "content": text(a), "refusal": None},
        }],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}],
    }),
    "Azure: a stream begins with results of its filter": lambda a: Failure(
        200, f'data: {{"choices": [], "prompt_filter_results": []}}\n\n{stream({"content": text(a)}).body}'
    ),
    "Ollama: thinking apart": lambda a: body(
        {"message": {"role": "assistant", "content": text(a), "thinking": THINKS}, "done_reason": "stop"}
    ),
    "Ollama: generate": lambda a: body({"response": text(a), "thinking": THINKS, "done": True}),
    "Ollama: a tool call": lambda a: body({"message": {"content": "", "tool_calls": [{"function": call(a)}]}}),
    "llama.cpp: completion": lambda a: body({"content": text(a), "stop": True, "tokens_predicted": 9}),
    "llama.cpp: a stream of completion": lambda a: Failure(
        200, "".join(f"data: {json.dumps({'content': t, 'stop': False})}\n\n" for t in halves(text(a)))
    ),
    "Cohere: a message of parts": lambda a: body(
        {"message": {"role": "assistant", "content": [{"type": "text", "text": text(a)}]}, "finish_reason": "COMPLETE"}
    ),
    "Assistants: a text with a value": lambda a: whole({"content": [{"type": "text", "text": {"value": text(a)}}]}),
    "Responses: reasoning before": lambda a: response(
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": THINKS}]},
        {"type": "message", "content": [{"type": "output_text", "text": text(a)}]},
    ),
    "Responses: a function call": lambda a: response(
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "name": call(a)["name"], "arguments": json.dumps(call(a)["arguments"])},
    ),
    "Responses: a stream": lambda a: events(
        {"type": "response.created", "response": {"status": "in_progress", "output": []}},
        *({"type": "response.output_text.delta", "delta": part} for part in halves(text(a))),
        {"type": "response.completed", "response": {"output": [{"content": [{"text": text(a)}]}]}},
    ),
    "Databricks: reasoning and text as parts": lambda a: whole({"content": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": THINKS}]}, {"type": "text", "text": text(a)},
    ]}),
    "Bedrock: reasoning": lambda a: body({"output": {"message": {"content": [
        {"reasoningContent": {"reasoningText": {"text": THINKS}}}, {"text": text(a)},
    ]}}}),
    "Bedrock: a tool is used": lambda a: body({"output": {"message": {"content": [
        {"toolUse": {"toolUseId": "x", "name": call(a)["name"], "input": call(a)["arguments"]}},
    ]}}}),
    "Anthropic: a tool is used": lambda a: body({"role": "assistant", "content": [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "x", "name": call(a)["name"], "input": call(a)["arguments"]},
    ]}),
    "Anthropic: a stream with thinking": lambda a: events(
        {"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 5}}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": THINKS}},
        *({"type": "content_block_delta", "delta": {"type": "text_delta", "text": part}} for part in halves(text(a))),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    ),
    "Gemini: a function call": lambda a: body({"candidates": [{"content": {"parts": [
        {"functionCall": {"name": call(a)["name"], "args": call(a)["arguments"]}},
    ]}}]}),
    "Gemini: parts that are thoughts": lambda a: body({"candidates": [{"content": {"parts": [
        {"text": THINKS, "thought": True}, {"text": text(a), "thoughtSignature": "x"},
    ]}}]}),
    "Gemini: a stream as a list": lambda a: body(
        [{"candidates": [{"content": {"parts": [{"text": part}]}}]} for part in halves(text(a))]
    ),
    # how models mark their answer
    "GLM: a box round the answer": lambda a: f"<think>{THINKS}</think><|begin_of_box|>{text(a)}<|end_of_box|>",
    "answer tags": lambda a: f"<think>{THINKS}</think><answer>{text(a)}</answer>",
    "a box of LaTeX": lambda a: f"So $\\boxed{{{text(a)}}}$",
    "tags and CDATA": lambda a: f"<response><![CDATA[{text(a)}]]></response>",
    "a fence that never ends": lambda a: f"```json\n{text(a)}",
    "a fence of tildes": lambda a: f"~~~json\n{text(a)}\n~~~",
    "the role before the answer": lambda a: f"assistant\n\n{text(a)}",
    "colours of a terminal": lambda a: f"\x1b[32m{text(a)}\x1b[0m",
    "a summary after the answer": lambda a: (
        text(a) if acts(a) else f'{text(a)}\n\nFinal answer: {{"country": "Sweden"}}'
    ),
    # nearly JSON
    "no-break spaces": lambda a: text(a, indent=1).replace("\n ", "\n\u00a0"),
    "Chinese colons and commas": lambda a: text(a).replace('": ', '"：').replace('", "', '"，"'),
    "quotation marks that open and close": lambda a: re.sub(r'"([^"]*)"', "“\\1”", text(a)),
    "numbers without a zero": lambda a: text(a).replace(": 0.", ": ."),
    "numbers with a plus": lambda a: re.sub(r": (\d)", r": +\1", text(a)),
    "dots for more": lambda a: text(a) if acts(a) else text(a).replace('}], "elsewhere"', '}, ...], "elsewhere"'),
    "undefined": lambda a: text(a).replace("null", "undefined"),
    "ends of lines as they are escaped": lambda a: text(a, indent=1).replace("\n", "\\n"),
    "underscores as in Markdown": lambda a: text(a).replace("_", "\\_"),
    "escapes that are none": lambda a: text(a).replace("Storgatan 5", "Storgatan\\ 5"),
    "tuples": lambda a: repr(a).replace("[0.1, 0.2, 0.5, 0.6]", "(0.1, 0.2, 0.5, 0.6)"),
    # other shapes
    "clues by number": for_looks(lambda a: {**a, "clues": {"1": a["clues"][0]}}),
    "places as text": for_looks(lambda a: {**a, "places": json.dumps(a["places"])}),
    "a country in a list": places(lambda p: {"country": [p["country"]]}),
    "a country as an object": places(lambda p: {"country": {"name": p["country"], "code": "xx"}}),
    "a probability in a list": places(lambda p: {"probability": [p["probability"]]}),
    "about so much": places(lambda p: {"probability": f"~{p['probability'] * 100:g}%"}),
    "per cent in words": places(lambda p: {"probability": f"{p['probability'] * 100:g} percent"}),
    "degrees, minutes, seconds": places(lambda p: {"lat": "55°36'0\"N", "lon": "13°0'0\"E"} if "lat" in p else {}),
    "both coordinates in one text": places(
        lambda p: {"lat": None, "lon": None, "coordinates": "55.6, 13"} if "lat" in p else {}
    ),
    "a box as corner and size": lambda a: text(scaled(a, lambda b: dict(
        zip(("x", "y", "width", "height"), (b[0], b[1], b[2] - b[0], b[3] - b[1]), strict=True)
    ))),
    "a box as a polygon": lambda a: text(scaled(a, lambda b: [[b[0], b[1]], [b[2], b[1]], [b[2], b[3]], [b[0], b[3]]])),
    "a box as two named corners": lambda a: text(
        scaled(a, lambda b: {"top_left": [b[0], b[1]], "bottom_right": [b[2], b[3]]})
    ),
    "a box as two points": lambda a: text(scaled(a, lambda b: [{"x": b[0], "y": b[1]}, {"x": b[2], "y": b[3]}])),
    # calls
    "parallel uses of tools": for_actions(lambda name, given: text({
        "name": "multi_tool_use.parallel",
        "arguments": {"tool_uses": [{"recipient_name": f"functions.{name}", "parameters": given}]},
    })),
    "a command": for_actions(lambda name, given: text({"command": {"name": name, "args": given}})),
    "JSON-RPC": for_actions(
        lambda name, given: text({"method": "tools/call", "params": {"name": name, "arguments": given}, "id": 1})
    ),
    "a method": for_actions(lambda name, given: text({"method": name, "params": given})),
    "arguments as texts": for_actions(
        lambda name, given: text({"action": name, "arguments": {key: plain(value) for key, value in given.items()}})
    ),
    "arguments as a schema": for_actions(
        lambda name, given: text({"action": name, "arguments": {"type": "object", "properties": given}})
    ),
    "MCP's names": lambda a: text({**a, "action": f"mcp__geoagent__{a['action']}"} if acts(a) else a),
    "a name with dashes": lambda a: text({**a, "action": a["action"].replace("_", "-")} if acts(a) else a),
    "a name in camel case": lambda a: text(
        {**a, "action": re.sub("_(.)", lambda m: m[1].upper(), a["action"])} if acts(a) else a
    ),
    "a name with a number": lambda a: called(a, name="functions.{}:0"),
    "DeepSeek's call, with a fence": for_actions(
        lambda name, given: f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n```json\n{text(given)}\n```"
    ),
    "DeepSeek's call": for_actions(of_deepseek),
    "Command's call": for_actions(
        lambda name, given: f"Plan: x\nAction: ```json\n{json.dumps([{'tool_name': name, 'parameters': given}])}\n```"
    ),
    "Gemma's call": for_actions(of_gemma),
    "LFM's call": for_actions(lambda name, given: f"<|tool_call_start|>[{python(name, given)}]<|tool_call_end|>"),
    "Granite's call": for_actions(lambda name, given: f'<|tool_call|>[{text({"name": name, "arguments": given})}]'),
    "InternLM's call": for_actions(
        lambda name, given: f'<|action_start|><|plugin|>{text({"name": name, "parameters": given})}<|action_end|>'
    ),
    "Functionary's call": for_actions(lambda name, given: f">>>{name}\n{text(given)}"),
    "MiniMax's call": for_actions(
        lambda name, given: f'<minimax:tool_call>\n<invoke name="{name}">\n{parameters(given)}</invoke>'
    ),
    "Step's call": for_actions(
        lambda name, given: f'<steptml:invoke name="{name}">{parameters(given, "steptml:parameter")}</steptml:invoke>'
    ),
    "gpt-oss's call": for_actions(lambda name, given: (
        f"<|channel|>analysis<|message|>{THINKS}<|end|><|start|>assistant<|channel|>commentary to=functions.{name} "
        f"<|constrain|>json<|message|>{text(given)}<|call|>"
    )),
}  # fmt: skip


def understood(reply: Reply, answer: Said) -> Any:
    """What the agent takes from a reply to the question that the answer belongs to."""
    sent = reply if isinstance(reply, Failure) else whole({"content": reply})
    found, _ = completion.read(completion.load(sent.body.encode()))
    if not acts(answer):
        return read(found[0], FirstLook).model_dump()
    action = read(found[0], Action, (*TOOLS, *ENDINGS))
    name = tool_name(action.action, (*TOOLS, *ENDINGS))
    given = tool_arguments(action.arguments, schema(TOOLS[name])) if name in TOOLS else action.arguments
    return name, Conclusion.model_validate(given).model_dump() if name == "conclude" else given


@pytest.mark.parametrize("form", FORMS)
def test_a_further_form_is_read_as_the_same(form: str) -> None:
    for answer in HONEST:
        assert understood(FORMS[form](answer), answer) == understood(text(answer), answer)
