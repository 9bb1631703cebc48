"""Further forms in which servers and models answer, a form a line: each is read as the same as the plain form.

`test_quirks.py` plays the commonest at the wire, through a whole case; these are read alone, which takes no time.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from geoagent.reasoners.vlm import chat_completion
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
    tool_calls,
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


def sent(*chunks: Said) -> Failure:
    """A stream of parts as they are."""
    return Failure(200, "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n")


def parts_of(answer: Said, **more: Any) -> list[Said]:
    """A stream's parts of a text."""
    return [{"choices": [{"index": 0, "delta": {"content": part, **more}}]} for part in halves(text(answer))]


def arguments(answer: Said) -> str:
    return json.dumps(call(answer)["arguments"])


def changed_arguments(answer: Said, **given: Any) -> str:
    """An action with some of its arguments written in another way."""
    if not acts(answer):
        return text(answer)
    said = answer["arguments"]
    return text({**answer, "arguments": {**said, **{key: value for key, value in given.items() if key in said}}})


def of_yaml(name: str, given: Said) -> str:
    return f"action: {name}\narguments:\n" + "".join(f"  {key}: {json.dumps(value)}\n" for key, value in given.items())


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
    # servers without choices, and other places for a text or a call
    "Claude 2: completion": lambda a: body({"completion": text(a), "stop_reason": "stop_sequence"}),
    "Titan: outputText": lambda a: body({"results": [{"outputText": text(a), "completionReason": "FINISH"}]}),
    "Llama on Bedrock: generation": lambda a: body({"generation": text(a), "stop_reason": "stop"}),
    "Mistral on Bedrock: outputs": lambda a: body({"outputs": [{"text": text(a), "stop_reason": "stop"}]}),
    "watsonx: generated_text in results": lambda a: body({"results": [{"generated_text": text(a)}]}),
    "vLLM: generate": lambda a: body({"text": [text(a)]}),
    "Triton: text_output": lambda a: body({"model_name": "x", "text_output": text(a)}),
    "a flow: the answer": lambda a: body({"answer": text(a), "metadata": {}}),
    "a choice is a text": lambda a: body({"choices": [text(a)]}),
    "a choice has the content": lambda a: body({"choices": [{"content": text(a), "finish_reason": "stop"}]}),
    "a choice has the call": lambda a: body(
        {"choices": [{"message": {"role": "assistant", "content": ""}, "tool_calls": tool_calls(a)}]}
    ),
    "calls as text": lambda a: whole({"content": "", "tool_calls": json.dumps(tool_calls(a))}),
    "one call in no list": lambda a: whole({"content": "", "tool_calls": tool_calls(a)[0]}),
    "a custom call": lambda a: whole({"content": None, "tool_calls": [
        {"id": "x", "type": "custom", "custom": {"name": call(a)["name"], "input": arguments(a)}},
    ]}),
    "a part's text is the object": lambda a: whole({"content": [{"type": "text", "text": a}]}),
    "a part is the object": lambda a: whole({"content": [a]}),
    "a part of JSON": lambda a: whole({"content": [{"type": "output_json", "json": a}]}),
    # streams
    "a stream: an object on many lines": lambda a: Failure(
        200, "data: " + json.dumps(completed(a), indent=1).replace("\n", "\ndata: ") + "\n\n"
    ),
    "a stream: ends of lines of Windows": lambda a: Failure(
        200, stream({"content": text(a)}).body.replace("\n", "\r\n")
    ),
    "a stream: numbered events": lambda a: Failure(200, "retry: 100\n\n" + "".join(
        f"id: {n}\nevent: message\ndata: {json.dumps(part)}\n\n" for n, part in enumerate(parts_of(a))
    )),
    "a stream: the name of a call again": lambda a: sent(*(
        {"choices": [{"delta": {"tool_calls": [
            {"index": 0, "id": "x", "function": {"name": call(a)["name"], "arguments": part}},
        ]}}]} for part in halves(arguments(a))
    )),
    "a stream: nothing as a reason to end": lambda a: sent(*(
        {"choices": [{**part["choices"][0], "finish_reason": ""}], "usage": None}
        for part in parts_of(a, role=None, tool_calls=None)
    )),
    "a stream: the whole beside its parts": lambda a: sent(*(
        {"choices": [{**part["choices"][0], "message": {"content": text(a)}}]} for part in parts_of(a)
    )),
    "white space to keep the line open": lambda a: Failure(200, 50 * "\n   \n" + whole({"content": text(a)}).body),
    # how models of 2025 and 2026 mark thinking and calls
    "Gemma 4: a channel of thought": lambda a: f"<|channel>thought\n{THINKS}<channel|>{text(a)}",
    "gpt-oss: a final channel for JSON": lambda a: (
        f"<|channel|>analysis<|message|>{THINKS}<|end|><|start|>assistant<|channel|>final json<|message|>{text(a)}"
    ),
    "gpt-oss: whom a call goes to comes first": for_actions(
        lambda name, given: f"<|start|>assistant to=functions.{name}<|channel|>commentary json<|message|>{text(given)}"
    ),
    "gpt-oss: a channel in the name": lambda a: called(a, name="{}<|channel|>commentary"),
    "Seed: thinking": lambda a: f"<seed:think>{THINKS}</seed:think>{text(a)}",
    "Kimi: a section of calls": for_actions(lambda name, given: (
        f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:0<|tool_call_argument_begin|>{text(given)}"
        "<|tool_call_end|><|tool_calls_section_end|>"
    )),
    "Phi: functools": for_actions(lambda name, given: f'functools[{text({"name": name, "arguments": given})}]'),
    "Nemotron: a call": for_actions(
        lambda name, given: f'<TOOLCALL>[{text({"name": name, "arguments": given})}]</TOOLCALL>'
    ),
    "OLMo: calls": for_actions(lambda name, given: f"<function_calls>\n{python(name, given)}\n</function_calls>"),
    "Llama 4: calls": for_actions(lambda name, given: f"<|python_start|>[{python(name, given)}]<|python_end|>"),
    "a tag for the name, a tag for the arguments": for_actions(
        lambda name, given: f"<tool_use><name>{name}</name><arguments>{text(given)}</arguments></tool_use>"
    ),
    "the name as a tag, a tag for each argument": for_actions(lambda name, given: (
        f"<{name}>\n" + "".join(f"<{key}>{plain(value)}</{key}>\n" for key, value in given.items()) + f"</{name}>"
    )),
    "lines instead of JSON": for_actions(of_yaml),
    "a list of steps": lambda a: text({"steps": [a]} if acts(a) else a),
    "the next action": for_actions(lambda name, given: text({"next_action": name, "arguments": given})),
    "the name of a function and its arguments": for_actions(
        lambda name, given: text({"function_name": name, "function_args": given})
    ),
    "a name in an object of its own": for_actions(
        lambda name, given: text({"action": {"name": name}, "arguments": given})
    ),
    "a name that says that it is a tool": lambda a: text({**a, "action": f"{a['action']}_tool"} if acts(a) else a),
    "reasons beside the answer": lambda a: text({"reasoning": THINKS, "final_answer": a}),
    "an empty object before the arguments": lambda a: called(a, arguments=lambda given: "{}" + given),
    "arguments as text in a text": lambda a: called(a, arguments=json.dumps),
    "arguments in a fence": lambda a: called(a, arguments=lambda given: f"```json\n{given}\n```"),
    "the number of a view in a list": lambda a: changed_arguments(a, view=[1]),
    # characters and numbers
    "characters without width": lambda a: "\ufeff" + text(a).replace('"places"', '"\u200bplaces"') + "\u2060",
    "quoted as in Markdown": lambda a: "\n".join(f"> {line}" for line in text(a, indent=1).splitlines()),
    "so many out of a hundred": places(lambda p: {"probability": f"{p['probability'] * 100:g} out of 100"}),
    "so many in twenty": places(lambda p: {"probability": f"{p['probability'] * 20:g} in 20"}),
    "a box in per cent": lambda a: text(scaled(a, lambda b: [f"{edge * 100:g}%" for edge in b])),
    "a box in per cent, as text": lambda a: text(scaled(a, lambda b: ", ".join(f"{edge * 100:g}%" for edge in b))),
    "a box as centre and size": lambda a: text(scaled(a, lambda b: {
        "cx": (b[0] + b[2]) / 2, "cy": (b[1] + b[3]) / 2, "w": b[2] - b[0], "h": b[3] - b[1],
    })),
}  # fmt: skip


def understood(reply: Reply, answer: Said) -> Any:
    """What the agent takes from a reply to the question that the answer belongs to."""
    sent = reply if isinstance(reply, Failure) else whole({"content": reply})
    found, _ = chat_completion.read(chat_completion.load(sent.body.encode()))
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
