"""Answers for other programs: read back by what reads XML, CSV and GeoJSON; GDAL and gpxpy where they are installed."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import shapely

from geoagent import GeoAgent, TraceFile
from geoagent.belief import Beliefs
from geoagent.case.evidence import ArgumentStep, Evidence
from geoagent.case.likelihood import Kernel
from geoagent.case.summary import summary
from geoagent.case.trace import Trace
from geoagent.report.csv_table import COLUMNS, as_csv
from geoagent.report.export_content import Placed, placed
from geoagent.report.write import COLLECTED, write_collection
from geoagent.report.xml import GPX, KML, as_gpx, as_kml
from tests.report.made import made
from tests.report.states import PHOTOS, concluded

EVIL = '=cmd|"/c calc"!A0 \x00\x1b <b>&amp;'


@pytest.fixture(scope="module")
def fiji(agent: GeoAgent) -> TraceFile:
    """An answer whose regions lie on both sides of the 180th meridian."""
    said = Evidence(
        kind="opinion", witness="vlm", statement="in the model's opinion: Taveuni", group="opinion", level="city",
        likelihood=Kernel(lat=-16.9, lon=179.95, sigma_km=150.0),
    )  # fmt: skip
    return concluded(agent, agent.prior(PHOTOS / "nowhere_plain.jpg"), Trace(evidence=(said,)))


@pytest.fixture(scope="module")
def several(fiji: TraceFile, agent: GeoAgent, beliefs: Beliefs) -> list[Placed]:
    return [placed(file, beliefs) for file in (fiji, agent.prior(PHOTOS / "nowhere_plain.jpg"))]


def test_kml_has_a_folder_for_each_answer_and_no_polygon_over_the_date_line(several: list[Placed]) -> None:
    root = ElementTree.fromstring(as_kml(several).encode())
    folders = root.findall(f".//{{{KML}}}Folder")
    assert len(folders) == 2
    assert folders[1].find(f".//{{{KML}}}Placemark") is None
    lon, lat = map(float, (folders[0].findtext(f".//{{{KML}}}Point/{{{KML}}}coordinates") or "").split(","))
    assert (lat, lon) == pytest.approx((several[0].prediction.point.lat, several[0].prediction.point.lon), abs=1e-5)
    rings = [ring.text or "" for ring in folders[0].iterfind(f".//{{{KML}}}LinearRing/{{{KML}}}coordinates")]
    for ring in rings:
        lons = [float(pair.split(",")[0]) for pair in ring.split()]
        assert max(lons) - min(lons) < 180
    assert {max(ring.split(), key=lambda p: float(p.split(",")[0])).startswith("-") for ring in rings} == {True, False}


def test_gpx_has_a_waypoint_for_what_is_known(several: list[Placed]) -> None:
    root = ElementTree.fromstring(as_gpx(several).encode())
    answers = [mark for mark in root.iter(f"{{{GPX}}}wpt") if mark.findtext(f"{{{GPX}}}type") == "answer"]
    assert len(answers) == 1
    assert [child.tag.rpartition("}")[2] for child in answers[0]] == ["name", "desc", "type"]


def test_the_table_has_a_row_for_each(several: list[Placed]) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(several))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["known"] for row in rows] == ["yes", "no"]
    assert (rows[1]["latitude"], rows[1]["country"]) == ("", "")
    assert float(rows[0]["radius_km_90"]) == several[0].prediction.radius_km_90


def test_names_from_outside_break_nothing(beliefs: Beliefs) -> None:
    hostile = Placed([EVIL], EVIL, summary(made().prediction), made().prediction, None, [], [])
    ElementTree.fromstring(as_kml([hostile]).encode())
    ElementTree.fromstring(as_gpx([hostile]).encode())
    step = ArgumentStep(kind="observation", level="country", statement='A sign reads "<img src=http://a.example>".')
    shown = made().prediction.model_copy(update={"argument": (step,)})
    told = Placed(["a"], "a", summary(shown), shown, None, [], [])
    description = ElementTree.fromstring(as_kml([told]).encode()).findtext(".//{*}description") or ""
    assert "a.example" in description
    assert "<img" not in description  # programs that show KML read it as HTML
    row = next(csv.DictReader(io.StringIO(as_csv([hostile]))))
    assert row["photo"].startswith("'=cmd")


@pytest.mark.slow
def test_one_file_of_all_is_known_again(fiji: TraceFile, beliefs: Beliefs, tmp_path: Path) -> None:
    for suffix in COLLECTED:
        for _ in range(2):
            write_collection([fiji, fiji], tmp_path / f"all{suffix}", beliefs)
    features = json.loads((tmp_path / "all.geojson").read_text())["features"]
    assert [f["properties"]["kind"] for f in features].count("answer") == 2
    assert all(shapely.from_geojson(json.dumps(f["geometry"])).is_valid for f in features if f["geometry"])


def test_other_software_reads_them(fiji: TraceFile, beliefs: Beliefs, tmp_path: Path) -> None:
    gpxpy = pytest.importorskip("gpxpy")
    pyogrio = pytest.importorskip("pyogrio")
    for suffix in (".kml", ".gpx", ".geojson"):
        write_collection([fiji], tmp_path / f"a{suffix}", beliefs)
        assert pyogrio.read_info(tmp_path / f"a{suffix}")["features"] > 0
    assert gpxpy.parse((tmp_path / "a.gpx").read_text()).waypoints
