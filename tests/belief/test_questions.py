"""Questions are ranked by the information that the belief itself would gain."""

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.questions import LANGUAGE, answered, differences, rank_questions, sight_tables
from geoagent.belief.readout import mass
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas, Surroundings
from geoagent.case.trace import Trace
from geoagent.geo import AREA_LEVELS, Area

EVERYTHING = 100


def says(kind: str, areas: Areas) -> Evidence:
    return Evidence(kind=kind, witness="vlm:m", statement="it does", likelihood=areas, group=kind)


def entropy_bits(belief: Belief) -> float:
    p = np.bincount(belief.atlas.country, belief.probability)
    return float(-np.sum(p * np.log2(np.maximum(p, 1e-300))))


def about(beliefs: Beliefs, **weights: float) -> Belief:
    return beliefs.of([says("test", Areas(weights=weights, elsewhere=0.02))])


@pytest.mark.parametrize("name", ["driving_side", "centre_line", "landscape"])
def test_the_gain_is_what_the_belief_would_gain(beliefs: Beliefs, name: str) -> None:
    first = says("test", Areas(weights={"GB": 0.5, "FR": 0.4, "US.AZ": 0.6}, elsewhere=0.02))
    now, table = beliefs.of([first]), sight_tables()[name]
    r = beliefs.reliabilities.known("vlm", name, "country")
    after, total = 0.0, 0.0
    for answer in table.answers.values():
        then = beliefs.of([first, says(name, answer.likelihood())])
        at_rows = np.exp(beliefs.of([says(name, answer.likelihood())]).terms[0].log_ratio)
        scale = float(beliefs.atlas.prior @ _given(answer.likelihood(), beliefs.atlas))
        q = scale * float(now.probability @ at_rows)
        after, total = after + q * entropy_bits(then), total + q
    assert 0 < r < 1
    assert total == pytest.approx(1, abs=0.01)
    ranked = {question.name: question for question in rank_questions(now, beliefs.reliabilities, count=EVERYTHING)}
    expected = table.visible * (entropy_bits(now) - after)
    assert ranked[name].gain_bits == pytest.approx(expected, rel=0.03)


def _given(areas: Areas | Surroundings, atlas: Atlas) -> np.typing.NDArray[np.float64]:
    if isinstance(areas, Surroundings):
        kinds, kind = atlas.surroundings(areas.by)
        return np.array([areas.weights.get(name, areas.elsewhere) for name in kinds])[kind]
    given = np.full(len(atlas), areas.elsewhere)
    for area in sorted(areas.weights, key=lambda area: AREA_LEVELS.index(area.level)):
        given[atlas.rows(area)] = areas.weights[area]
    return given


def test_the_side_of_the_road_separates_britain_from_france(beliefs: Beliefs) -> None:
    belief = about(beliefs, GB=1.0, FR=1.0)
    ranked = rank_questions(belief, beliefs.reliabilities, count=EVERYTHING)
    assert [question.gain_bits for question in ranked] == sorted((q.gain_bits for q in ranked), reverse=True)
    side = next(question for question in ranked if question.name == "driving_side")
    assert {str(leader.key) for leader in side.leaders} == {"GB", "FR"}
    assert side.leaders[0].probability == pytest.approx(mass(belief, side.leaders[0].key))


def test_what_was_asked_is_not_asked_again(beliefs: Beliefs) -> None:
    belief = about(beliefs, GB=1.0, FR=1.0)
    asked = {LANGUAGE, "driving_side"}
    names = {question.name for question in rank_questions(belief, beliefs.reliabilities, asked, EVERYTHING)}
    assert names
    assert not names & asked


def test_where_one_country_leads_alone_nothing_is_worth_asking(atlas: Atlas, beliefs: Beliefs) -> None:
    sure = beliefs.of([
        Evidence(kind="hint", witness="user", statement="s", likelihood=Areas(weights={"LU": 1.0}), group=str(n))
        for n in range(3)
    ])  # fmt: skip
    assert mass(sure, Area("LU")) > 0.99
    assert rank_questions(sure, beliefs.reliabilities) == []


def test_differences_are_told_with_both_answers(atlas: Atlas) -> None:
    found = {difference.name: difference for difference in differences(atlas, Area("GB"), Area("FR"))}
    assert found["driving_side"].first == ("left", pytest.approx(0.98))
    assert found["driving_side"].second == ("right", pytest.approx(0.98))
    assert differences(atlas, Area("SE"), Area("SE")) == []
    assert "landscape" in {difference.name for difference in differences(atlas, Area("US", "AZ"), Area("US", "ME"))}


def test_what_tells_no_leading_country_apart_is_no_question(beliefs: Beliefs) -> None:
    """Spain and Mexico write the same letters: the script would tell both from China, which nobody takes it for."""
    ranked = rank_questions(about(beliefs, ES=1.0, MX=1.0), beliefs.reliabilities, count=20)
    assert ranked
    assert "script_on_signs" not in {question.name for question in ranked}


def test_a_language_that_was_read_tells_its_script_too() -> None:
    read = says("language", Areas(weights={Area("ES"): 1.0}, elsewhere=0.1))
    assert {LANGUAGE, "script_on_signs"} <= answered(Trace(evidence=(read,)))
