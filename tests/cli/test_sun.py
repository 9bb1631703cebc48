"""`geoagent sun`: its answers, its GeoJSON, and what it refuses in one line."""

import json
from pathlib import Path

import pytest
import shapely
from PIL import ExifTags, Image

from geoagent.cli.main import main


@pytest.fixture(autouse=True)
def here(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)


def test_two_shadows_meet_and_the_land_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    shadows = ["--height", "1.8", "--shadow", "2.4", "--time", "2024-06-01 14:30"]
    shadows += ["--shadow", "1.2", "--time", "2024-06-01 12:00", "--utc"]
    for _ in range(2):  # an earlier one is written over
        assert main(["sun", *shadows, "--geojson", "band.geojson"]) == 0
    assert "Poland" in capsys.readouterr().out
    land, *towns = json.loads(Path("band.geojson").read_text())["features"]
    shape = shapely.geometry.shape(land["geometry"])
    assert land["properties"]["kind"] == "sun band"
    assert shape.contains(shapely.Point(21.0, 52.2))
    assert not shape.contains(shapely.Point(-3.7, 40.4))
    assert any("Warsaw" in town["properties"]["name"] for town in towns)


def test_a_place_tells_its_hours_and_its_sun(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sun", "--sun-height", "20", "--place", "-33.9, 151.2", "--time", "2024-12-02"]) == 0
    assert "2024-12-02 07:0" in capsys.readouterr().out
    assert main(["sun", "--sun-height", "37", "--place", "Lisbon", "--time", "2024"]) == 0
    assert "in 2024: 2" in capsys.readouterr().out
    assert main(["sun", "--place", "Tromsø", "--time", "2024-12-21 12:00"]) == 0
    assert "below the horizon" in capsys.readouterr().out
    assert main(["sun", "--sun-height", "70", "--place", "Lisbon", "--time", "2024-06-01 06:00"]) == 0
    assert "does not fit" in capsys.readouterr().out


def test_the_file_tells_time_and_heading_where_it_may(capsys: pytest.CaptureFixture[str]) -> None:
    exif = Image.Exif()
    details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    details[ExifTags.Base.DateTimeOriginal] = "2024:06:01 14:30:00"
    details[ExifTags.Base.OffsetTimeOriginal] = "+02:00"
    gps[ExifTags.GPS.GPSImgDirection], gps[ExifTags.GPS.GPSImgDirectionRef] = 30.0, "M"
    Image.new("RGB", (80, 60), "grey").save("a.jpg", exif=exif)
    Image.new("RGB", (80, 60), "grey").save("b.jpg")
    direction = ["--shadow-direction", "20", "--from-camera"]
    assert main(["sun", "a.jpg", *direction]) == 2
    assert "--allow-exif-gps" in capsys.readouterr().err
    assert main(["sun", "a.jpg", *direction, "--allow-exif-gps"]) == 0
    said = capsys.readouterr().out
    assert "in the direction 230° (±15°)" in said
    assert "by a clock set to UTC+02:00" in said
    assert main(["sun", "b.jpg", "--sun-height", "30", "--allow-exif-gps"]) == 2
    assert "does not tell when" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--time 2024-06-01", "give the height of the sun"),
        ("--sun-height 30", "give --time"),
        ("--height 1.8 --time 2024-06-01", "go together"),
        ("--height 1.8 --shadow 2 --sun-height 30 --time 2024-06-01", "give one of them"),
        ("--sun-height 30 --sun-height 40 --time 2024-06-01", "give as many"),
        ("--sun-height -5 --time 2024-06-01", "at night"),
        ("--sun-height 60 --time 2024-06-21T00:30", "nowhere on land"),
        ("--sun-height 30 --time noon", "write the time as"),
        ("--sun-height 30 --time 2024-06-01 --utc --offset +02:00", "twice"),
        ("--sun-height 30 --time 2024-06-01 --angle-error 0", "may be off"),
        ("--sun-height 30 --time 2024-06-01 --time-error 1e9", "2,880 minutes"),
        ("--sun-height 30 --time 2024-06-01 --place Springfield", "write which"),
        ("--sun-height 30 --time 2024-06-01 --place Lisbon --geojson a.geojson", "leave out --place"),
        ("--sun-height 30 --time 2024-06-01 --geojson a.txt", "GeoJSON ends in"),
        ("--shadow-direction 3 --from-camera --time 2024-06-01", "--from-camera"),
        ("none.jpg --sun-height 3 --allow-exif-gps", "no such file"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sun", *arguments.split()]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
