"""A vision-language model behind an OpenAI-compatible server."""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from geoagent.case.evidence import Clue, Turn
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.errors import UNUSABLE, ModelError, UnusableAnswer
from geoagent.names import fold
from geoagent.prompts import hashes, render
from geoagent.reasoners.reasoner import CaseView, Claim, Decision, Finish, Revise, UseTool
from geoagent.reasoners.vlm import answers
from geoagent.reasoners.vlm.answers import Action, Conclusion, FirstLook, Opinion, SeenClue, parse
from geoagent.reasoners.vlm.conversation import FITS, Fit, Message, first_question, next_question, photo_views
from geoagent.reasoners.vlm.hint import can_be_contested, contested
from geoagent.reasoners.vlm.model_server import ANSWER_TOKENS, ModelServer, Reply, TooLarge, ToolsRefused
from geoagent.reasoners.vlm.opinion import average, misfit_steps, opinion_trace, witness_name

T = TypeVar("T", bound=BaseModel)
A = TypeVar("A")
Asked = tuple[A, Usage]
CONFIDENCE = 0.8


class Unusable(NamedTuple):
    """An answer that cannot be used: to what it was given, what is wrong with it, and what was spent on it."""

    messages: list[Message]
    reply: Reply
    fault: UnusableAnswer
    spent: Usage


