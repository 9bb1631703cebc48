"""A vision-language model behind an OpenAI-compatible server."""

import json
import time
import weakref
from typing import Any, NamedTuple, TypeVar, cast

import openai
from pydantic import BaseModel, ValidationError

from geoagent.errors import ConfigError, ModelError, UnusableAnswer
from geoagent.evidence import Clue, Evidence, Turn
from geoagent.names import printable
from geoagent.photo import Photos
from geoagent.prediction import Usage, deepest_stated
from geoagent.prompts import hashes, render
from geoagent.readout import levels, rank_countries
from geoagent.reasoners import answers
from geoagent.reasoners.answers import Action, Conclusion, FirstLook, Opinion, parse
from geoagent.reasoners.opinion import opinion_trace, witness_name
from geoagent.reasoners.reasoner import CaseView, Claim, Decision, Finish, Revise, UseTool
from geoagent.state import Trace
from geoagent.tools.tool import schema

T = TypeVar("T", bound=BaseModel)
ANSWER_TOKENS = 2048
MAX_CLUES_SHOWN = 40
Message = dict[str, Any]


def make_client(url: str, api_key: str | None, timeout_s: float) -> openai.OpenAI:
    """A client for that server alone: it follows no redirect and no proxy setting, and sends no other key."""
    wire = openai.DefaultHttpxClient(follow_redirects=False, trust_env=False, timeout=timeout_s)
    client = openai.OpenAI(
        base_url=url, api_key=api_key or "none", organization="", project="", timeout=timeout_s, http_client=wire
    )
    weakref.finalize(client, wire.close)
    return client


