"""The reasoner behind a model server: its answers become decisions, what is unusable is asked for once more."""

import json
from pathlib import Path
from typing import Any

import pytest

from geoagent import Settings
from geoagent.case.prediction import Usage
from geoagent.case.trace import Trace
from geoagent.case.views import View
from geoagent.errors import UNUSABLE, ModelError, UnusableAnswer
from geoagent.reasoners.reasoner import Finish, Revise, UseTool
from geoagent.reasoners.vlm.context_length import FITS
from geoagent.reasoners.vlm.model_server import ANSWER_TOKENS
from geoagent.testing.scripted_model import Failure, NativeCall, Request, ScriptedModel, action, look
from tests.opened import Opened, Opening, breaks_down, clue, says
from tests.perceived import solve_perceived

SWEDEN = {"country": "Sweden", "probability": 0.6}
NORWAY = {"country": "Norway", "probability": 0.6}
BUS = {"kind": "vehicle", "value": "a blue bus", "view": 1, "box": [0.1, 0.5, 0.4, 0.9]}
ZOOM = action("zoom", view=1, box=[0, 0, 0.5, 0.5])
REFUSES_TOOLS = Failure(400, '{"error": {"message": "tool use is not supported"}}')
TOO_LONG = Failure(400, '{"error": {"message": "maximum context length is 900 tokens"}}')


def several(*answers: Any) -> Failure:
    """One reply with a choice for each answer."""
    texts = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
    choices = [{"index": i, "message": {"role": "assistant", "content": text}} for i, text in enumerate(texts)]
    return Failure(200, json.dumps({"id": "x", "object": "chat.completion", "created": 0, "choices": choices}))


def proposed(case: Opened) -> tuple[Trace, Usage]:
    found: tuple[Trace, Usage] = case.reasoner.propose(case.case)
    return found


def decided(case: Opened) -> Any:
    return case.reasoner.decide(case.case)[0]


def told(decision: Revise) -> str:
    """What the model sees of its turn."""
    return decision.addition.turns[0].observation


# the first look


def test_the_witness_is_the_model(open_case: Opening) -> None:
    assert open_case("").reasoner.witness == "vlm:scripted"


def test_the_opinion_rests_on_the_clues_of_the_same_look(open_case: Opening) -> None:
    added, usage = proposed(open_case(look(SWEDEN, clues=[BUS])))
    (seen,), (opinion,) = added.clues, added.evidence
    assert (seen.value, seen.view, seen.witness) == ("a blue bus", 1, "vlm:scripted")
    assert opinion.clues == (seen.id,)
    assert usage.model_calls == 1


def test_several_looks_are_averaged_and_the_first_ones_clues_count(open_case: Opening) -> None:
    case = open_case(several(look(SWEDEN, clues=[BUS]), look(NORWAY)), opinion_samples=2)
    added, _ = proposed(case)
    weights = {str(place.area): place.probability for place in added.evidence[0].likelihood.places}
    assert weights == pytest.approx({"SE": 0.3, "NO": 0.3})
    assert [item.value for item in added.clues] == ["a blue bus"]
    assert case.requests[0]["n"] == 2


def test_looks_that_are_unusable_are_left_out_while_one_is_usable(open_case: Opening) -> None:
    case = open_case(several("hm", look(SWEDEN), "hm"), opinion_samples=3)
    added, usage = proposed(case)
    assert added.evidence[0].statement == "in the model's opinion: Sweden 60 %"
    assert usage.model_calls == 1


@pytest.mark.parametrize(("answers_left", "asked"), [(5, 4), (3, 3), (0, None)])
def test_no_more_looks_are_asked_for_than_tokens_are_left(
    open_case: Opening, answers_left: int, asked: int | None
) -> None:
    case = open_case(look(SWEDEN), opinion_samples=4, max_tokens=answers_left * ANSWER_TOKENS + 1)
    proposed(case)
    assert case.requests[0].get("n") == asked


# answers that cannot be used


@pytest.mark.parametrize("ask", ["propose", "decide"])
def test_an_unusable_answer_is_asked_for_once_more_and_the_model_is_told_why(open_case: Opening, ask: str) -> None:
    case = open_case("Nordic, I think.", look(SWEDEN) if ask == "propose" else ZOOM)
    _, usage = getattr(case.reasoner, ask)(case.case)
    assert usage.model_calls == 2
    first, again = case.requests
    assert again["messages"][: len(first["messages"])] == first["messages"]
    assert again["messages"][-2] == {"role": "assistant", "content": "Nordic, I think."}
    assert "it holds no JSON object" in again["messages"][-1]["content"]


