"""Investigate: one decision of the reasoner, done and recorded."""

import pytest

from geoagent import ToolResult
from geoagent.case.evidence import Step, ToolCall
from geoagent.case.prediction import Usage
from geoagent.case.trace import State, Trace
from geoagent.errors import UNUSABLE, ToolUnavailable
from geoagent.graph.budget import SPENT
from geoagent.graph.investigate import investigate
from geoagent.testing.scripted_model import action, look
from tests.opened import Opened, Opening, breaks_down, clue, says

ZOOM = action("zoom", view=1, box=[0, 0, 0.5, 0.5])
DONE = action("conclude", claims=[])


def turn(case: Opened) -> State:
    return investigate(case.state, case.resources)


def claimed(case: Opened) -> Step:
    (step,) = turn(case)["trace"].steps
    return step


@pytest.mark.parametrize(
    ("usage", "budget"),
    [
        (Usage(steps=5), "steps"),
        (Usage(seconds=60), "seconds"),
        (Usage(prompt_tokens=900, completion_tokens=100), "tokens"),
    ],
)
def test_a_spent_budget_ends_the_loop_and_asks_nobody(open_case: Opening, usage: Usage, budget: str) -> None:
    case = open_case(ZOOM, max_steps=5, timeout_s=60, max_tokens=1000)
    case.state["usage"] = usage
    assert turn(case) == {
        "status": "out_of_budget", "notes": (f"nothing more was looked for: {SPENT[budget]}",), "next": "verify"
    }  # fmt: skip
    assert case.requests == []


def test_a_tool_is_called_and_its_answer_is_the_observation(open_case: Opening) -> None:
    case = open_case({**ZOOM, "thought": "a sign"})
    added = turn(case)
    (call,), (told,) = added["trace"].calls, added["trace"].turns
    assert (call.tool, call.status, call.arguments) == ("zoom", "ok", {"view": 1, "box": [0, 0, 0.5, 0.5]})
    assert (told.thought, told.action, told.views) == ("a sign", "zoom", (2,))
    assert told.observation == f"{call.text} [call {call.id}]"
    assert [view.number for view in added["trace"].views] == [2]
    assert added["next"] == "investigate"
    assert (added["usage"].steps, added["usage"].model_calls) == (1, 1)


def test_evidence_of_a_tool_is_named_in_the_observation_so_that_it_can_be_cited(open_case: Opening) -> None:
    def archive() -> ToolResult:
        """Ask the archive."""
        return ToolResult(text="a letter", evidence=(says("tool:archive", SE=1.0),))

    case = open_case(action("archive"), tools=[archive])
    trace = turn(case)["trace"]
    (item,), (call,) = trace.evidence, trace.calls
    assert item.call == call.id
    assert f"[evidence {item.id}: {item.statement}]" in trace.turns[0].observation
    assert any(item.id in step.cites for step in trace.steps)


def test_a_call_that_fails_is_told_and_the_loop_goes_on(open_case: Opening) -> None:
    def archive() -> str:
        """Ask the archive."""
        raise ToolUnavailable("the archive is closed")

    case = open_case(action("archive"), action("teleport"), tools=[archive])
    for status, what in (("unavailable", "the archive is closed"), ("invalid", "there is no tool 'teleport'")):
        added = turn(case)
        (told,) = added["trace"].turns
        assert told.observation.startswith(f"({status}) ")
        assert what in told.observation
        assert added["next"] == "investigate"


def test_a_revised_opinion_is_a_link_of_the_chain(open_case: Opening) -> None:
    case = open_case(action("revise_opinion", places=[{"country": "Chile", "probability": 0.9}], elsewhere=0.1))
    added = turn(case)
    (opinion,), (step,) = added["trace"].evidence, added["trace"].steps
    assert (step.node, step.cites[0]) == ("investigate", opinion.id)
    assert added["next"] == "investigate"


def test_conclude_ends_the_loop_with_the_claims_as_links(open_case: Opening) -> None:
    case = open_case(action("conclude", claims=[{"statement": "the bus is blue", "cites": []}]))
    added = turn(case)
    assert added["next"] == "verify"
    assert [step.statement for step in added["trace"].steps] == ["the model says: the bus is blue"]
    assert added["trace"].turns[0].arguments == {"claims": ["the bus is blue"]}
    assert added["usage"].steps == 1


