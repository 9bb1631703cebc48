"""Scores of single samples against values worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoagent.errors import ConfigError
from geoagent.eval.metrics import scores
from geoagent.geo import Area, AreaLevel, Point

ORIGIN = Point(lat=0, lon=0)
ONE_DEGREE_KM = 6371 * math.pi / 180
"""111.195 km: a degree along the equator or a meridian."""


def east(km: float) -> Point:
    """The point that far east of the origin, along the equator."""
    return Point(lat=0, lon=km / ONE_DEGREE_KM)


points = st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 180))


def test_distance_of_one_degree() -> None:
    score = scores.distance(Point(lat=1, lon=0), ORIGIN)
    assert score.value == pytest.approx(111.19492664)
    assert score.outcome == "measured"


def test_distance_without_an_answer_has_no_value() -> None:
    assert scores.distance(None, ORIGIN) == scores.Score(None, "no point was answered", "abstained")


@pytest.mark.parametrize(
    ("answer", "radius_km", "value", "outcome"),
    [
        (ORIGIN, 0, 1.0, "right"),
        (east(24.999), 25, 1.0, "right"),
        (east(25.001), 25, 0.0, "wrong"),
        (None, 20_000, 0.0, "abstained"),
    ],
)
def test_within(answer: Point | None, radius_km: float, value: float, outcome: str) -> None:
    score = scores.within(answer, ORIGIN, radius_km)
    assert (score.value, score.outcome) == (value, outcome)


def test_geoscore_falls_by_e_over_its_scale() -> None:
    assert scores.geoscore(ORIGIN, ORIGIN).value == 5000
    assert scores.geoscore(east(1492.7), ORIGIN).value == pytest.approx(5000 / math.e)
    assert scores.geoscore(None, ORIGIN).value == 0


def test_geoscore_of_a_smaller_map() -> None:
    assert scores.geoscore(east(50), ORIGIN, diagonal_km=1000).value == pytest.approx(5000 * math.exp(-0.5))
    with pytest.raises(ConfigError):
        scores.geoscore(ORIGIN, ORIGIN, diagonal_km=0)


@pytest.mark.parametrize(
    ("text", "country", "region", "city"),
    [
        ("SE", "SE", None, None),
        ("SE.28", "SE", "SE.28", None),
        ("SE.28#2711537", "SE", "SE.28", "#2711537"),
        ("MC#2993458", "MC", None, "#2993458"),
        (None, None, None, None),
    ],
)
def test_code_at(text: str | None, country: str | None, region: str | None, city: str | None) -> None:
    area = Area.parse(text) if text else None
    found = scores.code_at(area, "country"), scores.code_at(area, "region"), scores.code_at(area, "city")
    assert found == (country, region, city)


@pytest.mark.parametrize(
    ("answer", "truth", "level", "value", "outcome"),
    [
        ("SE.28#2711537", "SE.28#2711537", "city", 1.0, "right"),
        ("SE.28#1", "SE.28#2711537", "city", 0.0, "wrong"),
        ("SE.28#1", "SE.28#2711537", "region", 1.0, "right"),
        ("SE.27", "SE.28", "region", 0.0, "wrong"),
        ("NO.28", "SE.28", "region", 0.0, "wrong"),
        ("SE", "SE.28", "region", 0.0, "abstained"),
        (None, "SE", "country", 0.0, "abstained"),
        ("SE.28", "SE", "region", None, "unlabelled"),
        ("SE", None, "country", None, "unlabelled"),
        ("US", ["CA", "US.NY"], "country", 1.0, "right"),
        ("MX", ["CA", "US.NY"], "country", 0.0, "wrong"),
    ],
)
def test_level_right(
    answer: str | None, truth: str | list[str] | None, level: AreaLevel, value: float | None, outcome: str
) -> None:
    texts = [truth] if isinstance(truth, str) else truth or []
    score = scores.level_right(Area.parse(answer) if answer else None, [Area.parse(text) for text in texts], level)
    assert (score.value, score.outcome) == (value, outcome)


def test_bits_over_prior() -> None:
    assert scores.bits_over_prior(0.5, 0.125).value == 2
    assert scores.bits_over_prior(0.01, 0.04).value == -2
    assert scores.bits_over_prior(0.3, 0.3).value == 0


def test_bits_of_a_flat_denial_are_floored() -> None:
    score = scores.bits_over_prior(0, 0.1, floor=2**-20)
    assert score.value == -20
    assert "floored" in score.reason
    with pytest.raises(ConfigError):
        scores.bits_over_prior(0.1, 0)


def test_radius_covers() -> None:
    assert scores.radius_covers(east(9), 10, ORIGIN).value == 1
    assert scores.radius_covers(east(11), 10, ORIGIN).value == 0
    assert scores.radius_covers(east(11), None, ORIGIN).outcome == "abstained"
    assert scores.radius_covers(ORIGIN, 0, ORIGIN).value == 1


@given(points, points)
def test_scores_agree_with_each_other(answer: Point, truth: Point) -> None:
    d_km = scores.distance(answer, truth).value
    assert d_km is not None
    assert 0 <= d_km <= math.pi * 6371 + 1e-6
    assert scores.within(answer, truth, d_km).value == 1
    assert scores.geoscore(answer, truth).value == pytest.approx(5000 * math.exp(-d_km / 1492.7))
    assert scores.radius_covers(answer, d_km, truth).value == 1
