import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from geoagent.geo import EARTH_RADIUS_KM, Area, Point, chord_to_km, distance_km, haversine_km, km_to_chord, unit_vectors

AREAS = ["AT", "HK#1819729", "SE", "SE.2", "SE.28", "SE.28#2711537", "SE.28#99", "US.NY#5128581"]
"""In the order of their texts."""
points = st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 179.99))


class Told(BaseModel):
    """Areas as models hold them."""

    weights: dict[Area, float]
    within: Area | None = None


@pytest.mark.parametrize("text", AREAS)
def test_an_area_is_its_text(text: str) -> None:
    area = Area.parse(text)
    assert str(area) == f"{area}" == text
    assert Area(area.country, area.division, area.city) == area
    assert hash(Area(area.country, area.division, area.city)) == hash(area)
    assert area != text
    assert pickle.loads(pickle.dumps(area)) == copy.deepcopy(area) == area


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S",
        "se",
        "SWE",
        "SE.",
        "SE#",
        "SE.28#",
        "SE.28.1",
        "SE#1.2",
        "SE#x",
        "SE#-1",
        "SE#01",
        "SE#٣",
        "SE\n",
        " SE",
    ],
)
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an area; areas are written"):
        Area.parse(text)


@pytest.mark.parametrize("parts", [("SE.28",), ("SE", "28#1"), ("SE", ""), ("SE", None, -1), ("Sweden",), ("SE#1",)])
def test_parts_that_make_no_area_are_refused(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is not an area"):
        Area(*parts)  # type: ignore[arg-type]


def test_an_area_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Area("SE").country = "NO"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "level", "parent", "division"),
    [
        ("SE", "country", None, None),
        ("SE.28", "region", "SE", "SE.28"),
        ("SE.28#2711537", "city", "SE.28", "SE.28"),
        ("HK#1819729", "city", "HK", None),
    ],
)
def test_what_lies_round_an_area(text: str, level: str, parent: str | None, division: str | None) -> None:
    area = Area.parse(text)
    assert area.level == level
    assert area.parent == (Area.parse(parent) if parent else None)
    assert area.division_area == (Area.parse(division) if division else None)
    assert area.country_area == Area(text[:2])


@pytest.mark.parametrize(
    ("outer", "inside"),
    [
        ("SE", {"SE", "SE.2", "SE.28", "SE.28#2711537", "SE.28#99"}),
        ("SE.2", {"SE.2"}),
        ("SE.28", {"SE.28", "SE.28#2711537", "SE.28#99"}),
        ("SE.28#99", {"SE.28#99"}),
        ("HK", {"HK#1819729"}),
        ("HK.KKC", set()),
    ],
)
def test_what_an_area_contains(outer: str, inside: set[str]) -> None:
    assert {text for text in AREAS if Area.parse(outer).contains(Area.parse(text))} == inside


def test_areas_are_sorted_by_their_text() -> None:
    assert [str(area) for area in sorted(map(Area.parse, reversed(AREAS)))] == AREAS
    assert Area("SE") <= Area("SE") < Area("SE", "2") >= Area("SE")
    with pytest.raises(TypeError):
        _ = Area("SE") < "SE"


def test_in_data_an_area_is_its_text() -> None:
    told = Told.model_validate({"weights": {"SE.28": 1, Area("HK", None, 1819729): 2}, "within": "SE"})
    assert told.weights == {Area("SE", "28"): 1.0, Area("HK", city=1819729): 2.0}
    plain = {"weights": {"SE.28": 1.0, "HK#1819729": 2.0}, "within": "SE"}
    assert told.model_dump() == told.model_dump(mode="json") == plain
    assert Told.model_validate_json(told.model_dump_json()) == told


@pytest.mark.parametrize("fields", [{"within": "Sweden"}, {"within": 5}, {"weights": {"SE.28.1": 1.0}}])
def test_data_that_holds_no_area_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="an area"):
        Told.model_validate({"weights": {}, **fields})


def test_the_schema_of_an_area_is_that_of_a_text() -> None:
    pattern = r"^[A-Z]{2}(\.[^.#]+)?(#\d+)?$"
    for mode in ("validation", "serialization"):
        properties = Told.model_json_schema(mode=mode)["properties"]
        assert properties["weights"]["patternProperties"] == {pattern: {"type": "number"}}
        assert properties["within"]["anyOf"] == [{"type": "string", "pattern": pattern}, {"type": "null"}]


def test_a_published_distance() -> None:
    # first row of the published Im2GPS3k predictions: 1437.19 km
    assert haversine_km(32.325436, -64.764404, 26.193849, -77.825306) == pytest.approx(1437.19, abs=0.01)


def test_quarter_and_half_of_the_globe() -> None:
    assert distance_km(Point(lat=0, lon=0), Point(lat=0, lon=90)) == pytest.approx(np.pi / 2 * EARTH_RADIUS_KM)
    assert distance_km(Point(lat=90, lon=0), Point(lat=-90, lon=123)) == pytest.approx(np.pi * EARTH_RADIUS_KM)


def test_the_antimeridian_is_no_border() -> None:
    assert distance_km(Point(lat=0, lon=179.9), Point(lat=0, lon=-179.9)) == pytest.approx(22.24, abs=0.01)


def test_longitudes_are_folded() -> None:
    assert Point(lat=0, lon=180) == Point(lat=0, lon=-180)
    assert Point(lat=0, lon=190).lon == -170


@pytest.mark.parametrize("lat", [90.1, -91, float("nan")])
def test_latitudes_off_the_globe_are_refused(lat: float) -> None:
    with pytest.raises(ValidationError):
        Point(lat=lat, lon=0)


@given(points, points)
def test_distance_is_symmetric_and_bounded(a: Point, b: Point) -> None:
    d = distance_km(a, b)
    assert d == pytest.approx(distance_km(b, a), abs=1e-9)
    assert 0 <= d <= np.pi * EARTH_RADIUS_KM + 1e-6


@given(points, points)
def test_chords_agree_with_great_circles(a: Point, b: Point) -> None:
    chord = np.linalg.norm(unit_vectors(a.lat, a.lon) - unit_vectors(b.lat, b.lon))
    assert float(chord_to_km(chord)) == pytest.approx(distance_km(a, b), abs=1e-3)


def test_chord_of_a_distance() -> None:
    assert chord_to_km(km_to_chord(1234.5)) == pytest.approx(1234.5)
