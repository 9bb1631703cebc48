"""`geoagent vlm serve`, with a script in the place of the interpreter that has vLLM; tests/vllm runs the real one."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.waiting import WAIT_S, wait_until

Run = Callable[..., "subprocess.Popen[str]"]

PROCESSES = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")

# a server like vLLM's, which starts a child, and like one that hangs: it does not end at SIGTERM
SERVER = """
import http.server, json, os, signal, subprocess, sys
from pathlib import Path
signal.signal(signal.SIGTERM, lambda number, frame: Path("asked_to_end").touch())
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
Path("started.json").write_text(json.dumps({"arguments": sys.argv[1:], "environment": dict(os.environ)}))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"data": [{"id": "stand-in"}]}).encode()
        good = self.headers["Authorization"] == f"Bearer {os.environ['VLLM_API_KEY']}"
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "model").mkdir()

    def serve(*arguments: object, model: str = "model", **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "geoagent.cli", "vlm", "serve", model, *map(str, arguments)],
            env={**os.environ, "HF_HOME": str(tmp_path / "hub"), **environment},
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return serve


@pytest.fixture
def interpreter(tmp_path: Path) -> Callable[[str], Path]:
    """An interpreter that has vLLM, which runs a line of shell when it is started."""

    def make(line: str, probe: str = "echo module") -> Path:
        script = tmp_path / "python"
        script.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then {probe}; exit; fi\n{line}\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return script

    return make


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, list[str]]:
    out, err = process.communicate(timeout=WAIT_S)
    return process.returncode, out, err.splitlines()


def group(leader: int) -> list[int]:
    """The processes of a group that still run."""
    members = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, pgrp = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has just ended
            continue
        if int(pgrp) == leader and state != "Z":
            members.append(int(folder.name))
    return members


def child_of(process: "subprocess.Popen[str]") -> int:
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


@pytest.mark.parametrize(
    ("arguments", "model", "fault"),
    [
        (["--python", "no/such/python"], "model", "cannot be run"),
        (["--host", "0.0.0.0"], "model", "GEOAGENT_API_KEY"),
        (["--host", "a..b"], "model", "--host"),
        (["--port", "99999"], "model", "--port"),
        (["--", "--host", "0.0.0.0"], "model", "--host cannot stand after --"),
        (["--", "--enforce-eager", "--host=0.0.0.0"], "model", "--host cannot stand after --"),
        (["--", "--hos", "0.0.0.0"], "model", "--hos cannot stand after --"),
        (["--", "--port", "9"], "model", "--port cannot stand after --"),
        (["--", "--api-key", "sesame"], "model", "--api-key cannot stand after --"),
        (["--", "--api_key=sesame"], "model", "--api-key cannot stand after --"),
        ([], "nobody/nothing-7B", "--download"),
        ([], "missing/folder/of/mine", "--download"),
    ],
)
def test_what_cannot_be_started_is_one_line(run: Run, arguments: list[str], model: str, fault: str) -> None:
    code, out, err = ended(run("--port", free_port(), *arguments, model=model))
    assert (code, out, len(err)) == (2, "", 1)
    assert fault in err[0]
    assert "sesame" not in err[0]


@pytest.mark.parametrize(("key", "fault"), [(" \r", "can be reached from outside"), ("sesame–", "printable ASCII")])
def test_a_key_that_is_none(run: Run, key: str, fault: str) -> None:
    code, out, err = ended(run("--port", free_port(), "--host", "0.0.0.0", GEOAGENT_API_KEY=key))
    assert (code, out, len(err)) == (2, "", 1)
    assert fault in err[0]
    assert "sesame" not in err[0]


def test_without_vllm(run: Run, interpreter: Callable[..., Path]) -> None:
    code, _, err = ended(run("--port", free_port(), GEOAGENT_VLLM_PYTHON=str(interpreter("exit 1", probe="true"))))
    assert (code, len(err)) == (2, 1)
    assert "-m pip install vllm" in err[0]


