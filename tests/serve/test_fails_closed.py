"""What guards the service is whole, or it refuses: the token, how finely cases are told, where it was started."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from geoagent.serve.cases import Cases
from tests.serve.conftest import Served
from tests.serve.pictures import picture

pytestmark = pytest.mark.slow

Start = Callable[..., Served]
BROKEN = [b"", b"\n", b"0" * 63 + b"\n", b"z" * 64, b"\xff\xfe" * 32, b"a" * 64 + b"\n" + b"b" * 64, b"A" * 1_000_000]


@pytest.mark.parametrize(
    ("host", "content"),
    [("127.0.0.1", BROKEN[0]), *(("0.0.0.0", content) for content in BROKEN)],
    ids=["loopback", *map(str, range(len(BROKEN)))],
)
def test_no_service_starts_on_a_broken_token(serve: Start, tmp_path: Path, host: str, content: bytes) -> None:
    (tmp_path / "token.sha256").write_bytes(content)
    told = serve(tmp_path, "--host", host).refused()
    assert len(told.splitlines()) == 1
    assert "token.sha256" in told and "geoagent serve token" in told


def test_a_token_that_leads_nowhere_or_is_none_is_broken_too(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "token.sha256").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder" / "token.sha256").mkdir(parents=True)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "token.sha256")
    for name in ("linked", "folder", "pipe"):
        assert "token.sha256" in serve(tmp_path / name).refused()


def test_a_token_that_breaks_while_it_serves_lets_nobody_in(serve: Start, tmp_path: Path) -> None:
    token = serve(tmp_path, "token").url
    service = serve(tmp_path)
    bearer = {"Authorization": f"Bearer {token}"}
    assert service.client.get("/api/cases", headers=bearer).status_code == 200
    whole = (tmp_path / "token.sha256").read_bytes()
    for content in BROKEN:
        (tmp_path / "token.sha256").write_bytes(content)
        assert service.client.get("/api/cases").status_code == 401
        assert service.client.get("/api/cases", headers=bearer).status_code == 401
        assert service.client.post("/api/session", json={"token": ""}).status_code in (401, 422)
    (tmp_path / "token.sha256").write_bytes(whole)
    assert service.client.get("/api/cases", headers=bearer).status_code == 200


def test_a_token_that_was_there_at_the_start_is_needed_though_nobody_had_asked_yet(
    serve: Start, tmp_path: Path
) -> None:
    serve(tmp_path, "token").ended()
    service = serve(tmp_path)
    (tmp_path / "token.sha256").unlink()
    assert service.client.get("/api/cases").status_code == 401


def test_a_full_disk_leaves_the_token_that_was_there(tmp_path: Path) -> None:
    def new_token(limit: str) -> "subprocess.CompletedProcess[str]":
        command = f"ulimit -f {limit}; exec {sys.executable} -B -m geoagent.cli serve token --data {tmp_path}"
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)

    assert new_token("unlimited").returncode == 0
    before = (tmp_path / "token.sha256").read_bytes()
    full = new_token("0")  # no file may grow: what a full disk does
    assert (full.returncode, full.stdout, len(full.stderr.splitlines())) == (2, "", 1)
    assert "the token that was there holds" in full.stderr
    assert (tmp_path / "token.sha256").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"token.sha256", ".geoagent-folder"}


@pytest.mark.parametrize("content", [b"", b"countr", b"\xff", b"exact\ncountry\n", b"x" * 1_000_000, None])
def test_how_finely_cases_are_told_is_never_guessed(serve: Start, tmp_path: Path, content: bytes | None) -> None:
    cases = Cases(tmp_path, "country")
    cases.accept([picture()], ["a.png"], "near Zaragoza", "rules", None, 10)
    cases.close()
    if content is not None:
        (tmp_path / "disclosure").write_bytes(content)
    for wanted in ("exact", "country"):
        told = serve(tmp_path, "--disclose", wanted).refused()
        assert len(told.splitlines()) == 1 and "disclosure" in told
    assert sqlite3.connect(tmp_path / "cases.sqlite").execute("SELECT status FROM cases").fetchall() == [("queued",)]


def test_modules_in_the_folder_that_it_starts_in_are_not_run(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "sqlite3.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w').close()")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path / "start")
    command = "import sys; sys.path.remove(''); from geoagent.cli import run; sys.argv[1:] = {}; run()"
    arguments = ["serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        [sys.executable, "-c", command.format(arguments)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "GEOAGENT_CACHE_DIR": str(cache)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        served = process.stdout.readline().strip()
        try:
            _await_ready(served)
        finally:
            process.terminate()
    assert not (tmp_path / "run").exists()


def _await_ready(url: str) -> None:
    import httpx

    from tests.waiting import wait_until

    wait_until(lambda: httpx.get(f"{url}/ready", trust_env=False).status_code == 200)
