"""One atlas for the whole session, built from nothing; no network beyond loopback (see pyproject.toml)."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import load_reliabilities
from tests.browser import CHROMIUM

for name in Settings.model_fields:
    os.environ.pop(f"GEOAGENT_{name.upper()}", None)  # what the developer has set decides no test
os.environ["GEOAGENT_CONFIG"] = os.devnull
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores Ctrl-C

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--locked", action="store_true", help="fail unless constraints.txt names what is installed")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def atlas(cache: Path) -> Atlas:
    return open_atlas(cache)


@pytest.fixture(scope="session")
def beliefs(atlas: Atlas) -> Beliefs:
    return Beliefs(atlas, load_reliabilities())


@pytest.fixture(scope="session")
def agent(atlas: Atlas, cache: Path) -> GeoAgent:
    return GeoAgent(Settings(cache_dir=cache))


@pytest.fixture
def photos() -> Path:
    return PHOTOS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, closed with each module: the event loop that Playwright runs is in the way of others."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
