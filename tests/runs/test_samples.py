import json
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet
import pytest

from geoagent.errors import ConfigError
from geoagent.eval.answers import recipes
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
        ("d.csv", "id,country,granularity\na,SE,galaxy\n", "granularity"),
        ("d.jsonl", '{"id": "a"\n', "line 1: not JSON"),
        ("d.txt", "", "a dataset is"),
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
    with pytest.raises(ConfigError, match=r"no labels.csv"):
        load_samples(tmp_path)
    with pytest.raises(ConfigError, match="GeoBrowse"):
        recipes.load("geobrowse", None)


def test_geobrowse(shared_data: Path) -> None:
    samples = recipes.load("geobrowse", shared_data / "geobrowse")
    assert len({image for sample in samples for image in sample.images}) == 111
    assert all(sample.question and sample.references for sample in samples)
    assert sum(sample.tags["hint_names_country"] == "no" for sample in samples) == 78  # of 79, one has no image


def test_geocomp(shared_data: Path) -> None:
    samples = recipes.load("geocomp", shared_data / "geocomp")
    assert sum(len(sample.references) for sample in samples) == 500
