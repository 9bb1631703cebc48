"""Prints how full `eval run` keeps a model server, against a bare load generator that replays the same requests.

Usage: throughput.py VLLM_VENV [SAMPLES] [--shared] [--direct]     (the environment that tests/vllm/setup.sh makes)

The run is recorded through a proxy on loopback; the replay sends the recorded requests through the same proxy, as many
at a time as the run has workers, to a server started anew: neither finds the other's requests in its caches. The server
has half of the processors and the run the other half, as if it had a machine of its own; with `--shared` both have all
of them, and what the agent computes itself counts against it.

Two rates are printed: of all requests, begin and end included, when the first photos are still being read and the last
workers have nothing left to do; and of the middle 80 %, as in a run of thousands of photos.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))
from geoagent import GeoAgent
from geoagent.runs.run import run
from geoagent.runs.run_folder import Mode, manifest_of
from geoagent.runs.samples import Sample
from geoagent.settings import read_settings
from tests.vllm.server import serve

PHOTOS = sorted((Path(__file__).parent.parent / "examples" / "photos").glob("*.jpg"))
WORKERS = 16


class Recorder:
    """A proxy that keeps every request body and passes it on."""

    def __init__(self, target: str) -> None:
        self.bodies: list[bytes] = []
        self.answered: list[float] = []
        self._client = httpx.Client(timeout=600, limits=httpx.Limits(max_connections=64))
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                self._pass(recorder._client.get(target + self.path.removeprefix("/v1")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.bodies.append(body)
                headers = {"Content-Type": "application/json"}
                self._pass(recorder._client.post(target + self.path.removeprefix("/v1"), content=body, headers=headers))
                recorder.answered.append(time.perf_counter())

            def _pass(self, reply: httpx.Response) -> None:
                self.send_response(reply.status_code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def replay(url: str, bodies: list[bytes]) -> None:
    """Send all bodies again, WORKERS at a time."""
    with (
        httpx.Client(timeout=600, limits=httpx.Limits(max_connections=WORKERS)) as client,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        headers = {"Content-Type": "application/json"}
        list(pool.map(lambda body: client.post(f"{url}/chat/completions", content=body, headers=headers), bodies))


def rates(began: float, answered: list[float]) -> tuple[float, float]:
    """Requests a second: of all, and of the middle 80 %."""
    times = sorted(answered)
    first, last = len(times) // 10, len(times) * 9 // 10
    return len(times) / (times[-1] - began), (last - first) / (times[last] - times[first])


@contextmanager
def server(venv: Path, shared: bool) -> Iterator[Recorder]:
    """A warm server behind a recorder, on the first half of the processors; what follows has the other half."""
    everything = sorted(os.sched_getaffinity(0))
    half = len(everything) // 2
    with tempfile.TemporaryDirectory() as work:
        if not shared:
            os.sched_setaffinity(0, everything[:half])
        with serve(venv, Path(work) / "log") as url:
            if not shared:
                os.sched_setaffinity(0, everything[half:])
            recorder = Recorder(url)
            GeoAgent(read_settings({"vlm": recorder.url})).direct(PHOTOS[-1])
            recorder.bodies.clear()
            recorder.answered.clear()
            yield recorder
        os.sched_setaffinity(0, everything)


def main(venv: Path, count: int, shared: bool, mode: Mode) -> None:
    """Run, replay, and print both rates and their ratio."""
    samples = [
        Sample(
            id=str(i), images=(str(PHOTOS[i % len(PHOTOS)]),), country="SE", granularity="country", question=f"no. {i}"
        )
        for i in range(count)
    ]
    with server(venv, shared) as recorder, tempfile.TemporaryDirectory() as work:
        settings = read_settings({"vlm": recorder.url, "model": "tiny-vlm", "max_steps": 4})
        manifest = manifest_of(settings, "throughput", samples, mode)
        began = time.perf_counter()
        for _ in run(settings, samples, Path(work) / "run", manifest, WORKERS):
            pass
        ours, bodies = rates(began, recorder.answered), recorder.bodies[:]
    with server(venv, shared) as recorder:
        began = time.perf_counter()
        replay(recorder.url, bodies)
        bare = rates(began, recorder.answered)
    place = "on the same processors" if shared else "on processors of its own"
    print(f"{len(bodies)} requests of {count} samples, {mode}, {WORKERS} at a time, the server {place}")
    print("              all  middle   (requests/s)")
    print(f"eval run  {ours[0]:7.2f} {ours[1]:7.2f}")
    print(f"replay    {bare[0]:7.2f} {bare[1]:7.2f}")
    print(f"ratio     {ours[0] / bare[0]:7.3f} {ours[1] / bare[1]:7.3f}")


if __name__ == "__main__":
    plain = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    mode: Mode = "direct" if "--direct" in sys.argv else "agent"
    main(Path(plain[0]), int(plain[1]) if len(plain) > 1 else 96, "--shared" in sys.argv, mode)
