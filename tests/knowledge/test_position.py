import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Belief, Beliefs
from geoagent.evidence import Evidence
from geoagent.geo import Point, distance_km
from geoagent.knowledge.position import position_trace
from geoagent.likelihood import Areas
from geoagent.prediction import deepest_stated
from geoagent.readout import best_point, levels, mass, rank_countries


def belief_at(point: Point, beliefs: Beliefs, *others: Evidence) -> Belief:
    _, evidence, case = position_trace(point, 1, beliefs.atlas)
    return beliefs.of([evidence, *others], [case])


PLACES = {
    "a city": (59.8581, 17.6389, "SE"),
    "beside a border": (47.6600, 9.1650, "CH|DE"),
    "an enclave": (41.9029, 12.4534, "VA"),
    "a mountain hut": (45.9370, 7.8660, "IT|CH"),
    "the desert": (23.0, 11.0, "DZ|LY|NE"),
    "the ice of Greenland": (72.58, -38.46, "GL"),
    "the South Pole": (-90.0, 0.0, "AQ"),
    "the coast of Antarctica": (-66.66, 140.0, "AQ"),
    "a bridge of a strait": (56.57, 12.03, "DK|SE"),
    "across the antimeridian": (-16.8, 179.999, "FJ"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_point_is_the_answer_and_the_path_leads_to_it(beliefs: Beliefs, name: str) -> None:
    lat, lon, countries = PLACES[name]
    point = Point(lat=lat, lon=lon)
    belief = belief_at(point, beliefs)
    assert distance_km(best_point(belief), point) < 0.1
    path = levels(belief)
    assert path[0].code in countries.split("|")
    assert [level.stated for level in path] == [True] * len(path)
    assert path[-1].level == "point"
    chances = [level.probability for level in path]
    assert chances == sorted(chances, reverse=True)
    assert rank_countries(belief, 1)[0].key == path[0].code
    assert belief.probability.sum() == pytest.approx(1)


@pytest.mark.parametrize(("lat", "lon"), [(25.0, -40.0), (-48.9, -123.4), (0.5, -25.0), (90.0, 0.0), (58.0, 2.0)])
def test_on_the_open_sea_no_country_is_stated(beliefs: Beliefs, lat: float, lon: float) -> None:
    point = Point(lat=lat, lon=lon)
    belief = belief_at(point, beliefs)
    assert distance_km(best_point(belief), point) < 0.1
    path = levels(belief)
    assert [(level.level, level.stated) for level in path] == [("country", False), ("point", True)]
    assert deepest_stated(path) is None


def test_other_evidence_can_outweigh_it(beliefs: Beliefs, atlas: Atlas) -> None:
    point = Point(lat=59.8581, lon=17.6389)
    against = [
        Evidence(
            kind="phone",
            witness="ocr",
            statement=f"number {i}",
            group=f"phone:{i}",
            likelihood=Areas(weights={"PE": 1.0}, elsewhere=0.001),
        )
        for i in range(4)
    ]
    alone, contradicted = belief_at(point, beliefs), belief_at(point, beliefs, *against)
    assert mass(alone, "SE") > 0.9
    assert mass(contradicted, "PE") > 0.9