def test_a_claim_is_backed_by_evidence_of_another_witness(open_case: Opening) -> None:
    item = says("ocr", SE=1.0)
    case = open_case(action("conclude", claims=[{"statement": "Swedish", "cites": [item.id]}]))
    case.add(Trace(evidence=(item,)))
    assert (claimed(case).cites, claimed(case).support) == ((item.id,), "cited")


@pytest.mark.parametrize(("status", "support"), [("ok", "cited"), ("unavailable", "unsupported")])
def test_a_claim_is_backed_by_a_call_that_answered(open_case: Opening, status: str, support: str) -> None:
    call = ToolCall.model_validate({"tool": "zoom", "arguments": {}, "status": status, "text": "x"})
    case = open_case(action("conclude", claims=[{"statement": "Swedish", "cites": [call.id]}]))
    case.add(Trace(calls=(call,)))
    assert (claimed(case).cites, claimed(case).support) == ((call.id,), support)


def test_what_the_model_itself_saw_is_told_as_seen_by_it(open_case: Opening) -> None:
    call = ToolCall(tool="observe", arguments={}, status="ok", text="left")
    own = says("vlm:scripted", kind="driving_side", GB=1.0).replace(call=call.id)
    seen = clue("a bus", witness="vlm:scripted")
    for cites in ([own.id], [call.id], [seen.id], [own.id, call.id, seen.id]):
        case = open_case(action("conclude", claims=[{"statement": "British", "cites": cites}]))
        case.add(Trace(clues=(seen,), calls=(call,), evidence=(own,)))
        assert (claimed(case).cites, claimed(case).support) == (tuple(cites), "seen")


def test_the_models_opinion_backs_nothing(open_case: Opening) -> None:
    own = says("vlm:scripted", kind="opinion", GB=1.0)
    case = open_case(action("conclude", claims=[{"statement": "British", "cites": [own.id]}]))
    case.add(Trace(evidence=(own,)))
    assert (claimed(case).cites, claimed(case).support) == ((own.id,), "unsupported")


def test_a_text_that_ocr_has_read_backs_a_claim(open_case: Opening) -> None:
    read = clue("Uppsala")
    case = open_case(action("conclude", claims=[{"statement": "Swedish", "cites": [read.id]}]))
    case.add(Trace(clues=(read,)))
    assert claimed(case).support == "cited"


def test_ids_that_nobody_has_seen_are_left_out_of_a_citation(open_case: Opening) -> None:
    item = says("ocr", SE=1.0)
    cites = ["e000000000000", item.id, item.id]
    case = open_case(action("conclude", claims=[{"statement": "Swedish", "cites": cites}]))
    case.add(Trace(evidence=(item,)))
    assert claimed(case).cites == (item.id,)


def test_what_the_model_notices_on_the_way_is_kept_and_told_with_its_id(open_case: Opening) -> None:
    noticed = {"kind": "sign", "value": "a yellow sign", "view": 1, "box": [0.1, 0.1, 0.2, 0.2]}
    case = open_case({**ZOOM, "seen": [noticed]})
    added = turn(case)
    (kept,), (told,) = added["trace"].clues, added["trace"].turns
    assert told.observation.endswith(f" [noted {kept.id}: a yellow sign]")


def test_an_unusable_answer_degrades_the_case_and_its_cost_is_counted(open_case: Opening) -> None:
    case = open_case("hm", "hm")
    added = turn(case)
    assert (added["status"], added["next"]) == ("degraded", "verify")
    assert added["notes"][0].startswith(UNUSABLE)
    assert (added["usage"].model_calls, added["usage"].steps) == (2, 0)


@pytest.mark.parametrize(("seconds", "status"), [(0.0, "degraded"), (59.5, "out_of_budget")])
def test_a_server_that_fails_ends_the_loop(open_case: Opening, seconds: float, status: str) -> None:
    case = open_case(look({"country": "Sweden", "probability": 0.6}), breaks_down(), timeout_s=60)
    case.reasoner.propose(case.case)
    case.state["usage"] = Usage(seconds=seconds)
    added = turn(case)
    assert (added["status"], added["next"]) == (status, "verify")
    assert added["notes"] == ("the model server refuses the key; set GEOAGENT_API_KEY: scripted failure",)


def test_the_state_is_read_and_never_changed(open_case: Opening) -> None:
    case = open_case(ZOOM)
    before = dict(case.state)
    turn(case)
    assert case.state == before
