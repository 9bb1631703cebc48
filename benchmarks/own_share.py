"""Prints how much of a case's time is geoagent's own where each call of the model takes a second.

Usage: own_share.py [CASES] [--profile]

Each photo of examples/photos is perceived once; cases go on from there one after the other, since reading text costs
the same without a model. A scripted model in a process of its own answers at once: a first look, six turns, and a
second look at what it saw, where there is one. Each case has a copy of its photo, and beliefs that remember nothing, so
that none finds what another has worked out of the same photo. Processor seconds of this process are counted, which
other work on the machine changes little. `--profile` prints also what they go into.
"""

import argparse
import cProfile
import json
import pstats
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

sys.path.insert(0, str(Path(__file__).parent.parent))
from geoagent import GeoAgent, Settings
from geoagent.case.prediction import Prediction
from geoagent.case.trace import State
from geoagent.graph.perceive import perceive
from geoagent.runs.checkpoints import OwnNouns
from geoagent.testing.scripted_model import ScriptedModel, action, look

PHOTOS = sorted((Path(__file__).parent.parent / "examples" / "photos").glob("*.jpg"))
SPAIN = {"country": "Spain", "region": "Aragon", "city": "Zaragoza", "lat": 41.65, "lon": -0.88, "probability": 0.5}
CROATIA = {"country": "Croatia", "probability": 0.2}
CLUES = [
    {"kind": "architecture", "value": "red tiled roofs", "view": 1, "box": [0.1, 0.1, 0.4, 0.4]},
    {"kind": "vegetation", "value": "olive trees", "view": 1, "box": [0.5, 0.1, 0.9, 0.4]},
    {"kind": "road", "value": "white edge lines", "view": 1, "box": [0.1, 0.6, 0.9, 0.9]},
]
SEEN = [{"picture": n, "seen": clue["value"], "text": "", "answer": ""} for n, clue in enumerate(CLUES, 1)]
SCRIPT = [
    look(SPAIN, CROATIA, clues=CLUES),
    action("observe", question="roof", answer="red_tile", view=1, box=[0.1, 0.1, 0.4, 0.4]),
    action("zoom", view=1, box=[0.1, 0.1, 0.5, 0.5]),
    action("zoom", view=1, box=[0.5, 0.1, 0.9, 0.5]),
    action("lookup_place", name="Huesca"),
    action("revise_opinion", places=[SPAIN | {"probability": 0.6}, CROATIA], elsewhere=0.1),
    action("conclude", claims=[]),
]
SECOND_LOOK = {"pictures": SEEN}


@contextmanager
def scripted() -> Iterator[str]:
    """The address of the scripted model, in a process of its own."""
    ours, theirs = Pipe()
    process = Process(target=_answer, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    process.terminate()


def _answer(pipe: Connection) -> None:
    turns = iter(SCRIPT)

    def reply(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal turns
        if '"pictures"' in json.dumps(request["response_format"]):
            return SECOND_LOOK
        if all(message["role"] != "assistant" for message in request["messages"]):
            turns = iter(SCRIPT)
        return next(turns, SCRIPT[-1])

    with ScriptedModel([reply]) as model:
        pipe.send(model.url)
        time.sleep(1e6)


def solved(agent: GeoAgent, photo: Path, perceived: State) -> Prediction:
    """The answer for a photo, from what was perceived of it."""
    state, case = {**agent.start(photo), **perceived}, str(photo)
    agent.graph.update_state({"configurable": {"thread_id": case}}, state, as_node="perceive")
    return agent.trace(photo, case=case).prediction


def main(cases: int, profiled: bool) -> None:
    """Solve the cases, and print the share."""
    with scripted() as model, tempfile.TemporaryDirectory() as work:
        agent = GeoAgent(Settings(vlm=model, model="scripted"), checkpointer=InMemorySaver(serde=OwnNouns()))
        perceived = [(photo, perceive(agent.start(photo), agent.resources)) for photo in PHOTOS]
        for photo, state in perceived:
            solved(agent, photo, state)
        seconds, calls, profile = [], 0, cProfile.Profile()
        for number, (photo, state) in zip(range(cases), cycle(perceived), strict=False):
            copy = Path(shutil.copy(photo, Path(work, f"{number}.jpg")))
            agent.start(copy)
            agent.resources.beliefs.forget()
            if profiled:
                profile.enable()
            began = time.process_time()
            calls += solved(agent, copy, state).usage.model_calls
            seconds.append(time.process_time() - began)
            profile.disable()
    each = calls / cases
    shares = [own / (own + each) for own in seconds]
    print(f"{cases} cases of {each:.1f} model calls, at 1 s a call")
    print(f"{statistics.mean(seconds) * 1000:.0f} ms of a processor a case (worst {max(seconds) * 1000:.0f})")
    print(f"own share {statistics.mean(shares):.2%} (worst {max(shares):.2%})")
    if profiled:
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        pstats.Stats(profile).sort_stats("cumtime").print_stats(90)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=20)
    parser.add_argument("--profile", action="store_true", help="print also what the time goes into")
    options = parser.parse_args()
    main(options.cases, options.profile)
