"""Prints how full `eval run` keeps a model server, against a bare load generator that replays the same requests.

Usage: throughput.py VLLM_VENV [SAMPLES]     (the environment that tests/vllm/setup.sh makes)

The run is recorded through a proxy on loopback; the replay sends the recorded requests with as many connections as the
run has workers. Both share the machine with the server, so what the agent computes itself counts against it here; with
the server on another machine only waiting would.
"""

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))
from geoagent import GeoAgent
from geoagent.eval.runs import manifest_of, run
from geoagent.eval.samples import Sample
from geoagent.settings import read_settings
from tests.vllm.server import serve

PHOTOS = sorted((Path(__file__).parent.parent / "examples" / "photos").glob("*.jpg"))
WORKERS = 16


class Recorder:
    """A proxy that keeps every request body and passes it on."""

    def __init__(self, target: str) -> None:
        self.bodies: list[bytes] = []
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

            def _pass(self, reply: httpx.Response) -> None:
                self.send_response(reply.status_code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def replay(url: str, bodies: list[bytes]) -> float:
    """Seconds to send all bodies again, WORKERS at a time."""
    began = time.perf_counter()
    with (
        httpx.Client(timeout=600, limits=httpx.Limits(max_connections=WORKERS)) as client,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        headers = {"Content-Type": "application/json"}
        list(pool.map(lambda body: client.post(f"{url}/chat/completions", content=body, headers=headers), bodies))
    return time.perf_counter() - began


def main(venv: Path, count: int) -> None:
    """Run, replay, and print both rates and their ratio."""
    samples = [
        Sample(
            id=str(i), images=(str(PHOTOS[i % len(PHOTOS)]),), country="SE", granularity="country", question=f"no. {i}"
        )
        for i in range(count)
    ]
    with tempfile.TemporaryDirectory() as work, serve(venv, Path(work) / "log") as url:
        recorder = Recorder(url)
        agent = GeoAgent(read_settings({"vlm": recorder.url, "max_steps": 4}))
        agent.solve(samples[0].images[0])  # the atlas and the server are warm
        recorder.bodies.clear()
        began = time.perf_counter()
        manifest = manifest_of(agent, "throughput", samples, "agent", hints=True)
        run(agent, samples, Path(work) / "run", manifest, WORKERS, lambda line: None)
        ours = len(recorder.bodies) / (time.perf_counter() - began)
        bare = len(recorder.bodies) / replay(url, recorder.bodies)
    print(f"{len(recorder.bodies)} requests of {count} samples, {WORKERS} at a time")
    print(f"eval run  {ours:.2f} requests/s")
    print(f"replay    {bare:.2f} requests/s")
    print(f"ratio     {ours / bare:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 24)
