from typing import Any

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.readout import levels, mass
from geoagent.reasoners.answers import Opinion
from geoagent.reasoners.opinion import opinion_trace, witness_name
from geoagent.reliability import Reliabilities, load_reliabilities
from geoagent.state import Trace

LYON = {"country": "France", "city": "Lyon", "street": "x", "probability": 1}


def opinion(atlas: Atlas, *places: dict[str, Any], elsewhere: float = 0.0) -> Trace:
    given = Opinion.model_validate({"places": list(places), "elsewhere": elsewhere})
    return opinion_trace(given, "vlm:x", atlas)


def test_it_is_one_mixture_over_the_deepest_places(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(
        atlas,
        {"country": "France", "city": "Lyon", "probability": 0.5},
        {"country": "Belgium", "probability": 0.3},
        {"country": "Canada", "region": "Quebec", "probability": 0.1},
        elsewhere=0.1,
    )
    belief = beliefs.of(said.evidence)
    r = load_reliabilities().of(said.evidence[0])
    for key, q in (("FR.84#2996944", 0.5), ("BE", 0.3), ("CA.10", 0.1)):
        prior = float(atlas.prior[atlas.rows(key)].sum())
        assert mass(belief, key) == pytest.approx(r * (q + 0.1 * prior) + (1 - r) * prior)


def test_probabilities_above_one_are_scaled_down(atlas: Atlas) -> None:
    said = opinion(atlas, {"country": "France", "probability": 1}, {"country": "Spain", "probability": 1})
    parts = said.evidence[0].likelihood.model_dump()["parts"]
    assert [weight for weight, _ in parts] == [0.5, 0.5]


def test_a_street_with_coordinates_becomes_a_case(atlas: Atlas) -> None:
    street = {"country": "France", "city": "Lyon", "street": "Rue Victor Hugo", "lat": 45.755, "lon": 4.829}
    said = opinion(atlas, {**street, "probability": 1.0})
    word = {"witness": "*", "kind": "*", "level": "*", "r": 0.95}
    sure = Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": [word]}))
    belief = sure.of(said.evidence, said.cases)
    assert [case.name for case in said.cases] == ["Rue Victor Hugo"]
    street_level = next(level for level in levels(belief) if level.level == "street")
    city_level = next(level for level in levels(belief) if level.level == "city")
    assert 0.5 < street_level.probability <= city_level.probability


@pytest.mark.parametrize(("lat", "lon"), [(45.755, -4.829), (0.0, 0.0), (52.5, 13.4)])
def test_coordinates_that_contradict_the_names_are_dropped(atlas: Atlas, lat: float, lon: float) -> None:
    said = opinion(
        atlas, {"country": "France", "city": "Lyon", "street": "x", "lat": lat, "lon": lon, "probability": 1}
    )
    assert said.cases == ()
    assert said.evidence[0].likelihood.model_dump()["parts"][0][1]["shape"] == "areas"


def test_nothing_known_is_nothing_said(atlas: Atlas) -> None:
    assert opinion(atlas, {"country": "Atlantis", "probability": 1.0}) == Trace()
    assert opinion(atlas, {"country": "France", "probability": 0.0}) == Trace()


def test_coordinates_alone_are_understood(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(atlas, {"lat": 45.755, "lon": 4.829, "probability": 0.9})
    assert np.isclose(mass(beliefs.of(said.evidence), "FR.84#2996944"), 0.54, atol=0.02)


def test_names_of_models_become_witnesses() -> None:
    assert witness_name("Qwen/Qwen2.5-VL-7B (AWQ)") == "vlm:qwen/qwen2.5-vl-7b--awq-"
