"""LangSmith hears nothing of a case, however its client was switched on, unless a setting of ours allows it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from geoagent.atlas import Atlas
from tests.listener import Listener

START = """
import asyncio, sys
from pathlib import Path
from typing import TypedDict
from langchain_core.tracers.context import tracing_v2_enabled
from langchain_core.tracers.langchain import wait_for_all_tracers
from langgraph.graph import END, START, StateGraph
from langsmith import trace, utils
from geoagent import GeoAgent
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.settings import read_settings
from geoagent.case.trace import State

agent = GeoAgent(read_settings({}))
case = agent.start("wall.png")

def around(name, node, state=TypedDict("Outer", {"answer": str}, total=False)):
    graph = StateGraph(state)
    graph.add_node("around", node)
    graph.add_edge(START, "around")
    graph.add_edge("around", END)
    return graph.compile(name=name)

def told(state):
    return {"answer": str(state["prediction"].stated)}
"""
END = """
wait_for_all_tracers()
"""
ALONE = """
agent.solve("wall.png")
asyncio.run(agent.asolve("wall.png"))
for event in agent.stream("wall.png"):
    assert utils.tracing_is_enabled() is True  # outside of our steps all is as it was
for event in agent.stream("wall.png"):
    break
agent.graph.invoke(case)
asyncio.run(agent.graph.ainvoke(case))
agent.graph.batch([case, case])
with open_checkpoints(Path("cases.sqlite")) as kept:
    keeping = GeoAgent(read_settings({}), checkpointer=kept)
    keeping.trace("wall.png", case="one")
    config = keeping.graph.update_state({"configurable": {"thread_id": "one"}}, {"notes": ("more",)}, as_node="verify")
    keeping.graph.invoke(None, config)
"""
WITHIN = """
async def asynchronous(state):
    return told(await agent.graph.ainvoke(case))

around("outer 1", lambda state: told({"prediction": agent.solve("wall.png")})).invoke({})
around("outer 2", lambda state: told(agent.graph.invoke(case))).invoke({})
around("outer 3", lambda state, config: told(agent.graph.invoke(case, config))).invoke({})
asyncio.run(around("outer 4", asynchronous).ainvoke({}))
around("outer 5", agent.graph, State).invoke(case)
with tracing_v2_enabled():
    around("outer 6", lambda state: told(agent.graph.invoke(case))).invoke({})
with trace("outer 7"):
    agent.solve("wall.png")
for _ in around("outer 8", agent.graph, State).stream(case, subgraphs=True):
    pass
"""
OURS = {"perceive", "propose", "verify", "conclude"}


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as started:
        yield started


def run(code: str, listener: Listener, folder: Path, cache: Path, **settings: str) -> None:
    Image.new("RGB", (64, 48), "grey").save(folder / "wall.png")
    done = subprocess.run(
        [sys.executable, "-c", START + code + END], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "GEOAGENT_CACHE_DIR": str(cache), **listener.variables, **settings},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def named(listener: Listener) -> set[str]:
    """The runs that were told of, by name."""
    return set(re.findall(r'"name":"([^"]+)"', listener.text))


@pytest.mark.slow
def test_nothing_of_a_case_arrives(listener: Listener, tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    run(ALONE, listener, tmp_path, cache)
    assert listener.heard == []


@pytest.mark.slow
def test_a_graph_around_it_tells_of_itself_alone(listener: Listener, tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    run(WITHIN, listener, tmp_path, cache)
    assert {f"outer {number}" for number in range(1, 9)} <= named(listener)
    assert not OURS & named(listener)


@pytest.mark.parametrize("code", [ALONE, WITHIN], ids=["alone", "within"])
@pytest.mark.slow
def test_it_arrives_where_the_setting_allows_it(
    code: str, listener: Listener, tmp_path: Path, cache: Path, atlas: Atlas
) -> None:
    run(code, listener, tmp_path, cache, GEOAGENT_LANGSMITH="true")
    assert named(listener) >= OURS
