from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Candidate, Evidence
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, State, Trace, extend
from geoagent.geo import Area
from geoagent.graph.verify import leading, newly_close, verify, weigh
from geoagent.reasoners.rules.reasoner import RuleReasoner


@pytest.fixture(scope="module")
def trusting(atlas: Atlas) -> Beliefs:
    rows = [{"witness": "*", "kind": "*", "level": "*", "r": 0.9}]
    return Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": rows}))


def says(witness: str, elsewhere: float = 0.01, **weights: float) -> Evidence:
    likelihood = Areas(weights=weights, elsewhere=elsewhere)
    return Evidence(kind="x", witness=witness, statement=witness, likelihood=likelihood, group=witness)


def candidate(atlas: Atlas, area: str, proposer: str) -> Candidate:
    return Candidate(place=atlas.path(Area.parse(area)), proposer=proposer)


def outcome(trusting: Beliefs, area: str, *evidence: Evidence) -> str:
    return weigh(candidate(trusting.atlas, area, "vlm:x"), trusting.of(list(evidence))).outcome


def test_confirmed_needs_another_witness(trusting: Beliefs) -> None:
    assert outcome(trusting, "SE", says("vlm:x", SE=1.0)) == "plausible"
    assert outcome(trusting, "SE", says("vlm:x", SE=1.0), says("ocr", SE=1.0)) == "confirmed"


def test_contradicted(trusting: Beliefs) -> None:
    assert (
        outcome(trusting, "SE", says("vlm:x", SE=1.0, elsewhere=0.5), says("ocr", SE=0.0, elsewhere=1.0))
        == "contradicted"
    )


def test_unverified_without_evidence(trusting: Beliefs) -> None:
    assert outcome(trusting, "SE") == "unverified"


def test_a_hint_confirms_only_at_its_own_level(trusting: Beliefs) -> None:
    hint, kyoto = says("user", JP=1.0), Area("JP", "22", 1857910)
    named = Evidence(
        kind="x", witness="vlm:x", statement="Kyoto", likelihood=Areas(weights={kyoto: 1.0}, elsewhere=0.01),
        level="city", group="x",
    )  # fmt: skip
    assert outcome(trusting, "JP", hint, named) == "confirmed"
    assert outcome(trusting, str(kyoto), hint, named) == "plausible"


def test_what_says_the_same_of_both_confirms_neither(trusting: Beliefs) -> None:
    both = says("ocr", SE=1.0, NO=1.0)
    assert outcome(trusting, "SE", both, says("vlm:x", SE=1.0, NO=0.3)) == "plausible"
    assert outcome(trusting, "SE", both) == "unverified"


def test_rivals_are_told_apart_in_fields(agent: GeoAgent, photos: Path) -> None:
    hint, text = says("user", SE=1.0, NO=1.0), says("ocr", SE=1.0, NO=0.1)
    state: State = {**agent.start(photos / "nowhere_plain.jpg"), "usage": Usage(steps=1)}
    state["trace"] = extend(state["trace"], Trace(evidence=(hint, text)))
    trace = verify(state, agent.resources)["trace"]
    names = {candidate.id: str(candidate.place) for candidate in trace.candidates}
    leader = next(v for v in trace.verdicts if names[v.candidate] == "Sweden")
    rival = next(v for v in trace.verdicts if names[v.candidate] == "Norway")
    assert (leader.rival, rival.rival) == (rival.candidate, leader.candidate)
    assert leader.log_odds is not None
    assert leader.log_odds > 0
    assert rival.log_odds == -leader.log_odds
    assert leader.supporting == rival.opposing == (text.id,)
    assert not rival.supporting
    assert [(lean.evidence, lean.log_odds > 0) for lean in leader.leanings] == [(text.id, True)]
    assert {check.tool for check in leader.settles} <= {"observe", "read_text", "search_web"}
    assert all(check.expected and check.rival_expected for check in leader.settles)
    told = next(step for step in trace.steps if step.renders == leader.id)
    assert "Sweden against Norway" in told.statement


def test_where_nothing_is_known_there_is_no_verdict(agent: GeoAgent, photos: Path) -> None:
    state: State = {**agent.start(photos / "nowhere_plain.jpg"), "usage": Usage(steps=1)}
    assert not verify(state, agent.resources)["trace"].verdicts


def test_the_leaders_are_the_most_probable_one_for_each_place(trusting: Beliefs) -> None:
    atlas = trusting.atlas
    belief = trusting.of([says(witness, SE=1.0, NO=0.7, elsewhere=0.0001) for witness in ("ocr", "user")])
    areas = ["NO", "FI", "SE", "US"]
    candidates = [candidate(atlas, area, proposer) for area in areas for proposer in ("vlm:x", "ocr")]
    found = leading(tuple(candidates), belief)
    assert [str(c.place.key) for c in found] == ["SE", "NO"]


class Asking(RuleReasoner):
    able = Capabilities(name="asking", can_be_asked_again=True)


def test_a_model_that_concludes_knowing_that_two_countries_are_close_is_not_asked_again(
    agent: GeoAgent, photos: Path
) -> None:
    asking = agent.resources.reasoned_by(Asking())
    hint = says("user", SE=1.0, NO=1.8, elsewhere=0.0).replace(kind="hint")
    state: State = {**agent.start(photos / "nowhere_plain.jpg"), "usage": Usage(steps=1)}
    state["trace"] = extend(state["trace"], Trace(evidence=(hint,)))
    assert verify(state, asking)["next"] == "conclude"


def test_countries_that_a_check_brings_close_are_new_to_the_model(trusting: Beliefs) -> None:
    sure = trusting.of([says("user", SE=1.0, NO=0.1, elsewhere=0.0)])
    close = trusting.of([says("user", SE=1.0, NO=1.8, elsewhere=0.0)])
    assert newly_close(sure, close)
    assert not newly_close(close, close)
    assert not newly_close(close, sure)
