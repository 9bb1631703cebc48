"""`geoagent vlm serve` with real vLLM: served, used, stopped, and nothing of it left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from geoagent import GeoAgent, Settings
from geoagent.doctor import examine
from geoagent.geo import Area
from tests.reasoners.vlm.test_vllm import child_of, ended, free_port, group
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif("GEOAGENT_TEST_VLLM" not in os.environ, reason="GEOAGENT_TEST_VLLM names no vLLM environment"),
]


def start(*arguments: object) -> "subprocess.Popen[str]":
    venv = Path(os.environ["GEOAGENT_TEST_VLLM"])
    own = ["vlm", "serve", venv / "tiny-vlm", "--python", venv / "bin" / "python", "--port", free_port()]
    return subprocess.Popen(
        [sys.executable, "-m", "geoagent.cli", *map(str, [*own, *arguments])],
        env={**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_TARGET_DEVICE": "cpu"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_serve_solve_stop(cache: Path, photos: Path) -> None:
    process = start("--", "--enforce-eager")
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("tiny-vlm: geoagent solve photo.jpg --vlm http://127.0.0.1:"), ended(process)
    url = line.split()[-1]
    settings = Settings(vlm=url, cache_dir=cache, max_steps=2, timeout_s=300)
    *_, verdict = examine(settings)  # its weights are random: it names no colour right but by chance
    assert verdict.what.startswith("verdict: it can")
    file = GeoAgent(settings).trace(photos / "spain_zaragoza.jpg")
    assert file.prediction.usage.model_calls >= 2
    assert file.prediction.levels[0].code == Area("ES")
    leader = child_of(process)
    assert len(group(leader)) >= 2  # the server and its engine
    process.send_signal(signal.SIGINT)
    code, _, _ = ended(process)
    assert code == 0
    wait_until(lambda: group(leader) == [])  # what was killed ends when the kernel has time for it


def test_a_context_that_the_model_does_not_have() -> None:
    code, out, err = ended(start("--max-model-len", "99999999"))
    assert (code, out) == (3, "")
    assert "--max-model-len" in err[-1]
