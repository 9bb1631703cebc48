"""Prints what a large run costs besides text recognition and the model: processor time a case, memory, resuming.

Usage: many_cases.py [CASES] [--workers 16]

A photo is perceived once; every case goes on from that state, with a scripted model in a process of its own that
answers at once. Printed are processor seconds, which other work on the machine does not change: of a case, and its
share where each call of the model took a second; of finding out what is left when the run is resumed; of the report,
with its size. Memory is that of this process, after a tenth of the cases and after all.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

sys.path.insert(0, str(Path(__file__).parent.parent))
from geoagent import GeoAgent, Settings
from geoagent.cli.main import main as geoagent
from geoagent.graph.perceive import perceive
from geoagent.runs.checkpoints import OwnNouns
from geoagent.runs.result_lines import standings
from geoagent.runs.run import Work, run, spent_in
from geoagent.runs.run_folder import Result, manifest_of
from geoagent.runs.samples import Sample
from geoagent.testing.scripted_model import ScriptedModel, action, look

PHOTO = Path(__file__).parent.parent / "examples" / "photos" / "spain_zaragoza.jpg"


class Replayed:
    """An engine whose cases go on from one perceived state."""

    def workers_for(self, settings: Settings) -> int:
        """As many as the local engine."""
        return 16

    def solve(self, work: Work) -> Iterator[Result]:
        """The result of each sample, in order."""
        saver = InMemorySaver(serde=OwnNouns())
        agent = GeoAgent(work.settings, checkpointer=saver)
        start = agent.start(PHOTO)
        state = {**start, **perceive(start, agent.resources)}

        def solved(sample: Sample) -> Result:
            agent.graph.update_state({"configurable": {"thread_id": sample.id}}, state, as_node="perceive")
            file = agent.trace(PHOTO, case=sample.id)
            saver.delete_thread(sample.id)
            return Result(id=sample.id, trace=file)

        with ThreadPoolExecutor(work.workers) as pool:
            for at in range(0, len(work.samples), 10 * work.workers):
                yield from pool.map(solved, work.samples[at : at + 10 * work.workers])


@contextmanager
def scripted() -> Iterator[str]:
    """The address of a scripted model in a process of its own: a first look, and then the end."""
    ours, theirs = Pipe()
    process = Process(target=_answer, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    process.terminate()


def _answer(pipe: Connection) -> None:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        is_first = all(message["role"] != "assistant" for message in request["messages"])
        return look({"country": "Spain", "probability": 0.6}) if is_first else action("conclude", claims=[])

    with ScriptedModel([reply]) as model:
        pipe.send(model.url)
        time.sleep(1e6)


def main(cases: int, workers: int) -> None:
    """Solve the cases, and print what that cost."""
    samples = [Sample(id=f"{n:06}", images=(str(PHOTO),), country="ES", granularity="country") for n in range(cases)]
    with tempfile.TemporaryDirectory() as work, scripted() as model:
        folder, settings = Path(work, "run"), Settings(vlm=model, model="scripted")
        manifest = manifest_of(settings, "synthetic", samples, "agent")
        began, marks = time.process_time(), dict[int, tuple[float, float]]()
        for count, _ in enumerate(run(settings, samples, folder, manifest, workers, Replayed()), 1):
            if count in (cases // 10, cases):
                marks[count] = (time.process_time() - began, _memory_mb())
        (some_s, some_mb), (all_s, all_mb) = marks[cases // 10], marks[cases]
        each = (all_s - some_s) / (cases - cases // 10)
        calls = spent_in(folder).model_calls / cases
        size = (folder / "results.jsonl").stat().st_size
        print(f"{cases:,} cases, {calls:.1f} model calls each, {size / cases / 1000:.1f} kB a case in results.jsonl")
        print(f"{each * 1000:.0f} ms of a processor a case: {each / (each + calls):.1%} of it at 1 s a call")
        print(f"memory {some_mb:.0f} MB after a tenth, {all_mb:.0f} MB at the end")
        print(f"what is left when it is resumed: {_timed(lambda: standings(folder)):.2f} s of a processor")
        report = Path(work, "report.html")
        seconds = _timed(lambda: geoagent(["eval", "report", str(folder), "--out", str(report)]))
        print(f"report: made in {seconds:.1f} s of a processor, {report.stat().st_size / 1e6:.1f} MB")


def _timed(work: Any) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=100_000)
    parser.add_argument("--workers", type=int, default=16)
    options = parser.parse_args()
    main(options.cases, options.workers)
