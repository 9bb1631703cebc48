import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.readout import best_point, levels, mass, rank_countries
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import deepest_stated
from geoagent.geo import Area, Point, distance_km
from geoagent.reading.exif_position import position_trace


def belief_at(point: Point, beliefs: Beliefs, *others: Evidence) -> Belief:
    _, evidence, cases = position_trace({1: point}, beliefs.atlas)
    return beliefs.of([*evidence, *others], cases)


PLACES = {
    "a city": (59.8581, 17.6389, "SE"),
    "beside a border": (47.6600, 9.1650, "CH|DE"),
    "an enclave": (41.9029, 12.4534, "VA"),
    "a mountain hut": (45.9370, 7.8660, "IT|CH"),
    "the desert": (23.0, 11.0, "DZ|LY|NE"),
    "the ice of Greenland": (72.58, -38.46, "GL"),
    "the South Pole": (-90.0, 0.0, "AQ"),
    "the coast of Antarctica": (-66.66, 140.0, "AQ"),
    "a bridge of a strait": (55.5707, 12.8466, "DK|SE"),
    "across the antimeridian": (-16.8, 179.999, "FJ"),
    "a country without a row": (28.2, -177.37, "UM"),
    "an atoll in another ocean than its country": (10.3, -109.21, "FR"),
    "an island far south of its country": (-54.62, 158.86, "AU"),
    "an island 500 km off the coast": (5.53, -87.06, "CR"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_point_is_the_answer_and_the_path_leads_to_it(beliefs: Beliefs, name: str) -> None:
    lat, lon, countries = PLACES[name]
    point = Point(lat=lat, lon=lon)
    belief = belief_at(point, beliefs)
    assert distance_km(best_point(belief), point) < 0.1
    path = levels(belief)
    assert path[0].code is not None
    assert path[0].code.country in countries.split("|")
    assert [level.stated for level in path] == [True] * len(path)
    assert path[-1].level == "point"
    chances = [level.probability for level in path]
    assert chances == sorted(chances, reverse=True)
    assert rank_countries(belief, 1)[0].key == path[0].code or not beliefs.atlas.rows(path[0].code).any()
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
    assert mass(alone, Area("SE")) > 0.9
    assert mass(contradicted, Area("PE")) > 0.9


EIFFEL = (48.8584, 2.2945)
TOGETHER = {
    "one": [EIFFEL],
    "the same twice": [EIFFEL, EIFFEL],
    "50 m apart": [EIFFEL, (48.85885, 2.2945)],
    "130 m apart": [EIFFEL, (48.8596, 2.2945)],
    "a walk": [EIFFEL, (48.8614, 2.2945), (48.8644, 2.2945)],
    "over the antimeridian": [(-16.8, 179.999), (-16.8, -179.999)],
}


@pytest.mark.parametrize("name", TOGETHER)
def test_positions_that_agree_are_one(beliefs: Beliefs, name: str) -> None:
    positions = {i: Point(lat=lat, lon=lon) for i, (lat, lon) in enumerate(TOGETHER[name], 1)}
    clues, (evidence,), (case,) = position_trace(positions, beliefs.atlas)
    assert evidence.clues == tuple(clue.id for clue in clues)
    assert len(clues) == len(positions)
    assert all(distance_km(case.point, point) < case.radius_km for point in positions.values())
    belief = beliefs.of([evidence], [case])
    assert best_point(belief) == case.point
    assert [level.stated for level in levels(belief)] == [True] * len(levels(belief))
    assert levels(belief)[-1].probability < 0.95  # a clock and a position can be wrong


def test_the_more_they_scatter_the_less_sure_is_the_point(beliefs: Beliefs) -> None:
    def chance(*names: str) -> float:
        return min(levels(beliefs.of(*traced(name)))[-1].probability for name in names)

    def traced(name: str) -> tuple[list[Evidence], list[Spot]]:
        points = (Point(lat=lat, lon=lon) for lat, lon in TOGETHER[name])
        return position_trace(dict(enumerate(points, 1)), beliefs.atlas)[1:]

    as_one = chance("one", "the same twice")
    assert chance("130 m apart") == pytest.approx(as_one, abs=0.001)  # no more than one position is off by itself
    assert as_one > chance("a walk") > 0.5


def test_positions_that_lie_apart_are_two_statements(atlas: Atlas) -> None:
    positions = {
        1: Point(lat=48.8584, lon=2.2945),
        3: Point(lat=48.8684, lon=2.2945),
        4: Point(lat=48.8585, lon=2.2945),
    }
    _, evidence, cases = position_trace(positions, atlas)
    assert [item.statement.partition(" give")[0] for item in evidence] == [
        "the files of photos 1 and 4", "the file of photo 3"
    ]  # fmt: skip
    assert len(cases) == 2


@pytest.mark.parametrize(("lat", "lon", "region"), [(47.5672, 7.6068, "CH.BS")])
def test_a_region_has_no_border_to_hold_the_position(beliefs: Beliefs, lat: float, lon: float, region: str) -> None:
    point, area = Point(lat=lat, lon=lon), Area.parse(region)
    nearest = beliefs.atlas.at(point).place.key
    assert nearest is not None
    assert not area.contains(nearest)
    belief = belief_at(point, beliefs)
    assert mass(belief, area) > 0.25
    assert mass(belief, area.country_area) > 0.9
