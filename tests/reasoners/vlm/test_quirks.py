"""What model servers do, and what the agent does: one quirk a line, played at the wire by a server on loopback.

Every server of the first table says the same as an honest one, in another form, and has to lead to the same answer.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from geoagent import Settings, TraceFile
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError
from geoagent.reasoners.reasoner import CaseView, UseTool
from geoagent.reasoners.vlm.client import make_client
from geoagent.reasoners.vlm.model_server import ModelServer
from geoagent.reasoners.vlm.reasoner import VLMReasoner
from geoagent.testing import Failure, ScriptedModel, action, look, said
from geoagent.testing.scripted_model import Answer, Reply, Request
from tests.conftest import PHOTOS
from tests.opened import HEIGHT, WIDTH, opened, says
from tests.perceived import solve_perceived

Said = dict[str, Any]
"""What the honest server says: an object, as the agent asked for it."""
SIGN = {"kind": "text", "value": "Storgatan 5", "view": 1, "box": [0.1, 0.2, 0.5, 0.6]}
PLACES = (
    {"country": "Sweden", "region": None, "city": "Malmö", "lat": 55.6, "lon": 13.0, "probability": 0.6},
    {"country": "Norway", "probability": 0.25},
)
LOOK = look(*PLACES, elsewhere=0.15, clues=[SIGN])
ZOOM = action("zoom", thought="a sign", view=1, box=[0.25, 0.25, 0.75, 0.5])
WHERE = action("lookup_place", thought="a name", name="Malmö")
END = action("conclude", thought="enough", claims=[{"statement": "It is Malmö.", "cites": []}])
HONEST = (LOOK, ZOOM, WHERE, END)


def text(answer: Said, **changed: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, **changed)


def whole(message: Said, finish: str = "stop", **more: Any) -> Failure:
    """A completion around a message."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return body({"object": "chat.completion", "choices": [choice], **more})


def body(value: Any) -> Failure:
    return Failure(200, json.dumps(value))


def stream(*deltas: Said, finish: str = "stop") -> Failure:
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return Failure(200, f": OPENROUTER PROCESSING\n\n{lines}data: [DONE]\n\n", content_type="text/event-stream")


def halves(words: str) -> tuple[str, str]:
    return words[: len(words) // 2], words[len(words) // 2 :]


def acts(answer: Said) -> bool:
    return "action" in answer


def call(answer: Said) -> Said:
    """An action as a function's name and arguments; a look as the argument of the tool that forms are asked by."""
    if acts(answer):
        return {"name": answer["action"], "arguments": answer["arguments"]}
    return {"name": "json_tool_call", "arguments": answer}


def tool_calls(answer: Said, as_text: bool = True, prefix: str = "") -> list[Said]:
    function = call(answer)
    given = json.dumps(function["arguments"]) if as_text else function["arguments"]
    function = {"name": f"{prefix}{function['name']}", "arguments": given}
    return [{"id": "call_1", "type": "function", "function": function}]


def called(answer: Said, name: str = "{}", arguments: Callable[[str], str] = str) -> Failure:
    """A tool call whose name or arguments are written in another way."""
    calls = tool_calls(answer)
    function = calls[0]["function"]
    function |= {"name": name.format(function["name"]), "arguments": arguments(function["arguments"])}
    return whole({"content": None, "tool_calls": calls})


def renamed(answer: Said, name: str, arguments: str, **more: Any) -> Said:
    if not acts(answer):
        return answer
    return {"thought": answer["thought"], name: answer["action"], arguments: answer["arguments"], **more}


def for_actions(write: Callable[[str, Said], str]) -> Callable[[Said], str]:
    """A way to write a call that only actions are written in."""
    return lambda answer: write(answer["action"], answer["arguments"]) if acts(answer) else text(answer)


def for_looks(change: Callable[[Said], Any]) -> Callable[[Said], str]:
    """A way to write a first look."""
    return lambda answer: text(answer) if acts(answer) else text(change(answer))


def capitals(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.upper(): capitals(item) for key, item in value.items()}
    return [capitals(item) for item in value] if isinstance(value, list) else value


def places(change: Callable[[Said], Said], **more: Any) -> Callable[[Said], str]:
    """A first look in which each place is written in another way."""
    return for_looks(lambda a: {**a, "places": [{**p, **change(p)} for p in a["places"]], **more})


def python(name: str, given: Said) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in given.items())})"


def tags(name: str, given: Said) -> str:
    inner = "".join(f"<parameter={key}>{json.dumps(value)}</parameter>" for key, value in given.items())
    return f"<tool_call>\n<function={name}>\n{inner}\n</function>\n</tool_call>"


def invoke(name: str, given: Said) -> str:
    inner = "".join(f'<ns:parameter name="{k}">{json.dumps(v)}</ns:parameter>\n' for k, v in given.items())
    return f'<ns:function_calls>\n<ns:invoke name="{name}">\n{inner}</ns:invoke>\n</ns:function_calls>'


