"""What constraints.txt names for the Python that runs the tests, and what is installed beside it."""

import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked() -> dict[str, Version]:
    """The version of each package that the lock names."""
    rows = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    named = [Requirement(row) for row in rows if row and not row.startswith("#")]
    return {
        canonicalize_name(row.name): Version(str(row.specifier).removeprefix("=="))
        for row in named
        if row.marker is None or row.marker.evaluate()
    }


def installed() -> dict[str, Version]:
    """The version of each package that is here, without what a build adds to it, such as +cpu."""
    found = {canonicalize_name(each.name): Version(each.version) for each in distributions(path=sys.path)}
    return {name: Version(version.public) for name, version in found.items()}


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for: the base, and the extras named."""
    rows = [*PROJECT["dependencies"], *(row for extra in extras for row in PROJECT["optional-dependencies"][extra])]
    return [Requirement(row) for row in rows]


def differing(*packages: str) -> list[str]:
    """Those packages that are installed in another version than the lock's, in words."""
    here, wanted = installed(), locked()
    return [
        f"{name} {here.get(name)} is installed and {wanted[name]} is locked"
        for name in packages
        if here.get(name) != wanted[name]
    ]


def only_with_locked(*packages: str) -> None:
    """Skip the test where its packages differ from the lock: tables are compared with what they were made from.

    It cannot be skipped under the lock: tests/test_lock.py compares the versions that the tables name with the lock's.
    """
    if found := differing(*packages):
        pytest.skip(f"made from another version: {', '.join(found)}")