class VLMReasoner:
    """Asks one server, one schema-constrained JSON action at a time; with `native_tools`, through its tool calls.

    The opinion is averaged over `samples` answers, as far as the tokens left allow and the server gives several.
    """

    able = Capabilities(name="vlm", can_be_asked_again=True)

    def __init__(
        self, server: ModelServer, image_side: int = 1280, native_tools: bool = False, samples: int = 1
    ) -> None:
        self.witness = witness_name(server.shown_model)
        self._server = server
        self._longest_side = image_side
        self._native_tools = native_tools
        self._samples = samples

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """Clues and the opinion, asked for before the model sees what anyone else has found."""
        looks, usage = self._fitting(case, first_question, self._looks)
        photos = photo_views(case)
        clues = self._noted(looks[0].clues, case, photos)
        said = opinion_trace(average(looks), self.witness, case.belief.atlas, tuple(clue.id for clue in clues))
        steps = misfit_steps(looks[0].misfits, photos, clues)
        evidence = (*said.evidence, *contested(looks[0].hint_misread, case.trace))
        added = {"clues": clues, "evidence": evidence, "steps": steps, "prompts": hashes()}
        return said.model_copy(update=added), usage

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """The next action, from the whole history so far."""
        ask = self._native_action if self._native_tools else self._action
        action, usage = self._fitting(case, next_question, ask)
        clues = self._noted(action.seen, case, [view.number for view in case.trace.views])
        return self._decision(action, case)._replace(clues=clues), usage

    def _noted(self, seen: Iterable[SeenClue], case: CaseView, views: list[int]) -> tuple[Clue, ...]:
        """What a model says it sees in the photos, as clues; what it has named before is not noted again."""
        outside = {
            view.number for view in case.trace.views if any(part.outside for part in (view, *(view.beside or ())))
        }
        known = {(clue.kind, fold(clue.value)) for clue in case.trace.clues if clue.witness == self.witness}
        found: dict[tuple[str, str], Clue] = {}
        for item in (item for item in seen if item.view not in outside):
            view = item.view if item.view in views else views[-1] if len(views) == 1 else None
            box = item.area() if view is not None else None
            clue = Clue.model_validate({
                "kind": item.kind, "value": item.value, "box": box, "view": view if box else None,
                "witness": self.witness, "confidence": CONFIDENCE,
            })  # fmt: skip
            key = (clue.kind, fold(clue.value))
            if key not in known:
                found.setdefault(key, clue)
        return tuple(found.values())

    def _decision(self, action: Action, case: CaseView) -> Decision:
        try:
            if action.action == "conclude":
                said = Conclusion.model_validate(action.arguments)
                return Finish(tuple(Claim(statement=c.statement, cites=tuple(c.cites)) for c in said.claims))
            if action.action == "revise_opinion":
                opinion = Opinion.model_validate(action.arguments)
                return Revise(_contesting(opinion.hint_misread, self._revised(opinion, action, case), case.trace))
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
        return said.model_copy(update={"turns": (_turn(action, f"noted: {said.evidence[0].statement}"),)})

    def _fitting(
        self,
        case: CaseView,
        question: Callable[[CaseView, int, Fit], list[Message]],
        ask: Callable[[list[Message], CaseView, float], Asked[A]],
    ) -> Asked[A]:
        """The answer to a question, which is made smaller while it is too large for the server. Raises ModelError."""
        deadline = time.monotonic() + case.left.seconds
        for fit in FITS[:-1]:
            try:
                return ask(question(case, self._longest_side, fit), case, deadline)
            except TooLarge:
                continue
        try:
            return ask(question(case, self._longest_side, FITS[-1]), case, deadline)
        except TooLarge as error:
            raise ModelError(f"{error}; serve the model with a longer context, such as 16,384 tokens") from error

    def _looks(self, messages: list[Message], case: CaseView, deadline: float) -> Asked[list[FirstLook]]:
        """First looks: as many of the samples as are usable, one at least."""
        samples = max(1, min(self._samples, case.left.tokens // ANSWER_TOKENS))
        form = ("first_look", answers.first_look_schema(len(case.refs), hinted=can_be_contested(case.trace)))
        replies, usage = self._server.complete(messages, deadline - time.monotonic(), form, samples=samples)
        looks = [look for reply in replies[1:] if (look := _usable(reply, FirstLook)) is not None]
        try:
            return [parse(replies[0].text, FirstLook), *looks], usage
        except UnusableAnswer as fault:
            if looks:
                return looks, usage
            look, more = self._repaired(Unusable(messages, replies[0], fault, usage), FirstLook, form, deadline)
            return [look], usage + more

    def _action(self, messages: list[Message], case: CaseView, deadline: float) -> Asked[Action]:
        form = ("action", answers.action_schema(case.tools))
        replies, usage = self._server.complete(messages, deadline - time.monotonic(), form)
        try:
            return parse(replies[0].text, Action), usage
        except UnusableAnswer as fault:
            action, more = self._repaired(Unusable(messages, replies[0], fault, usage), Action, form, deadline)
            return action, usage + more

    def _native_action(self, messages: list[Message], case: CaseView, deadline: float) -> Asked[Action]:
        tools = answers.native_tools(case.tools)
        try:
            replies, usage = self._server.complete(messages, deadline - time.monotonic(), tools=tools)
        except ToolsRefused:
            self._native_tools = False
            return self._action(messages, case, deadline)
        for call in replies[0].calls:
            try:
                return Action.model_validate({"thought": replies[0].text, **call}), usage
            except ValidationError:
                continue
        action, more = self._action(messages, case, deadline)
        return action, usage + more

    def _repaired(
        self, first: Unusable, answer: type[T], form: tuple[str, dict[str, Any]], deadline: float
    ) -> Asked[T]:
        """The answer to being asked again, once, and what that cost. Raises ModelError."""
        again = render("repair", fault=str(first.fault)[:300])
        retry = [
            *first.messages,
            {"role": "assistant", "content": first.reply.text[:2000] or "(nothing)"},
            {"role": "user", "content": again.text},
        ]
        replies, more = self._server.complete(retry, deadline - time.monotonic(), form)
        try:
            return parse(replies[0].text, answer), more
        except UnusableAnswer as still:
            usage = first.spent + more
            raise UnusableAnswer(
                f"{UNUSABLE}, twice: {still}",
                usage.model_calls,
                usage.prompt_tokens,
                usage.completion_tokens,
            ) from still


def _contesting(reason: str, added: Trace, trace: Trace) -> Trace:
    """What a turn adds, with the hint weakened if the model says that it was misread; the turn tells which it was."""
    if not reason:
        return added
    evidence = contested(reason, trace)
    told = "the hint counts for little now" if evidence else "what the hint was read as stands: that is said once"
    turns = tuple(t.model_copy(update={"observation": f"{t.observation}; {told}"}) for t in added.turns)
    return added.model_copy(update={"evidence": (*added.evidence, *evidence), "turns": turns})


def _usable(reply: Reply, answer: type[T]) -> T | None:
    try:
        return parse(reply.text, answer)
    except UnusableAnswer:
        return None


def _turn(action: Action, observation: str) -> Turn:
    return Turn(thought=action.thought, action=action.action, arguments=action.arguments, observation=observation)
