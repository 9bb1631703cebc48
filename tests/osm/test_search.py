"""Combinations in extracts: planted ones are found, others are not, and what cannot be read is told."""

import os
from pathlib import Path

import numpy as np
import pytest

from geoagent.errors import ConfigError
from geoagent.geo import Point, chord_to_km, distance_km, unit_vectors
from geoagent.osm.extract import Extract, index_extract, open_extract
from geoagent.osm.online import combination_query
from geoagent.osm.phrase import read_phrase
from geoagent.osm.search import spots
from geoagent.web.map_answers import Circle
from tests.osm.made import PHRASE, PORTO, Made, extract


def found_share(path: Path, cache: Path, count: int, planted: int) -> tuple[float, float]:
    """The share of planted combinations that are found, and the share of what fits in full that was planted."""
    truths = extract(path, count, planted)
    found = [spot for spot in spots(read_phrase(PHRASE), open_extract(path, cache)) if spot.fit > 0.99]
    hit = [any(distance_km(truth, spot.point) < 0.03 for spot in found) for truth in truths]
    right = [any(distance_km(truth, spot.point) < 0.03 for truth in truths) for spot in found]
    return float(np.mean(hit)), float(np.mean(right))


def test_planted_combinations_are_found(tmp_path: Path) -> None:
    assert found_share(tmp_path / "small.osm.pbf", tmp_path / "cache", 3000, 40) >= (0.95, 0.9)


@pytest.mark.slow
def test_planted_combinations_are_found_among_a_hundred_thousand_things(tmp_path: Path) -> None:
    found, right = found_share(tmp_path / "large.osm.pbf", tmp_path / "cache", 100_000, 200)
    assert found >= 0.95
    assert right >= 0.9


def test_what_lies_further_fits_less_and_what_must_not_be_there_is_told(tmp_path: Path) -> None:
    made = Made(tmp_path / "a.osm.pbf")
    made.node(41.15, -8.61, {"amenity": "cafe", "name": "Near"})
    made.node(41.16, -8.61, {"amenity": "cafe", "name": "Too far"})
    made.node(41.17, -8.61, {"amenity": "cafe", "name": "Beside a tower"})
    for lat, lon in ((41.1502, -8.61), (41.161, -8.61), (41.1702, -8.61)):
        made.node(lat, lon, {"railway": "tram_stop"})
    made.node(41.17, -8.6102, {"building": "yes", "height": "60 m"})
    made.close()
    wanted = read_phrase("a cafe within 80 m of a tram stop, no building over 10 storeys")
    best, *rest = spots(wanted, open_extract(tmp_path / "a.osm.pbf", tmp_path / "cache"))
    assert (best.name, best.fit) == ("Near", 1.0)
    assert best.away_m[0] == pytest.approx(22, abs=1)
    assert {spot.name: spot.against for spot in rest} == {
        "Beside a tower": ("building over 10 storeys within 300 m",), "Too far": (),
    }  # fmt: skip
    assert all(spot.fit < 0.7 for spot in rest)


def test_ways_and_areas_of_several_ways_count_along_their_outline(tmp_path: Path) -> None:
    made = Made(tmp_path / "a.osm.pbf")
    made.node(41.1500, -8.60, {"amenity": "cafe", "name": "At the bank"})
    corners = [made.node(lat, lon) for lat, lon in ((41.1503, -8.62), (41.1503, -8.58), (41.16, -8.58), (41.16, -8.62))]
    first, second = made.way(corners[:3], {}), made.way([corners[2], corners[3], corners[0]], {})
    made.area([first, second], {"natural": "water", "water": "river"})
    made.close()
    (spot,) = spots(read_phrase("a cafe beside a river"), index_extract(tmp_path / "a.osm.pbf"))
    assert spot.fit == 1
    assert spot.away_m[0] == pytest.approx(33, abs=3)


def test_a_thing_is_not_near_itself(tmp_path: Path) -> None:
    made = Made(tmp_path / "a.osm.pbf")
    for lat in (41.15, 41.1505, 41.17):
        made.node(lat, -8.61, {"amenity": "pharmacy", "name": f"{lat}"})
    made.close()
    found = spots(read_phrase("a pharmacy within 100 m of a pharmacy"), index_extract(tmp_path / "a.osm.pbf"))
    assert {spot.name for spot in found} == {"41.15", "41.1505"}


def woods(count: int, points: int) -> Extract:
    """So many woods with so many points each, at random in and round Porto."""
    rng = np.random.default_rng(1)
    thing = np.repeat(np.arange(count), points)
    lat, lon = (
        rng.uniform(-0.1, 0.1, count)[thing] + rng.normal(0, 0.003, count * points) + centre
        for centre in (PORTO.lat, PORTO.lon)
    )
    return Extract(np.full(count, "forest"), [""] * count, np.full(count, np.nan), lat, lon, thing)


def test_the_nearest_of_its_own_kind_is_that_of_another_thing() -> None:
    made, wanted = woods(7, 30), read_phrase("a forest within 500 m of a forest")
    at = unit_vectors(made.lat, made.lon)
    chords = np.linalg.norm(at[:, None] - at, axis=2)
    chords[made.thing[:, None] == made.thing] = np.inf
    nearest = {
        (lat, lon): 1000 * km for lat, lon, km in zip(made.lat, made.lon, chord_to_km(chords.min(1)), strict=True)
    }
    found = list(spots(wanted, made))
    assert len(found) > 20
    for spot in found:
        assert spot.away_m[0] == pytest.approx(nearest[spot.point.lat, spot.point.lon])