@pytest.mark.parametrize("ask", ["propose", "decide"])
def test_an_answer_that_is_unusable_twice_is_given_up_and_its_cost_told(open_case: Opening, ask: str) -> None:
    case = open_case("hm")
    with pytest.raises(UnusableAnswer, match=f"{UNUSABLE}, twice: ") as raised:
        getattr(case.reasoner, ask)(case.case)
    error = raised.value
    assert (error.model_calls, error.prompt_tokens, error.completion_tokens) == (2, 200, 20)
    assert len(case.requests) == 2


# what a turn decides


def test_an_action_is_a_call_of_a_tool_with_its_thought(open_case: Opening) -> None:
    decision = decided(open_case({**ZOOM, "thought": "a sign"}))
    assert decision == UseTool("a sign", "zoom", {"view": 1, "box": [0, 0, 0.5, 0.5]})


def test_conclude_carries_the_claims_with_what_they_cite(open_case: Opening) -> None:
    decision = decided(
        open_case(action("conclude", claims=[{"statement": "blue", "cites": ["c1"]}, {"statement": "x"}]))
    )
    assert isinstance(decision, Finish)
    assert [(claim.statement, claim.cites) for claim in decision.claims] == [("blue", ("c1",)), ("x", ())]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (action("conclude", claims="it is Sweden"), "wrong arguments: claims: "),
        (action("revise_opinion", places=[], elsewhere=0.5), "wrong arguments: places: "),
        (action("revise_opinion", places=[SWEDEN], elsewhere=7), "wrong arguments: elsewhere: "),
    ],
)
def test_an_ending_with_wrong_arguments_is_told_and_ends_nothing(
    open_case: Opening, given: dict[str, Any], fault: str
) -> None:
    decision = decided(open_case(given))
    assert isinstance(decision, Revise)
    assert told(decision).startswith(fault)
    assert decision.addition.evidence == ()


def test_a_revised_opinion_replaces_the_one_before(open_case: Opening) -> None:
    case = open_case(look(SWEDEN), action("revise_opinion", places=[NORWAY], elsewhere=0.1))
    case.add(proposed(case)[0])
    decision = decided(case)
    (opinion,) = decision.addition.evidence
    assert opinion.supersedes == case.trace.evidence[0].id
    assert told(decision) == f"noted as {opinion.id}: {opinion.statement}"


def test_a_revised_opinion_names_what_the_model_had_been_shown_by_others(open_case: Opening) -> None:
    case = open_case(look(SWEDEN), action("revise_opinion", places=[NORWAY], elsewhere=0.1))
    case.add(proposed(case)[0])
    read, hint = says("ocr", NO=1.0), says("user", SE=1.0)
    case.add(Trace(evidence=(read, hint)))
    assert decided(case).addition.evidence[0].seen == (read.id,)


def test_an_opinion_that_says_nothing_new_changes_nothing(open_case: Opening) -> None:
    case = open_case(
        look(SWEDEN, elsewhere=0.1),
        action("revise_opinion", places=[SWEDEN], elsewhere=0.1),
        action("revise_opinion", places=[{"country": "Ruritania", "probability": 0.9}], elsewhere=0.1),
    )
    case.add(proposed(case)[0])
    same, unknown = decided(case), decided(case)
    assert told(same) == "that is what you said before; nothing was changed"
    assert told(unknown) == "none of these places is known; nothing was changed"
    assert same.addition.evidence == unknown.addition.evidence == ()


# what it notices on the way


def test_what_was_noticed_is_not_noted_twice(open_case: Opening) -> None:
    again = {**BUS, "value": "A Blue Bus", "box": [0, 0, 1, 1]}
    case = open_case({**ZOOM, "seen": [BUS, again]}, {**ZOOM, "seen": [BUS]})
    decision = decided(case)
    assert [item.value for item in decision.clues] == ["a blue bus"]
    case.add(Trace(clues=decision.clues))
    assert decided(case).clues == ()


@pytest.mark.parametrize(
    "said", ["red lit sign, unreadable", "A board too small to read", "letters that cannot be made out"]
)
def test_a_text_that_cannot_be_read_is_a_sign(open_case: Opening, said: str) -> None:
    seen = [{**BUS, "kind": "text", "value": said}, {**BUS, "kind": "text", "value": "Storgatan"}]
    assert [item.kind for item in decided(open_case({**ZOOM, "seen": seen})).clues] == ["sign", "text"]


def test_what_another_witness_has_read_may_be_noticed_too(open_case: Opening) -> None:
    case = open_case({**ZOOM, "seen": [{**BUS, "kind": "text", "value": "Storgatan"}]})
    case.add(Trace(clues=(clue("Storgatan"),)))
    assert [item.witness for item in decided(case).clues] == ["vlm:scripted"]


