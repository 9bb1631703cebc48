"""Species that were heard: files of ranges in their forms, what they say of where, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.density import every_row, likelihood_ratio, places_of_spots
from geoagent.case.evidence import Spot
from geoagent.case.likelihood import Areas, Patch, Patches
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.geo import Area, Point
from geoagent.reading.species_ranges import heard, patches
from geoagent.report.interactive_map import shown_map

SQUARES = {
    "Avis septentrionalis": (5, 58, 30, 70),
    "Avis ubiqua": (-180, -90, 180, 90),
    "Avis remota": (170, -47, 179, -34),
}


def written(path: Path, squares: dict[str, Any] = SQUARES) -> Path:
    def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
        return [[west, south], [east, south], [east, north], [west, north], [west, south]]

    features = [
        {
            "type": "Feature", "properties": {"sci_name": name},
            "geometry": {"type": "Polygon", "coordinates": [ring(*square)]},
        }
        for name, square in squares.items()
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_rectangles_weigh_what_lies_in_them(atlas: Atlas) -> None:
    said = Patches(parts=(Patch(south=60, west=20, north=70, east=30),), elsewhere=0.1)
    at_rows, _ = likelihood_ratio(said, atlas, every_row(atlas))
    assert abs(float(atlas.prior @ at_rows) - 1) < 1e-9
    inside = (atlas.lat > 62) & (atlas.lat < 68) & (atlas.lon > 22) & (atlas.lon < 28)
    outside = (atlas.lat < 50) & (atlas.population > 0)
    assert np.allclose(at_rows[inside].min() / at_rows[outside].max(), 10, rtol=0.05)
    spots = [Spot(name="s", point=Point(lat=60.0, lon=25.0), radius_km=0.1, evidence="e")]
    at_edge = likelihood_ratio(said, atlas, places_of_spots(atlas, spots))[1][0]
    assert abs(at_edge / at_rows[inside].max() - 0.55) < 0.02  # half of it lies inside


def test_cells_join_to_few_rectangles_that_cover_them() -> None:
    cells = frozenset({(row, column) for row in range(100, 110) for column in range(20, 40)} | {(103, 50), (110, 20)})
    found = patches(cells)
    assert len(found) == 3
    assert sum((p.north - p.south) * (p.east - p.west) for p in found) == len(cells)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "species,country\nAvis,SE\nAvis,NO\nOther,FR\n"),
        ("a.tsv", "scientificName\tdecimalLatitude\tdecimalLongitude\nAvis\t59.3\t18.0\nAvis\t60.0\t15.0\n"),
        ("a.jsonl", '{"species": "avis", "lat": 59.3, "lon": 18.0}\n'),
    ],
)
def test_tables_of_areas_and_of_points(atlas: Atlas, beliefs: Beliefs, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    trace = heard(["AVIS"], tmp_path / name, atlas)
    belief = beliefs.of(trace.evidence)
    sweden = atlas.rows(Area.parse("SE"))
    assert belief.probability[sweden].sum() > 10 * atlas.prior[sweden].sum()
    assert isinstance(trace.evidence[0].likelihood, Areas) == (name == "a.csv")


@pytest.mark.slow
def test_what_was_heard_overturns_a_wrong_leader_and_abstains(atlas: Atlas, cache: Path, tmp_path: Path) -> None:
    ranges = written(tmp_path / "ranges.geojson")

    def answer(*species: str) -> Any:
        agent = GeoAgent(Settings(cache_dir=cache), given=heard(species, ranges, atlas) if species else None)
        return agent, agent.trace(text="a walk in Stockholm, or was it Paris?")

    agent, before = answer()
    _, after = answer("Avis septentrionalis")
    _, anywhere = answer("Avis ubiqua")
    said = {row.name: row.probability for row in before.prediction.alternatives}
    now = {row.name: row.probability for row in after.prediction.alternatives}
    assert said["France"] > 0.3 and now["Sweden"] > 0.8 > 5 * now["France"]
    same = {row.name: row.probability for row in anywhere.prediction.alternatives}
    assert abs(same["France"] - said["France"]) < 0.02 and "tells little" in str(anywhere.trace.evidence)
    drawn = shown_map(after, agent.resources.beliefs.of(after.trace.evidence), [], [])
    assert [place.boxes for place in drawn.places if place.boxes] == [((58.0, 5.0, 70.0, 30.0),)]


def test_a_species_alone_is_a_case(
    capsys: pytest.CaptureFixture[str], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    ranges = str(written(tmp_path / "ranges.geojson"))
    assert main(["solve", "--quiet", "--heard", "Avis remota", "--ranges", ranges]) == 0
    assert "in New Zealand" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "not GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no ranges"),
        ('{"type": "Feature", "properties": {"name": "Avis"}, "geometry": null}', "feature 1"),
        ('{"properties": {"name": "Avis"}, "geometry": {"type": "Point", "coordinates": [400, 0]}}', "in degrees"),
        ('{"properties": {"name": "Avis"}, "geometry": {"type": "Point", "coordinates": [1e308, 0]}}', "in degrees"),
        (
            '{"properties": {"name": "Avis"}, "geometry": {"type": "Polygon", "coordinates": '
            "[[[-1e308, 0], [1e308, 0], [1e308, 9], [-1e308, 0]]]}}",
            "in degrees",
        ),
    ],
)  # fmt: skip
def test_ranges_that_cannot_be_read_are_refused(atlas: Atlas, tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "ranges.geojson"
    path.write_text(content)
    with pytest.raises(ConfigError, match=told):
        heard(["Avis"], path, atlas)


def test_species_and_rows_that_are_wrong_are_named(atlas: Atlas, tmp_path: Path) -> None:
    ranges = written(tmp_path / "ranges.geojson")
    with pytest.raises(ConfigError, match="like it are Avis remota"):
        heard(["Avis remot"], ranges, atlas)
    with pytest.raises(ConfigError, match="1 to 20"):
        heard([" "], ranges, atlas)
    with pytest.raises(ConfigError, match="at most 200 characters"):
        heard(["a" * 30_000], ranges, atlas)
    (tmp_path / "ranges.shp").touch()
    for name, told in (("none.shp", "no such file"), (".", "not a file"), ("ranges.shp", r"end in \.geojson")):
        with pytest.raises(ConfigError, match=told):
            heard(["Avis remota"], tmp_path / name, atlas)
    table = tmp_path / "a.csv"
    for row, told in (("Avis,Nowhereburgh,,", "line 2.*no place"), ("Avis,,,", "neither"), ("Avis,,95,10", "no point")):
        table.write_text(f"species,area,lat,lon\n{row}\n")
        with pytest.raises(ConfigError, match=told):
            heard(["Avis"], table, atlas)
    table.write_text("species,area,lat,lon\nAvis,SE,,\nAvis,,59,18\n")
    with pytest.raises(ConfigError, match="one or the other"):
        heard(["Avis"], table, atlas)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [180.0005, 10]},
        {"type": "Point", "coordinates": [-180.0005, -90.0005]},
        {"type": "Polygon", "coordinates": [[[10, 50], [10, 50], [10, 50], [10, 50]]]},
        {"type": "Polygon", "coordinates": [[[10, 50], [12, 50], [11, 50], [10, 50]]]},
        {"type": "LineString", "coordinates": [[180, 90], [180, 90]]},
    ],
)
def test_points_at_the_edge_and_outlines_without_an_inside_lie_somewhere(
    atlas: Atlas, tmp_path: Path, geometry: dict[str, Any]
) -> None:
    path = tmp_path / "ranges.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {"name": "Avis"}, "geometry": geometry}))
    (found,) = heard(["Avis"], path, atlas).evidence
    assert isinstance(found.likelihood, Patches) and found.likelihood.parts


def test_a_list_in_place_of_a_number_is_told(atlas: Atlas, tmp_path: Path) -> None:
    path = tmp_path / "ranges.jsonl"
    path.write_text('{"species": "Avis", "lat": [1], "lon": 2}\n')
    with pytest.raises(ConfigError, match=r"line 1.*no point in degrees"):
        heard(["Avis"], path, atlas)
