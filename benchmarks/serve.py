"""Prints how the service holds under load: serve.py [SECONDS] [--kill], and of damaged photos: serve.py --mutated N

This process has 50 clients and a scripted model; the service and its solver are processes of their own. Each client
sends photos, every one twice with the same key, and between them asks for cases and lists, twice a second. With
`--kill` the service is killed (SIGKILL) a third of the way and started again. Printed are the latencies of all requests
but those that solve, the memory of both processes over time, and whether every accepted case ended, once.
"""

import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))
from geoagent.testing.scripted_model import ScriptedModel, action, look
from tests.serve.pictures import picture

CLIENTS = 50
MOST_SENT = 40
"""Photos that a client sends at most; they are drawn before the clock runs."""
PAUSE_S = 0.5
DRAIN_S = 900.0
MAX_OPEN = 60
SCRIPT = [look({"country": "Sweden", "probability": 0.8}), action("conclude", claims=[])]


def drawn(number: int, sent: int) -> bytes:
    """The photo that a client sends after so many others."""
    return picture(f"{number}-{sent}", size=(320, 200))


class Load:
    """What the clients did and saw."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.until = 0.0
        self.latencies_s: list[float] = []
        self.statuses: Counter[int | str] = Counter()
        self.accepted: set[str] = set()
        self.doubled = 0
        self.lock = threading.Lock()
        for number in range(CLIENTS):
            for sent in range(MOST_SENT):
                drawn(number, sent)

    def client(self, number: int) -> None:
        """One client, until the time is over."""
        chance = random.Random(number)
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False) as client:
            mine: list[str] = []
            sent = 0
            while time.monotonic() < self.until:
                time.sleep(PAUSE_S * (0.5 + chance.random()))
                if sent < MOST_SENT and (not mine or chance.random() < 0.1):
                    mine += self._solve(client, number, sent)
                    sent += 1
                    continue
                case = chance.choice(mine)
                paths = (f"/api/cases/{case}", "/api/cases?limit=20", "/health", "/api/service")
                self._ask(client, chance.choice(paths))

    def _solve(self, client: httpx.Client, number: int, sent: int) -> list[str]:
        files = [("photos", ("a.png", drawn(number, sent)))]
        found = set()
        for _ in range(2):
            try:
                answer = client.post("/api/cases", files=files, headers={"Idempotency-Key": f"{number}-{sent}"})
            except httpx.TransportError:
                self._count("broken")
                continue
            self._count(answer.status_code)
            if answer.status_code in (200, 202):
                found.add(answer.json()["id"])
        with self.lock:
            self.accepted |= found
            self.doubled += len(found) > 1
        return list(found)

    def _ask(self, client: httpx.Client, path: str) -> None:
        began = time.monotonic()
        try:
            status: int | str = client.get(path).status_code
        except httpx.TransportError:
            status = "broken"
        with self.lock:
            self.latencies_s.append(time.monotonic() - began)
        self._count(status)

    def _count(self, status: int | str) -> None:
        with self.lock:
            self.statuses[status] += 1


def start(folder: Path, port: int, model: str) -> subprocess.Popen[bytes]:
    """The service on a port; returns once it solves."""
    command = [sys.executable, "-m", "geoagent.cli", "serve", "--port", str(port), "--data", str(folder)]
    command += ["--vlm", model, "--model", "scripted", "--workers", "2", "--max-open", str(MAX_OPEN)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        time.sleep(0.1)
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200:
                return process
        except httpx.TransportError:
            continue


def memory_mb(process: subprocess.Popen[bytes]) -> list[int]:
    """The resident memory of the service and of its solver."""
    children = " ".join(path.read_text() for path in Path(f"/proc/{process.pid}/task").glob("*/children")).split()
    return [_resident_mb(pid) for pid in (process.pid, *map(int, children))]


def _resident_mb(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except OSError:
        return 0


def main() -> None:
    """Load the service, and print what happened."""
    if "--mutated" in sys.argv:
        damaged(int(sys.argv[sys.argv.index("--mutated") + 1]))
        return
    seconds = float(next((word for word in sys.argv[1:] if not word.startswith("-")), "60"))
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, ScriptedModel([lambda r: SCRIPT[len(r["messages"]) > 1]]) as model:
        process = start(Path(folder), port, model.url)
        load = Load(f"http://127.0.0.1:{port}")
        load.until = time.monotonic() + seconds
        clients = [threading.Thread(target=load.client, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for third in range(3):
            time.sleep(seconds / 3)
            print(f"{(third + 1) * seconds / 3:4.0f} s: memory {memory_mb(process)} MB", flush=True)
            if third == 0 and "--kill" in sys.argv:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = start(Path(folder), port, model.url)
        for client in clients:
            client.join()
        report(load, seconds)
        check(load)
        print(f"memory after the queue: {memory_mb(process)} MB")
        process.terminate()
        process.wait()


def damaged(count: int) -> None:
    """Send damaged photos, and print what became of each; the service and its solver must be the same at the end."""
    from mutated import mutant
    from pillow_heif import register_heif_opener

    register_heif_opener()
    photos = sorted((Path(__file__).parent.parent / "examples" / "photos").glob("*.jpg"))
    port, statuses, cases = free_port(), Counter[str](), list[str]()
    with tempfile.TemporaryDirectory() as folder, ScriptedModel([SCRIPT[0]]) as model:
        process = start(Path(folder), port, model.url)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            for seed in range(count):
                name, data = mutant(photos, seed)
                files, form = [("photos", (name, data))], {"reasoner": "rules"}
                while (answer := client.post("/api/cases", files=files, data=form)).status_code == 429:
                    time.sleep(1)
                cases += [answer.json()["id"]] if answer.status_code == 202 else []
                statuses[str(answer.status_code)] += 1
            while client.get("/health").json()["waiting"]:
                time.sleep(1)
            for case in cases:
                found = client.get(f"/api/cases/{case}").json()
                statuses["given up" if "solver died" in found["fault"] else found["status"]] += 1
        print(
            f"{count} damaged photos: {dict(statuses)}; the service is {'there' if process.poll() is None else 'gone'}"
        )
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def report(load: Load, seconds: float) -> None:
    """Print the latencies and statuses."""
    times = sorted(load.latencies_s)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{len(times)} requests that do not solve, {len(times) / seconds:.0f} a second")
    print(f"  p50 {1000 * statistics.median(times):.1f} ms, p95 {1000 * p95:.1f} ms, worst {1000 * times[-1]:.0f} ms")
    print(f"  statuses {dict(sorted(load.statuses.items(), key=str))}")


def check(load: Load) -> None:
    """Wait for the queue to end, and print what became of every accepted case."""
    ended: Counter[str] = Counter()
    end = time.monotonic() + DRAIN_S
    with httpx.Client(base_url=load.url, timeout=60, trust_env=False) as client:
        while client.get("/health").json()["waiting"] and time.monotonic() < end:
            time.sleep(1)
        answers = 0
        for case in load.accepted:
            ended[client.get(f"/api/cases/{case}").json()["status"]] += 1
            answers += client.get(f"/api/cases/{case}/events").text.count("event: done\n")
        held: set[str] = set()
        before = ""
        while page := client.get(f"/api/cases?limit=200{before}").json():
            held |= {case["id"] for case in page}
            before = f"&before={page[-1]['created']!r}"
    print(f"accepted {len(load.accepted)}, ended {dict(ended)}, answers {answers}; keys with two cases: {load.doubled}")
    print(f"lost {len(load.accepted - held)}, held that no client was told of {len(held - load.accepted)}")


if __name__ == "__main__":
    main()
