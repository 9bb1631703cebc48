"""A real vLLM server that is killed in the middle of a run, and started again."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.case.trace import check
from geoagent.runs.run_folder import read_results
from tests.vllm.server import free_port, serve

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif("GEOAGENT_TEST_VLLM" not in os.environ, reason="GEOAGENT_TEST_VLLM names no vLLM environment"),
]


def start(cache: Path, *arguments: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "geoagent.cli", *map(str, arguments)]
    environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def test_a_run_outlives_its_server(tmp_path: Path, cache: Path, photos: Path, atlas: Atlas) -> None:
    venv, port = Path(os.environ["GEOAGENT_TEST_VLLM"]), free_port()
    (tmp_path / "photos").mkdir()
    for photo in sorted(photos.glob("*.jpg")):
        shutil.copy(photo, tmp_path / "photos")
    run = tmp_path / "run"
    with serve(venv, tmp_path / "log", port) as url:
        process = start(
            cache, "solve", tmp_path / "photos", "--out", run, "--vlm", url, "--workers", 2, "--max-steps", 3
        )
        for _ in range(1200):
            if (run / "results.jsonl").exists() or process.poll() is not None:
                break
            time.sleep(0.1)
    # leaving the block has ended the server
    _, told = process.communicate(timeout=300)
    assert process.returncode == 3, told
    died = read_results(run)
    assert any(result.open for result in died)
    with serve(venv, tmp_path / "log", port) as url:
        process = start(cache, "resume", run, "--vlm", url)
        _, told = process.communicate(timeout=600)
    resumed = read_results(run)
    assert len(resumed) == len(list((tmp_path / "photos").iterdir())), told
    for result in resumed:
        assert result.trace is not None
        check(result.trace.trace)
        assert not any("cannot be reached" in note for note in result.trace.prediction.notes)
    kept = {result.id: result for result in died if not result.open}
    assert all(result == kept[result.id] for result in resumed if result.id in kept)
