"""What the tests of the measurements share."""

from pathlib import Path

import pytest

from geoagent import GeoAgent
from tests.eval.runs import hostile_run

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of data for measuring, beside the repository and never in it; the test is skipped without it."""
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there")
    return DATA


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory, agent: GeoAgent) -> Path:
    """A run with traces, whose names, questions and chains try to break out of the page."""
    return hostile_run(tmp_path_factory.mktemp("runs"), agent)
