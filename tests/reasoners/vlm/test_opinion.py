from typing import Any

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import levels, mass
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.trace import Trace
from geoagent.geo import Area, haversine_km
from geoagent.reasoners.vlm.answers import Opinion
from geoagent.reasoners.vlm.opinion import opinion_trace, witness_name

LYON = {"country": "France", "city": "Lyon", "street": "x", "probability": 1}


def opinion(atlas: Atlas, *places: dict[str, Any], elsewhere: float = 0.0) -> Trace:
    given = Opinion.model_validate({"places": list(places), "elsewhere": elsewhere})
    return opinion_trace(given, "vlm:x", atlas)


def test_it_is_one_mixture_over_the_deepest_places(atlas: Atlas) -> None:
    said = opinion(
        atlas,
        {"country": "France", "city": "Lyon", "probability": 0.5},
        {"country": "Belgium", "probability": 0.3},
        {"country": "Canada", "region": "Quebec", "probability": 0.1},
        elsewhere=0.1,
    )
    r = 0.6
    word = {"witness": "*", "kind": "*", "level": "*", "r": r}
    belief = Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": [word]})).of(said.evidence)
    for text, q in (("FR.84#2996944", 0.5), ("BE", 0.3), ("CA.10", 0.1)):
        prior = float(atlas.prior[atlas.rows(Area.parse(text))].sum())
        assert mass(belief, Area.parse(text)) == pytest.approx(r * (q + 0.1 * prior) + (1 - r) * prior)


def test_probabilities_above_one_are_scaled_down(atlas: Atlas) -> None:
    said = opinion(atlas, {"country": "France", "probability": 1}, {"country": "Spain", "probability": 1})
    parts = said.evidence[0].likelihood.model_dump()["parts"]
    assert [weight for weight, _ in parts] == [0.5, 0.5]


def test_a_street_with_coordinates_becomes_a_case(atlas: Atlas) -> None:
    street = {"country": "France", "city": "Lyon", "street": "Rue Victor Hugo", "lat": 45.755, "lon": 4.829}
    said = opinion(atlas, {**street, "probability": 1.0})
    word = {"witness": "*", "kind": "*", "level": "*", "r": 0.95}
    sure = Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": [word]}))
    belief = sure.of(said.evidence, said.spots)
    assert [case.name for case in said.spots] == ["Rue Victor Hugo"]
    street_level = next(level for level in levels(belief) if level.level == "street")
    city_level = next(level for level in levels(belief) if level.level == "city")
    assert 0.5 < street_level.probability <= city_level.probability


@pytest.mark.parametrize(("lat", "lon"), [(45.755, -4.829), (0.0, 0.0), (52.5, 13.4)])
def test_coordinates_that_contradict_the_names_are_dropped(atlas: Atlas, lat: float, lon: float) -> None:
    said = opinion(
        atlas, {"country": "France", "city": "Lyon", "street": "x", "lat": lat, "lon": lon, "probability": 1}
    )
    assert said.spots == ()
    assert said.evidence[0].likelihood.model_dump()["parts"][0][1]["shape"] == "areas"


def test_nothing_known_is_nothing_said(atlas: Atlas) -> None:
    assert opinion(atlas, {"country": "Atlantis", "probability": 1.0}) == Trace()
    assert opinion(atlas, {"country": "France", "probability": 0.0}) == Trace()


