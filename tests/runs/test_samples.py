import json
import os
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet
import pytest

from geoagent.errors import ConfigError
from geoagent.geo import Point
from geoagent.runs.samples import load_samples

ROWS = [
    {"id": "a", "file": "a.jpg", "lat": 59.3, "lon": 18.1, "country": "SE"},
    {"id": "b", "file": "b.jpg", "lat": 0.0, "lon": 0.0, "granularity": "region", "radius_km": 300, "licence": "MIT"},
]


def test_csv_json_lines_and_parquet_say_the_same(tmp_path: Path) -> None:
    fields = list(dict.fromkeys(name for row in ROWS for name in row))
    lines = [",".join(fields)] + [",".join(str(row.get(name, "")) for name in fields) for row in ROWS]
    (tmp_path / "d.csv").write_text("\n".join(lines))
    (tmp_path / "d.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS))
    full = [{name: row.get(name) for name in fields} for row in ROWS]
    parquet.write_table(pyarrow.Table.from_pylist(full), tmp_path / "d.parquet")
    loaded = [load_samples(tmp_path / f"d.{kind}") for kind in ("csv", "jsonl", "parquet")]
    assert loaded[0] == loaded[1] == loaded[2]
    assert loaded[0][1].point is not None  # zero is a coordinate
    assert (loaded[0][1].granularity, loaded[0][1].radius_km, loaded[0][1].licence) == ("region", 300, "MIT")


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("d.csv", "id,file\na,a.jpg\n", "neither a point nor a country"),
        ("d.csv", "id,lat,lon\na,1,2\na,1,2\n", "occurs twice"),
        ("d.csv", "id,lat,lon\n", "no rows"),
        ("d.csv", "id,x,y\na,1,2\n", "its columns are id, x, y"),
        ("d.csv", "id,lat,lon\na,north,2\n", "line 2: 'north, 2' are no latitude and longitude"),
        ("d.csv", "id,lat,lon\na,100,200\n", "lat"),
        ("d.json", "3", "neither a list"),
        ("d.csv", "id,country,granularity\na,SE,galaxy\n", "granularity"),
        ("d.jsonl", '{"id": "a"\n', "line 1: not JSON"),
        ("d.txt", "", "a table ends in"),
    ],
)
def test_bad_datasets_are_one_line(tmp_path: Path, name: str, text: str, fault: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=fault) as raised:
        load_samples(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such dataset"):
        load_samples(tmp_path / "none.csv")
    with pytest.raises(
        ConfigError, match=r"no labels.csv; write one beside the photos, with the columns filename,latitude,longitude"
    ):
        load_samples(tmp_path)


@pytest.mark.parametrize(
    "table",
    [
        "filename,latitude,longitude\na.jpg,59.3,18.1\n",
        "\ufefffile;LAT;LON\na.jpg;59,3;18,1\n",
        "IMG_ID\tgt_lat\tgt_lng\na.jpg\t59.3° N\t18.1° E\n",
        "photo,true_lat,true_lon,lat,lon\na.jpg,59.3,18.1,1,2\n",
        'Image Path,Coordinates\na.jpg,"[59.3, 18.1]"\n',
        "image_id,Lat (deg),Lng (deg)\na,59.3,18.1\n",
        "path,LAT,LON\nsub/a.jpg,59.3,18.1\n",
    ],
)
def test_every_usual_spelling_is_read(tmp_path: Path, table: str) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").touch()
    (tmp_path / "labels.csv").write_text(table)
    (sample,) = load_samples(tmp_path / "labels.csv")
    assert sample.point == Point(lat=59.3, lon=18.1)
    assert sample.images == (str(tmp_path / "images" / "a.jpg"),)
    assert sample.id in ("a.jpg", "a")


def test_swapped_columns_are_told_and_read_as_their_values_show(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "d.csv").write_text("id,LAT,LON\na,18.1,59.3\nb,-118.2,34\n")
    assert [sample.point for sample in load_samples(tmp_path / "d.csv")] == [
        Point(lat=59.3, lon=18.1),
        Point(lat=34, lon=-118.2),
    ]
    assert "swapped" in caplog.text


def test_photos_of_one_name_in_two_folders_are_two_samples(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("file,lat,lon\nx/1.jpg,1,2\ny/1.jpg,3,4\ny/2.jpg,3,4\n")
    assert [sample.id for sample in load_samples(tmp_path / "d.csv")] == ["x/1.jpg", "y/1.jpg", "2.jpg"]


def test_a_photo_whose_name_is_too_long_for_a_file_is_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"id,file,lat,lon,country\n1,{'a' * 700}.jpg,1,2,FR\n")
    assert not os.path.exists(load_samples(tmp_path)[0].images[0])  # noqa: PTH110 a name too long is none


def test_rows_without_a_place_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = "a,1,2\nb,null,null\nc,,\nd,95,2\ne,north,2\nf,3,4\n"
    (tmp_path / "labels.csv").write_text(f"id,lat,lon\n{rows}")
    assert [sample.id for sample in load_samples(tmp_path / "labels.csv")] == ["a", "f"]
    assert "4 of 6 rows are left out" in caplog.text
    assert all(name in caplog.text for name in ("(b)", "(c)", "(d)", "'north, 2'"))


@pytest.mark.parametrize("heading", ["GPSLatitude,GPSLongitude", "gps_lat,gps_lng", "location.lat,location.lng"])
def test_coordinates_go_by_many_names(tmp_path: Path, heading: str) -> None:
    (tmp_path / "d.csv").write_text(f"ImageID,{heading}\na,1,2\n")
    (sample,) = load_samples(tmp_path / "d.csv")
    assert (sample.id, sample.point) == ("a", Point(lat=1, lon=2))


def test_namibia_is_a_country(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,country\na,NA\nb,null\n")
    assert [sample.country for sample in load_samples(tmp_path / "d.csv")] == ["NA"]


def test_an_image_folder_of_hugging_face_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.jpg", "latitude": 59.3, "longitude": 18.1}\n')
    (sample,) = load_samples(tmp_path)
    assert (sample.id, sample.images, sample.point) == ("a.jpg", (str(tmp_path / "a.jpg"),), Point(lat=59.3, lon=18.1))


def test_labels_may_say_that_they_are_true_and_need_an_id(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("Photo Name,gt_country,gt_city,true_region\na.jpg,FR,Lyon,Rhône\n")
    (sample,) = load_samples(tmp_path / "l.csv")
    assert (sample.id, sample.country, sample.region, sample.city) == ("a.jpg", "FR", "Rhône", "Lyon")
    (tmp_path / "l.csv").write_text("Foto,country\na.jpg,FR\n")
    with pytest.raises(ConfigError, match="its columns are foto, country"):
        load_samples(tmp_path / "l.csv")
