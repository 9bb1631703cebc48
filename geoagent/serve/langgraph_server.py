"""The graph for LangGraph's own server and studio, which find it by `langgraph.json`: paths of photos go in, a
prediction comes out.

Its settings come from the environment and the settings file. Whoever can reach that server can name any file of this
machine.
"""

from pathlib import Path
from typing import Any, cast

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from geoagent.agent import GeoAgent
from geoagent.case.prediction import Prediction
from geoagent.case.trace import State
from geoagent.settings import read_settings


class Asked(TypedDict, total=False):
    """The input of the graph on LangGraph's server: the paths, on that machine, of the photos of one place, and a hint
    in words; both may be left out.
    """

    paths: list[str]
    hint: str


class Answered(TypedDict):
    """The output of the graph on LangGraph's server: the prediction."""

    prediction: Prediction


class Case(State, total=False):
    """The state of the graph on LangGraph's server: the state of geoagent's own graph, and the paths of the photos to
    be opened.
    """

    paths: list[str]


def make_graph() -> Any:
    """The compiled graph that LangGraph's server runs: geoagent's own graph behind a node that opens the photos.

    Raises ConfigError where the settings are wrong.
    """
    agent = GeoAgent(read_settings({}))

    def open_photos(state: Case) -> Case:
        return cast(Case, agent.start(*map(Path, state.get("paths", ())), hint=state.get("hint", "")))

    graph = StateGraph(Case, input_schema=Asked, output_schema=Answered)
    graph.add_node("open_photos", open_photos)
    graph.add_node("geoagent", cast(Any, agent.graph))
    graph.add_edge(START, "open_photos")
    graph.add_edge("open_photos", "geoagent")
    graph.add_edge("geoagent", END)
    return graph.compile()
