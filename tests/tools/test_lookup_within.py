"""A look-up inside a region finds what lies there, and nothing elsewhere."""

import pytest

from geoagent.belief import Beliefs
from geoagent.case.evidence import ToolCall
from geoagent.case.trace import Trace
from geoagent.tools import TOOLS
from geoagent.tools.core.call import call_tool
from geoagent.tools.core.tool import ToolContext


def looked_up(beliefs: Beliefs, name: str, within: str) -> ToolCall:
    context = ToolContext((), Trace(), beliefs.of(()), None, "user")  # type: ignore[arg-type]
    return call_tool(TOOLS, "lookup_place", {"name": name, "within": within}, context).calls[0]


@pytest.mark.parametrize("within", ["Illinois", "Illinois, United States"])
def test_a_region_narrows_a_look_up(beliefs: Beliefs, within: str) -> None:
    found = looked_up(beliefs, "Springfield", within)
    assert found.data and all(place["key"].startswith("US.IL") for place in found.data)


def test_what_is_no_country_and_no_region_is_refused(beliefs: Beliefs) -> None:
    assert "not a known country or region" in looked_up(beliefs, "Lund", "Atlantis").text
