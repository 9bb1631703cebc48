import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import best_point, levels, mass
from geoagent.belief.reliability import Calibration, Reliabilities
from geoagent.case.trace import Trace
from geoagent.geo import Area, Point, haversine_km
from geoagent.reasoners.vlm.answer_models import Opinion
from geoagent.reasoners.vlm.opinion import opinion_trace, witness_name

PLACES = Path(__file__).parents[2] / "data" / "missed_places.csv"
"""Places that atlases miss: districts, villages, islands, landmarks, campuses, valleys, airports."""
LYON = {"country": "France", "city": "Lyon", "street": "x", "probability": 1}


def opinion(atlas: Atlas, *places: dict[str, Any], elsewhere: float = 0.0) -> Trace:
    given = Opinion.model_validate({"places": list(places), "elsewhere": elsewhere})
    return opinion_trace(given, "vlm:x", atlas)


def test_each_place_is_as_probable_as_was_said(atlas: Atlas) -> None:
    said = opinion(
        atlas,
        {"country": "France", "city": "Lyon", "probability": 0.5},
        {"country": "Belgium", "probability": 0.3},
        {"country": "Canada", "region": "Quebec", "probability": 0.1},
        elsewhere=0.1,
    )
    belief = Beliefs(atlas, Reliabilities(gamma=0.3, rows=())).of(said.evidence)
    for text, q in (("FR.84#2996944", 0.5), ("BE", 0.3), ("CA.10", 0.1)):
        area = Area.parse(text)
        assert mass(belief, area) == pytest.approx(q + 0.1 * float(atlas.prior[atlas.rows(area)].sum()))


def test_a_calibrated_opinion_is_worth_what_such_opinions_were(atlas: Atlas) -> None:
    """c(q) by level; what the city loses stays in its region, what that loses in the country."""
    worth = {"country": 0.9, "region": 0.7, "city": 0.4}
    rows = tuple(Calibration(witness="vlm*", level=level, most=c, source="test") for level, c in worth.items())
    beliefs = Beliefs(atlas, Reliabilities(gamma=0.3, rows=(), calibrations=rows))
    belief = beliefs.of(opinion(atlas, {"country": "France", "city": "Lyon", "probability": 0.95}).evidence)
    for text, c in zip(("FR", "FR.84", "FR.84#2996944"), worth.values(), strict=True):
        assert c <= mass(belief, Area.parse(text)) < c + 0.02


def test_probabilities_above_one_are_scaled_down(atlas: Atlas) -> None:
    said = opinion(atlas, {"country": "France", "probability": 1}, {"country": "Spain", "probability": 1})
    assert [place["probability"] for place in said.evidence[0].likelihood.model_dump()["places"]] == [0.5, 0.5]


def test_no_opinion_makes_anything_impossible(atlas: Atlas, beliefs: Beliefs) -> None:
    for places in (
        [{"country": "France", "probability": 1}],
        [{"country": c, "probability": 0.5} for c in ("FR", "ES")],
    ):
        belief = beliefs.of(opinion(atlas, *places).evidence)
        assert np.isfinite(belief.probability).all()
        assert 0 < mass(belief, Area("SE")) < 1e-3


def test_a_street_is_as_probable_as_it_was_said_with_coordinates_or_without(atlas: Atlas, beliefs: Beliefs) -> None:
    street = {"country": "France", "city": "Lyon", "street": "Rue Victor Hugo", "probability": 0.8}
    for given in ({}, {"lat": 45.7551, "lon": 4.8292}):
        said = opinion(atlas, {**street, **given}, elsewhere=0.2)
        belief = beliefs.of(said.evidence, said.spots)
        found = {level.level: level for level in levels(belief)}
        assert found["street"].name == "Rue Victor Hugo"
        assert found["street"].probability == pytest.approx(0.8, abs=0.01)
        assert found["city"].probability == pytest.approx(0.8, abs=0.01)
        if given:
            assert best_point(belief) == Point(**given)


