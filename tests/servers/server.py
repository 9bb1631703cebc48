"""Starts real model servers on a free port of loopback, waits until they answer, and stops them."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

READY_S = 300


@contextmanager
def running(
    command: Sequence[str | Path], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of a server that a command starts, once it answers; its output goes to `log`."""
    whole = {**os.environ, **(environment or {})}
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=whole) as process:
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def llama_cpp(venv: Path, log: Path, *, sees: bool = True, **settings: Any) -> Iterator[str]:
    """llama.cpp's own server with the tiny model, with its vision part or without."""
    port = free_port()
    vision_part = venv / "tiny" / "mmproj.gguf" if sees else ""
    script = Path(__file__).parent / "llama_cpp.py"
    command = [venv / "bin" / "python", script, venv / "tiny" / "tiny.gguf", vision_part, str(port)]
    with running([*command, json.dumps(settings)], port, log) as url:
        yield url


@contextmanager
def transformers_serve(venv: Path, model: Path, work: Path) -> Iterator[str]:
    """`transformers serve`, pinned to a model; `work` holds its log, and is its cache of models."""
    port = free_port()
    command = [
        venv / "bin" / "transformers",
        "serve",
        model,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    environment = {"HF_HOME": str(work), "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1"}
    with running(command, port, work / "log", environment) as url:
        yield url


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the server did not answer within {READY_S} s:\n{log.read_text()[-3000:]}")
