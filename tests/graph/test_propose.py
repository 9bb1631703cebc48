"""Propose: the reasoner's first look becomes part of the case, whatever its model answers."""

from pathlib import Path

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.case.prediction import Usage
from geoagent.case.trace import check
from geoagent.errors import UNUSABLE, ConfigError
from geoagent.geo import Area
from geoagent.graph.propose import propose
from geoagent.testing.scripted_model import look, said
from geoagent.tools.ask_prior import prior_tool
from tests.opened import Opening, breaks_down, clue, noise, says
from tests.priors.places import ColourPrior

SWEDEN = {"country": "Sweden", "probability": 0.6}
SEEN = {"kind": "vehicle", "value": "a blue bus", "view": 1, "box": [0.1, 0.5, 0.4, 0.9]}


def test_a_first_look_adds_clues_an_opinion_and_candidates(open_case: Opening) -> None:
    case = open_case(look(SWEDEN, {"country": "Norway", "probability": 0.2}, clues=[SEEN]))
    added = propose(case.state, case.resources)
    trace = added["trace"]
    check(trace)
    assert [item.value for item in trace.clues] == ["a blue bus"]
    (opinion,) = trace.evidence
    assert (opinion.kind, opinion.witness) == ("opinion", "vlm:scripted")
    assert [item.place.key for item in trace.candidates] == [Area("SE"), Area("NO")]
    assert added["next"] == "investigate"
    assert added["notes"] == ()
    assert added["usage"].model_calls == 1


def test_the_opinion_is_a_link_of_the_chain_that_cites_what_was_seen(open_case: Opening) -> None:
    case = open_case(look(SWEDEN, clues=[SEEN]))
    trace = propose(case.state, case.resources)["trace"]
    (step,) = trace.steps
    assert step.node == "propose"
    assert step.cites == (trace.evidence[0].id, trace.clues[0].id)
    assert step.support == "record"


def test_the_model_is_not_shown_what_others_have_found(open_case: Opening) -> None:
    case = open_case(look(SWEDEN))
    case.add(case.trace.model_copy(update={"clues": (clue("Storgatan"),), "evidence": (says("ocr", SE=1.0),)}))
    propose(case.state, case.resources)
    (request,) = case.requests
    assert "Storgatan" not in said(request)
    assert "ocr" not in said(request)


def test_an_opinion_about_no_known_place_is_told(open_case: Opening) -> None:
    case = open_case(look({"country": "Ruritania", "probability": 0.9}))
    added = propose(case.state, case.resources)
    left_out = "the model names “Ruritania”; its country is not known, and it is left out"
    assert added["notes"] == ("the model named no known place", left_out)
    assert added["trace"].evidence == ()
    assert added["next"] == "investigate"


def test_a_photo_that_does_not_belong_is_told(open_case: Opening) -> None:
    case = open_case({**look(SWEDEN), "misfits": [2]}, photos=2)
    added = propose(case.state, case.resources)
    assert added["notes"] == ("the model says: photo 2 is of another place",)
    assert [step.support for step in added["trace"].steps] == ["record", "unsupported"]


def test_an_unusable_answer_costs_the_model_its_opinion_alone(open_case: Opening) -> None:
    case = open_case("It looks Nordic to me.", "Sweden, I said.")
    added = propose(case.state, case.resources)
    assert added["notes"][0].startswith(UNUSABLE)
    assert (added["next"], added.get("status")) == ("investigate", None)
    assert (added["usage"].model_calls, added["usage"].tokens) == (2, 220)


def test_a_server_that_has_never_answered_is_a_wrong_setting(open_case: Opening) -> None:
    case = open_case(breaks_down())
    with pytest.raises(ConfigError, match="refuses the key"):
        propose(case.state, case.resources)


@pytest.mark.parametrize(("seconds", "status"), [(0.0, "degraded"), (59.5, "out_of_budget")])
def test_a_server_that_fails_leaves_the_case_to_what_is_known(open_case: Opening, seconds: float, status: str) -> None:
    case = open_case(look(SWEDEN), breaks_down(), timeout_s=60)
    propose(case.state, case.resources)
    case.state["usage"] = Usage(seconds=seconds)
    added = propose(case.state, case.resources)
    assert (added["status"], added["next"]) == (status, "verify")
    assert "refuses the key" in added["notes"][0]
    assert added["trace"].evidence == ()


def test_the_embedded_reasoner_has_no_opinion_and_that_is_no_news(agent: GeoAgent, tmp_path: Path) -> None:
    state = agent.start(noise(tmp_path, 1))
    added = propose(state, agent.resources)
    assert (added["notes"], added["next"]) == ((), "investigate")
    assert added["trace"].evidence == ()


def test_a_prior_is_asked_of_each_photo_beside_the_model(open_case: Opening, atlas: Atlas) -> None:
    case = open_case(look(SWEDEN), photos=2)
    prior = ColourPrior(atlas)
    resources = case.resources._replace(tools={"ask_prior": prior_tool(lambda: prior)})
    trace = propose(case.state, resources)["trace"]
    assert prior.asked == 2
    assert [item.witness for item in trace.evidence] == ["vlm:scripted", "prior:colour", "prior:colour"]
    assert {step.node for step in trace.steps} == {"propose"}


def test_a_prior_that_is_missing_is_told_once_and_costs_nothing_else(open_case: Opening) -> None:
    def missing() -> ColourPrior:
        raise ConfigError("the weights are not here")

    case = open_case(look(SWEDEN), photos=2)
    added = propose(case.state, case.resources._replace(tools={"ask_prior": prior_tool(missing)}))
    assert added["notes"] == ("solved without the prior: the weights are not here",)
    assert [call.status for call in added["trace"].calls] == ["unavailable", "unavailable"]
    assert [item.kind for item in added["trace"].evidence] == ["opinion"]


def test_what_the_prior_says_counts_when_the_model_fails(open_case: Opening, atlas: Atlas) -> None:
    case = open_case(look(SWEDEN), breaks_down())
    propose(case.state, case.resources)
    resources = case.resources._replace(tools={"ask_prior": prior_tool(lambda: ColourPrior(atlas))})
    added = propose(case.state, resources)
    assert added["status"] == "degraded"
    assert [item.witness for item in added["trace"].evidence] == ["prior:colour"]


def test_the_prompts_that_were_used_are_kept_as_hashes(open_case: Opening) -> None:
    case = open_case(look(SWEDEN))
    prompts = propose(case.state, case.resources)["trace"].prompts
    assert "propose" in prompts
    assert all(len(value) >= 12 for value in prompts.values())


def test_settings_of_another_model_change_the_witness(tmp_path: Path, cache: Path, open_case: Opening) -> None:
    case = open_case(look(SWEDEN))
    other = GeoAgent(Settings(vlm=case.model.url, model="Big/Model:7B", cache_dir=cache))
    state = other.start(noise(tmp_path, 1))
    state["trace"] = case.trace
    (opinion,) = propose(state, other.resources)["trace"].evidence
    assert opinion.witness == "vlm:big/model-7b"


def test_a_text_that_the_model_reads_is_evidence_of_its_own(open_case: Opening) -> None:
    seen = {"kind": "text", "value": "Tel. +354 511 1234", "view": 1, "box": [0.1, 0.1, 0.4, 0.2]}
    case = open_case(look(SWEDEN, clues=[seen]))
    added = propose(case.state, case.resources)["trace"]
    opinion, read = added.evidence
    assert (read.kind, read.witness, read.group) == ("phone", opinion.witness, opinion.group)
    assert read.clues == (added.clues[0].id,)
    assert read.id in {step.renders for step in added.steps}
