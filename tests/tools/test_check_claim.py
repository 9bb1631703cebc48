"""Statements on places, held against the tables and the atlas."""

import pytest

from geoagent.belief import Beliefs
from geoagent.case.evidence import ToolCall
from geoagent.case.trace import Trace
from geoagent.photo import Photos
from geoagent.tools import TOOLS, ToolContext, call_tool


def check(beliefs: Beliefs, place: str, subject: str, value: str) -> ToolCall:
    context = ToolContext((), Trace(), beliefs.of(()), Photos(), "vlm:scripted")
    added = call_tool(TOOLS, "check_claim", {"place": place, "subject": subject, "value": value}, context)
    assert not added.evidence
    return added.calls[0]


@pytest.mark.parametrize(
    ("place", "subject", "value", "verdict"),
    [
        ("United Kingdom", "driving_side", "left", "supported"),
        ("Austria", "driving_side", "left", "contradicted"),
        ("Finland", "language", "fi", "supported"),
        ("Finland", "language", "th", "contradicted"),
        ("Singapore", "climate", "Af", "supported"),
        ("Oslo, Norway", "climate", "Af", "contradicted"),
        ("Austria", "by_the_sea", "yes", "contradicted"),
        ("Malta", "by_the_sea", "yes", "supported"),
    ],
)
def test_a_claim_is_supported_or_contradicted(
    beliefs: Beliefs, place: str, subject: str, value: str, verdict: str
) -> None:
    call = check(beliefs, place, subject, value)
    assert call.status == "ok"
    assert call.data["verdict"] == verdict
    assert call.text.startswith(verdict)
    if verdict == "contradicted":
        assert "there it is most often" in call.text


def test_what_cannot_be_checked_says_what_can(beliefs: Beliefs) -> None:
    assert "left" in check(beliefs, "Austria", "driving_side", "?").text
    assert check(beliefs, "Austria", "driving_side", "middle").status == "invalid"
    assert check(beliefs, "Atlantis", "driving_side", "left").status == "invalid"
    assert check(beliefs, "Austria", "taste", "sweet").status == "invalid"
