"""Which node follows which: when the loop of tool calls is left out, goes on, or ends."""

from typing import Literal

from geoagent.belief.readout import levels
from geoagent.case.trace import State
from geoagent.graph.resources import Resources
from geoagent.graph.verify import leading, weigh

SHARP = 0.95
"""From this probability of a city on, a confirmed answer needs no loop of tool calls."""
MAPS = frozenset({"find_address", "map_features"})
"""Tools that can make even a certain city finer."""


def after_propose(state: State, resources: Resources) -> Literal["investigate", "verify"]:
    """The node that follows `propose`: "verify" where the model failed, or where a city is certain and confirmed and no
    map can tell more; else "investigate".
    """
    if state["next"] == "verify":
        return "verify"
    if state["trace"].turns:  # a person has asked something about a case that was solved
        return "investigate"
    if MAPS & set(resources.tools) and any(clue.kind == "text" for clue in state["trace"].clues):
        return "investigate"
    belief = resources.belief(state)
    city = next((level for level in levels(belief) if level.level == "city"), None)
    if city is None or city.probability < SHARP:
        return "investigate"
    verdicts = [weigh(candidate, belief) for candidate in leading(state["trace"].candidates, belief)]
    return "verify" if any(verdict.outcome == "confirmed" for verdict in verdicts) else "investigate"


def after_investigate(state: State) -> Literal["investigate", "verify"]:
    """The node that follows `investigate`: itself for another turn, or "verify" once the loop has ended."""
    return "verify" if state["next"] == "verify" else "investigate"


def after_verify(state: State) -> Literal["investigate", "conclude"]:
    """The node that follows `verify`: "investigate" where its checks left two countries close, else "conclude"."""
    return "investigate" if state["next"] == "investigate" else "conclude"