def pairs(name: str, given: Said) -> str:
    inner = "".join(
        f"<arg_key>{k}</arg_key>\n<arg_value>{json.dumps(v, ensure_ascii=False)}</arg_value>" for k, v in given.items()
    )
    return f"<tool_call>{name}\n{inner}</tool_call>"


MADE_UP = text(action("conclude", claims=[{"statement": "It is Oslo.", "cites": []}]))
DRAFT = text(look({"country": "Peru", "probability": 0.9}))

THE_SAME: dict[str, Callable[[Said], Reply]] = {
    # where the answer stands
    "content is a list of parts": lambda a: whole({"content": [{"type": "text", "text": t} for t in halves(text(a))]}),
    "content is a list of texts": lambda a: whole({"content": list(halves(text(a)))}),
    "content is one part": lambda a: whole({"content": {"type": "text", "text": text(a)}}),
    "content is the object itself": lambda a: whole({"content": a}),
    "content parts hold the thinking": lambda a: whole(
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]},
                     {"type": "text", "text": text(a)}]}
    ),
    "the answer is in reasoning": lambda a: whole({"content": "", "reasoning": text(a)}),
    "the answer is in reasoning_content": lambda a: whole({"content": None, "reasoning_content": text(a)}),
    "reasoning holds another answer": lambda a: whole({"content": text(a), "reasoning_content": DRAFT + MADE_UP}),
    "old completions: the choice has a text": lambda a: body({"choices": [{"text": text(a), "finish_reason": "stop"}]}),
    "Ollama's own form": lambda a: body({"message": {"role": "assistant", "content": text(a)}, "done": True}),
    "Anthropic's own form": lambda a: body(
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text(a)}], "stop_reason": "end"}
    ),
    "Gemini's own form": lambda a: body({"candidates": [{"content": {"parts": [{"text": text(a)}]}}]}),
    "a response instead of a completion": lambda a: body(
        {"output": [{"type": "message", "content": [{"type": "output_text", "text": text(a)}]}]}
    ),
    "a stream though none was asked for": lambda a: stream(*({"content": part} for part in halves(text(a)))),
    "a stream of whole lines": lambda a: Failure(
        200, "\n".join(json.dumps({"message": {"content": t}, "done": False}) for t in halves(text(a)))
    ),
    "a stream with the thinking apart": lambda a: stream({"reasoning_content": DRAFT}, {"content": text(a)}),
    "Anthropic's own stream": lambda a: Failure(
        200,
        "".join(
            f"event: content_block_delta\ndata: {json.dumps({'delta': {'type': 'text_delta', 'text': t}})}\n\n"
            for t in halves(text(a))
        ),
    ),
    "reasoning_details beside": lambda a: whole(
        {"content": text(a), "reasoning_details": [{"type": "reasoning.text", "text": DRAFT}]}
    ),
    "the completion is in a list": lambda a: body([json.loads(whole({"content": text(a)}).body)]),
    "a byte order mark": lambda a: Failure(200, "\ufeff" + whole({"content": text(a)}).body),
    "the model's own words in a refusal": lambda a: Failure(
        400, json.dumps({"error": {"message": "Failed to generate JSON.", "code": "json_validate_failed",
                                   "failed_generation": text(a)}})
    ),
    "comments before the answer": lambda a: Failure(
        200, f": PROCESSING\n\n: PROCESSING\n\n{json.dumps(json.loads(whole({'content': text(a)}).body), indent=1)}"
    ),
    "a stream of parts and texts": lambda a: stream(
        {"content": [{"type": "text", "text": halves(text(a))[0]}]}, {"content": halves(text(a))[1]}
    ),
    "a stream with ends of lines in a text": lambda a: Failure(
        200, f"data: {text({'choices': [{'delta': {'content': text({**a, 'note': chr(0x2028) + chr(0x85)})}}]})}\n\n"
    ),
    "the object beside its text": lambda a: whole({"content": None, "parsed": a}),
    "Bedrock's own form": lambda a: body(
        {"output": {"message": {"role": "assistant", "content": [{"text": text(a)}]}}, "stopReason": "end_turn"}
    ),
    "Cohere's own form": lambda a: body({"text": text(a), "finish_reason": "COMPLETE"}),
    "KoboldCpp's own form": lambda a: body({"results": [{"text": text(a)}]}),
    "Replicate's own form": lambda a: body({"output": list(halves(text(a))), "status": "succeeded"}),
    "DashScope's own form": lambda a: body(
        {"output": {"choices": [{"message": {"role": "assistant", "content": [{"text": text(a)}]}}]}, "request_id": "x"}
    ),
    "Cloudflare's own form": lambda a: body({"result": {"response": a}, "success": True, "errors": [], "messages": []}),
    "the completion is wrapped": lambda a: body(
        {"code": 0, "msg": "ok", "data": json.loads(whole({"content": text(a)}).body)}
    ),
    "a list of messages": lambda a: body({"choices": [{"messages": [{"role": "assistant", "content": text(a)}]}]}),
    "more choices than were asked for": lambda a: body(
        {"choices": [{"message": {"content": text(a)}}, {"message": {"content": DRAFT + MADE_UP}}]}
    ),
    "an empty choice first": lambda a: body(
        {"choices": [{"message": {"content": ""}, "finish_reason": "stop"}, {"message": {"content": text(a)}}]}
    ),
    "no usage": lambda a: whole({"content": text(a)}, usage=None),
    # thinking
    "<think> before": lambda a: f"<think>\n{DRAFT} or {MADE_UP}\n</think>\n\n{text(a)}",
    "<think> after": lambda a: f"{text(a)}<think>{DRAFT} {MADE_UP}</think>",
    "<think> twice": lambda a: f"<think>{MADE_UP}</think> well <think>{DRAFT}</think>{text(a)}",
    "only the end of thinking": lambda a: f"Well. {MADE_UP} {DRAFT}</think>{text(a)}",
    "thinking in capitals": lambda a: f"<THINKING>{MADE_UP}{DRAFT}</THINKING>{text(a)}",
    "Mistral's thinking": lambda a: f"[THINK]{MADE_UP}{DRAFT}[/THINK]{text(a)}",
    "Kimi's thinking": lambda a: f"◁think▷{MADE_UP}{DRAFT}◁/think▷{text(a)}",
    "Gemini's thoughts": lambda a: f"<thought>{MADE_UP}{DRAFT}</thought>{text(a)}",
    "gpt-oss's channels": lambda a: (
        f"<|channel|>analysis<|message|>{MADE_UP}{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{text(a)}"
    ),
    "channels whose tokens are lost": lambda a: f"analysisPerhaps {MADE_UP} {DRAFT}assistantfinal{text(a)}",
    "thinking in a tag with attributes": lambda a: f'<details type="reasoning">{MADE_UP}{DRAFT}</details>{text(a)}',
    "thinking in a tag of another name": lambda a: f"<antThinking>{MADE_UP}{DRAFT}</antThinking>{text(a)}",
    "the answer only in the thinking": lambda a: f"<think>So: {text(a)}</think>",
    "thinking that never ends": lambda a: f"<think>So: {text(a)}",
    # nearly JSON
    "a fence": lambda a: f"Here it is:\n```json\n{text(a, indent=2)}\n```\nI hope {{that}} helps!",
    "trailing commas": lambda a: text(a).replace("}", ",}").replace("]", ",]").replace("[,]", "[]"),
    "comments": lambda a: text(a, indent=1).replace("{\n", "{ // as asked\n", 1),
    "block comments": lambda a: text(a, indent=1).replace("{\n", "{ /* as asked */\n", 1),
    "Python's literals": lambda a: repr(a),
    "single quotes": lambda a: text(a).replace('"', "'"),
    "keys without quotes": lambda a: text(a).replace('"places"', "places").replace('"action"', "action"),
    "the last brace is missing": lambda a: text(a)[:-1],
    "the first brace is missing": lambda a: text(a)[1:],
    "the first brace and quote are missing": lambda a: text(a)[2:],
    "curly quotes": lambda a: text(a).replace('"', "“"),
    "commas are missing": lambda a: text(a, indent=1).replace('",\n', '"\n'),
    "raw line breaks in a text": lambda a: text(a).replace("Storgatan ", "Storgatan\n").replace("a sign", "a\nsign"),
    "JSON as a JSON text": lambda a: json.dumps(text(a)),
    "quotes are escaped": lambda a: text(a).replace('"', '\\"'),
    "written for HTML": lambda a: text(a).replace('"', "&quot;"),
    "prose with braces around": lambda a: f"I {{first}} looked. {text(a)} That is {{all}}.",
    "tokens of the template": lambda a: f"<|im_start|>assistant\n{text(a)}<|im_end|><|endoftext|>",
    "nothing where something may be left out": places(lambda p: {"street": "unknown", "region": "N/A"}),
    # other shapes
    "wrapped in a list": lambda a: f"[{text(a)}]",
    "wrapped in an object": lambda a: text({"answer": a}),
    "wrapped twice": for_looks(lambda a: {"response": {"answer": a}}),
    "wrapped as text": lambda a: text({"response": text(a)}),
    "wrapped in properties": lambda a: text({"type": "object", "properties": a}),
    "keys in capitals": lambda a: text(capitals(a)),
    "keys in camel case": places(lambda p: {}, Elsewhere=0.15),
    "places by another name": for_looks(lambda a: {"candidates": a["places"], "observations": a["clues"]}),
    "only places": for_looks(lambda a: {"places": a["places"], "clues": a["clues"], "elsewhere": None}),
    "the opinion apart from the clues": for_looks(
        lambda a: {"clues": a["clues"], "opinion": {"places": a["places"], "elsewhere": a["elsewhere"]}}
    ),
    "places by number": for_looks(lambda a: {**a, "places": {str(n): p for n, p in enumerate(a["places"])}}),
    "one clue that is in no list": for_looks(lambda a: {**a, "clues": a["clues"][0]}),
    # numbers
    "percentages": places(lambda p: {"probability": p["probability"] * 100}, elsewhere=15),
    "percentages with their sign": places(lambda p: {"probability": f"{p['probability'] * 100:g} %"}),
    "numbers as text": places(lambda p: {key: str(p[key]) for key in ("probability", "lat", "lon") if key in p}),
    "decimal commas": places(lambda p: {"probability": str(p["probability"]).replace(".", ",")}),
    "percentages in brackets": places(lambda p: {"probability": f"{p['probability']} ({p['probability'] * 100:g}%)"}),
    "fractions": places(lambda p: {"probability": f"{p['probability'] * 100:g}/100"}),
    "numbers in objects": places(lambda p: {"probability": {"value": p["probability"]}}),
    "confidence for probability": places(lambda p: {"probability": None} | {"confidence": p["probability"]}),
    "latitude and longitude in full": places(lambda p: {"latitude": p.get("lat"), "longitude": p.get("lon")}),
    "degrees with their letters": places(lambda p: {"lat": "55.6° N", "lon": "13.0° E"} if "lat" in p else {}),
    "coordinates apart": places(lambda p: {"lat": None, "coordinates": [55.6, 13.0]} if "lat" in p else {}),
    "coordinates as GeoJSON": places(
        lambda p: {"lat": None, "lon": None, "point": "lat" in p and {"type": "Point", "coordinates": [13.0, 55.6]}}
    ),
    "the names of a place apart from its probability": for_looks(
        lambda a: {**a, "places": [{"place": {**p, "probability": None}, "probability": p["probability"]}
                                   for p in a["places"]]}
    ),
    "views as text": for_looks(lambda a: {**a, "clues": [{**c, "view": "View 1"} for c in a["clues"]]}),
    # actions
    "the action as an object": lambda a: text(
        {"thought": a["thought"], "action": call(a)} if acts(a) else a
    ),
    "name and arguments": lambda a: text(renamed(a, "name", "arguments")),
    "tool and args": lambda a: text(renamed(a, "tool", "args")),
    "function and parameters": lambda a: text(renamed(a, "function", "parameters")),
    "action and action_input": lambda a: text(renamed(a, "action", "action_input")),
    "arguments as text": lambda a: text({**a, "arguments": json.dumps(a["arguments"])} if acts(a) else a),
    "arguments beside the action": lambda a: text({"action": a["action"], **a["arguments"]} if acts(a) else a),
    "arguments in capitals": lambda a: text({**a, "arguments": capitals(a["arguments"])} if acts(a) else a),
    "arguments as pairs": lambda a: text(
        {**a, "arguments": [{"name": k, "value": v} for k, v in a["arguments"].items()]} if acts(a) else a
    ),
    "arguments in a list": lambda a: text({**a, "arguments": [a["arguments"]]} if acts(a) else a),
    "arguments wrapped": lambda a: text({**a, "arguments": {"arguments": a["arguments"]}} if acts(a) else a),
    "arguments wrapped in the tool's name": lambda a: text(
        {**a, "arguments": {a["action"]: a["arguments"]}} if acts(a) else a
    ),
    "the tool's name as the type": for_actions(lambda name, given: text({"type": name, "arguments": given})),
    "the tool's name as the type of the action": for_actions(
        lambda name, given: text({"action": {"type": name, **given}})
    ),
    "wrapped with the name of the form": lambda a: text({"name": "action", "schema": a}),
    "the tool's name as the key": for_actions(lambda name, given: text({name: given})),
    "functions. before the name": lambda a: text({**a, "action": f"functions.{a['action']}"} if acts(a) else a),
    "default_api. before the name": lambda a: text({**a, "action": f"default_api.{a['action']}"} if acts(a) else a),
    "the name in capitals": lambda a: text({**a, "action": a["action"].upper()} if acts(a) else a),
    "the name with brackets": lambda a: text({**a, "action": f"{a['action']}()"} if acts(a) else a),
    "several actions": lambda a: f"{text(a)}\n{MADE_UP}" if acts(a) else text(a),
    "several actions in a list": lambda a: f"[{text(a)}, {MADE_UP}]" if acts(a) else text(a),
    "several actions and made-up results": lambda a: (
        f"{text(a)}\nResult of {a['action']}: Oslo\n{MADE_UP}" if acts(a) else text(a)
    ),
    "a call as Python": for_actions(python),
    "a call as Python in a fence": for_actions(lambda name, given: f"```tool_code\nprint({python(name, given)})\n```"),
    "<tool_call> in the text": for_actions(
        lambda name, given: f"<tool_call>\n{text({'name': name, 'arguments': given})}\n</tool_call>"
    ),
    "a call of a call": for_actions(lambda name, given: f"<|python_tag|>{python(f'{name}.call', given)}"),
    "<ns:invoke> in the text": for_actions(invoke),
    "<function=…> in the text": for_actions(lambda name, given: f"<function={name}>{text(given)}</function>"),
    "<parameter=…> in the text": for_actions(tags),
    "<arg_key> in the text": for_actions(pairs),
    "[TOOL_CALLS] in the text": for_actions(lambda name, given: f"[TOOL_CALLS]{name}[ARGS]{text(given)}"),
    "Kimi's call in the text": for_actions(
        lambda name, given: (
            f"<|tool_call_begin|>functions.{name}:0<|tool_call_argument_begin|>{text(given)}<|tool_call_end|>"
        )
    ),
    "Action: and Action Input:": for_actions(
        lambda name, given: f"Thought: hm\nAction: {name}\nAction Input: {text(given)}\nObservation: Oslo\n{MADE_UP}"
    ),
    "a tool call though none was offered": lambda a: whole({"content": None, "tool_calls": tool_calls(a)}),
    "a tool call whose arguments are no text": lambda a: whole({"content": "", "tool_calls": tool_calls(a, False)}),
    "a tool call whose arguments are text twice": lambda a: called(a, arguments=json.dumps),
    "a tool call whose arguments are cut off": lambda a: called(a, arguments=lambda given: given[:-1]),
    "a tool call with tokens of the template": lambda a: called(a, name="{}<|channel|>commentary"),
    "a tool call with functions. before": lambda a: whole(
        {"content": "", "tool_calls": tool_calls(a, prefix="functions." if acts(a) else "")}
    ),
    "the old function_call": lambda a: whole({"content": None, "function_call": tool_calls(a)[0]["function"]}),
    "a tool call in a stream": lambda a: stream(
        *({"tool_calls": [{"index": 0, "function": f}]} for f in (
            {"name": call(a)["name"], "arguments": ""},
            *({"arguments": part} for part in halves(json.dumps(call(a)["arguments"]))),
        ))
    ),
    # coordinates
    "boxes in thousandths": lambda a: text(scaled(a, lambda box: [round(v * 1000) for v in box])),
    "boxes as text": lambda a: text(scaled(a, json.dumps)),
    "boxes as two corners": lambda a: text(scaled(a, lambda box: [box[:2], box[2:]])),
    "boxes as named edges": lambda a: text(scaled(a, lambda b: dict(zip(("x1", "y1", "x2", "y2"), b, strict=True)))),
    "bbox_2d for box": lambda a: text(scaled(a, list, "bbox_2d")),
    "box_2d, down before right": lambda a: text(
        scaled(a, lambda b: [round(v * 1000) for v in (b[1], b[0], b[3], b[2])], "box_2d")
    ),
}  # fmt: skip