class VLMReasoner:
    """Asks one server, one schema-constrained JSON action at a time; with `native_tools`, through its tool calls."""

    name = "vlm"

    def __init__(
        self, client: openai.OpenAI, model: str, photos: Photos, image_side: int = 1280, native_tools: bool = False
    ) -> None:
        self.witness = witness_name(model)
        self._client = client
        self._timeout_s = client.timeout if isinstance(client.timeout, int | float) else 120.0
        self._model = model
        self._photos = photos
        self._image_side = image_side
        self._native_tools = native_tools

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """Clues and the opinion, asked for before the model sees what anyone else has found."""
        prompt = render("propose", photos=len(case.refs), hint=case.hint, max_clues=answers.MAX_CLUES)
        photos = [view.number for view in case.trace.views if view.source is None]
        messages = [{"role": "user", "content": [{"type": "text", "text": prompt.text}, *self._images(case, photos)]}]
        look, usage = self._ask(messages, FirstLook, answers.FIRST_LOOK_SCHEMA, case.seconds_left)
        clues = tuple(
            Clue.model_validate({
                "kind": seen.kind, "value": seen.value, "box": seen.area(), "witness": self.witness, "confidence": 0.8,
                "view": (seen.view if seen.view in photos else 1) if seen.area() else None,
            })
            for seen in look.clues
        )  # fmt: skip
        said = opinion_trace(look, self.witness, case.belief.atlas, tuple(clue.id for clue in clues))
        return said.model_copy(update={"clues": clues, "prompts": hashes()}), usage

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """The next action, from the whole history so far."""
        system = render("investigate", tools=[_described(tool) for tool in case.tools.values()])
        messages = [{"role": "system", "content": system.text}, *self._history(case)]
        if self._native_tools:
            action, usage = self._ask_native(messages, case)
        else:
            form = answers.action_schema(case.tools)
            action, usage = self._ask(messages, Action, form, case.seconds_left)
        return self._decision(action, case), usage

    def _decision(self, action: Action, case: CaseView) -> Decision:
        try:
            if action.action == "conclude":
                said = Conclusion.model_validate(action.arguments)
                return Finish(tuple(Claim(statement=c.statement, cites=tuple(c.cites)) for c in said.claims))
            if action.action == "revise_opinion":
                return Revise(self._revised(Opinion.model_validate(action.arguments), action, case))
        except ValidationError as error:
            first = error.errors()[0]
            observation = f"wrong arguments: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            return Revise(Trace(turns=(_turn(action, observation),)))
        return UseTool(action.thought, action.action, action.arguments)

    def _revised(self, opinion: Opinion, action: Action, case: CaseView) -> Trace:
        earlier = [e for e in case.trace.evidence if e.kind == "opinion" and e.witness == self.witness]
        clues = tuple(clue.id for clue in case.trace.clues if clue.witness == self.witness)
        seen = tuple(
            term.evidence.id for term in case.belief.terms if term.evidence.witness not in ("user", self.witness)
        )
        last = earlier[-1] if earlier else None
        said = opinion_trace(opinion, self.witness, case.belief.atlas, clues, last, seen)
        if not said.evidence:
            return Trace(turns=(_turn(action, "none of these places is known; nothing was changed"),))
        if last is not None and said.evidence[0].likelihood == last.likelihood:
            return Trace(turns=(_turn(action, "that is what you said before; nothing was changed"),))
        return said.model_copy(update={"turns": (_turn(action, "noted"),)})

    def _history(self, case: CaseView) -> list[Message]:
        photos = [view.number for view in case.trace.views if view.source is None]
        content = [{"type": "text", "text": _situation(case)}, *self._images(case, photos)]
        messages: list[Message] = [{"role": "user", "content": content}]
        for turn in case.trace.turns:
            said = {"thought": turn.thought, "action": turn.action, "arguments": turn.arguments}
            messages.append({"role": "assistant", "content": json.dumps(said, ensure_ascii=False)})
            text = {"type": "text", "text": f"Result of {turn.action}: {turn.observation}"}
            messages.append({"role": "user", "content": [text, *self._images(case, list(turn.views))]})
        return messages

    def _images(self, case: CaseView, numbers: list[int]) -> list[Message]:
        parts: list[Message] = []
        for view in case.trace.views:
            if view.number in numbers:
                url = self._photos.data_url(case.refs[view.photo], view, self._image_side)
                parts.append({"type": "text", "text": f"View {view.number}:"})
                parts.append({"type": "image_url", "image_url": {"url": url}})
        return parts

    def _ask(self, messages: list[Message], answer: type[T], form: dict[str, Any], seconds: float) -> tuple[T, Usage]:
        """One answer that fits the form, after at most one repair. Raises ModelError."""
        wanted = {"type": "json_schema", "json_schema": {"name": answer.__name__.lower(), "schema": form}}
        began = time.monotonic()
        said, usage = self._complete(messages, seconds, response_format=wanted)
        try:
            return parse(said.text, answer), usage
        except UnusableAnswer as fault:
            again = render("repair", fault=str(fault)[:300])
        retry = [
            *messages,
            {"role": "assistant", "content": said.text[:2000] or "(nothing)"},
            {"role": "user", "content": again.text},
        ]
        said, more = self._complete(retry, seconds - (time.monotonic() - began), response_format=wanted)
        usage = usage + more
        try:
            return parse(said.text, answer), usage
        except UnusableAnswer as still:
            raise UnusableAnswer(
                f"the model's answer was unusable, twice: {still}",
                usage.model_calls,
                usage.prompt_tokens,
                usage.completion_tokens,
            ) from still

    def _ask_native(self, messages: list[Message], case: CaseView) -> tuple[Action, Usage]:
        began = time.monotonic()
        reply, usage = self._complete(messages, case.seconds_left, tools=answers.native_tools(case.tools))
        for call in reply.calls:
            try:
                return Action.model_validate({"thought": reply.text, **call}), usage
            except ValidationError:
                continue
        form = answers.action_schema(case.tools)
        action, more = self._ask(messages, Action, form, case.seconds_left - (time.monotonic() - began))
        return action, usage + more

    def _complete(self, messages: list[Message], seconds: float, **options: Any) -> tuple["_Reply", Usage]:
        """One chat completion within the seconds left. Raises ModelError for whatever server or wire does wrong."""
        timeout = max(1.0, min(seconds, self._timeout_s))
        retries = min(2, int(max(seconds, 0.0) // timeout) - 1)
        try:
            reply = self._client.with_options(timeout=timeout, max_retries=max(0, retries)).chat.completions.create(
                model=self._model,
                messages=cast(Any, messages),
                max_tokens=ANSWER_TOKENS,
                temperature=0.0,
                **options,
            )
            return _read_reply(reply)
        except openai.APIStatusError as error:
            raise ModelError(_status_fault(error.status_code, self._model, str(error))) from error
        except openai.APITimeoutError as error:
            raise ModelError(f"the model server did not answer within {timeout:.0f} s") from error
        except openai.OpenAIError as error:
            raise ModelError(f"the model server cannot be reached or is broken: {printable(error)[:200]}") from error
        # a server that answers 200 with something else than a completion fails in many ways inside the client
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ModelError("the model server answered with something that is not a chat completion") from error


class _Reply(NamedTuple):
    """What a completion says: its text, and its tool calls as actions."""

    text: str
    calls: list[dict[str, Any]]


def _read_reply(reply: Any) -> tuple[_Reply, Usage]:
    """The parts of a completion that count, whatever else the server put there. Raises what reading raises."""
    message = reply.choices[0].message
    text = message.content if isinstance(message.content, str) else ""
    calls = []
    for call in message.tool_calls if isinstance(message.tool_calls, list) else ():
        function = getattr(call, "function", None)
        arguments = getattr(function, "arguments", None) or "{}"
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments, strict=False)
            except (ValueError, RecursionError):
                continue
        calls.append({"action": getattr(function, "name", None), "arguments": arguments})
    counts = [getattr(reply.usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
    tokens = [max(0, int(count)) if isinstance(count, int | float) else 0 for count in counts]
    return _Reply(text, calls), Usage(model_calls=1, prompt_tokens=tokens[0], completion_tokens=tokens[1])


def _status_fault(status: int, model: str, text: str) -> str:
    known = {
        401: "the model server refuses the key; set GEOAGENT_API_KEY",
        403: "the model server refuses the key; set GEOAGENT_API_KEY",
        404: f"the model server knows no model {model!r}, or the address is wrong (it usually ends in /v1)",
        429: "the model server is too busy (429)",
    }
    return known.get(status, f"the model server answered {status}: {printable(text)[:200]}")


def _turn(action: Action, observation: str) -> Turn:
    return Turn(thought=action.thought, action=action.action, arguments=action.arguments, observation=observation)


def _described(tool: Any) -> dict[str, str]:
    form = schema(tool)
    names = [name if name in form["required"] else f"{name}?" for name in form["properties"]]
    notes = [f"{n}: {p['description']}" for n, p in form["properties"].items() if "description" in p]
    description = " ".join(tool.description.split())
    return {
        "name": tool.name,
        "parameters": ", ".join(names),
        "description": f"{description} ({'; '.join(notes)})" if notes else description,
    }


def _situation(case: CaseView) -> str:
    path = levels(case.belief)
    stated = deepest_stated(path)
    countries = rank_countries(case.belief, 5)
    close = [c for c in countries if c.probability > 0.1]
    standing: list[Evidence] = [term.evidence for term in case.belief.terms]
    first = [c for c in case.trace.clues if c.witness != "ocr"]
    shown = [*first, *(c for c in case.trace.clues if c.witness == "ocr")][:MAX_CLUES_SHOWN]
    return render(
        "situation",
        hint=case.hint,
        views=case.trace.views,
        clues=shown,
        evidence=standing,
        countries=countries,
        finest=f"{stated.name} ({stated.level}, {stated.probability:.0%})" if stated else "none",
        open=f"which of {', '.join(c.name for c in close)}" if len(close) > 1 else "",
        steps_left=case.steps_left,
    ).text


def server_models(client: openai.OpenAI) -> list[str]:
    """The models that a server serves. Raises ModelError."""
    try:
        return [model.id for model in client.models.list()]
    except openai.APIStatusError as error:
        raise ModelError(_status_fault(error.status_code, "?", str(error))) from error
    except (openai.OpenAIError, AttributeError, TypeError, ValueError) as error:
        raise ModelError(f"the model server at {client.base_url} cannot be reached or is broken: {error}") from error


def only_model(client: openai.OpenAI) -> str:
    """The model that a server serves, where it serves just one. Raises ModelError or ConfigError."""
    names = server_models(client)
    if len(names) != 1:
        raise ConfigError(f"the server serves {len(names)} models ({', '.join(names[:8])}); name one with --model")
    return names[0]
