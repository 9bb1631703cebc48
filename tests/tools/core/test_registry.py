"""Which tools are offered, and what they say of each other."""

import itertools
import json
import math
import re

import pytest

from geoagent import Settings
from geoagent.tools import TOOLS
from geoagent.tools.core.registry import fitting, offered
from geoagent.tools.core.tool import Tool, schema

ALLOWED = [
    {},
    {"online": True},
    {"services": {"searxng": "http://127.0.0.1:8888"}},
    {"keys": {"brave": "k", "mapillary": "k"}},
    {"keys": {"tineye": "k"}, "reverse_image": "tineye"},
    {"online": True, "keys": {"tineye": "k", "mapillary": "k"}, "reverse_image": "tineye"},
]


@pytest.mark.parametrize("allowed", ALLOWED, ids=str)
def test_no_tool_speaks_of_one_that_is_not_offered(allowed: dict[str, object]) -> None:
    tools = fitting(offered(TOOLS, Settings.model_validate(allowed)), ())
    missing = set(TOOLS) - set(tools) - {"look", "move"}  # these two are words, too
    for tool in tools.values():
        said = set(re.findall(r"\w+", f"{tool.description} {json.dumps(schema(tool))}"))
        assert not said & missing, tool.name


def test_how_to_read_a_page_is_told_where_that_can_be_done() -> None:
    for online, told in ((False, False), (True, True)):
        settings = Settings(online=online, services={"searxng": "http://127.0.0.1:8888"})
        search = fitting(offered(TOOLS, settings), ())["search_web"]
        assert ("read_page" in search.description) == told


def test_a_service_is_waited_for_as_long_as_the_case_has_time() -> None:
    asking: list[Tool] = [tool for tool in TOOLS.values() if tool.providers]
    assert all(tool.seconds == math.inf for tool in asking)
    assert len({tool.name for tool in itertools.chain(asking)}) > 5
