"""What a reasoner is: it proposes once, then decides turn by turn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from geoagent.belief import Belief
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Claim, Clue
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.case.views import PhotoRef, View
from geoagent.tools.core.tool import Tool, ToolContext


class Left(NamedTuple):
    """What is left of a case's budgets."""

    steps: int
    tokens: int
    seconds: float


class CaseView(NamedTuple):
    """The case as a reasoner sees it: the context of its tools, the hint, the tools, and what is left to spend."""

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
        """What is on record so far."""
        return self.context.trace

    @property
    def belief(self) -> Belief:
        """The belief so far."""
        return self.context.belief


class UseTool(NamedTuple):
    """Call a tool."""

    thought: str
    tool: str
    arguments: dict[str, Any]
    clues: tuple[Clue, ...] = ()


class Revise(NamedTuple):
    """Replace the opinion: what that adds to the trace, and the turn as the model sees it again."""

    addition: Trace
    clues: tuple[Clue, ...] = ()


class Finish(NamedTuple):
    """End the loop, with what the reasoner claims."""

    claims: tuple[Claim, ...]
    clues: tuple[Clue, ...] = ()


MOST_PARTS = 8
"""So many parts are shown at most, in one request."""


class Part(NamedTuple):
    """A part of a photo to be looked at by itself; `question` is asked of it besides, with the answers it may have."""

    view: View
    question: str = ""
    answers: tuple[str, ...] = ()


class Glimpse(NamedTuple):
    """What is in a part: the writing, what is to be seen, and the answer to its question."""

    text: str = ""
    shows: str = ""
    answer: str = ""


"""What a decision is based on may be `clues` that the reasoner has just noticed."""
Decision = UseTool | Revise | Finish


class Reasoner(Protocol):
    """Who looks and decides. Raises ModelError if the server behind it fails or its answers stay unusable."""

    able: Capabilities
    witness: str

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        """First look: clues, candidates and, from a model, its opinion; before any belief is shown."""

    def decide(self, case: CaseView) -> tuple[Decision, Usage]:
        """The next turn of the loop."""


@runtime_checkable
class LooksAgain(Protocol):
    """A reasoner that can be shown parts of photos by themselves. Raises as a reasoner does."""

    witness: str

    def look_again(self, case: CaseView, parts: Sequence[Part]) -> tuple[Mapping[int, Glimpse], Usage]:
        """What is in some parts of photos, by their number in the row from 1 on; one request, nothing else is told.

        Where they are too many for the server the last are left out.
        """
