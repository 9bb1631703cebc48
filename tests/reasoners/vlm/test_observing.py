"""A scripted model that observes: the advice it gets, and how far its observations move the belief."""

from pathlib import Path

import numpy as np
import pytest

from geoagent import Settings, TraceFile
from geoagent.belief import Beliefs
from geoagent.belief.alternatives import as_mixture
from geoagent.belief.density import likelihood_ratio, places_of_spots
from geoagent.belief.readout import mass
from geoagent.geo import Area
from geoagent.testing.scripted_model import ScriptedModel, action, look, said
from tests.perceived import solve_perceived

OPEN = look({"country": "United Kingdom", "probability": 0.4}, {"country": "France", "probability": 0.4}, elsewhere=0.2)
DONE = action("conclude", claims=[])


def solved(script: list[object], cache: Path, photos: Path) -> tuple[TraceFile, list[str]]:
    with ScriptedModel(script) as model:  # type: ignore[arg-type]
        settings = Settings(vlm=model.url, model="m", cache_dir=cache, max_steps=30)
        file = solve_perceived(settings, photos / "nowhere_plain.jpg")
        return file, [said(request) for request in model.requests]


def observed(question: str, answer: str) -> dict[str, object]:
    return action("observe", question=question, answer=answer, view=1, box=[0, 0.5, 1, 1])


def test_the_model_is_told_what_to_ask_while_two_countries_are_open(cache: Path, photos: Path) -> None:
    _, asked = solved([OPEN, observed("driving_side", "left"), DONE], cache, photos)
    assert "Best separates" not in asked[0]
    advice = [line for line in asked[1].splitlines() if line.startswith(("Best separates", "Then"))]
    assert len(advice) == 2
    assert all("United Kingdom" in line and "France" in line for line in advice)
    assert any('`observe` "driving_side": left, right' in line for line in advice)
    assert not any('"driving_side"' in line for line in asked[2].splitlines() if line.startswith(("Best", "Then")))
    _, sure = solved([look({"country": "France", "probability": 0.97}, elsewhere=0.03), DONE], cache, photos)
    assert "Best separates" not in sure[1]


def test_an_observation_moves_the_belief_as_the_formula_says(cache: Path, photos: Path, beliefs: Beliefs) -> None:
    file, _ = solved([OPEN, observed("driving_side", "left"), DONE], cache, photos)
    opinion, side = file.trace.evidence
    assert (opinion.group, side.kind) == (side.group, "driving_side")
    atlas, nothing = beliefs.atlas, places_of_spots(beliefs.atlas, ())
    said = likelihood_ratio(as_mixture(beliefs.opinion_parts(opinion)), atlas, nothing)[0]
    logs = [np.log(said), np.log(0.7 * likelihood_ratio(side.likelihood, atlas, nothing)[0] + 0.3)]
    assert float(atlas.prior @ (np.exp(logs[0]) * logs[0])) > float(atlas.prior @ (np.exp(logs[1]) * logs[1]))
    p = atlas.prior * np.exp(logs[0] + beliefs.reliabilities.gamma * logs[1])
    belief = beliefs.of(file.trace.evidence)
    assert np.allclose(belief.probability, p / p.sum())
    before = beliefs.of([opinion])
    assert mass(belief, Area("GB")) > mass(before, Area("GB"))
    assert mass(belief, Area("FR")) < mass(before, Area("FR"))


def test_many_observations_stay_within_the_bound_of_their_group(cache: Path, photos: Path, beliefs: Beliefs) -> None:
    british = {"driving_side": "left", "plate_colour": "white_front_yellow_rear", "house": "brick", "roof": "dark_tile"}
    british |= {"landscape": "temperate", "noon_sun": "south", "script_on_signs": "latin", "plate_shape": "long"}
    script = [OPEN, *(observed(*pair) for pair in british.items()), DONE]
    file, _ = solved(script, cache, photos)
    assert len(file.trace.evidence) == 1 + len(british)
    belief = beliefs.of(file.trace.evidence)
    gamma, row = beliefs.reliabilities.gamma, int(np.flatnonzero(beliefs.atlas.rows(Area("GB")))[0])
    first, *rest = [float(term.log_ratio[row]) for term in sorted(belief.terms, key=lambda term: -term.discount)]
    total = sum(float(term.discount * term.log_ratio[row]) for term in belief.terms)
    assert total <= first + gamma / (1 - gamma) * max(rest)
    assert {term.evidence.group for term in belief.terms} == {f"opinion:{file.trace.evidence[0].witness}"}


def test_citing_ones_own_observation_is_told_as_seen(cache: Path, photos: Path) -> None:
    file, _ = solved([OPEN, observed("driving_side", "left"), DONE], cache, photos)
    call = file.trace.calls[0].id
    claim = {"statement": "it is British", "cites": [call]}
    file, _ = solved([OPEN, observed("driving_side", "left"), action("conclude", claims=[claim])], cache, photos)
    step = next(step for step in file.trace.steps if "it is British" in step.statement)
    assert step.cites == (call,)
    assert step.support == "seen"


@pytest.mark.parametrize("answer", ["LEFT", "left "])
def test_answers_are_read_with_tolerance(answer: str, cache: Path, photos: Path) -> None:
    file, _ = solved([OPEN, observed("driving_side", answer), DONE], cache, photos)
    assert [call.status for call in file.trace.calls] == ["ok"]
