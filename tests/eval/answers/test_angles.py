"""Coordinates in prose: the usual ways of writing them, and what must not be taken for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoagent.eval.answers.angles import Axis, find_points, plain, read_angle

EIFFEL = (48.8584, 2.2945)
WEST = (48.8584, -2.2945)
SOUTH_WEST = (-33.4378, -70.6515)

WRITTEN = [
    ("lat: 48.8584, lon: 2.2945", EIFFEL),
    ("Latitude: 48.8584\nLongitude: 2.2945", EIFFEL),
    ("Lat. 48.8584, Long. 2.2945", EIFFEL),
    ("Latitude – 48.8584; Longitude – 2.2945", EIFFEL),
    ("Latitude (decimal): 48.8584, Longitude (decimal): 2.2945", EIFFEL),
    ("longitude 2.2945, latitude 48.8584", EIFFEL),
    ("at latitude 48.8584 and longitude 2.2945", EIFFEL),
    ("latitude is about 48.8584, longitude is about -2.2945", WEST),
    ("around 48.8584 latitude, -2.2945 longitude", WEST),
    ("Latitude: approximately 48.8584° N; Longitude: approximately 2.2945° W", WEST),
    ("Latitude: 33.4378 (Southern Hemisphere)\nLongitude: 70.6515 (Western Hemisphere)", SOUTH_WEST),
    ("**Latitude:** 48.8584\n**Longitude:** 2.2945", EIFFEL),
    ("| Latitude | 48.8584 |\n| Longitude | -2.2945 |", WEST),
    ("| Latitude | Longitude |\n|---|---|\n| 48.8584 | -2.2945 |", WEST),
    ("lat/lon: 48.8584, -2.2945", WEST),
    ("(lon, lat) = (2.2945, 48.8584)", EIFFEL),
    ("Latitude and longitude: 48.8584, 2.2945", EIFFEL),
    ("lat,lon\n48.8584,2.2945", EIFFEL),
    ("lat=48.8584&lon=2.2945", EIFFEL),
    ("48.8584° N, 2.2945° E", EIFFEL),
    ("48.8584°N 2.2945°W", WEST),
    ("48.8584 N, 2.2945 E", EIFFEL),
    ("48.8584N, 2.2945W", WEST),
    ("2.2945° E, 48.8584° N", EIFFEL),
    ("N 48.8584, E 2.2945", EIFFEL),
    ("N48.8584 W2.2945", WEST),
    ("-33.4378° S, -70.6515° W", SOUTH_WEST),
    ("−33.4378, −70.6515", SOUTH_WEST),
    ("33.4378 degrees south, 70.6515 degrees west", SOUTH_WEST),
    ("48,8584° N, 2,2945° E", EIFFEL),
    ("latitud 48,8584 y longitud -2,2945", WEST),
    ("48°51'30.24\" N, 2°17'40.2\" E", EIFFEL),
    ("48°51′30.24″N 2°17′40.2″W", WEST),
    ("48° 51.504' N, 2° 17.67' E", EIFFEL),
    ("N 48° 51' 30.24'' E 2° 17' 40.2''", EIFFEL),
    ("$48.8584^\\circ$ N, $2.2945^\\circ$ E", EIFFEL),
    ("$48.8584^{\\circ}\\text{N}, 2.2945^{\\circ}\\text{W}$", WEST),
    ("\\boxed{48.8584, 2.2945}", EIFFEL),
    ("纬度：48.8584，经度：2.2945", EIFFEL),
    ("北纬48.8584度，西经2.2945度", WEST),
    ("широта 48.8584, долгота 2.2945", EIFFEL),
    ("It is at (48.8584, 2.2945).", EIFFEL),
    ("https://www.google.com/maps/@48.8584,2.2945,17z", EIFFEL),
    ("48.8584 2.2945", EIFFEL),
    ("The coordinates are 48, 2", (48, 2)),
    ("lat: 0, lon: 0", (0, 0)),
    ("lat -45, lon 170", (-45, 170)),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_written_points(text: str, expected: tuple[float, float]) -> None:
    (found,) = find_points(text)
    assert (found.point.lat, found.point.lon) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot tell.",
        "Prices are 12.50, 30.00; built in 1998, 2004.",
        "Take I-90 E, exit 5 N, to 42 W 5th Street.",
        "The box is [0.123, 0.456, 0.789, 0.912].",
        "lat: 95.5, lon: 10",
        "48.8584° N",
        "latitude unknown, longitude unknown",
        "48°75'30\" N, 2°17'40\" E",
        "lat: 2.5 E, lon: 48.5 N",
        "192.168.10.12, 10.0.0.1",
    ],
)
def test_what_is_no_point(text: str) -> None:
    assert find_points(text) == []


def test_points_come_in_order_of_the_text() -> None:
    text = "First (10.1234, 20.1234), then lat: 11, lon: 21, at last lat/lng 12.5, 22.5."
    assert [found.point.lat for found in find_points(text)] == [10.1234, 11, 12.5]


def test_one_pair_is_not_read_twice() -> None:
    assert len(find_points("Coordinates: Lat: 48.8584, Lon: 2.2945")) == 1


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    [
        ("48.8584", "lat", 48.8584),
        ("~48.8584°", "lat", 48.8584),
        ("27.47° S", "lat", -27.47),
        ("27.47° S", "lon", None),
        ("153°1'12\"E", "lon", 153.02),
        ("95", "lat", None),
        ("95", "lon", 95),
        ("Paris", "lat", None),
        ("", "lat", None),
    ],
)
def test_read_angle(text: str, axis: Axis, value: float | None) -> None:
    read = read_angle(text, axis)
    assert read == (value if value is None else pytest.approx(value))


def test_plain_keeps_words() -> None:
    assert plain("**Côte d’Azur** – 5º") == "Côte d'Azur - 5°"


@pytest.mark.parametrize("unit", ["lat ", "lat: ", "48 N ", "1.5, ", "lat|-", "12 deg ", "1°1'", "latlon-", " "])
def test_long_nonsense_is_read_in_time(unit: str) -> None:
    assert len(find_points(unit * (20_000 // len(unit)))) < 10_000


def _dms(value: float, letters: str) -> str:
    seconds = round(abs(value) * 3600, 3)
    return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60)}'{seconds % 60:.3f}\" {letters[value < 0]}"


@given(st.floats(-89.9, 89.9), st.floats(-179.9, 179.9), st.integers(0, 3))
def test_what_is_written_is_read_back(lat: float, lon: float, form: int) -> None:
    text = (
        f"Lat: {lat:.6f}, Lon: {lon:.6f}",
        f"({lat:.6f}, {lon:.6f})",
        f"{abs(lat):.6f}° {'NS'[lat < 0]}, {abs(lon):.6f}° {'EW'[lon < 0]}",
        f"{_dms(lat, 'NS')}, {_dms(lon, 'EW')}",
    )[form]
    (found,) = find_points(f"The photo was taken here: {text}, I think.")
    assert (found.point.lat, found.point.lon) == pytest.approx((lat, lon), abs=2e-6)
