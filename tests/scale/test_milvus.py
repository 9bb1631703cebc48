"""A gallery whose index is in Milvus finds what it finds with its own."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.scale,
    pytest.mark.skipif("GEOAGENT_TEST_SCALE" not in os.environ, reason="GEOAGENT_TEST_SCALE names no environment"),
]


def test_both_find_the_same(tmp_path: Path) -> None:
    python = f"{os.environ['GEOAGENT_TEST_SCALE']}/bin/python"
    script = Path(__file__).with_name("search_both.py")
    done = subprocess.run([python, script, tmp_path], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["first_alike"] == 1
    assert found["ten_alike"] >= 0.99
    assert (found["index_files"], found["added_is_found"], found["held"]) == ([], True, 6500)
    assert (found["held_of_a_shorter_record"], found["made_anew"]) == (0, True)
    assert found["away"].startswith("milvus does not answer")
