"""Checks that verify makes, against a small map on loopback: a planted wrong leader falls, and no more is called."""

import sys
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.belief.readout import best_point, levels
from geoagent.case.evidence import Clue
from geoagent.case.prediction import Usage
from geoagent.case.trace import State, Trace, extend
from geoagent.case.views import Box
from geoagent.geo import Point, distance_km
from geoagent.graph.verify import verify
from geoagent.reading.texts import read_clues
from geoagent.reasoners.vlm.answer_models import Opinion
from geoagent.reasoners.vlm.opinion import opinion_trace
from geoagent.testing import MapServer, ScriptedModel, action, look
from tests.opened import Opened, Opening

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from street.picture import render
from street_scenes import SIGNS, TOWNS, Town, Truth, found_scenes, house, the_map

SCENES = found_scenes()
OUTSIDE = ("Curitiba", "Coimbra")
"""Towns whose house lies in another row of the atlas, or in a row so wide that the opinion stays likelier."""


def signs(truth: Truth, unsaid: str) -> tuple[Clue, ...]:
    """The signs of a scene as text recognition reads them, without those that say a name."""
    return tuple(
        Clue(
            kind="text", value=sign.text, view=1, witness="ocr", confidence=0.95,
            box=Box(x0=0.1, y0=0.1 + 0.2 * number, x1=0.6, y1=0.2 + 0.2 * number),
        )
        for number, sign in enumerate(truth.scene.signs)
        if not unsaid or unsaid not in sign.text
    )  # fmt: skip


def planted(town: Town) -> dict[str, Any]:
    """What a model says that puts the photo at a wrong house of a town."""
    there = house(town, town.common, "8")
    place = {"country": town.country, "city": town.name, "street": town.common, "probability": 0.9}
    return {**place, "lat": there.lat, "lon": there.lon}


def told(case: Opened, truth: Truth, place: dict[str, Any], unsaid: str = "") -> State:
    """The case once the signs were read and the model has said where it is."""
    atlas, clues = case.resources.beliefs.atlas, signs(truth, unsaid)
    case.add(Trace(clues=clues, evidence=tuple(read_clues(clues, atlas))))
    opinion = Opinion.model_validate({"places": [place], "elsewhere": 1 - place["probability"]})
    case.add(opinion_trace(opinion, case.resources.reasoner.witness, atlas))
    case.state["usage"] = Usage(steps=1)
    return case.state


def off_km(state: State, case: Opened, truth: Truth) -> float:
    """How far the answer is from the house that a scene shows."""
    assert truth.place is not None
    return distance_km(best_point(case.resources.belief(state)), Point(lat=truth.place.lat, lon=truth.place.lon))


def verified(case: Opened, state: State) -> tuple[State, Trace]:
    """The case after verify, and what that added."""
    added = verify(state, case.resources)
    return {**state, "trace": extend(state["trace"], added["trace"])}, added["trace"]


@pytest.mark.slow
@pytest.mark.parametrize("truth", [t for t in SCENES if t.town.name not in OUTSIDE], ids=lambda t: t.town.name)
def test_a_planted_wrong_street_falls(truth: Truth, open_case: Opening) -> None:
    with MapServer(the_map()) as maps:
        case = open_case(look(), services=maps.services)
        state = told(case, truth, planted(truth.town))
        assert off_km(state, case, truth) > 0.2
        after, added = verified(case, state)
        assert maps.asked
    assert off_km(after, case, truth) < 0.2
    names = {level.name for level in levels(case.resources.belief(after)) if level.stated}
    assert truth.town.common not in names
    assert 1 <= len(added.calls) <= 2
    assert all(item.call in {call.id for call in added.calls} for item in added.evidence)


@pytest.mark.slow
@pytest.mark.parametrize("truth", SCENES[:SIGNS], ids=lambda t: t.town.name)
def test_a_planted_wrong_town_falls(truth: Truth, open_case: Opening) -> None:
    other = next(town for town in TOWNS if town.country == truth.town.country and town != truth.town)
    with MapServer(the_map()) as maps:
        silent = open_case(look(), services=maps.services)
        assert off_km(told(silent, truth, planted(other), unsaid=truth.town.name), silent, truth) > 50
        case = open_case(look(), services=maps.services)
        after, _ = verified(case, told(case, truth, planted(other)))
    assert off_km(after, case, truth) < 0.2


def test_the_calls_and_what_they_gave_are_in_the_trace(open_case: Opening) -> None:
    truth = SCENES[3]
    with MapServer(the_map()) as maps:
        case = open_case(look(), services=maps.services)
        added = verify(told(case, truth, planted(truth.town)), case.resources)
    trace = added["trace"]
    rendered = {step.renders for step in trace.steps if step.node == "verify"}
    assert {call.id for call in trace.calls} | {item.id for item in trace.evidence} <= rendered
    assert added["usage"].steps == len(trace.calls)


def test_without_a_service_nothing_is_called(open_case: Opening) -> None:
    truth = SCENES[3]
    case = open_case(look())
    added = verify(told(case, truth, planted(truth.town)), case.resources)
    assert not added["trace"].calls
    assert added["usage"].steps == 0


@pytest.mark.parametrize("given", [{"max_steps": 1}, {"timeout_s": 1}])
def test_a_spent_budget_buys_no_check(open_case: Opening, given: dict[str, int]) -> None:
    truth = SCENES[3]
    with MapServer(the_map()) as maps:
        case = open_case(look(), services=maps.services, **given)
        assert not verify(told(case, truth, planted(truth.town)), case.resources)["trace"].calls
        assert not maps.asked


def test_a_case_that_is_verified_again_makes_no_more_than_two(open_case: Opening) -> None:
    truth = SCENES[3]
    with MapServer(the_map()) as maps:
        case = open_case(look(), services=maps.services)
        after, first = verified(case, told(case, truth, planted(truth.town)))
        _, second = verified(case, after)
    assert len(first.calls) + len(second.calls) == 2


def test_a_service_that_fails_leaves_the_answer_as_it_was(open_case: Opening) -> None:
    truth = SCENES[3]
    with MapServer(the_map()) as maps:
        gone = maps.services
    case = open_case(look(), services=gone)
    state = told(case, truth, planted(truth.town))
    after, added = verified(case, state)
    assert {call.status for call in added.calls} == {"unavailable"}
    assert off_km(after, case, truth) == off_km(state, case, truth)


@pytest.mark.slow
def test_the_whole_program_lets_a_planted_leader_fall(cache: Path, tmp_path: Path) -> None:
    truth = SCENES[4]
    assert truth.place is not None
    photo = tmp_path / "scene.jpg"
    render(truth.scene).save(photo, quality=88)
    script = [look(planted(truth.town), elsewhere=0.1), action("conclude", claims=[])]
    with MapServer(the_map()) as maps, ScriptedModel(script) as model:
        given = Settings(vlm=model.url, model="scripted", services=maps.services, cache_dir=cache)
        file = GeoAgent(given).trace(photo)
    assert distance_km(file.prediction.point, Point(lat=truth.place.lat, lon=truth.place.lon)) < 0.2
    street = next(v for v in file.prediction.verdicts if v.level == "street" and v.log_odds and v.log_odds > 0)
    fallen = next(v for v in file.prediction.verdicts if v.candidate == street.rival)
    assert (fallen.outcome, fallen.rival) == ("contradicted", street.candidate)
