"""One atlas for the whole run, built from nothing; no network beyond loopback (see pyproject.toml)."""

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import load_reliabilities
from tests.browser import CHROMIUM
from tests.opened import Opened, Opening, opened

for name in Settings.model_fields:
    os.environ.pop(f"GEOAGENT_{name.upper()}", None)  # what the developer has set decides no test
os.environ["GEOAGENT_CONFIG"] = os.devnull
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores Ctrl-C

settings.register_profile("untimed", deadline=None)  # a busy machine fails no test
settings.load_profile("untimed")

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--locked", action="store_true", help="fail unless constraints.txt names what is installed")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this process and the commands that it starts, with a copy of the one atlas of the run.

    The first process that needs the atlas builds it; the others wait for that.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "built"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        open_atlas(shared / "cache")
    return Path(shutil.copytree(shared / "cache", base / "cache"))


@pytest.fixture(scope="session")
def atlas(cache: Path) -> Atlas:
    return open_atlas(cache)


@pytest.fixture(scope="session")
def beliefs(atlas: Atlas) -> Beliefs:
    return Beliefs(atlas, load_reliabilities())


@pytest.fixture(scope="session")
def agent(atlas: Atlas, cache: Path) -> GeoAgent:
    return GeoAgent(Settings(cache_dir=cache))


@pytest.fixture(scope="session")
def photos() -> Path:
    return PHOTOS


@pytest.fixture
def shared_data() -> Path:
    """The folder of data for measuring, beside the repository and never in it; the test is skipped without it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


@pytest.fixture
def open_case(cache: Path, tmp_path: Path) -> Iterator[Opening]:
    """Opens cases with a scripted model, and closes them."""
    with ExitStack() as cases:

        def start(*script: Any, **given: Any) -> Opened:
            return cases.enter_context(opened(script, tmp_path, cache, **given))

        yield start


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, closed with each module: the event loop that Playwright runs is in the way of others."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
