"""Cases that go on from a photo that was perceived before: text is recognised once for all the tests of a process.

What perceive adds depends on the photo alone, so a case may as well go on from there, as one that was interrupted does.
"""

from functools import cache
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.case.trace import State
from geoagent.graph.perceive import perceive
from geoagent.runs.checkpoints import OwnNouns


@cache
def _perceived(photo: Path, atlas_in: Path) -> State:
    agent = GeoAgent(Settings(cache_dir=atlas_in))
    return perceive(agent.start(photo), agent.resources)


def solve_perceived(settings: Settings, photo: Path, **given: Any) -> TraceFile:
    """Solve a photo whose text was recognised before; what is given besides the settings is the agent's."""
    agent = GeoAgent(settings, checkpointer=InMemorySaver(serde=OwnNouns()), **given)
    state = {**agent.start(photo), **_perceived(photo, settings.cache)}
    agent.graph.update_state({"configurable": {"thread_id": "case"}}, state, as_node="perceive")
    return agent.trace(photo, case="case")
