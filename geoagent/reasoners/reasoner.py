"""What a reasoner is: it proposes places once, and then decides turn by turn which tool to call."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from geoagent.belief import Belief
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Claim, Clue
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.case.views import PhotoRef, View
from geoagent.errors import ModelError
from geoagent.tools.core.tool import Tool, ToolContext

Failed = TypeVar("Failed", bound=ModelError)


class Left(NamedTuple):
    """What is left of the budgets of a case: steps (turns of the loop), tokens of the model, and seconds."""

    steps: int
    tokens: int
    seconds: float


class CaseView(NamedTuple):
    """What a reasoner is shown of a case.

    - `context` is what its tools may read: the photos, the trace, the belief.
    - `hint` is what the user said of the place, "" where nothing was said.
    - `reliabilities` tell how far each kind of evidence is to be believed.
    - `tools` are those that it may call, by name; `left` is what is left of the case's budgets.
    """

    context: ToolContext
    hint: str
    reliabilities: Reliabilities
    tools: Mapping[str, Tool]
    left: Left

    @property
    def refs(self) -> tuple[PhotoRef, ...]:
        """The photos of the case, in the order in which they were given."""
        return self.context.refs

    @property
    def trace(self) -> Trace:
        """The trace of the case so far: its views, clues, evidence, tool calls and steps."""
        return self.context.trace

    @property
    def belief(self) -> Belief:
        """The belief (posterior over places) so far."""
        return self.context.belief


class UseTool(NamedTuple):
    """A reasoner's decision to call a tool.

    `thought` says why, `tool` is the tool's name, and `clues` are what the reasoner has just noticed in the photos.
    """

    thought: str
    tool: str
    arguments: dict[str, Any]
    clues: tuple[Clue, ...] = ()


class Revise(NamedTuple):
    """A reasoner's decision to replace its opinion about the place.

    `addition` is what the new opinion adds to the trace, and `clues` are what the reasoner has just noticed in the
    photos.
    """

    addition: Trace
    clues: tuple[Clue, ...] = ()


class Finish(NamedTuple):
    """A reasoner's decision to end the case.

    `claims` are the sentences of its conclusion, and `clues` are what it has just noticed in the photos.
    """

    claims: tuple[Claim, ...]
    clues: tuple[Clue, ...] = ()


MOST_PARTS = 8
"""So many parts are shown at most, in one request."""


class PhotoPart(NamedTuple):
    """A part of a photo (`view`) that a reasoner is to look at by itself, without the rest of the case.

    `question` is asked of it, with `answers` to choose from; with "" it is only to say what it sees.
    """

    view: View
    question: str = ""
    answers: tuple[str, ...] = ()


class Glimpse(NamedTuple):
    """What a reasoner saw in a part of a photo: the writing in it (`text`), what it `shows`, and its `answer` to the
    question that was asked; "" for what there is not.
    """

    text: str = ""
    shows: str = ""
    answer: str = ""


Decision = UseTool | Revise | Finish
"""What a reasoner does next; each may bring `clues` that it has just noticed."""


class Reasoner(Protocol):
    """What looks at a case and decides what to do: a model, the embedded rules, or a baseline.

    `able` says what it can do, and `witness` is the name under which its evidence stands in the trace. Its methods
    raise ModelError where the model server fails or the model's answers stay unusable.
    """

    able: Capabilities
    witness: str

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The first look, before the reasoner is shown any belief: what it adds to the trace, and what it cost.

        It adds candidates and, if it is a model, the clues that it sees and its opinion about the place.
        """

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """What to do in the next turn, with all that happened before on record, and what it cost to decide: call a
        tool, revise the opinion, or finish.
        """


@runtime_checkable
class Ranks(Protocol):
    """A reasoner that can also order places by how well they fit the photos.

    Its method raises ModelError where the model server fails or the model's answer is unusable.
    """

    witness: str

    def rank(self, case: CaseView, places: Sequence[str]) -> tuple[list[int], Usage]:
        """The positions in `places` (from 0) in order, that of the place that fits the photos best first, and what it
        cost.

        Raises UnusableAnswer where the model does not name each place once.
        """


@runtime_checkable
class LooksAgain(Protocol):
    """A reasoner that can also be shown parts of photos by themselves, without the rest of the case.

    Its method raises ModelError where the model server fails or the model's answer is unusable.
    """

    witness: str

    def look_again(self, case: CaseView, parts: Sequence[PhotoPart]) -> tuple[Mapping[int, Glimpse], Usage]:
        """What the reasoner sees in each of some parts of photos, by the part's number from 1, and what it cost.

        All parts are shown in one request, which tells nothing else of the case. Where they are too many for the
        server, the last ones are left out.
        """


def wasted(error: ModelError) -> Usage:
    """The calls, tokens and dollars that were spent where a model failed."""
    return Usage(
        model_calls=error.model_calls,
        prompt_tokens=error.prompt_tokens,
        completion_tokens=error.completion_tokens,
        dollars=error.dollars,
    )


def costing(error: Failed, spent: Usage) -> Failed:
    """The same error, with what was spent where a model failed."""
    return type(error)(str(error), spent.model_calls, spent.prompt_tokens, spent.completion_tokens, spent.dollars)