def test_places_are_made_when_they_are_asked_for() -> None:
    found = spots(read_phrase("a forest"), woods(3, 100))
    assert next(found).fit == 1
    assert len({spot.point for spot in found}) > 100


def test_an_extract_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    path, cache = tmp_path / "a.osm.pbf", tmp_path / "cache"
    extract(path, 100, 2)
    first = open_extract(path, cache)
    again = open_extract(path, cache)
    assert (again.names, again.lat.tolist()) == (first.names, first.lat.tolist())
    assert len(list((cache / "extracts").iterdir())) == 1
    extract(path, 200, 3)
    assert len(open_extract(path, cache)) > len(first)


@pytest.mark.parametrize("kept", [0, 0.5])
def test_a_damaged_index_is_told_in_one_line(kept: float, tmp_path: Path) -> None:
    path, cache = tmp_path / "a.osm.pbf", tmp_path / "cache"
    extract(path, 100, 2)
    open_extract(path, cache)
    (index,) = (cache / "extracts").iterdir()
    index.write_bytes(index.read_bytes()[: int(kept * index.stat().st_size)])
    with pytest.raises(ConfigError, match="the index of an extract is damaged; delete it"):
        open_extract(path, cache)


def test_what_is_no_extract_or_an_empty_one_is_told_in_one_line(tmp_path: Path) -> None:
    Made(tmp_path / "empty.osm.pbf").close()
    (tmp_path / "text.osm.pbf").write_text("no extract")
    for name, why in (
        ("empty.osm.pbf", "nothing that can be asked for"),
        ("text.osm.pbf", "not an extract"),
        ("none", "No such"),
    ):
        with pytest.raises(ConfigError, match=why) as told:
            open_extract(tmp_path / name, tmp_path / "cache")
        assert "\n" not in str(told.value)
    assert not (tmp_path / "cache" / "extracts").exists()


def test_overpass_is_asked_for_the_same() -> None:
    circle = Circle(Point(lat=PORTO.lat, lon=PORTO.lon), 5.0)
    query = combination_query(read_phrase("a mosque within 200 m of a tram stop, no building over 10 storeys"), circle)
    assert 'nwr["amenity"="place_of_worship"]["religion"="muslim"](around:5000,41.14960,-8.61100);' in query
    assert '["building:levels"](if:number(t["building:levels"])>10)' in query
    assert "nwr.all(around.near0:200)->.all;" in query
    assert "(.all;-.out;)->.all;" in query


def along(count: int, things: int, seed: int = 1) -> Extract:
    """Forests, whose outlines have so many points in all."""
    rng = np.random.default_rng(seed)
    thing = np.sort(rng.integers(0, things, count))
    lat, lon = 41 + rng.uniform(0, 0.02, things)[thing], -8 + rng.uniform(0, 0.02, things)[thing]
    return Extract(
        np.array(["forest"] * things), [""] * things, np.full(things, np.nan), lat + rng.uniform(0, 0.005, count),
        lon + rng.uniform(0, 0.005, count), thing,
    )  # fmt: skip


def test_how_far_a_thing_is_from_others_of_its_kind() -> None:
    made = along(300, 20)
    at = unit_vectors(made.lat, made.lon)
    for spot in spots(read_phrase("a forest within 200 m of a forest"), made):
        chord = np.linalg.norm(at - unit_vectors(spot.point.lat, spot.point.lon), axis=1)
        others = made.thing != made.thing[chord.argmin()]
        assert spot.away_m[0] == pytest.approx(1000 * float(chord_to_km(chord[others].min())), abs=0.1)


def test_a_pipe_or_a_folder_is_no_extract(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.osm.pbf")
    for path in (tmp_path / "pipe.osm.pbf", tmp_path):
        with pytest.raises(ConfigError, match="not a file"):
            open_extract(path, tmp_path / "cache")


def test_a_way_that_jumps_round_the_earth_takes_few_points(tmp_path: Path) -> None:
    made = Made(tmp_path / "a.osm.pbf")
    ends = [made.node(0, 179.0 * (-1) ** number) for number in range(200)]
    steps = [made.node(10, number / 5) for number in range(500)]
    made.way(ends, {"waterway": "river"})
    made.way(steps, {"waterway": "river"})
    made.close()
    assert 10_000 < len(index_extract(tmp_path / "a.osm.pbf").lat) < 25_000


def test_places_that_are_nowhere_on_earth_are_left_out(tmp_path: Path) -> None:
    nodes = '<node id="{}" version="1"{}><tag k="amenity" v="cafe"/></node>'
    places = ('lat="95" lon="1"', 'lat="1" lon="200"', "", 'lat="41" lon="-8"')
    written = "".join(nodes.format(number, f" {place}") for number, place in enumerate(places, 1))
    (tmp_path / "a.osm").write_text(f'<osm version="0.6">{written}</osm>')
    assert index_extract(tmp_path / "a.osm").lat.tolist() == [41]


def test_an_index_that_cannot_be_kept_serves_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    extract(tmp_path / "a.osm.pbf", 10, 1)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "extracts").write_text("in the way")
    assert len(open_extract(tmp_path / "a.osm.pbf", tmp_path / "cache"))
    assert "not kept" in caplog.text
