"""Starts real vLLM with the tiny model on a free port of loopback, and stops it."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY_S = 300


@contextmanager
def serve(venv: Path, log: Path, port: int | None = None) -> Iterator[str]:
    """The base address of a vLLM server that answers; its output goes to `log`."""
    port = port or free_port()
    environment = {
        **os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_TARGET_DEVICE": "cpu", "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1",
    }  # fmt: skip
    command = [
        venv / "bin" / "python", "-m", "vllm.entrypoints.openai.api_server", "--model", venv / "tiny-vlm",
        "--host", "127.0.0.1", "--port", str(port), "--served-model-name", "tiny-vlm", "--enforce-eager",
        "--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--max-model-len", "16384",
        "--max-num-seqs", "8", "--limit-mm-per-prompt", '{"image": 8, "video": 0}',
        "--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}',
    ]  # fmt: skip
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"vLLM ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"vLLM did not answer within {READY_S} s:\n{log.read_text()[-3000:]}")
