import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from geoagent.geo import EARTH_RADIUS_KM, Point, chord_to_km, distance_km, haversine_km, km_to_chord, unit_vectors

points = st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 179.99))


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
