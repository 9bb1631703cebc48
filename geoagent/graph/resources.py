"""What the nodes of the graph work with besides the state of the case."""

from collections.abc import Mapping
from functools import cache, partial
from typing import NamedTuple, Self

from geoagent.belief import Belief, Beliefs
from geoagent.belief.reliability import AT_ITS_WORD
from geoagent.case.prediction import Failure
from geoagent.case.trace import State, Trace
from geoagent.case.views import PhotoRef
from geoagent.errors import ModelError, UnusableAnswer
from geoagent.graph.budget import left, seconds_left
from geoagent.photo import Photos
from geoagent.photo.hashing import picture_hash
from geoagent.reasoners.reasoner import CaseView, Reasoner
from geoagent.settings import Settings
from geoagent.tools.core.registry import fitting
from geoagent.tools.core.tool import Tool, ToolContext
from geoagent.web.gate import Gate, Wire


class Resources(NamedTuple):
    """What the nodes of the graph work with besides the state: settings, photos, beliefs, tools, the reasoner and the
    network gate.

    `given` holds clues, evidence and spots that were given in a file. It is made once and shared by all cases.
    """

    settings: Settings
    photos: Photos
    beliefs: Beliefs
    tools: Mapping[str, Tool]
    reasoner: Reasoner
    gate: Gate
    given: Trace = Trace()

    def reasoned_by(self, reasoner: Reasoner) -> Self:
        """A copy of the resources with another reasoner.

        For one that is taken at its word, beliefs are then computed with full reliability.
        """
        at_its_word = Beliefs(self.beliefs.atlas, AT_ITS_WORD) if reasoner.able.at_its_word else self.beliefs
        return self._replace(reasoner=reasoner, beliefs=at_its_word)

    def belief(self, state: State) -> Belief:
        """The belief (the probability of each place) given the evidence and the spots of the state."""
        return self.beliefs.of(state["trace"].evidence, state["trace"].spots)

    def view(self, state: State) -> CaseView:
        """What a reasoner is shown of a case: what a tool may read, and the hint, the reliabilities, the tools and the
        budgets that are left.
        """
        return CaseView(
            context=self.tool_context(state),
            hint=state.get("hint", ""),
            reliabilities=self.beliefs.reliabilities,
            tools=self.tools_for(state),
            left=left(state, self.settings),
        )

    def tools_for(self, state: State) -> Mapping[str, Tool]:
        """The tools that are of use for the photos of the state, by name."""
        return fitting(self.tools, state["photos"])

    def tool_context(self, state: State) -> ToolContext:
        """What a tool may read of a case, with its way to the network for the seconds that are left."""
        hashes = cache(partial(_hashes, self.photos, state["photos"]))
        wire = Wire(self.gate, state.get("hint", ""), seconds_left(state, self.settings), hashes)
        witness = self.reasoner.witness
        return ToolContext(state["photos"], state["trace"], self.belief(state), self.photos, witness, wire)

    def failed(self, state: State, error: ModelError, seconds: float) -> State:
        """What a node adds to the state when the model fails after `seconds` in it.

        The case goes on to verify: degraded, or out of budget if its time is over.
        """
        if seconds_left(state, self.settings) - seconds <= 1:
            return {"status": "out_of_budget", "notes": (str(error),), "next": "verify"}
        failure: Failure = "answer" if isinstance(error, UnusableAnswer) else "server"
        return {"status": "degraded", "failure": failure, "notes": (str(error),), "next": "verify"}


def _hashes(photos: Photos, refs: tuple[PhotoRef, ...]) -> tuple[int, ...]:
    return tuple(picture_hash(photos.load(ref.path).image) for ref in refs)
