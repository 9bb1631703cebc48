"""The service as its users have it: a process of its own, on a free port of loopback."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from geoagent.atlas import Atlas
from tests.serve.pictures import picture
from tests.waiting import WAIT_S, wait_until

collect_ignore = [] if find_spec("pg8000") else ["test_postgres.py"]


class Served:
    """A service that runs; `client` speaks to it. `settings` are given to it as environment variables."""

    def __init__(self, folder: Path, cache: Path, *arguments: str, **settings: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "geoagent.cli", "serve", "--port", "0", "--data", str(folder), *arguments]
        given = {f"GEOAGENT_{name.upper()}": value for name, value in settings.items()}
        environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache), **given}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.client = httpx.Client(base_url=self.url, timeout=WAIT_S, trust_env=False)

    def wait(self, case: str, *statuses: str) -> dict[str, Any]:
        """The case once it has one of these statuses."""
        shown: dict[str, Any] = {}

        def holds() -> bool:
            shown.update(self.client.get(f"/api/cases/{case}").json())
            return shown["status"] in (statuses or ("done", "failed"))

        wait_until(holds)
        return shown

    def ready(self) -> None:
        """Wait until cases are solved."""
        wait_until(lambda: self.client.get("/ready").status_code == 200)

    def post(self, *photos: bytes, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
        """Ask for a case to be solved."""
        files = [("photos", (f"street {number}.png", data)) for number, data in enumerate(photos or (picture(),), 1)]
        return self.client.post("/api/cases", files=files, data=form, headers=headers)

    def solve(self, *photos: bytes, **form: str) -> dict[str, Any]:
        """A case, once it is solved."""
        answer = self.post(*photos, **form)
        assert answer.status_code == 202, answer.text
        return self.wait(answer.json()["id"])

    def say(self, case: str, kind: str, text: str, clue: str | None = None) -> dict[str, Any]:
        """A question or correction, once it is answered."""
        answer = self.client.post(f"/api/cases/{case}/{kind}s", json={"text": text, "clue": clue})
        assert answer.status_code == 202, answer.text
        remark: dict[str, Any] = {}

        def holds() -> bool:
            shown = self.client.get(f"/api/cases/{case}")
            assert shown.status_code == 200, shown.text
            remark.update(next(found for found in shown.json()["remarks"] if found["id"] == answer.json()["id"]))
            return remark["status"] in ("done", "failed")

        wait_until(holds)
        return remark

    def events(self, case: str, after: int = 0) -> list[tuple[int, str, Any]]:
        """The events of a case after an id, until the stream ends: id, kind and data."""
        headers = {"Last-Event-ID": str(after)}
        text = self.client.get(f"/api/cases/{case}/events", headers=headers).text
        blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block]
        return [(int(block["id"]), block["event"], json.loads(block["data"])) for block in blocks if "id" in block]

    def told(self, case: str) -> list[tuple[str, Any]]:
        """Kind and data of the events of a case that are kept now, without waiting for its end."""
        with closing(sqlite3.connect(self.folder / "cases.sqlite")) as kept:
            rows = kept.execute("SELECT kind, data FROM events WHERE case_id = ? ORDER BY id", (case,)).fetchall()
        return [(kind, json.loads(data)) for kind, data in rows]

    def refused(self) -> str:
        """What it says instead of serving, with exit code 2."""
        _, told = self.process.communicate(timeout=WAIT_S)
        assert self.process.returncode == 2, told
        return str(told)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.ended()

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        self.client.close()
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.process.communicate(timeout=WAIT_S)
        return self.process.returncode


@pytest.fixture
def serve(cache: Path, atlas: Atlas) -> Iterator[Callable[..., Served]]:
    """Starts services, and ends those that are still there."""
    started: list[Served] = []

    def start(folder: Path, *arguments: str, **settings: str) -> Served:
        started.append(Served(folder, cache, *arguments, **settings))
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.ended()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, cache: Path, atlas: Atlas) -> Iterator[Served]:
    """One service for all tests of a module."""
    service = Served(tmp_path_factory.mktemp("served") / "data", cache)
    service.ready()
    yield service
    assert service.stop() == 0
