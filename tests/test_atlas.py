import threading
from pathlib import Path

import pytest

from geoagent import atlas_build
from geoagent.atlas import Atlas, open_atlas
from geoagent.geo import Point

PLACES = [  # well-known coordinates, and the country and region there
    ("Tower of London", 51.508, -0.076, "GB", "England"),
    ("Eiffel Tower", 48.858, 2.294, "FR", "Île-de-France"),
    ("Statue of Liberty", 40.689, -74.044, "US", "New York"),
    ("Sydney Opera House", -33.857, 151.215, "AU", "New South Wales"),
    ("Vatican, St Peter's Square", 41.9022, 12.4573, "VA", None),
    ("San Marino", 43.936, 12.447, "SM", None),
    ("Maseru, inside South Africa", -29.31, 27.48, "LS", None),
    ("Büsingen, German, inside Switzerland", 47.697, 8.690, "DE", None),
    ("Kaliningrad", 54.71, 20.51, "RU", None),
    ("Ceuta", 35.889, -5.316, "ES", None),
    ("Gibraltar", 36.140, -5.353, "GI", None),
    ("Singapore", 1.290, 103.852, "SG", None),
    ("Taveuni, on the antimeridian", -16.85, 179.97, "FJ", None),
    ("Longyearbyen", 78.223, 15.647, "SJ", None),
    ("McMurdo Station", -77.846, 166.676, "AQ", None),
    ("Amundsen-Scott, the South Pole", -90.0, 0.0, "AQ", None),
    ("Hong Kong", 22.302, 114.177, "HK", None),
    ("Mombasa", -4.043, 39.668, "KE", None),
]


@pytest.mark.parametrize(("name", "lat", "lon", "code", "region"), PLACES)
def test_what_is_at_a_point(atlas: Atlas, name: str, lat: float, lon: float, code: str, region: str | None) -> None:
    place = atlas.at(Point(lat=lat, lon=lon)).place
    assert place.key is not None
    assert place.key[:2] == code
    if region:
        assert place.region == region


@pytest.mark.parametrize(("lat", "lon"), [(0.0, -140.0), (90.0, 0.0), (-45.0, 80.0), (30.0, -45.0)])
def test_open_sea_is_open_sea(atlas: Atlas, lat: float, lon: float) -> None:
    assert atlas.at(Point(lat=lat, lon=lon)).place.country is None


def test_a_far_city_is_not_named(atlas: Atlas) -> None:
    desert = atlas.at(Point(lat=23.0, lon=10.5))  # the Algerian Sahara
    assert desert.place.country == "Algeria"
    assert desert.place.city is None


def test_names_in_many_scripts(atlas: Atlas) -> None:
    for name in ("München", "munchen", "Munich", "Мюнхен", "ミュンヘン"):
        assert atlas.name(atlas.rows_named(name)[0]) == "Munich"
    assert atlas.areas_named("Schweden") == ["SE"]
    assert atlas.areas_named("日本") == ["JP"]
    assert set(atlas.areas_named("Georgia")) == {"GE", "US.GA"}


@pytest.mark.parametrize(
    ("country", "region", "city", "key"),
    [
        ("Sweden", None, None, "SE"),
        ("se", None, None, "SE"),
        ("China", "Shaanxi Province", None, "CN.26"),
        ("United States", "Texas", "Paris", "US.TX#4717560"),
        ("France", None, "Paris", "FR.11#2988507"),
        ("France", "Nowhere", "Paris", "FR.11#2988507"),
        ("France", None, "Springfield", "FR"),
        ("Atlantis", None, "Paris", None),
        (None, None, "Paris", None),
        ("UK", None, "London", "GB.ENG#2643743"),
        ("England", None, None, "GB.ENG"),
        ("Scotland", None, "Edinburgh", "GB.SCT#2650225"),
        ("Czech Republic", None, "Prague", "CZ.52#3067696"),
        ("United States of America", "California", None, "US.CA"),
        ("Ivory Coast", None, None, "CI"),
    ],
)
def test_a_path_resolves_to_its_deepest_known_part(
    atlas: Atlas, country: str | None, region: str | None, city: str | None, key: str | None
) -> None:
    assert atlas.resolve(country, region, city) == key


def test_boroughs_belong_to_their_city(atlas: Atlas) -> None:
    london = atlas.rows("GB.ENG#2643743")
    names = {atlas.name(int(row)) for row in london.nonzero()[0]}
    assert len(names) > 200
    assert {"London", "Camden Town", "Wimbledon"} <= names
    assert "Oxford" not in names


def test_the_prior_is_as_described(atlas: Atlas) -> None:
    land = atlas.geonameid == 0
    assert atlas.prior.sum() == pytest.approx(1)
    assert atlas.prior[land].sum() == pytest.approx(0.03)
    assert atlas.prior.min() > 0
    a, b = atlas.rows_named("Tokyo")[0], atlas.rows_named("Munich")[0]
    expected = ((atlas.population[a] + 100) / (atlas.population[b] + 100)) ** 0.5
    assert atlas.prior[a] / atlas.prior[b] == pytest.approx(expected)


def test_it_is_built_once_and_seen_only_when_whole(tmp_path: Path) -> None:
    told: list[str] = []
    builders = [threading.Thread(target=open_atlas, args=(tmp_path, told.append)) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert [path.name for path in tmp_path.iterdir()] == [atlas_build.cache_name()]
    told.clear()
    open_atlas(tmp_path, told.append)
    assert told == []
