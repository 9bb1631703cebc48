"""What a model is shown of how the hint was read, and what its word that it was misread does, once."""

import pytest

from geoagent.belief.readout import mass
from geoagent.case.trace import extend
from geoagent.geo import Area
from geoagent.graph.investigate import investigate
from geoagent.graph.perceive import perceive
from geoagent.graph.propose import propose
from geoagent.testing.scripted_model import action, look, said
from tests.opened import Opened, Opening

SWEDEN = {"country": "Sweden", "probability": 0.6}
REASON = "Spain is the team on the shirt"


def opened_with(open_case: Opening, *script: object, hint: str = "Spain") -> Opened:
    case = open_case(*script, hint=hint)
    case.add(perceive(case.state, case.resources)["trace"])
    return case


def proposed(case: Opened) -> None:
    case.state["trace"] = extend(case.trace, propose(case.state, case.resources)["trace"])


def spain(case: Opened) -> float:
    return mass(case.resources.belief(case.state), Area("ES"))


def test_the_first_question_tells_how_the_hint_was_read_and_what_is_not_used(open_case: Opening) -> None:
    case = opened_with(open_case, look(SWEDEN), hint="Spain, seen on the road to Lisbon")
    proposed(case)
    asked = said(case.requests[0])
    assert "It was read as: the hint names Spain; not used of the hint: " in asked
    assert "road to Lisbon" in asked
    assert "hint_misread" in asked


def test_without_a_hint_nothing_is_asked_of_it(open_case: Opening) -> None:
    case = opened_with(open_case, look(SWEDEN), hint="")
    proposed(case)
    assert "hint_misread" not in str(case.requests[0])


def test_a_contested_hint_is_a_weak_witness_and_the_reason_is_told(open_case: Opening) -> None:
    case = opened_with(open_case, {**look(SWEDEN), "hint_misread": REASON})
    before = spain(case)
    proposed(case)
    assert before > 0.9
    assert spain(case) < 0.4
    steps = [step for step in case.trace.steps if step.node == "propose" and REASON in step.statement]
    assert len(steps) == 1
    assert steps[0].statement.startswith("the hint names Spain; the model says that this misreads the hint")


@pytest.mark.parametrize("first", [REASON, ""])
def test_a_hint_is_contested_once(open_case: Opening, first: str) -> None:
    revised = action("revise_opinion", places=[SWEDEN], elsewhere=0.2, hint_misread="another reason")
    case = opened_with(open_case, {**look(SWEDEN), "hint_misread": first}, revised)
    proposed(case)
    case.state["trace"] = extend(case.trace, investigate(case.state, case.resources)["trace"])
    contests = [item for item in case.trace.evidence if item.kind == "hint" and item.supersedes]
    assert [REASON in item.statement for item in contests] == [bool(first)]
    told = case.trace.turns[-1].observation
    assert ("that is said once" in told) is bool(first)


def test_a_contest_at_a_later_turn_counts_though_the_opinion_stays(open_case: Opening) -> None:
    same = action("revise_opinion", places=[SWEDEN], elsewhere=0.1, hint_misread=REASON)
    case = opened_with(open_case, look(SWEDEN), same)
    proposed(case)
    case.state["trace"] = extend(case.trace, investigate(case.state, case.resources)["trace"])
    assert spain(case) < 0.4
    assert "the hint counts for little now" in case.trace.turns[-1].observation
