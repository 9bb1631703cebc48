"""What the tree promises: imports one way, a free import, one top-level name, schemas that are published."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import geoagent
from geoagent.agent import json_schemas

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "geoagent"
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OF_USERS = {
    "Human_Chain_1.txt",
    "images/",
    "pictures/",
    "labels.csv",
    "metadata.csv",
    "panoramas.json",
    "run.json",
    "trust.json",
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
}
"""Files and folders that the docs name and that are no part of this tree."""
NO_MODULES = {"geoagent.encoders", "geoagent.toml"}
"""A group of entry points, and the file of settings."""


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
    settled = ["Event", "GeoAgent", "Prediction", "Settings", "ToolContext", "ToolResult", "TraceFile"]
    assert geoagent.__all__ == [*settled, "Verification", "verify"]
    assert all(getattr(geoagent, name) for name in geoagent.__all__)


def test_the_wheel_installs_one_name_and_all_that_belongs_to_it(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", tmp_path, ROOT],
        check=True,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"geoagent"}
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert sorted({str(path.relative_to(ROOT)) for path in files} - set(names)) == []


def test_what_is_vendored_is_what_the_notice_names() -> None:
    notice = (ROOT / "NOTICE").read_text()
    vendored = [path for path in (PACKAGE / "report" / "vendor").iterdir() if path.is_file()]
    assert len(vendored) == 2
    for path in vendored:
        assert f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" in notice


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


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_path_that_the_docs_name_exists(page: Path) -> None:
    named = set(re.findall(r"`([\w./*-]+(?:\.(?:py|json|csv|txt|sh|sql)|/))`", page.read_text()))
    placeholders = {name for name in named if re.search(r"[A-Z]{4}", name)}
    assert [name for name in sorted(named - placeholders - OF_USERS) if not _exists(name, page)] == []


def _exists(name: str, page: Path) -> bool:
    """A path from the root, the package, its tests or the page's folder; a bare name is that of any module."""
    if name.startswith("/"):  # of the service's API
        return True
    if any(next(folder.glob(name), None) for folder in (ROOT, PACKAGE, page.parent)):
        return True
    return "/" not in name and next(PACKAGE.rglob(name), None) is not None


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_module_that_the_docs_name_exists(page: Path) -> None:
    named = set(re.findall(r"\bgeoagent(?:\.\w+)+", page.read_text())) - NO_MODULES
    assert [name for name in sorted(named) if not _is_defined(name)] == []


def _is_defined(dotted: str) -> bool:
    """Whether a dotted name is a package, a module, or a name that its module holds."""
    path, (*parts, last) = PACKAGE, dotted.split(".")[1:]
    for part in parts:
        path /= part
    if (path / last).is_dir() or (path / f"{last}.py").is_file():
        return True
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return source.is_file() and re.search(rf"\b{last}\b", source.read_text()) is not None


@pytest.mark.parametrize("page", [*DOCS, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_link_of_the_docs_leads_somewhere(page: Path) -> None:
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text())):
        if "://" in target:
            continue
        linked = page.parent / target if target else page
        assert linked.exists(), target
        headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE) if anchor else []
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, f"{target}#{anchor}"


@pytest.mark.parametrize(("page", "heading"), [("README.md", "Where things are"), ("docs/design.md", "The packages")])
def test_the_tree_of_the_docs_is_that_of_the_package(page: str, heading: str) -> None:
    section = (ROOT / page).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert [name for name in sorted(packages) if not re.search(rf"`{name}`|\b{name}/", section)] == []
    folders = set(re.findall(r"^ +(\w+)/ ", section, re.MULTILINE))
    assert [name for name in sorted(folders) if not (PACKAGE / name).is_dir()] == []
