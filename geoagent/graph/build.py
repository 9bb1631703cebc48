"""Builds the state machine: perceive → propose → investigate ⟲ → verify → conclude."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph

from geoagent.case.prediction import Usage
from geoagent.case.trace import State
from geoagent.console import step
from geoagent.graph.conclude import conclude
from geoagent.graph.investigate import investigate
from geoagent.graph.keyless_record import recorded
from geoagent.graph.langsmith import Graph, UntracedGraph
from geoagent.graph.perceive import perceive
from geoagent.graph.propose import propose
from geoagent.graph.resources import Resources
from geoagent.graph.routing import after_investigate, after_propose, after_verify
from geoagent.graph.verify import verify

STEPS = {
    "perceive": "reading text", "propose": "asking where that may be", "investigate": "looking closer",
    "verify": "testing the places", "conclude": "writing the answer",
}  # fmt: skip
"""What somebody who waits is told of each node."""


def build_graph(resources: Resources, checkpointer: BaseCheckpointSaver[Any] | None = None) -> Graph:
    """Compile the graph over the resources; it can be invoked, streamed, or made a node of another graph.

    `checkpointer` keeps the state of each case, if given, so that it can be resumed. LangSmith hears of its runs only
    where the settings say so.
    """
    graph = StateGraph(State)
    for name, node in (
        ("perceive", perceive),
        ("propose", propose),
        ("investigate", investigate),
        ("verify", verify),
        ("conclude", conclude),
    ):
        graph.add_node(name, partial(_timed, node=node, resources=resources))
    graph.add_edge(START, "perceive")
    graph.add_edge("perceive", "propose")
    graph.add_conditional_edges("propose", partial(after_propose, resources=resources), ["investigate", "verify"])
    graph.add_conditional_edges("investigate", after_investigate, ["investigate", "verify"])
    graph.add_conditional_edges("verify", after_verify, ["investigate", "conclude"])
    graph.add_edge("conclude", END)
    compiled = graph.compile(checkpointer=checkpointer, name="geoagent")
    told = compiled if resources.settings.langsmith else UntracedGraph.of(compiled)
    return told.with_config(recursion_limit=2 * resources.settings.max_steps + 20)


def _timed(state: State, node: Callable[[State, Resources], State], resources: Resources) -> State:
    """Run a node, and record what it adds: without keys, and with the seconds that it took.

    A case that is resumed has all the time left that it had.
    """
    began = time.monotonic()
    step(STEPS[node.__name__])
    added = recorded(node(state, resources), resources.gate.secrets)
    seconds = round(time.monotonic() - began, 3)
    return {**added, "usage": added.get("usage", Usage()) + Usage(seconds=seconds)}