def scaled(answer: Said, write: Callable[[list[float]], Any], name: str = "box") -> Said:
    """An answer whose boxes are written in another way."""

    def changed(holder: Said) -> Said:
        rest = {key: value for key, value in holder.items() if key != "box"}
        return {**rest, name: write(holder["box"])} if "box" in holder else holder

    if acts(answer):
        return {**answer, "arguments": changed(answer["arguments"])}
    return {**answer, "clues": [changed(clue) for clue in answer["clues"]]}


def solved(script: list[Answer], cache: Path, photos: Path, name: str = "scripted", **given: Any) -> TraceFile:
    with ScriptedModel(script, name) as model:
        settings = Settings(vlm=model.url, model=name, cache_dir=cache, no_second_look=True, **given)
        return solve_perceived(settings, photos / "nowhere_plain.jpg")


def told(file: TraceFile) -> Any:
    """What must be the same: the answer, what was seen, and what was done."""
    prediction = file.prediction
    return (
        prediction.status,
        [(level.name, round(level.probability, 6), level.stated) for level in prediction.levels],
        prediction.point,
        [(clue.kind, " ".join(clue.value.split()), clue.box) for clue in file.trace.clues],
        [(done.tool, done.status, done.arguments) for done in file.trace.calls],
        [step.statement for step in file.trace.steps if step.statement.startswith("the model says")],
    )


