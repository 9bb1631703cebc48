"""A full disk: what was accepted waits and goes on, deleting makes room, and the service says what is wrong.

The disk is a small one in memory, which only the superuser of a system can mount.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.serve.conftest import Served
from tests.serve.pictures import picture
from tests.serve.test_restart import solver_of
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
Start = Callable[..., Served]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)]
    try:
        subprocess.run(mounting, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Take all the room that there is."""
    size = 1 << 20
    with path.open("ab", buffering=0) as file:
        while size:
            try:
                file.write(os.urandom(size))
            except OSError:
                size //= 2


def test_a_full_disk_is_told_outlasted_and_made_room_on(small_disk: Path, serve: Start) -> None:
    service = serve(small_disk / "data")
    service.ready()
    first = service.solve()["id"]
    os.kill(solver := solver_of(service), signal.SIGSTOP)  # it stops, so that what is accepted now has to wait
    waiting = service.post(picture("SYSTEMBOLAGET")).json()["id"]
    fill(small_disk / "filling")
    os.kill(solver, signal.SIGCONT)
    refused = service.post(picture("b"))
    assert (refused.status_code, refused.headers["content-type"]) == (507, "application/json")
    assert "disk is full" in refused.json()["detail"]
    state = service.client.get("/ready")
    assert state.status_code == 503
    assert "disk is full" in state.json()["reason"]
    assert service.client.get(f"/api/cases/{first}").json()["status"] == "done"
    assert service.client.get("/api/cases").status_code == 200
    assert service.client.delete(f"/api/cases/{first}").status_code == 204
    assert service.client.get(f"/api/cases/{first}").status_code == 404
    (small_disk / "filling").unlink()
    assert service.wait(waiting)["status"] == "done"
    wait_until(lambda: service.client.get("/ready").status_code == 200)
    assert service.stop() == 0
    service = serve(small_disk / "data")
    assert service.client.get(f"/api/cases/{waiting}").json()["status"] == "done"
    assert sorted(path.name for path in (small_disk / "data").iterdir() if path.is_dir()) == [waiting]


def test_a_folder_is_private_whatever_it_was(tmp_path: Path, serve: Start) -> None:
    service = serve(tmp_path / "data")
    case = service.solve()["id"]
    service.stop()
    for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
        path.chmod(0o777)
    service = serve(tmp_path / "data")
    service.ready()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert modes.pop(case) == 0o700
    assert set(modes.values()) == {0o600}, modes