def test_a_port_that_is_taken(run: Run, interpreter: Callable[[str], Path], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, _, err = ended(run("--port", other.getsockname()[1], "--python", interpreter("touch started")))
    assert (code, len(err)) == (2, 1)
    assert "--port" in err[0]
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("log", "why", "mend"),
    [
        (
            "(EngineCore pid=7) ERROR 11-21 [core.py:9] torch.OutOfMemoryError: CUDA out of memory. Tried 20 GiB\n"
            "RuntimeError: Engine core initialization failed. See root cause above.",
            "CUDA out of memory. Tried 20 GiB",
            "--max-model-len",
        ),
        ("OSError: x is not a local folder and is not a valid model identifier", "is not a local folder", "--download"),
        ("api_server.py: error: unrecognized arguments: --new-flag", "--new-flag", "update vLLM"),
        ("ImportError: libcuda.so.1: cannot open shared object file", "libcuda.so.1", ""),
        ("", "it said nothing", ""),
    ],
)
def test_a_vllm_that_dies_at_the_start(
    run: Run, interpreter: Callable[[str], Path], tmp_path: Path, log: str, why: str, mend: str
) -> None:
    (tmp_path / "said").write_text(f"INFO starting\n\x1b[31m{log}\x1b[0m\n" if log else "")
    code, out, err = ended(run("--port", free_port(), "--python", interpreter("cat said >&2; exit 4")))
    assert (code, out) == (3, "")
    assert err[-1].startswith("geoagent: vLLM ended at the start (code 4)")
    assert why in err[-1]
    assert mend in err[-1]
    said = ["INFO starting", *log.splitlines()] if log else []
    assert err[:-1] == [f"  vllm | {line}" for line in said]


def test_verbose_shows_the_log_once(run: Run, interpreter: Callable[[str], Path]) -> None:
    python = interpreter("echo loading; echo ValueError: no good; exit 1")
    code, _, err = ended(run("--port", free_port(), "--python", python, "--verbose"))
    assert (code, err[:-1]) == (3, ["loading", "ValueError: no good"])


@PROCESSES
def test_it_serves_until_a_signal_and_leaves_no_process(
    run: Run, interpreter: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    port = free_port()
    python = interpreter(f'exec {sys.executable} server.py "$@"')
    process = run("--port", port, "--python", python, "--", "--enforce-eager", "--", GEOAGENT_API_KEY="sesame\r")
    assert process.stdout
    assert process.stdout.readline() == f"stand-in: geoagent solve photo.jpg --vlm http://127.0.0.1:{port}/v1\n"
    leader = child_of(process)
    assert len(group(leader)) == 2
    process.send_signal(signal.SIGINT)
    wait_until((tmp_path / "asked_to_end").exists)
    process.send_signal(signal.SIGINT)  # this server does not listen: without a second signal it has 20 s
    code, _, _ = ended(process)
    assert code == 0
    wait_until(lambda: group(leader) == [])
    started = json.loads((tmp_path / "started.json").read_text())
    environment = started["environment"]
    assert environment["VLLM_API_KEY"] == "sesame"
    assert started["arguments"][:3] == ["-m", "vllm.entrypoints.openai.api_server", "--model"]
    assert started["arguments"][-2:] == ["--enforce-eager", "--"]
    assert "sesame" not in started["arguments"]
    assert environment["HF_HUB_OFFLINE"] == environment["VLLM_NO_USAGE_STATS"] == "1"
    assert not Path(environment["TMPDIR"]).exists()


@PROCESSES
def test_a_signal_before_it_serves(run: Run, interpreter: Callable[[str], Path], tmp_path: Path) -> None:
    process = run("--port", free_port(), "--python", interpreter("touch started; sleep 3600"), "--download")
    wait_until((tmp_path / "started").exists)
    leader = child_of(process)
    process.send_signal(signal.SIGTERM)
    code, out, _ = ended(process)
    assert (code, out) == (130, "")
    wait_until(lambda: group(leader) == [])
