"""However a model names a place, what it says of it arrives."""

from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import best_point, levels
from geoagent.case.prediction import Level
from geoagent.geo import Point, distance_km
from geoagent.reasoners.vlm.answer_models import Opinion, Place
from geoagent.reasoners.vlm.opinion import opinion_trace
from geoagent.reasoners.vlm.places import read_place

Said = tuple[str | None, ...]


def place(*names: str | None, at: tuple[float, float] | None = None) -> Place:
    given = dict(zip(("country", "region", "city", "street"), names, strict=False))
    lat, lon = at or (None, None)
    return Place.model_validate({**given, "lat": lat, "lon": lon, "probability": 0.9})


def answer(atlas: Atlas, beliefs: Beliefs, *said: Place) -> tuple[dict[str, Level], Point]:
    opinion = Opinion.model_construct(places=list(said), elsewhere=0.0)
    trace = opinion_trace(opinion, "vlm:x", atlas)
    belief = beliefs.of(trace.evidence, trace.spots)
    return {level.level: level for level in levels(belief)}, best_point(belief)


@pytest.mark.parametrize(
    ("said", "where", "km"),
    [
        (("Spain", "Lanzarote"), (29.03, -13.63), 20),
        (("Spain", "Canary Islands", "Lanzarote"), (29.03, -13.63), 20),
        (("Greece", "Santorini"), (36.40, 25.44), 10),
        (("United States", "Hawaii", "Maui County"), (20.80, -156.35), 25),
        (("Japan", "Kyushu"), (32.6, 131.0), 120),
        (("Japan", "Kansai region"), (34.7, 135.6), 60),
        (("United Kingdom", "England", "Cornwall"), (50.4, -4.9), 30),
        (("France", "Provence"), (43.6, 5.6), 60),
        (("Russia", "Siberia"), (57.0, 90.0), 1200),
        (("Italy", "Tuscany", "Val d'Orcia"), (43.05, 11.60), 10),
        (("United States", "Midwest"), (41.0, -88.0), 500),
        (("Spain", "northern Spain"), (42.3, -4.0), 200),
        (("northern Spain",), (42.3, -4.0), 200),
        (("China", "western Sichuan"), (30.8, 101.5), 270),
        (("China", "northwest China"), (41.0, 88.0), 900),
        (("France", None, "near Paris"), (48.85, 2.35), 25),
        (("Japan", None, "Kyoto area"), (35.0, 135.75), 25),
        (("France", None, "between Lyon and Grenoble"), (45.5, 5.25), 30),
        (("United States", "New York", "New York City", "Brooklyn"), (40.65, -73.95), 5),
        (("China", "Guangdong", "Guangzhou, Panyu District"), (22.94, 113.36), 5),
        (("Japan", "Tokyo-to", "Shibuya-ku"), (35.66, 139.70), 3),
        (("Japan", "Osaka-fu", "Osaka-shi"), (34.69, 135.50), 5),
        (("Indonesia", "Jawa Barat", "Kota Bandung"), (-6.92, 107.61), 5),
        (("Germany", "Brandenburg", "Berlin"), (52.52, 13.41), 10),
        (("Ukraine", "Crimea", "Sevastopol"), (44.61, 33.52), 10),
        (("unknown", "California", "Fresno"), (36.75, -119.77), 10),
        (("", None, "Tokyo"), (35.69, 139.69), 10),
    ],
    ids=lambda value: str(value) if isinstance(value, tuple) and isinstance(value[0], str) else "",
)
def test_a_place_that_no_list_holds_lies_where_it_lies(
    atlas: Atlas, beliefs: Beliefs, said: Said, where: tuple[float, float], km: float
) -> None:
    found, point = answer(atlas, beliefs, place(*said))
    assert distance_km(point, Point(lat=where[0], lon=where[1])) <= km
    finest = [*found.values()][-1]
    assert found["country"].probability == pytest.approx(0.9, abs=0.03)
    assert 0.8 <= finest.probability <= 0.96


@pytest.mark.parametrize(
    ("said", "given"),
    [
        (("United States", "California", "Fresno"), (36.7, 119.8)),
        (("Australia", "New South Wales", "Sydney"), (33.87, 151.2)),
        (("Spain", "Madrid", "Madrid"), (-3.70, 40.41)),
    ],
)
def test_a_lost_sign_or_an_exchange_is_no_contradiction(
    atlas: Atlas, beliefs: Beliefs, said: Said, given: tuple[float, float]
) -> None:
    found, point = answer(atlas, beliefs, place(*said, at=given))
    assert found["city"].probability == pytest.approx(0.9, abs=0.03)
    assert [round(abs(value)) for value in (point.lat, point.lon)] in (
        [round(abs(value)) for value in order] for order in (given, given[::-1])
    )


