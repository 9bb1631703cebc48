"""Fifty clients, a model server that drips, a full disk and kill -9 every 15 seconds: nothing accepted is lost.

GEOAGENT_LOAD_S=N does so for N seconds.
"""

import os
import random
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.reasoners.vlm.test_limits import answering, drip, sending
from tests.serve.conftest import Served
from tests.serve.pictures import picture
from tests.serve.test_full_disk import fill, small_disk
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
Start = Callable[..., Served]
SECONDS = float(os.environ.get("GEOAGENT_LOAD_S", "60"))
CLIENTS, KILLED_S, FULL_S = 50, 15.0, 6.0
ANSWERED_S = 60.0
"""How long a call is tried again while the service is being started."""
__all__ = ["small_disk"]  # the fixture


class Client:
    """One client: what it asked to be solved, by key, and what it deleted."""

    def __init__(self, number: int, url: str) -> None:
        self.draw, self.number = random.Random(number), number
        self.http = httpx.Client(base_url=url, timeout=30.0, trust_env=False)
        self.accepted: dict[str, str] = {}
        self.unanswered: list[str] = []

    def work(self, until: float) -> None:
        """Ask for cases, and for all else, until it is over."""
        turn = 0
        while time.monotonic() < until:
            turn += 1
            if self.draw.random() < 0.2:
                self.solve(f"{self.number}-{turn}")
            else:
                self.call(self.draw.choice(["/health", "/ready", "/api/cases", "/api/service", "/"]))
            time.sleep(self.draw.random() / 2)

    def solve(self, key: str) -> httpx.Response | None:
        """Ask for a case; the same key may be sent again."""
        form = {"hint": f"somewhere {key}", "reasoner": self.draw.choice(["rules", "model"])}
        files = {"photos": ("a.png", picture(key), "image/png")}
        try:
            answer = self.http.post("/api/cases", files=files, data=form, headers={"Idempotency-Key": key})
        except httpx.HTTPError:  # it was killed meanwhile: whether it was accepted is not known
            return None
        assert answer.status_code in (200, 202, 429, 507, 503), answer.text
        if answer.status_code in (200, 202):
            self.accepted[key] = answer.json()["id"]
        return answer

    def call(self, path: str) -> None:
        """Ask for anything else; it is answered, once the service is there again."""
        until = time.monotonic() + ANSWERED_S
        while time.monotonic() < until:
            try:
                answer = self.http.get(path)
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            assert answer.status_code in (200, 503, 507), answer.text
            assert path == "/" or answer.headers["content-type"] == "application/json"
            return
        self.unanswered.append(path)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_nothing_that_was_accepted_is_lost_or_doubled(small_disk: Path, serve: Start) -> None:
    with sending(answering(b"200 OK\r\n\r\n", drip)) as model:
        arguments = ("--port", str(free_port()), "--vlm", model, "--model", "drips", "--max-open", "12")
        limits = {"timeout_s": "4", "request_timeout_s": "2"}

        def started() -> Served:
            return serve(small_disk / "data", *arguments, **limits)

        service = started()
        service.ready()
        until = time.monotonic() + SECONDS
        clients = [Client(number, service.url) for number in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(client.work, until) for client in clients]
            while time.monotonic() + KILLED_S < until:
                time.sleep(KILLED_S - FULL_S)
                fill(small_disk / "filling")
                time.sleep(FULL_S)
                service.kill()
                (small_disk / "filling").unlink()
                service = started()
            for work in working:
                work.result()
        check(clients, service)
        assert service.stop() == 0


def check(clients: list[Client], service: Served) -> None:
    """All calls were answered, and what was accepted is there, once, and ended."""
    for client in clients:
        client.http.close()
    accepted = {key: case for client in clients for key, case in client.accepted.items()}
    assert accepted
    assert [client.unanswered for client in clients if client.unanswered] == []
    wait_until(lambda: service.client.get("/health").json()["waiting"] == 0)
    cases: list[dict[str, Any]] = service.client.get("/api/cases?limit=200").json()
    ended = {case["id"]: case["status"] for case in cases}
    assert set(ended.values()) <= {"done", "failed"}
    assert set(accepted.values()) <= set(ended), "an accepted case is lost"
    hints = [case["hint"] for case in cases]
    assert len(hints) == len(set(hints)), "a case is there twice"
