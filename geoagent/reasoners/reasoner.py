"""What a reasoner is: it proposes once, then decides turn by turn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from geoagent.belief import Belief
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Claim, Clue
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.case.views import PhotoRef, View
from geoagent.errors import UnusableAnswer
from geoagent.tools.core.tool import Tool, ToolContext


class Left(NamedTuple):
    """What is left of the budgets of a case: steps (turns of the loop), tokens of the model, and seconds."""

    steps: int
    tokens: int
    seconds: float


class CaseView(NamedTuple):
    """What a reasoner is shown of a case: the context of its tools, the hint, the reliabilities, the tools, and
    what is left of the budgets.
    """

    context: ToolContext
    hint: str
    reliabilities: Reliabilities
    tools: Mapping[str, Tool]
    left: Left

    @property
    def refs(self) -> tuple[PhotoRef, ...]:
        """The photos of the case."""
        return self.context.refs

    @property
    def trace(self) -> Trace:
        """The trace of the case so far."""
        return self.context.trace

    @property
    def belief(self) -> Belief:
        """The belief (posterior over places) so far."""
        return self.context.belief


class UseTool(NamedTuple):
    """The decision of a reasoner to call a tool, with its thought, the arguments, and clues that it has just
    noticed.
    """

    thought: str
    tool: str
    arguments: dict[str, Any]
    clues: tuple[Clue, ...] = ()


class Revise(NamedTuple):
    """The decision of a reasoner to replace its opinion: what that adds to the trace, and the clues that it has
    just noticed.
    """

    addition: Trace
    clues: tuple[Clue, ...] = ()


class Finish(NamedTuple):
    """The decision of a reasoner to end the loop, with the sentences (claims) of its conclusion."""

    claims: tuple[Claim, ...]
    clues: tuple[Clue, ...] = ()


MOST_PARTS = 8
"""So many parts are shown at most, in one request."""


class PhotoPart(NamedTuple):
    """A part of a photo that a reasoner is to look at by itself.

    `question` may be asked of it, with the `answers` to choose from.
    """

    view: View
    question: str = ""
    answers: tuple[str, ...] = ()


class Glimpse(NamedTuple):
    """What a reasoner found in a part of a photo: the writing, what is to be seen, and the answer to the question
    asked of it.
    """

    text: str = ""
    shows: str = ""
    answer: str = ""


Decision = UseTool | Revise | Finish
"""What a reasoner does next; each may bring `clues` that it has just noticed."""


class Reasoner(Protocol):
    """What looks at a case and decides what to do: a model, the embedded rules, or a baseline.

    Raises ModelError if the server behind it fails or its answers stay unusable.
    """

    able: Capabilities
    witness: str

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """The first look, before any belief is shown, and what it cost.

        It gives clues, candidates and, from a model, its opinion.
        """

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """The decision for the next turn of the loop, with what it cost."""


@runtime_checkable
class Ranks(Protocol):
    """A reasoner that can also order places by how well they fit. Raises ModelError as `Reasoner` does."""

    witness: str

    def rank(self, case: CaseView, places: Sequence[str]) -> tuple[list[int], Usage]:
        """The numbers of the places from 0 on, the best first, and what it cost. Raises UnusableAnswer for less."""


@runtime_checkable
class LooksAgain(Protocol):
    """A reasoner that can also be shown parts of photos by themselves. Raises ModelError as `Reasoner` does."""

    witness: str

    def look_again(self, case: CaseView, parts: Sequence[PhotoPart]) -> tuple[Mapping[int, Glimpse], Usage]:
        """What is in each of some parts of photos, by number from 1 on.

        They are shown in one request in which nothing else is told. Where they are too many for the server the last are
        left out.
        """


def wasted(error: UnusableAnswer) -> Usage:
    """The calls, tokens and dollars that an unusable answer of a model has cost."""
    return Usage(
        model_calls=error.model_calls,
        prompt_tokens=error.prompt_tokens,
        completion_tokens=error.completion_tokens,
        dollars=error.dollars,
    )
