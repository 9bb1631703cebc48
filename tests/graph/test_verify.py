from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Candidate, Evidence, Step
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, State, Trace, extend
from geoagent.geo import Area
from geoagent.graph.verify import leading, verify, weigh
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


def test_the_leaders_are_the_most_probable_one_for_each_place(trusting: Beliefs) -> None:
    atlas = trusting.atlas
    belief = trusting.of([says("ocr", SE=1.0, NO=0.5, elsewhere=0.0001)])
    areas = ["NO", "FI", "SE", "US"]
    candidates = [candidate(atlas, area, proposer) for area in areas for proposer in ("vlm:x", "ocr")]
    found = leading(tuple(candidates), belief)
    assert [str(c.place.key) for c in found] == ["SE", "NO"]


class Asking(RuleReasoner):
    able = Capabilities(name="asking", can_be_asked_again=True)


def test_a_close_case_goes_back_once_whatever_its_steps_say(agent: GeoAgent, photos: Path) -> None:
    asking = agent.resources.reasoned_by(Asking())
    said = Step(node="verify", statement="Two countries are still close: back to the investigation")
    hint = says("user", SE=1.0, NO=1.8, elsewhere=0.0).replace(kind="hint")
    close = Trace(evidence=(hint,), steps=(said,))
    state: State = {**agent.start(photos / "nowhere_plain.jpg"), "usage": Usage(steps=1)}
    state["trace"] = extend(state["trace"], close)
    first = verify(state, asking)
    assert (first["next"], first["reopened"]) == ("investigate", True)
    assert verify({**state, "reopened": True}, asking)["next"] == "conclude"
    assert verify(state, agent.resources)["next"] == "conclude"
