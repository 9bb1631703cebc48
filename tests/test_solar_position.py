"""The sun's place, against astral and against cases that a pocket calculator does."""

from datetime import UTC, datetime

import numpy as np
import pytest
from astral import Observer
from astral.sun import azimuth, elevation

from geoagent.solar_position import direction_deg, elevation_deg, frame, seen_deg, sun_vectors, true_deg

TILT = 23.44
SOLSTICE, WINTER = datetime(2024, 6, 20, 20, 51, tzinfo=UTC), datetime(2024, 12, 21, 9, 20, tzinfo=UTC)
EQUINOX = datetime(2024, 3, 20, 3, 6, tzinfo=UTC)


def height(lat: float, lon: float, when: datetime) -> float:
    return float(elevation_deg(frame(lat, lon), sun_vectors(when.timestamp()))[0])


def test_over_many_places_and_times_it_is_where_astral_has_it() -> None:
    chance = np.random.default_rng(3)
    lat, lon = np.degrees(np.arcsin(chance.uniform(-0.999, 0.999, 400))), chance.uniform(-180, 180, 400)
    for moment in chance.uniform(-6.0e8, 2.4e9, 12):
        when, towards = datetime.fromtimestamp(float(moment), UTC), sun_vectors(float(moment))
        seen, turned = seen_deg(elevation_deg(frame(lat, lon), towards)), direction_deg(frame(lat, lon), towards)
        for i in range(0, 400, 7):
            observer = Observer(float(lat[i]), float(lon[i]))
            if seen[i] > 0:
                assert seen[i] == pytest.approx(elevation(observer, when), abs=0.1)
                across = (turned[i] - azimuth(observer, when) + 180) % 360 - 180
                assert abs(across) * np.cos(np.radians(seen[i])) < 0.1


@pytest.mark.parametrize(
    ("lat", "when", "expected"),
    [
        (90.0, SOLSTICE, TILT),
        (-90.0, SOLSTICE, -TILT),
        (-90.0, WINTER, TILT),
        (90.0, EQUINOX, 0.0),
        (0.0, datetime(2024, 3, 20, 12, 7, 25, tzinfo=UTC), 89.8),  # 9 hours after the equinox: 0.15° north
        (TILT, datetime(2024, 6, 20, 12, 1, 50, tzinfo=UTC), 90.0),
        (51.5, datetime(2024, 6, 20, 12, 1, 50, tzinfo=UTC), 90 - 51.5 + TILT),
        (-66.56, datetime(2024, 6, 20, 12, 1, 50, tzinfo=UTC), 0.0),
        (0.0, datetime(2024, 12, 21, 11, 58, 10, tzinfo=UTC), 90 - TILT),
    ],
    ids="pole, the other, its summer, equinox, equator, tropic, London, polar circle, equator in winter".split(", "),
)
def test_hand_computed_heights(lat: float, when: datetime, expected: float) -> None:
    assert height(lat, 0.0, when) == pytest.approx(expected, abs=0.1)


def test_both_sides_of_the_date_line_have_one_sun() -> None:
    when = datetime(2024, 6, 1, 0, 0, tzinfo=UTC)
    assert height(-17.0, 180.0, when) == pytest.approx(height(-17.0, -180.0, when))
    assert height(-17.0, 179.99, when) == pytest.approx(height(-17.0, -179.99, when), abs=0.03)


def test_refraction_lifts_the_sun_and_is_taken_off_again() -> None:
    for true in (0.0, 1.0, 5.0, 20.0, 60.0, 90.0):
        assert true_deg(float(seen_deg(true))) == pytest.approx(true, abs=0.02)
    assert seen_deg(0.0) == pytest.approx(0.48, abs=0.01)
    assert seen_deg(-10.0) == -10.0