@pytest.fixture(scope="module")
def honest(cache: Path) -> Any:
    return told(solved([*HONEST], cache, PHOTOS))


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def decide(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks a reasoner what it would do in an opened case, with a server that follows a script."""
    left: list[Answer] = []

    def reply(request: Request) -> Reply:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return answer(request) if callable(answer) else answer

    with opened([reply], tmp_path_factory.mktemp("case"), cache) as one:
        one.add(Trace(evidence=(says(SE=1.0, elsewhere=1e-6),)))
        used = {name: one.resources.tools[name] for name in ("zoom", "lookup_place")}
        case = one.resources._replace(tools=used).view(one.state)
        client = make_client(one.model.url, None, 60.0)

        def decide(script: list[Answer], model: str = "scripted") -> Any:
            left[:] = script
            return decided(VLMReasoner(ModelServer(client, model), image_side=WIDTH), case)

        yield decide


def decided(reasoner: VLMReasoner, case: CaseView) -> Any:
    """What must be the same: the clues and opinion of the first look, and each action, without what they lead to."""
    added, _ = reasoner.propose(case)
    actions = [reasoner.decide(case)[0] for _ in (ZOOM, WHERE, END)]
    return (
        [(clue.kind, " ".join(clue.value.split()), clue.box) for clue in added.clues],
        [(item.statement, item.likelihood, item.level) for item in added.evidence],
        [action._replace(thought="") if isinstance(action, UseTool) else action for action in actions],
    )


@pytest.fixture(scope="module")
def honestly_decided(decide: Ask) -> Any:
    clues, evidence, actions = decide([*HONEST])
    assert (len(clues), len(evidence)) == (1, 1)
    assert [getattr(action, "tool", "conclude") for action in actions] == ["zoom", "lookup_place", "conclude"]
    return clues, evidence, actions


@pytest.mark.parametrize("quirk", THE_SAME)
def test_the_same_in_another_form_is_read_as_the_same(quirk: str, honestly_decided: Any, decide: Ask) -> None:
    assert decide([THE_SAME[quirk](answer) for answer in HONEST]) == honestly_decided


WHOLE = (
    "content is a list of parts", "the answer is in reasoning", "Anthropic's own form", "<think> before",
    "a stream though none was asked for", "trailing commas", "Python's literals", "wrapped in an object", "percentages",
    "name and arguments", "several actions and made-up results", "<tool_call> in the text", "boxes in thousandths",
)  # fmt: skip


@pytest.mark.parametrize("quirk", WHOLE)
def test_the_same_in_another_form_leads_to_the_same_answer(quirk: str, honest: Any, cache: Path, photos: Path) -> None:
    assert honest[0] == "complete"
    assert told(solved([THE_SAME[quirk](answer) for answer in HONEST], cache, photos)) == honest


# servers that want to be asked in another way


def refusal(status: int, message: str) -> Failure:
    return Failure(status, json.dumps({"error": {"message": message}}))


def roles(request: Request) -> list[str]:
    return [message["role"] for message in request["messages"]]


REFUSING: dict[str, tuple[Callable[[Request], bool], Failure]] = {
    "no system role": (lambda r: "system" in roles(r), refusal(400, "System role not supported")),
    "roles must alternate": (
        lambda r: "system" in roles(r), refusal(500, "Conversation roles must alternate user/assistant/user/assistant")
    ),
    "no developer instruction": (
        lambda r: "system" in roles(r), refusal(400, "Developer instruction is not enabled for models/gemma-3-27b-it")
    ),
    "a fault without words": (lambda r: "system" in roles(r), Failure(422, "{}")),
    "no json_schema": (
        lambda r: r.get("response_format", {}).get("type") == "json_schema",
        refusal(400, "This response_format type is unavailable now"),
    ),
    "no response_format": (lambda r: "response_format" in r, refusal(422, "Extra inputs are not permitted")),
    "no temperature": (lambda r: "temperature" in r, refusal(400, "Unsupported parameter: 'temperature'")),
    "max_completion_tokens": (
        lambda r: "max_tokens" in r, refusal(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'")
    ),
    "no limit at all": (
        lambda r: "max_tokens" in r or "max_completion_tokens" in r, refusal(400, "unknown field: max_tokens")
    ),
    "less room for the answer": (
        lambda r: r["max_tokens"] > 1000, refusal(400, "max_tokens must be less than or equal to 1000")
    ),
    "the error is a text": (
        lambda r: "system" in roles(r), Failure(400, '{"error": "Only user roles are supported"}')
    ),
    "the error is a text in a 500": (
        lambda r: "response_format" in r, Failure(500, '{"error": "failed to load grammar"}')
    ),
    "nobody takes the parameters": (
        lambda r: "response_format" in r, refusal(404, "No endpoints found that can handle the requested parameters.")
    ),
    "a form that the plan has not": (
        lambda r: "response_format" in r, refusal(403, "response_format is not available on your plan")
    ),
    "a form that needs what the model has not": (
        lambda r: "response_format" in r,
        Failure(500, '{"error": "failed to load model vocabulary required for format"}'),
    ),
    "an error in a list": (
        lambda r: "response_format" in r,
        Failure(400, '[{"error": {"code": 400, "message": "mime type is unsupported", "status": "INVALID_ARGUMENT"}}]'),
    ),
    "the error in a 200": (
        lambda r: "response_format" in r,
        body({"error": {"message": "response_format is not supported", "code": 400}}),
    ),
    "the error in a choice": (
        lambda r: "response_format" in r,
        body({"choices": [{"error": {"message": "json_schema: not supported by provider", "code": 422}}]}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("quirk", REFUSING)
def test_a_server_that_wants_to_be_asked_in_another_way_is(quirk: str, honestly_decided: Any, decide: Ask) -> None:
    refuses, failure = REFUSING[quirk]
    left: Iterator[Said] = iter(HONEST)

    def reply(request: Request) -> Reply:
        return failure if refuses(request) else next(left)

    assert decide([reply]) == honestly_decided


PASSING: dict[str, Failure] = {
    "loading": Failure(503, '{"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}'),
    "loading, with an estimate": Failure(503, '{"error": "Model X is currently loading", "estimated_time": 20.0}'),
    "too busy, for milliseconds": Failure(429, headers={"retry-after-ms": "10"}),
    "too busy, as it says in words": refusal(429, "Rate limit reached. Please try again in 20ms."),
    "too busy, in a 200": body({"error": {"message": "Rate limit exceeded", "code": 429}}),
    "overloaded": Failure(529, '{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'),
    "no room for now": Failure(498, '{"error": {"message": "capacity exceeded"}}'),
    "an error in a stream": Failure(
        200, 'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: {"error": {"code": 502, "message": "gone"}}\n\n'
    ),
    "output that the server cannot read": refusal(500, "The model produced output that does not match …"),
    "a call that failed": whole({"content": ""}, finish="MALFORMED_FUNCTION_CALL"),
    "an answer that broke off": whole({"content": '{"clues": [{"ki'}, finish="error"),
    "nothing": Failure(200, ""),
    "no choices": body({"choices": [], "usage": {}}),
    "words instead of a completion": body({"detail": "The engine is busy"}),
    "a broken stream": Failure(200, 'data: {"choi'),
}


@pytest.mark.parametrize("quirk", PASSING)
def test_what_passes_is_waited_for(quirk: str, honestly_decided: Any, decide: Ask) -> None:
    assert decide([PASSING[quirk], *HONEST]) == honestly_decided


@pytest.mark.parametrize(
    "too_large",
    [
        Failure(
            422, '{"error": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 6000 `inputs` tokens and 512"}'
        ),
        Failure(413, "<html>Request Entity Too Large</html>", content_type="text/html"),
        refusal(400, "Request payload size exceeds the limit: 20971520 bytes."),
        refusal(400, "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum"),
    ],
    ids=["tokens", "entity", "payload", "image"],
)
def test_what_is_too_large_is_shown_smaller(too_large: Failure, honestly_decided: Any, decide: Ask) -> None:
    left: Iterator[Said] = iter(HONEST)
    lengths: list[int] = []

    def reply(request: Request) -> Reply:
        lengths.append(len(json.dumps(request["messages"][:2])))
        return too_large if lengths[-1] > 0.8 * lengths[0] else next(left)

    clues, evidence, actions = decide([reply])
    assert (clues, evidence) == honestly_decided[:2]
    assert [getattr(action, "tool", "conclude") for action in actions] == ["zoom", "lookup_place", "conclude"]


# coordinates by the family of the model


@pytest.mark.parametrize(
    ("model", "write"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", lambda x, y: (x * WIDTH, y * HEIGHT)),
        ("qwen2.5vl:7b", lambda x, y: (x * WIDTH, y * HEIGHT)),
        ("claude-sonnet-4-5", lambda x, y: (x * WIDTH, y * HEIGHT)),
        ("Qwen/Qwen2.5-VL-7B-Instruct", lambda x, y: (x, y)),
        ("Qwen/Qwen2.5-VL-7B-Instruct", lambda x, y: (x * 1000, y * 1000)),
        ("Qwen/Qwen3-VL-8B-Instruct", lambda x, y: (x * 1000, y * 1000)),
        ("OpenGVLab/InternVL3_5-8B", lambda x, y: (x * 1000, y * 1000)),
        ("google/gemini-2.5-flash", lambda x, y: (y * 1000, x * 1000)),
        ("google/gemini-2.5-flash", lambda x, y: (x, y)),
        ("nobody-knows", lambda x, y: (x * 1000, y * 1000)),
        ("nobody-knows", lambda x, y: (x * 100, y * 100)),
    ],
)
def test_boxes_are_read_as_the_family_writes_them(
    model: str, write: Callable[[float, float], tuple[float, float]], decide: Ask
) -> None:
    """In clues and in the arguments of tools alike; pixels are those of the photo as it is sent."""

    def box(x0: float, y0: float, x1: float, y1: float) -> list[float]:
        return [round(value, 2) for value in (*write(x0, y0), *write(x1, y1))]

    clue = {**SIGN, "box": box(0.5, 0.5, 0.9, 0.95)}
    zoom = action("zoom", view=1, box=box(0.5, 0.25, 1, 0.75))
    ((_, _, seen),), _, (done, *_) = decide([look(*PLACES, clues=[clue]), zoom, END], model)
    assert (seen.x0, seen.y0, seen.x1, seen.y1) == pytest.approx((0.5, 0.5, 0.9, 0.95), abs=0.005)
    assert done.arguments["box"] == pytest.approx([0.5, 0.25, 1, 0.75], abs=0.005)


# what stays a fault, and how it is told


def test_an_answer_that_is_cut_off_is_asked_for_with_more_room(honest: Any, cache: Path, photos: Path) -> None:
    cut = whole({"content": text(LOOK)[:60]}, finish="length")
    with ScriptedModel([cut, *HONEST]) as model:
        file = solve_perceived(Settings(vlm=model.url, model="scripted", cache_dir=cache), photos / "nowhere_plain.jpg")
    assert told(file) == honest
    assert [request["max_tokens"] for request in model.requests[:3]] == [2048, 8192, 8192]
    assert model.requests[0]["messages"] == model.requests[1]["messages"]


def test_thinking_that_is_cut_off_is_no_answer(honest: Any, cache: Path, photos: Path) -> None:
    cut = whole({"content": "", "reasoning_content": f"Perhaps {DRAFT[:40]}"}, finish="length")
    assert told(solved([cut, *HONEST], cache, photos)) == honest


def test_what_is_cut_off_twice_says_so(cache: Path, photos: Path) -> None:
    cut = whole({"content": '{"clues": [{"kind": "te'}, finish="length")
    file = solved([cut], cache, photos)
    assert "cut off" in file.prediction.notes[0]


@pytest.mark.parametrize(
    "refused",
    [
        whole({"content": None, "refusal": "I can't help with finding out where people are."}),
        whole({"content": ""}, finish="content_filter"),
        whole({"content": "I'm sorry, but I can't assist with that."}),
        "抱歉，我无法帮助确定拍摄地点。",
        refusal(400, "The response was filtered due to Azure OpenAI's content management policy."),
        body({"promptFeedback": {"blockReason": "SAFETY"}}),
        refusal(403, "Content violates usage guidelines."),
    ],
    ids=["a field", "how it ended", "words", "words in Chinese", "a status", "no candidates", "guidelines"],
)
def test_a_refusal_is_told_and_not_asked_again(refused: Reply, cache: Path, photos: Path) -> None:
    with ScriptedModel([refused]) as model:
        file = solve_perceived(Settings(vlm=model.url, model="scripted", cache_dir=cache), photos / "nowhere_plain.jpg")
    assert len(model.requests) == 1
    assert "refuses" in file.prediction.notes[0]
    assert file.prediction.status == "degraded"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure(429, '{"error": "Daily quota is used up"}', headers={"Retry-After": "86400"}), "Daily quota"),
        (refusal(429, "You exceeded your current quota, please check your plan and billing details."), "no credit"),
        (Failure(402, '{"error": {"message": "Insufficient credits", "code": 402}}'), "Insufficient credits"),
        (refusal(401, "Incorrect API key provided: sk-…"), "Incorrect API key"),
        (refusal(404, 'model "llava" not found, try pulling it first'), "try pulling it first"),
        (refusal(403, "Country, region, or territory not supported"), "territory not supported"),
        (refusal(400, "Invalid content type. image_url is only supported by certain models."), "takes no images"),
        (Failure(308, "", headers={"Location": "https://example.org/v1/chat/completions"}), "example.org"),
    ],
    ids=["quota for today", "quota", "credit", "key", "model", "region", "blind", "redirect"],
)  # fmt: skip
def test_what_stays_a_fault_is_told_at_once_in_the_servers_words(
    failure: Failure, words: str, cache: Path, photos: Path
) -> None:
    with ScriptedModel([failure]) as model, pytest.raises(ConfigError, match=words):
        solve_perceived(Settings(vlm=model.url, model="scripted", cache_dir=cache), photos / "nowhere_plain.jpg")
    assert len(model.requests) <= 2


def test_a_question_that_is_repeated_before_the_answer_is_no_answer(honest: Any, cache: Path, photos: Path) -> None:
    left: Iterator[Said] = iter(HONEST)

    def echo(request: Request) -> Reply:
        return f"{said(request)}\n{text(next(left))}"

    assert told(solved([echo], cache, photos)) == honest


def test_only_one_picture_is_no_blindness(cache: Path, photos: Path) -> None:
    left: Iterator[Said] = iter(HONEST)

    def one(request: Request) -> Reply:
        many = json.dumps(request["messages"]).count('image_url": {') > 1
        return refusal(400, "Multiple images are not supported") if many else next(left)

    assert solved([one], cache, photos).prediction.status == "complete"


def test_the_system_prompt_is_told_to_a_server_without_that_role(cache: Path, photos: Path) -> None:
    asked: list[Request] = []
    left: Iterator[Said] = iter(HONEST)

    def reply(request: Request) -> Reply:
        asked.append(request)
        return refusal(400, "System role not supported") if "system" in roles(request) else next(left)

    solved([reply], cache, photos)
    system = next(message["content"] for message in asked[0]["messages"] if message["role"] == "system")
    folded = next(request for request in asked if "system" not in roles(request))
    assert said(folded).startswith(system)
