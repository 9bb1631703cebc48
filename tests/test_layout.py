"""What the tree promises: imports one way, a free import, one top-level name, schemas that are published."""

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import geoagent
from geoagent.agent import json_schemas

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "geoagent"


def test_imports_point_one_way() -> None:
    """The layers stand in pyproject.toml, [tool.importlinter]."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_geoagent_is_free() -> None:
    code = "import sys; before = set(sys.modules); import geoagent; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("geoagent")} == {"geoagent"}
    assert not loaded & {"numpy", "pydantic", "langgraph", "openai", "torch"}
    assert done.stderr == ""


def test_the_public_names_are_pinned_and_there() -> None:
    assert geoagent.__all__ == ["Event", "GeoAgent", "Prediction", "Settings", "ToolContext", "ToolResult", "TraceFile"]
    assert all(getattr(geoagent, name) for name in geoagent.__all__)


def test_the_wheel_installs_one_name(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", tmp_path, ROOT],
        check=True,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"geoagent"}
    assert {"geoagent/data/borders.json", "geoagent/prompts/propose.md", "geoagent/py.typed"} <= set(names)
    shared = {f"geoagent/report/templates/{name}" for name in ("answer.html", "answer.css", "answer.js", "base.css")}
    assert shared | {"geoagent/data/world.json"} <= set(names)
    assert {f"geoagent/eval/report/templates/{name}" for name in ("report.html", "parts.html", "report.css")} <= set(
        names
    )


def test_the_wheel_carries_the_page() -> None:
    carried = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["geoagent"]
    files = [path for path in (PACKAGE / "serve").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert len(files) > 5
    assert [path for path in files if not any(path.relative_to(PACKAGE).match(glob) for glob in carried)] == []


@pytest.mark.parametrize(("name", "number"), [("prediction", 1), ("trace", 2)])
def test_the_published_schema_is_that_of_the_code(name: str, number: int) -> None:
    published = json.loads((ROOT / "docs" / "schema" / f"{name}-{number}.json").read_text())
    assert published == json_schemas()[name]


def test_the_drawn_state_machine_is_the_compiled_one(agent: geoagent.GeoAgent) -> None:
    assert agent.graph.get_graph().draw_mermaid().strip() in (ROOT / "docs" / "design.md").read_text()


def test_the_commands_of_the_docs_are_those_of_the_code() -> None:
    """`scripts/build_commands.py` writes them; where lines break differs between versions of Python."""
    code = "from scripts.build_commands import document; print(document())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert "--opinion-samples" in written
    assert written.split() == done.stdout.split()
