import shutil
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


@pytest.mark.slow
def test_the_notebook_runs_from_the_photo_to_the_map(
    cache: Path, atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    shutil.copytree(EXAMPLES[0].parent / "photos", tmp_path / "photos")
    notebook = nbformat.read(EXAMPLES[0].with_name("notebook.ipynb"), as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # what is kept is not what somebody once got
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    answer, why, map_data, map_shown = (cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert "<td>city</td><td>Zaragoza</td>" in answer[-1].data["text/html"]
    assert "Zaragoza" in why[0].text
    assert "answer Point" in map_data[0].text
    assert "<iframe srcdoc=" in map_shown[-1].data["text/html"]
