"""What the model sees becomes evidence in the group of its opinion, one answer a question."""

from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.belief import current
from geoagent.case.likelihood import Areas
from geoagent.case.trace import Trace, extend
from geoagent.case.views import View
from geoagent.geo import Area
from geoagent.tools import TOOLS, ToolContext, call_tool

WITNESS = "vlm:scripted"


@pytest.fixture
def context(agent: GeoAgent, photos: Path) -> ToolContext:
    state = agent.start(photos / "nowhere_plain.jpg")
    zoomed = View.model_validate(
        {"number": 2, "photo": 0, "source": 1, "box": {"x0": 0.5, "y0": 0.5, "x1": 1, "y1": 1}}
    )
    state["trace"] = Trace(views=(View(number=1, photo=0), zoomed))
    return agent.resources.tool_context(state)._replace(witness=WITNESS)


def seen(context: ToolContext, **arguments: object) -> Trace:
    return call_tool(TOOLS, "observe", {"view": 1, **arguments}, context)


def test_an_observation_is_a_clue_and_evidence_beside_the_opinion(context: ToolContext) -> None:
    added = seen(context, question="driving_side", answer="left", view=2, box=[0, 0, 0.5, 1])
    item, clue = added.evidence[0], added.clues[0]
    assert added.calls[0].status == "ok"
    assert "drives on the left" in added.calls[0].text
    assert (item.kind, item.witness, item.group) == ("driving_side", WITNESS, f"opinion:{WITNESS}")
    assert item.clues == (clue.id,)
    assert (clue.kind, clue.view) == ("road", 1)
    assert clue.box is not None
    assert (clue.box.x0, clue.box.y0, clue.box.x1) == (0.5, 0.5, 0.75)
    assert isinstance(item.likelihood, Areas)
    assert item.likelihood.weights[Area("GB")] > 10 * item.likelihood.elsewhere


def test_another_answer_replaces_the_first_and_the_same_is_refused(context: ToolContext) -> None:
    trace = context.trace
    for answer, top in (("left", 0.1), ("right", 0.1), ("left", 0.2)):
        here = {"question": "driving_side", "answer": answer, "box": [0, top, 1, 1]}
        trace = extend(trace, seen(context._replace(trace=trace), **here))
    standing = current(trace.evidence)
    assert len(trace.evidence) == 3
    assert ["left" in item.statement for item in standing] == [True]
    again = seen(context._replace(trace=trace), question="driving_side", answer="left", box=[0, 0, 1, 0.5])
    assert again.evidence == ()
    assert "noted already" in again.calls[0].text


def test_unknown_answers_are_told_the_known_ones(context: ToolContext) -> None:
    asked, wrong = (seen(context, question="centre_line", answer=answer) for answer in ("?", "purple"))
    assert (asked.calls[0].status, wrong.calls[0].status) == ("ok", "invalid")
    assert "yellow" in asked.calls[0].text
    assert "yellow" in wrong.calls[0].text
    assert asked.evidence + wrong.evidence == ()
    assert seen(context, question="weather", answer="rain").calls[0].status == "invalid"
    assert seen(context, question="kerb", answer="plain", box=[0.5, 0, 0.4, 1]).calls[0].status == "invalid"


def test_comparing_lists_what_can_be_seen(context: ToolContext) -> None:
    added = call_tool(TOOLS, "compare_candidates", {"first": "United Kingdom", "second": "France"}, context)
    assert "driving_side (United Kingdom: left 98 %; France: right 98 %)" in added.calls[0].text


@pytest.mark.parametrize(
    ("question", "answer", "meant"),
    [
        ("edge_line", "white dashed", "white"),
        ("pole", "round concrete", "round_concrete"),
        ("plants", "palms along the street", "palms"),
        ("kerb", "yellow and black", None),  # "yellow" is another answer
        ("edge_line", "not white", None),
        ("edge_line", "yellow or white", None),
        ("plants", "conifers, birch", None),
    ],
)
def test_an_answer_may_be_said_in_other_words(
    context: ToolContext, question: str, answer: str, meant: str | None
) -> None:
    said = seen(context, question=question, answer=answer)
    expected = seen(context, question=question, answer=meant).evidence if meant else ()
    assert said.calls[0].status == ("ok" if meant else "invalid")
    assert [item.likelihood for item in said.evidence] == [item.likelihood for item in expected]
