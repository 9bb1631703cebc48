"""Use the graph as one node of a larger LangGraph graph: locate a photo, then write a caption."""

from pathlib import Path
from typing import Any

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from geoagent import GeoAgent, Prediction
from geoagent.settings import read_settings

agent = GeoAgent(read_settings({}))


class Story(TypedDict, total=False):
    """The state of the outer graph; `prediction` is shared with the inner one."""

    path: str
    prediction: Prediction
    caption: str


def locate(story: Story) -> dict[str, Any]:
    """Run geoagent's graph on the photo of the story."""
    return {"prediction": agent.graph.invoke(agent.start(story["path"]))["prediction"]}


def write(story: Story) -> dict[str, Any]:
    """Write a caption that says no more than is known."""
    stated = story["prediction"].stated
    return {"caption": f"A street in {stated.name}." if stated else "A street, somewhere."}


outer = StateGraph(Story)
outer.add_node("locate", locate)
outer.add_node("write", write)
outer.add_edge(START, "locate")
outer.add_edge("locate", "write")
outer.add_edge("write", END)

result = outer.compile().invoke({"path": str(Path(__file__).parent / "photos" / "france_lyon.jpg")})
print(result["caption"])
