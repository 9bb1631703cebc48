"""`geoagent find`: its spots, its GeoJSON, and what it refuses in one line."""

import json
from pathlib import Path

import pytest

from geoagent.cli.main import main
from tests.osm.made import Made


@pytest.fixture(autouse=True)
def here(cache: Path, atlas: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)
    made = Made(tmp_path / "porto.osm.pbf")
    for lat, lon, name in ((41.15, -8.61, "In Porto"), (38.72, -9.14, "In Lisbon")):
        made.node(lat, lon, {"amenity": "cafe", "name": name})
        made.node(lat + 0.0002, lon, {"railway": "tram_stop"})
    made.close()


def test_spots_are_told_and_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["find", "a cafe near a tram stop with a red door", "--extract", "porto.osm.pbf"]
    for _ in range(2):  # an earlier one is written over
        assert main([*asked, "--in", "Porto", "--geojson", "spots.geojson"]) == 0
    said = capsys.readouterr().out
    assert "41.15000, -8.61000  In Porto: tram stop 22 m" in said
    assert 'not understood, and left out: "a red door"' in said
    assert "In Lisbon" not in said
    (spot,) = json.loads(Path("spots.geojson").read_text())["features"]
    assert spot["geometry"]["coordinates"] == [-8.61, 41.15]
    for place in ("Lisbon, Portugal", "38.7,-9.1"):
        assert main([*asked, "--in", place, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["name"] == "In Lisbon"
    assert main([*asked, "--in", "Portugal"]) == 0
    assert "2 spots fit" in capsys.readouterr().out
    assert main([*asked, "--in", "Spain"]) == 0
    assert "Nothing in Spain" in capsys.readouterr().out


def test_what_cannot_be_searched_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for asked, why in (
        (["a green wall"], "begin with a thing"),
        (["a cafe"], "name an extract"),
        (["a cafe", "--extract", "none.pbf"], "No such file"),
        (["a cafe", "--extract", "porto.osm.pbf", "--in", "Xyzzyville"], "no place"),
    ):
        assert main(["find", *asked]) == 2
        told = capsys.readouterr().err
        assert why in told
        assert told.count("\n") == 1
