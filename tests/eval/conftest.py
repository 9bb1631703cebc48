"""What the tests of the measurements share."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of data for measuring, beside the repository and never in it; the test is skipped without it."""
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there")
    return DATA