@pytest.mark.parametrize(
    ("said", "countries"),
    [
        ("Spain or Portugal", {"ES", "PT"}),
        ("Germany/Austria", {"DE", "AT"}),
        ("Germany–Austria border", {"DE", "AT"}),
        ("Scandinavia", {"DK", "NO", "SE"}),
        ("Benelux", {"BE", "NL", "LU"}),
        ("Bosnia and Herzegovina", {"BA"}),
    ],
)
def test_several_countries_share_what_is_said(atlas: Atlas, said: str, countries: set[str]) -> None:
    read = read_place(place(said), atlas)
    assert {one.area.country for one in read} == countries
    assert [one.probability for one in read] == pytest.approx([0.9 / len(countries)] * len(countries))


def test_the_point_lies_in_the_country_that_the_answer_names(atlas: Atlas, beliefs: Beliefs) -> None:
    for said in ("Spain or Portugal", "Norway or Sweden", "Peru or Bolivia", "Scandinavia"):
        found, point = answer(atlas, beliefs, place(said))
        assert found["country"].code is not None
        assert atlas.at(point).place.key.country == found["country"].code.country  # type: ignore[union-attr]


def test_a_large_city_in_another_region_than_is_said_leaves_both(atlas: Atlas) -> None:
    read = read_place(place("Spain", "Catalonia", "Valencia"), atlas)
    assert [(str(one.area), one.probability) for one in read] == [
        ("ES.60#2509954", pytest.approx(0.54)),
        ("ES.56", pytest.approx(0.36)),
    ]


def test_a_point_in_a_territory_is_no_contradiction(atlas: Atlas, beliefs: Beliefs) -> None:
    found, point = answer(atlas, beliefs, place("United States", None, "San Juan", at=(18.46, -66.1)))
    assert (found["country"].name, found["city"].name) == ("Puerto Rico", "San Juan")
    assert point == Point(lat=18.46, lon=-66.1)


@pytest.mark.parametrize("unknown", ["Europe", "N/A", "unknown", ""])
def test_coordinates_tell_the_country_where_no_name_does(atlas: Atlas, beliefs: Beliefs, unknown: str) -> None:
    found, point = answer(atlas, beliefs, place(unknown, at=(48.85, 2.35)))
    assert (found["country"].name, point) == ("France", Point(lat=48.85, lon=2.35))


def test_what_cannot_be_placed_is_told(atlas: Atlas) -> None:
    given: dict[str, Any] = {"places": [{"country": "Atlantis", "city": "Poseidonis", "probability": 1.0}]}
    trace = opinion_trace(Opinion.model_validate(given), "vlm:x", atlas)
    assert not trace.evidence
    assert "“Poseidonis, Atlantis”" in trace.steps[0].statement


@pytest.mark.parametrize(
    ("said", "region"),
    [
        (("United Arab Emirates", "Ras al-Khaimah"), "AE.05"),
        (("Iran", "Khuzistan"), "IR.15"),
        (("India", "Rajastan"), "IN.24"),
    ],
)  # fmt: skip
def test_a_region_is_known_by_its_sound(atlas: Atlas, beliefs: Beliefs, said: Said, region: str) -> None:
    found, _ = answer(atlas, beliefs, place(*said))
    assert (str(found["region"].code), found["region"].name) == (region, said[1])


def test_a_county_bears_the_name_of_its_town(atlas: Atlas, beliefs: Beliefs) -> None:
    """A point that lies in the county, far from the town, is no contradiction to its name."""
    found, point = answer(atlas, beliefs, place("China", "Henan", "Luoyang", at=(34.0, 112.0)))
    assert (found["city"].name, point) == ("Luoyang", Point(lat=34.0, lon=112.0))
    assert found["city"].probability == pytest.approx(0.9, abs=0.03)


def test_the_point_of_a_region_says_nothing_of_its_towns(atlas: Atlas, beliefs: Beliefs) -> None:
    with_point, _ = answer(atlas, beliefs, place("China", "Sichuan", at=(31.5, 104.8)))
    without, _ = answer(atlas, beliefs, place("China", "Sichuan"))
    assert with_point["city"].probability < without["city"].probability + 0.1


def test_an_island_keeps_where_it_lies_beside_coordinates_of_elsewhere(atlas: Atlas) -> None:
    read = read_place(place("Greece", "Santorini", at=(40.64, 22.94)), atlas)
    (by_name,) = [one for one in read if one.names.get("region") == "Santorini"]
    assert by_name.point is not None
    assert distance_km(by_name.point, Point(lat=36.40, lon=25.44)) < 10
    assert by_name.probability == pytest.approx(0.36)
