"""The reasoner that asks a vision-language model behind an OpenAI-compatible server."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from geoagent.case.evidence import Claim, Clue, Turn
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.errors import UNUSABLE, Refused, UnusableAnswer
from geoagent.plain_text import fold, printable
from geoagent.prompts import hashes, render
from geoagent.reasoners.reasoner import CaseView, Decision, Finish, Glimpse, PhotoPart, Revise, UseTool, costing
from geoagent.reasoners.vlm import answer_models
from geoagent.reasoners.vlm.answer_models import (
    ENDINGS,
    Action,
    Conclusion,
    FirstLook,
    Opinion,
    Ranking,
    SeenClue,
    SeenParts,
)
from geoagent.reasoners.vlm.boxes import PLACED, Size, Unit, fractions, taught, unit_of
from geoagent.reasoners.vlm.chat_completion import Reply
from geoagent.reasoners.vlm.chosen_answer import read
from geoagent.reasoners.vlm.contested_hint import can_be_contested, contested
from geoagent.reasoners.vlm.context_length import Fit, ask_fitting
from geoagent.reasoners.vlm.conversation import (
    Message,
    first_question,
    hear_question,
    next_question,
    part_question,
    photo_views,
    rank_question,
    sizes,
)
from geoagent.reasoners.vlm.field_names import tool_arguments, tool_name
from geoagent.reasoners.vlm.json_schemas import form_of
from geoagent.reasoners.vlm.model_server import ANSWER_TOKENS, MORE_TOKENS, ModelServer, ToolsRefused
from geoagent.reasoners.vlm.opinion import average, misfit_steps, opinion_trace, witness_name
from geoagent.tools.core.tool import schema

T = TypeVar("T", bound=BaseModel)
A = TypeVar("A")
Asked = tuple[A, Usage]
CONFIDENCE = 0.8
MAX_THOUGHT = 2000


class Question(NamedTuple):
    """A request to a model.

    - `messages` are those of the chat API; `form` is the name and JSON Schema of the answer.
    - `deadline` is when the answer has to be there, by `time.monotonic()`.
    - `names` are those of the actions that the answer may name.
    """

    messages: list[Message]
    form: tuple[str, dict[str, Any]]
    deadline: float
    names: Collection[str] = ()

    @property
    def seconds(self) -> float:
        """The seconds left until the answer has to be there; negative once that time is over."""
        return self.deadline - time.monotonic()


class Placing(NamedTuple):
    """How the coordinates in one answer of a model are to be read.

    `unit` is theirs, `sizes` are the (width, height) in pixels of each view as it was sent, by its number, and
    `down_first` says that y comes before x.
    """

    unit: Unit
    sizes: dict[int, Size]
    down_first: bool


class VLMReasoner:
    """A reasoner that asks a vision-language model, turn by turn, for one action as JSON; with `native_tools` it uses
    the chat API's tool calls instead.

    - `image_side` is the longest side in pixels of the photos that are sent.
    - `samples` is over how many answers the first opinion is averaged, as far as the tokens left allow and the server
      gives several at once.
    """

    able = Capabilities(name="vlm", can_be_asked_again=True)

    def __init__(
        self, server: ModelServer, image_side: int = 1280, native_tools: bool = False, samples: int = 1
    ) -> None:
        self.witness = witness_name(server.shown_model)
        self._taught = taught(server.model)
        self._server = server
        self._longest_side = image_side
        self._native_tools = native_tools
        self._samples = samples

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The clues that the model sees and its opinion about the place, before it learns what anyone else has found;
        and what that cost.
        """
        (looks, usage), fit = self._fitting(case, first_question, self._looks)
        photos = photo_views(case)
        placing = self._placing(looks[0].clues, {}, case, fit)
        clues = self._noted(looks[0].clues, case, photos, placing)
        said = opinion_trace(average(looks), self.witness, case.belief.atlas, tuple(clue.id for clue in clues))
        steps = (*said.steps, *misfit_steps(looks[0].misfits, photos, clues))
        evidence = (*said.evidence, *contested(looks[0].hint_misread, case.trace))
        clues = (*clues, *_kind_of_picture(looks[0].picture, self.witness, case))
        added = {"clues": clues, "evidence": evidence, "steps": steps, "prompts": hashes()}
        return said.model_copy(update=added), usage

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """The model's next action, for which it is shown the whole history of the case; and what that cost.

        A case of texts alone is finished at once, since nothing more can be seen in it.
        """
        if not case.refs:
            return Finish(()), Usage()
        ask = self._native_action if self._native_tools else self._action
        (action, usage), fit = self._fitting(case, next_question, ask)
        action = _as_tool_call(action, case)
        placing = self._placing(action.seen, action.arguments, case, fit)
        clues = self._noted(action.seen, case, [view.number for view in case.trace.views], placing)
        return self._decision(_placed(action, placing), case)._replace(clues=clues), usage

    def look_again(self, case: CaseView, parts: Sequence[PhotoPart]) -> Asked[dict[int, Glimpse]]:
        """What the model sees in each of some parts of photos, by the part's number from 1, asked for in one request;
        and what that cost.

        Raises UnusableAnswer where the answer cannot be used: it is not asked for again.
        """

        def question(case: CaseView, longest_side: int, fit: Fit) -> list[Message]:
            return part_question(case, parts, longest_side, fit)

        def ask(messages: list[Message], case: CaseView, deadline: float) -> Asked[SeenParts]:
            return self._asked_once(messages, ("parts", form_of(SeenParts)), SeenParts, deadline)

        (said, usage), _ = self._fitting(case, question, ask)
        return {part.picture: Glimpse(part.text, part.shows, part.answer) for part in said.pictures}, usage

    def hear(self, case: CaseView, clues: Sequence[Clue]) -> tuple[Trace, Usage]:
        """What the model adds when it looks once more, told what others noticed in the photos (`clues`): new clues, and
        an opinion that replaces its first one where it differs; and what that cost.
        """

        def question(case: CaseView, longest_side: int, fit: Fit) -> list[Message]:
            return hear_question(case, clues, longest_side, fit)

        (looks, usage), fit = self._fitting(case, question, self._looks)
        noted = self._noted(looks[0].clues, case, photo_views(case), self._placing(looks[0].clues, {}, case, fit))
        earlier = [e for e in case.trace.evidence if e.kind == "opinion" and e.witness == self.witness]
        own = tuple(clue.id for clue in (*case.trace.clues, *noted) if clue.witness == self.witness)
        said = opinion_trace(average(looks), self.witness, case.belief.atlas, own, earlier[-1] if earlier else None)
        if earlier and said.evidence and said.evidence[0].likelihood == earlier[-1].likelihood:
            return Trace(clues=noted), usage
        return said.model_copy(update={"clues": noted}), usage

    def rank(self, case: CaseView, places: Sequence[str]) -> Asked[list[int]]:
        """The positions in `places` (from 0) as the model orders them by how well they fit the photos, the best first;
        and what that cost.

        Raises UnusableAnswer where the model does not name each place once: it is not asked again.
        """

        def question(case: CaseView, longest_side: int, fit: Fit) -> list[Message]:
            return rank_question(case, places, longest_side, fit)

        def ask(messages: list[Message], case: CaseView, deadline: float) -> Asked[Ranking]:
            return self._asked_once(messages, ("ranking", form_of(Ranking)), Ranking, deadline)

        (said, usage), _ = self._fitting(case, question, ask)
        order = [number - 1 for number in said.order]
        if sorted(order) != list(range(len(places))):
            raise costing(UnusableAnswer(f"{UNUSABLE}: not each of {len(places)} places once"), usage)
        return order, usage

    def _asked_once(
        self, messages: list[Message], form: tuple[str, dict[str, Any]], answer: type[T], deadline: float
    ) -> Asked[T]:
        """The answer to a question that is not asked again. Raises ModelError."""
        replies, usage = self._server.complete(messages, deadline - time.monotonic(), form)
        try:
            return read(replies[0], answer), usage
        except UnusableAnswer as fault:
            told = fault if isinstance(fault, Refused) else UnusableAnswer(f"{UNUSABLE}: {fault}")
            raise costing(told, usage) from fault

    def _placing(self, seen: Iterable[SeenClue], arguments: dict[str, Any], case: CaseView, fit: Fit) -> Placing:
        """How the coordinates of an answer are read: all of them alike, clues and arguments."""
        sent = sizes(case, self._longest_side, fit)
        placed = [(item.box, _size(item.view, sent)) for item in seen if item.box]
        placed += [(arguments[name], _size(arguments.get("view"), sent)) for name in PLACED if arguments.get(name)]
        return Placing(unit_of(placed, self._taught), sent, self._taught.down_first)

    def _noted(self, seen: Iterable[SeenClue], case: CaseView, views: list[int], placing: Placing) -> tuple[Clue, ...]:
        """What a model says it sees in the photos, as clues; what it has named before is not noted again."""
        outside = {
            view.number for view in case.trace.views if any(part.outside for part in (view, *(view.beside or ())))
        }
        known = {(clue.kind, fold(clue.value)) for clue in case.trace.clues if clue.witness == self.witness}
        found: dict[tuple[str, str], Clue] = {}
        for item in (item for item in seen if item.view not in outside):
            view = item.view if item.view in views else views[-1] if len(views) == 1 else None
            box = item.area(placing.unit, _size(view, placing.sizes), placing.down_first) if view is not None else None
            clue = Clue.model_validate({
                "kind": item.shown_as, "value": item.value, "box": box, "view": view if box else None,
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
                return Finish(tuple(Claim.model_validate(claim.model_dump()) for claim in said.claims))
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
        noted = said.evidence[0]
        return said.model_copy(update={"turns": (_turn(action, f"noted as {noted.id}: {noted.statement}"),)})

    def _fitting(
        self,
        case: CaseView,
        question: Callable[[CaseView, int, Fit], list[Message]],
        ask: Callable[[list[Message], CaseView, float], Asked[A]],
    ) -> tuple[Asked[A], Fit]:
        """The answer to a question about a case, and how much of the case the question held. Raises ModelError."""
        deadline = time.monotonic() + case.left.seconds
        return ask_fitting(lambda fit: ask(question(case, self._longest_side, fit), case, deadline))

    def _looks(self, messages: list[Message], case: CaseView, deadline: float) -> Asked[list[FirstLook]]:
        """First looks: as many of the samples as are usable, one at least."""
        samples = max(1, min(self._samples, case.left.tokens // ANSWER_TOKENS))
        form = ("first_look", answer_models.first_look_schema(len(case.refs), hinted=can_be_contested(case.trace)))
        question = Question(messages, form, deadline)
        replies, usage = self._server.complete(messages, question.seconds, question.form, samples=samples)
        looks = [look for reply in replies[1:] if (look := _usable(reply, FirstLook)) is not None]
        try:
            return [read(replies[0], FirstLook), *looks], usage
        except UnusableAnswer as fault:
            if looks:
                return looks, usage
            look, usage = self._asked_again(question, FirstLook, replies[0], fault, usage)
            return [look], usage

    def _action(self, messages: list[Message], case: CaseView, deadline: float) -> Asked[Action]:
        form = ("action", answer_models.action_schema(case.tools, hinted=_is_hinted(case)))
        question = Question(messages, form, deadline, (*case.tools, *ENDINGS))
        replies, usage = self._server.complete(messages, question.seconds, question.form)
        try:
            return read(replies[0], Action, question.names), usage
        except UnusableAnswer as fault:
            return self._asked_again(question, Action, replies[0], fault, usage)

    def _native_action(self, messages: list[Message], case: CaseView, deadline: float) -> Asked[Action]:
        tools = answer_models.native_tools(case.tools, hinted=_is_hinted(case))
        try:
            replies, usage = self._server.complete(messages, deadline - time.monotonic(), tools=tools)
        except ToolsRefused:
            self._native_tools = False
            return self._action(messages, case, deadline)
        try:
            action = read(replies[0], Action, (*case.tools, *ENDINGS))
        except Refused as refusal:
            raise costing(refusal, usage) from refusal
        except UnusableAnswer:
            action, more = self._action(messages, case, deadline)
            return action, usage + more
        thought = action.thought or (printable(replies[0].text) if replies[0].calls else "")
        return action.model_copy(update={"thought": thought[:MAX_THOUGHT]}), usage

    def _asked_again(
        self, question: Question, answer: type[T], reply: Reply, fault: UnusableAnswer, spent: Usage
    ) -> Asked[T]:
        """The answer to being asked again, once, and what all that cost: with more room where it was cut off.

        A refusal is not asked again. Raises ModelError.
        """
        if isinstance(fault, Refused):
            raise costing(fault, spent) from fault
        messages = question.messages
        if not reply.cut:
            again = render("repair", fault=str(fault)[:300])
            messages = [
                *messages,
                {"role": "assistant", "content": reply.text[:2000] or "(nothing)"},
                {"role": "user", "content": again.text},
            ]
        replies, more = self._server.complete(messages, question.seconds, question.form, more_room=reply.cut)
        try:
            return read(replies[0], answer, question.names), spent + more
        except Refused as refusal:
            raise costing(refusal, spent + more) from refusal
        except UnusableAnswer as still:
            why = f"{UNUSABLE}, twice: {still}"
            if replies[0].cut:
                room = f"it was cut off, also with room for {MORE_TOKENS:,} tokens"
                why = f"{UNUSABLE}: {room}; of a reasoning model turn the reasoning off, or down"
            raise costing(UnusableAnswer(why), spent + more) from still


def _is_hinted(case: CaseView) -> bool:
    return any(clue.kind == "hint" for clue in case.trace.clues)


def _as_tool_call(action: Action, case: CaseView) -> Action:
    """An action with the tool's own name, and the tool's own names for its arguments."""
    name = tool_name(action.action, (*case.tools, *ENDINGS))
    tool = case.tools.get(name)
    given = tool_arguments(action.arguments, schema(tool)) if tool else action.arguments
    return action.model_copy(update={"action": name, "arguments": given})


def _placed(action: Action, placing: Placing) -> Action:
    """An action whose coordinates are fractions of the view."""
    size = _size(action.arguments.get("view"), placing.sizes)
    given = {
        name: fractions(value, placing.unit, size, placing.down_first) if name in PLACED else value
        for name, value in action.arguments.items()
    }
    return action.model_copy(update={"arguments": given})


def _size(view: Any, sent: dict[int, Size]) -> Size | None:
    """The size of a view as it was sent; where there is one view, of that."""
    number = int(view) if isinstance(view, int | float | str) and str(view).isdigit() else None
    return sent.get(number or 0) or (next(iter(sent.values())) if len(sent) == 1 else None)


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
        return read(reply, answer)
    except UnusableAnswer:
        return None


def _turn(action: Action, observation: str) -> Turn:
    return Turn(thought=action.thought, action=action.action, arguments=action.arguments, observation=observation)


def _kind_of_picture(said: str, witness: str, case: CaseView) -> tuple[Clue, ...]:
    """What a model says of the kind of picture that the photos are, as a clue."""
    if not said or not case.refs:
        return ()
    return (Clue.model_validate({"kind": "picture", "value": said, "witness": witness, "picture": said}),)