def test_coordinates_alone_are_understood(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(atlas, {"lat": 45.755, "lon": 4.829, "probability": 0.9})
    assert np.isclose(mass(beliefs.of(said.evidence), Area.parse("FR.84#2996944")), 0.63, atol=0.02)


def test_being_wrong_about_the_city_does_not_cost_the_country(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(atlas, {"country": "France", "city": "Lyon", "probability": 1.0})
    belief, r = beliefs.of(said.evidence), load_reliabilities()
    shares = [r.of(said.evidence[0], level) for level in ("country", "region", "city")]
    assert shares == sorted(shares, reverse=True)
    for text, share in zip(("FR", "FR.84", "FR.84#2996944"), shares, strict=True):
        assert share <= mass(belief, Area.parse(text)) < share + 0.05


def test_a_point_stays_in_the_country_that_is_named(atlas: Atlas, beliefs: Beliefs) -> None:
    """Guishan island, of Zhuhai, has no populated place; the nearest ones lie across the border in Hong Kong."""
    island = {"country": "China", "city": "Zhuhai", "street": "Guishan Island", "lat": 22.145, "lon": 113.815}
    said = opinion(atlas, {**island, "probability": 0.9}, {"country": "Hong Kong", "probability": 0.05})
    belief = beliefs.of(said.evidence, said.spots)
    zhuhai = atlas.resolve("China", None, "Zhuhai")
    assert zhuhai is not None
    assert mass(belief, Area("HK")) < 0.1
    assert mass(belief, zhuhai) > 0.25


@pytest.mark.parametrize(
    ("country", "city", "lat", "lon"),
    [("China", "Zhuhai", 22.13, 113.82), ("China", "Fangchenggang", 21.6, 108.35), ("France", "Lyon", 45.72, 4.95)],
)
def test_coordinates_cost_the_city_that_is_named_nothing(
    country: str, city: str, lat: float, lon: float, atlas: Atlas, beliefs: Beliefs
) -> None:
    named = {"country": country, "city": city, "probability": 0.86}
    area = opinion(atlas, named).candidates[0].place.key
    assert area is not None
    without, given = (beliefs.of(opinion(atlas, place).evidence) for place in (named, named | {"lat": lat, "lon": lon}))
    assert mass(given, area) == pytest.approx(mass(without, area), abs=0.01)


def test_a_region_that_is_no_division_is_found_by_its_seat(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(atlas, {"country": "Taiwan", "region": "Nantou County", "probability": 0.9})
    belief = beliefs.of(said.evidence)
    near = haversine_km(23.92, 120.68, atlas.lat, atlas.lon) < 60
    assert float(belief.probability[near].sum()) > 0.6
    assert said.evidence[0].level == "region"


def test_what_is_left_of_a_region_is_called_so_and_unknown_names_are_named(atlas: Atlas) -> None:
    said = opinion(
        atlas,
        {"country": "France", "probability": 0.3},
        {"country": "France", "city": "Lyon", "probability": 0.4},
        {"country": "France", "city": "Lyon", "street": "Rue Victor Hugo", "probability": 0.1},
        {"country": "France", "region": "Xyzland", "city": "Nowhereville", "probability": 0.1},
    )
    statement = said.evidence[0].statement
    assert "elsewhere in France 30 %" in statement
    assert "elsewhere in Lyon, Auvergne-Rhône-Alpes, France 40 %" in statement
    assert "not known here: Xyzland, Nowhereville" in statement


@pytest.mark.parametrize(
    ("region", "city", "ending"),
    [
        ("Finistère, Brittany", None, "FR.53"),
        ("Bavaria (Bayern)", "Munich (Schwabing)", "#2867714"),
        (None, "Munich or Augsburg", "#2867714"),
    ],
)
def test_names_with_remarks_are_understood(atlas: Atlas, region: str | None, city: str | None, ending: str) -> None:
    country = "France" if city is None else "Germany"
    said = opinion(atlas, {"country": country, "region": region, "city": city, "probability": 1.0})
    assert str(said.candidates[0].place.key).endswith(ending)


def test_elsewhere_in_a_region_is_not_its_city(atlas: Atlas) -> None:
    said = opinion(
        atlas,
        {"country": "India", "region": "Ladakh", "probability": 0.55},
        {"country": "India", "region": "Ladakh", "city": "Leh", "probability": 0.45},
    )
    word = {"witness": "*", "kind": "*", "level": "*", "r": 0.99}
    belief = Beliefs(atlas, Reliabilities.model_validate({"gamma": 0.3, "rows": [word]})).of(said.evidence)
    leh = atlas.resolve("India", "Ladakh", "Leh")
    assert leh is not None
    assert mass(belief, leh) == pytest.approx(0.45, abs=0.01)


def test_long_names_do_not_end_a_run(atlas: Atlas) -> None:
    said = opinion(
        atlas,
        *({"country": "France", "city": f"{n}c" * 55, "street": f"{n}s" * 55, "probability": 0.1} for n in range(8)),
    )
    assert len(said.evidence[0].statement) == 2000


def test_names_of_models_become_witnesses() -> None:
    assert witness_name("Qwen/Qwen2.5-VL-7B (AWQ)") == "vlm:qwen/qwen2.5-vl-7b--awq-"