def test_coordinates_on_the_open_sea_leave_the_names(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(atlas, {"country": "France", "city": "Lyon", "lat": 45.755, "lon": -14.829, "probability": 0.9})
    assert said.spots == ()
    assert mass(beliefs.of(said.evidence), Area.parse("FR.84#2996944")) == pytest.approx(0.9, abs=0.01)


def test_coordinates_that_contradict_the_names_leave_both_readings(atlas: Atlas, beliefs: Beliefs) -> None:
    """In another country the names count for more; in the same country the coordinates say which town is meant."""
    abroad = opinion(atlas, {"country": "France", "city": "Lyon", "lat": 52.5, "lon": 13.4, "probability": 0.9})
    belief = beliefs.of(abroad.evidence, abroad.spots)
    assert mass(belief, Area.parse("FR.84#2996944")) == pytest.approx(0.54, abs=0.01)
    assert mass(belief, Area.parse("DE")) == pytest.approx(0.36, abs=0.01)
    assert "Lyon, State of Berlin, Germany at 52.5000, 13.4000 36 %" in abroad.evidence[0].statement
    within = opinion(
        atlas, {"country": "Romania", "city": "Floreşti", "lat": 46.7458, "lon": 23.4911, "probability": 0.9}
    )
    found = {level.level: level for level in levels(beliefs.of(within.evidence, within.spots))}
    assert (found["region"].name, found["city"].name) == ("Cluj County", "Floreşti")


def missed_places() -> list[dict[str, Any]]:
    rows = csv.DictReader(PLACES.read_text(encoding="utf-8").splitlines())
    return [
        {**{key: value or None for key, value in row.items()}, "lat": float(row["lat"]), "lon": float(row["lon"])}
        for row in rows
    ]


@pytest.mark.parametrize("place", missed_places(), ids=lambda place: place["street"] or place["city"])
def test_what_the_atlas_does_not_know_comes_back_as_it_was_said(
    atlas: Atlas, beliefs: Beliefs, place: dict[str, Any]
) -> None:
    """By name, level, probability and point; so does what it lies in, where that was said."""
    rival = {"country": "Austria", "city": "Graz", "probability": 0.1}
    said = opinion(atlas, {**place, "probability": 0.8}, rival)
    belief = beliefs.of(said.evidence, said.spots)
    found = {level.level: level for level in levels(belief)}
    told = {level: place[level] for level in ("region", "city", "street") if place[level]}
    assert [*found][-1] == [*told][-1]
    for level in [*told][-1:] + (["city"] if "city" in told else []):
        assert found[level].name == told[level]
        assert found[level].probability == pytest.approx(0.8, abs=0.03)
    assert found["country"].probability == pytest.approx(0.8, abs=0.03)
    assert best_point(belief) == Point(lat=place["lat"], lon=place["lon"])


def test_a_region_by_its_own_name_is_one_with_its_towns(atlas: Atlas, beliefs: Beliefs) -> None:
    """No town of that name elsewhere is meant: there is a Bretagne in the south of France."""
    said = opinion(
        atlas,
        {"country": "France", "region": "Bretagne", "city": "Brest", "probability": 0.3},
        {"country": "France", "region": "Bretagne", "probability": 0.6},
        elsewhere=0.1,
    )
    found = {level.level: level for level in levels(beliefs.of(said.evidence, said.spots))}
    assert (found["region"].name, str(found["region"].code)) == ("Bretagne", "FR.53")
    assert found["region"].probability == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(
    ("country", "first", "second", "division"),
    [
        ("United Kingdom", ("Kent", 51.2, 0.8), ("Essex", 51.7, 0.5), "GB.ENG"),
        ("Taiwan", ("Nantou County", 23.9, 120.8), ("Chiayi County", 23.5, 120.55), "TW.04"),
        ("Canada", ("Thunder Bay District", 49.0, -88.0), ("Algoma District", 47.5, -83.5), "CA.08"),
        ("France", ("Côte-d'Or", 47.3, 4.8), ("Jura", 46.7, 5.7), "FR.27"),
    ],
)
def test_a_county_has_its_own_probability_and_not_its_divisions(
    atlas: Atlas, beliefs: Beliefs, country: str, first: tuple[str, float, float], second: Any, division: str
) -> None:
    told = [
        {"country": country, "region": name, "lat": lat, "lon": lon, "probability": q}
        for (name, lat, lon), q in ((first, 0.6), (second, 0.3))
    ]
    said = opinion(atlas, *told, elsewhere=0.1)
    belief = beliefs.of(said.evidence, said.spots)
    region = levels(belief)[1]
    assert (region.name, str(region.code)) == (first[0], division)
    assert region.probability == pytest.approx(0.6, abs=0.01)
    assert best_point(belief) == Point(lat=first[1], lon=first[2])
    assert mass(belief, Area.parse(division)) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(("region", "round_it"), [(None, 0.01), ("Aragon", 0.0)])
def test_elsewhere_in_a_country_may_be_round_a_town_whose_region_is_not_named(
    atlas: Atlas, beliefs: Beliefs, region: str | None, round_it: float
) -> None:
    said = opinion(
        atlas,
        {"country": "Spain", "region": region, "city": "Zaragoza", "probability": 0.5},
        {"country": "Spain", "probability": 0.4},
    )
    belief = beliefs.of(said.evidence)
    zaragoza, aragon = (mass(belief, Area.parse(text)) for text in ("ES.52#3104324", "ES.52"))
    assert zaragoza == pytest.approx(0.5, abs=0.005)
    assert aragon - zaragoza == pytest.approx(round_it, abs=0.006)


def test_places_are_never_merged_into_a_point_between_them(atlas: Atlas, beliefs: Beliefs) -> None:
    two = [
        {"country": "United States", "region": "New York", "city": city, "lat": lat, "lon": lon, "probability": 0.4}
        for city, lat, lon in (("Bronx", 40.8500, -73.8662), ("Manhattan", 40.7834, -73.9663))
    ]
    said = opinion(atlas, *two)
    assert best_point(beliefs.of(said.evidence, said.spots)) in [spot.point for spot in said.spots]
    either = opinion(atlas, {"country": "China", "city": "Harbin or Changchun", "probability": 0.8})
    assert [str(candidate.place.city) for candidate in either.candidates] == ["Harbin", "Changchun"]


def test_nothing_known_is_nothing_said(atlas: Atlas) -> None:
    assert opinion(atlas, {"country": "Atlantis", "probability": 1.0}).evidence == ()
    assert opinion(atlas, {"country": "France", "probability": 0.0}) == Trace()


def test_coordinates_alone_are_understood(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(atlas, {"lat": 45.755, "lon": 4.829, "probability": 0.9})
    assert np.isclose(mass(beliefs.of(said.evidence), Area.parse("FR.84#2996944")), 0.9, atol=0.02)


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
    assert "Nowhereville, Xyzland, France 10 %" in statement


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
    assert 1900 < len(said.evidence[0].statement) <= 2000


def test_names_of_models_become_witnesses() -> None:
    assert witness_name("Qwen/Qwen2.5-VL-7B (AWQ)") == "vlm:qwen/qwen2.5-vl-7b--awq-"


def test_a_city_given_for_its_region_too_is_told_in_its_own_region(atlas: Atlas, beliefs: Beliefs) -> None:
    said = opinion(
        atlas, {"country": "China", "region": "Guangzhou", "city": "Guangzhou", "probability": 0.9}, elsewhere=0.1
    )
    told = [(level.name, str(level.code)) for level in levels(beliefs.of(said.evidence, said.spots))[:3]]
    assert told == [("China", "CN"), ("Guangdong", "CN.30"), ("Guangzhou", "CN.30#1809858")]