@pytest.mark.parametrize(("photos", "view"), [(1, 1), (2, None)])
def test_a_view_that_does_not_exist_is_taken_for_the_only_one_or_for_none(
    open_case: Opening, photos: int, view: int | None
) -> None:
    case = open_case({**ZOOM, "seen": [{**BUS, "view": 9}]}, photos=photos)
    (seen,) = decided(case).clues
    assert seen.view == view
    assert (seen.box is None) == (view is None)


@pytest.mark.parametrize("view", [2, 3])
def test_what_is_seen_in_a_picture_from_outside_is_no_clue(open_case: Opening, view: int) -> None:
    case = open_case({**ZOOM, "seen": [{**BUS, "view": view}]})
    outside = View(number=2, photo=0, width=9, height=9, of=case.state["photos"][0], outside="the picture 77")
    beside = View(number=3, photo=0, width=9, height=9, source=1, beside=(case.trace.views[0], outside))
    case.add(Trace(views=(outside, beside)))
    assert decided(case).clues == ()


# native calls of tools


def test_a_native_call_is_the_action(open_case: Opening) -> None:
    case = open_case(NativeCall("whats_at", {"lat": 59.3, "lon": 18.1}), native_tools=True)
    decision = decided(case)
    assert decision == UseTool("", "whats_at", {"lat": 59.3, "lon": 18.1})
    names = {tool["function"]["name"] for tool in case.requests[0]["tools"]}
    assert names >= {"zoom", "conclude", "revise_opinion"}
    assert "response_format" not in case.requests[0]


def test_a_text_instead_of_a_call_is_asked_for_again_as_an_action(open_case: Opening) -> None:
    case = open_case("I would zoom.", ZOOM, native_tools=True)
    decision, usage = case.reasoner.decide(case.case)
    assert decision.tool == "zoom"
    assert usage.model_calls == 2
    assert ["tools" in request for request in case.requests] == [True, False]


def test_a_server_that_refuses_tools_is_not_offered_them_again(open_case: Opening) -> None:
    case = open_case(REFUSES_TOOLS, ZOOM, ZOOM, native_tools=True)
    assert [decided(case).tool, decided(case).tool] == ["zoom", "zoom"]
    assert ["tools" in request for request in case.requests] == [True, False, False]


# questions that are too large


def test_a_question_is_made_smaller_until_it_fits(open_case: Opening) -> None:
    sizes = list[int]()

    def small(request: Request) -> Any:
        sizes.append(len(json.dumps(request)))
        return ZOOM if sizes[-1] < sizes[0] else TOO_LONG

    case = open_case(small, image_side=320)
    assert decided(case).tool == "zoom"
    assert sizes[-1] < sizes[0]


def test_what_never_fits_is_said_with_what_to_do(open_case: Opening) -> None:
    case = open_case(TOO_LONG, image_side=320)
    with pytest.raises(ModelError, match="serve the model with a longer context"):
        decided(case)
    sizes = [len(json.dumps(request)) for request in case.requests]
    assert len(sizes) >= len(FITS)
    assert sizes[-1] < sizes[0]


def test_a_server_that_fails_after_an_answer_is_a_failing_model(open_case: Opening) -> None:
    case = open_case(look(SWEDEN), breaks_down())
    proposed(case)
    with pytest.raises(ModelError, match="refuses the key"):
        decided(case)


# what a server can keep


@pytest.mark.parametrize("native_tools", [False, True])
def test_each_kind_of_question_has_one_form_in_all_turns_and_cases(
    native_tools: bool, cache: Path, photos: Path
) -> None:
    """To the byte: a server that compiles a form to a grammar then does so once."""
    sent: dict[str, set[str]] = {}
    for first in (look(SWEDEN), look(NORWAY, clues=[BUS])):
        with ScriptedModel([first, ZOOM, action("lookup_place", name="Uppsala"), {"action": "?"}]) as model:
            settings = Settings(
                vlm=model.url, cache_dir=cache, native_tools=native_tools, max_steps=4, no_second_look=True
            )
            solve_perceived(settings, photos / "nowhere_plain.jpg")
        for request in model.requests:
            form = request.get("response_format") or {}
            name = form.get("json_schema", {}).get("name", "tools")
            sent.setdefault(name, set()).add(json.dumps(form or request["tools"]))
    assert set(sent) == {"first_look", "tools" if native_tools else "action"}
    assert {name: len(forms) for name, forms in sent.items()} == dict.fromkeys(sent, 1)
