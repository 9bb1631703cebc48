"""Starts real vLLM with the tiny model on a free port of loopback, and stops it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.server import free_port, running


@contextmanager
def serve(venv: Path, log: Path, port: int | None = None) -> Iterator[str]:
    """The base address of a vLLM server that answers; its output goes to `log`."""
    port = port or free_port()
    environment = {
        "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_TARGET_DEVICE": "cpu", "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1",
    }  # fmt: skip
    command = [
        venv / "bin" / "python", "-m", "vllm.entrypoints.openai.api_server", "--model", venv / "tiny-vlm",
        "--host", "127.0.0.1", "--port", str(port), "--served-model-name", "tiny-vlm", "--enforce-eager",
        "--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--max-model-len", "16384",
        "--max-num-seqs", "8", "--limit-mm-per-prompt", '{"image": 8, "video": 0}',
        "--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}',
    ]  # fmt: skip
    with running(command, port, log, environment) as url:
        yield url
