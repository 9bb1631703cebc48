"""What the tests of the measurements share."""

from pathlib import Path

import pytest

from geoagent import GeoAgent
from tests.eval.runs import hostile_run


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory, agent: GeoAgent) -> Path:
    """A run with traces, whose names, questions and chains try to break out of the page."""
    return hostile_run(tmp_path_factory.mktemp("runs"), agent)
