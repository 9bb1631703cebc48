import subprocess
import sys
from pathlib import Path

import pytest

from geoagent.atlas import Atlas

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))
AT_ONCE = {"solve_one_photo", "custom_tool"}


@pytest.mark.parametrize(
    "example",
    [pytest.param(path, marks=[] if path.stem in AT_ONCE else [pytest.mark.slow]) for path in EXAMPLES],
    ids=lambda path: path.stem,
)
def test_each_example_runs_as_it_stands(example: Path, cache: Path, atlas: Atlas, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, example], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={"GEOAGENT_CACHE_DIR": str(cache), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
