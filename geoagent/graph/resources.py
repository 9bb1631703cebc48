"""What the nodes work with besides the state."""

from collections.abc import Mapping
from functools import cache, partial
from typing import NamedTuple

from geoagent.belief import Belief, Beliefs
from geoagent.case.prediction import Status, Usage
from geoagent.case.trace import State
from geoagent.case.views import PhotoRef
from geoagent.errors import ModelError
from geoagent.photo import Photos
from geoagent.photo.hashing import picture_hash
from geoagent.reasoners.reasoner import CaseView, Reasoner
from geoagent.settings import Settings
from geoagent.tools.core.offer import fitting
from geoagent.tools.core.tool import Tool, ToolContext
from geoagent.web.gate import Gate, Wire


class Resources(NamedTuple):
    """Photos, beliefs, tools, the reasoner and the way out, made once and shared by all cases."""

    settings: Settings
    photos: Photos
    beliefs: Beliefs
    tools: Mapping[str, Tool]
    reasoner: Reasoner
    gate: Gate

    def belief(self, state: State) -> Belief:
        """The belief given the evidence of the state."""
        return self.beliefs.of(state["trace"].evidence, state["trace"].spots)

    def view(self, state: State) -> CaseView:
        """The case as the reasoner sees it."""
        return CaseView(
            refs=state["photos"],
            hint=state.get("hint", ""),
            trace=state["trace"],
            belief=self.belief(state),
            reliabilities=self.beliefs.reliabilities,
            tools=self.tools_for(state),
            steps_left=self.settings.max_steps - state["usage"].steps,
            tokens_left=self.settings.max_tokens - state["usage"].tokens,
            seconds_left=self.seconds_left(state),
        )

    def tools_for(self, state: State) -> Mapping[str, Tool]:
        """The tools that are of use for the photos of the state."""
        return fitting(self.tools, state["photos"])

    def tool_context(self, state: State) -> ToolContext:
        """What a tool may read."""
        hashes = cache(partial(_hashes, self.photos, state["photos"]))
        wire = Wire(self.gate, state.get("hint", ""), self.seconds_left(state), hashes)
        witness = self.reasoner.witness
        return ToolContext(state["photos"], state["trace"], self.belief(state), self.photos, witness, wire)

    def seconds_left(self, state: State) -> float:
        """What was left of the case's time when the present node began."""
        return self.settings.timeout_s - state["usage"].seconds

    def failed(self, state: State, error: ModelError, seconds: float) -> State:
        """What a failing model leaves after so many seconds in the present node.

        The case goes on to verify, degraded, or out of budget if its time is over.
        """
        status: Status = "out_of_budget" if self.seconds_left(state) - seconds <= 1 else "degraded"
        return {"status": status, "notes": (str(error),), "next": "verify"}

    def spent(self, state: State) -> str | None:
        """The budget that has run out: "steps", "seconds" or "tokens"; None while there is some of each."""
        usage: Usage = state["usage"]
        if usage.steps >= self.settings.max_steps:
            return "steps"
        if self.seconds_left(state) <= 0:
            return "seconds"
        return "tokens" if usage.tokens >= self.settings.max_tokens else None


def _hashes(photos: Photos, refs: tuple[PhotoRef, ...]) -> tuple[int, ...]:
    return tuple(picture_hash(photos.load(ref.path).image) for ref in refs)
