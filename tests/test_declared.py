"""What is imported is declared: in the base, or in the extra of the modules that only work with it."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.lock import PROJECT, ROOT, declared

MODULES = sorted((ROOT / "geoagent").rglob("*.py"))
EXTRA_OF = {
    "eval": "eval", "eval/inspect.py": "inspect", "files/foreign_tables.py": "eval", "gallery/index.py": "gallery",
    "gallery/sources.py": "eval", "photo/credentials.py": "credentials", "osm": "osm", "priors": "prior",
    "reading/ocr/tesseract.py": "scripts", "runs/samples.py": "eval",
    "runs/stored_photos.py": "storage", "serve": "serve", "serve/mcp.py": "mcp",
    "terrain": "terrain", "vision": "vision", "gallery/milvus.py": "milvus", "serve/postgres.py": "postgres",
    "spans.py": "opentelemetry",
    "tools/core/mcp_server.py": "mcp", "web/services/ddgs.py": "web",
    "web/services/geocoders.py": "web", "web/parsing.py": "web",
}  # fmt: skip
"""The parts of geoagent that may import more than the base, and the extra that brings it."""
OWN = {
    "geoagent",
    "tests",
    "scripts",
    "ablations",
    "build_world_map",
    "mutated",
    "render_scenes",
    "street",
    "street_scenes",
}
APART = {
    "genai_prices", "geoclip", "gguf", "global_land_mask", "mistral_common", "reverse_geocode",
    "reverse_geocoder", "simplemma", "wordfreq", "xllamacpp",
}  # fmt: skip
"""What scripts and benchmarks say is to be installed beside, and the tests against published code look for."""


def for_types(tree: ast.AST) -> set[int]:
    """The statements that only a type checker runs."""
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {id(child) for test in tests for statement in test.body for child in ast.walk(statement)}


def imports(path: Path) -> Iterator[str]:
    """The modules of others that a file imports, at once or late."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = for_types(tree)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [str(node.module)]
        yield from (name for name in names if name.partition(".")[0] not in sys.stdlib_module_names | OWN)


@cache
def packages_of_modules() -> dict[str, set[str]]:
    """The installed packages that hold each module, also where several share a name, as those of LangGraph do."""
    found: dict[str, set[str]] = {}
    for package in distributions():
        name = canonicalize_name(package.name)
        files = (row.split(",")[0] for row in (package.read_text("RECORD") or "").splitlines())
        for file in (file for file in files if file.endswith((".py", ".so", ".pyd"))):
            *folders, last = file.split("/")
            module = ".".join(folders if last == "__init__.py" else [*folders, last.partition(".")[0]])
            found.setdefault(module, set()).add(name)
    return found


def undeclared(path: Path, names: set[str]) -> list[str]:
    """The modules that a file imports and that no package of these names holds; one not installed goes by its name."""
    here = packages_of_modules()
    return [m for m in imports(path) if not here.get(m, {canonicalize_name(m.partition(".")[0])}) & names]


def names_of(*extras: str) -> set[str]:
    return {canonicalize_name(row.name) for row in declared(*extras)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_package_imports_is_declared(path: Path) -> None:
    inside = path.relative_to(ROOT / "geoagent")
    extras = [extra for part, extra in EXTRA_OF.items() if inside.is_relative_to(part)]
    if inside.name == "no_telemetry.py":  # it loads what the extras bring, for their modules
        extras = ["eval", "prior", "ray", "vision"]
    assert undeclared(path, names_of(*extras)) == []


@pytest.mark.parametrize("folder", ["tests", "examples", "scripts", "benchmarks"])
def test_what_the_rest_imports_is_declared(folder: str) -> None:
    names = names_of(*PROJECT["optional-dependencies"])
    found = {name for path in (ROOT / folder).rglob("*.py") for name in undeclared(path, names)}
    assert {name for name in found if name.partition(".")[0] not in APART} == set()


def test_a_base_module_needs_no_extra() -> None:
    assert {"langchain-core", "markupsafe", "opencv-python-headless"} <= names_of()
    assert not {"torch", "fastapi", "mcp", "pyarrow"} & names_of()
