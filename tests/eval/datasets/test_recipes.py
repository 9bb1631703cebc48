"""Each published form is read, from a small file of that form made here; the published files where they are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.eval.datasets.importing import import_answers
from geoagent.eval.datasets.recipes import RECIPES, load, state
from geoagent.geo import Point
from geoagent.runs.samples import Sample, load_samples


def no_atlas() -> Atlas:
    raise AssertionError("no atlas is needed")


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


GEOBROWSE = lines(
    {"question_id": 1, "prompt": "Where?", "image": "./Benchmark/images/1.png", "gold_image_answer": "Japan"},
    {"question_id": 2, "prompt": "Where?", "image": ["./x/2.png", "./x/2(1).png"], "gold_image_answer": "Lyon, France"},
    {"question_id": 3, "prompt": "Where?", "images": "3.png", "gold_image_answer": "nowhere at all"},
)
FORMS: dict[str, tuple[str, str | bytes]] = {
    "geobrowse": ("level1_en.jsonl", GEOBROWSE),
    "geobrowse-2": ("level2/level2_en.jsonl", GEOBROWSE),
    "geocomp": (
        "src/Geoeval/Ground Truth.csv",
        "nation,panoID,\n法国,a,one\n法国,a,two\n日本,b,three\n".encode("gb18030"),
    ),
    "imageo-1": (
        "data/dataset1_info.csv",
        "image_id,city,country,latitude,longitude,img_path\nx,Lyon,France,45.7,4.8,i/x.jpg\n",
    ),
    "imageo-2": ("dataset2_info.csv", "image_id,name,latitude,longitude\nx,Café,45.7,4.8\n"),
    "imageo-3": ("dataset3_info.csv", "image_id,address,latitude,longitude,country\nx,Rue,45.7,4.8,France\n"),
    "earthwhere-country": (
        "wherecountry/wherecountry_500.csv",
        "nation,panoID,options,answer-type\nSpain,x,\"['Peru', 'Chad']\",country\n",
    ),
    "earthwhere-street": (
        "wherestreet/all.csv",
        'BVID,key_clues,answer,answer_type,hint\nx,"[""One."", ""it\'s two""]","Lyon, France",city,"[""In Europe""]"\n'
        'y,"[""One.""]","(45.7, 4.8)",latitude & longitude,\n',
    ),
    "im2gps": ("info.json", json.dumps({"a.jpg": ["tags: x", "latitude: 45.7", "longitude: 4.8", "end"], "b.jpg": []})),
    "im2gps3k": ("im2gps3k_places365.csv", "IMG_ID,AUTHOR,LAT,LON,S3_Label\na.jpg,x,104.8,45.7,indoor\n"),
    "yfcc4k": ("info.txt", "\t".join(["0", "a", *"bcdefghijk"[:10], "4.8", "45.7", "z"]) + "\n"),
    "gws15k": ("gws15k.csv", "panoid,lat,lng\na,45.7,4.8\n"),
    "osv5m": ("test.csv", "id,latitude,longitude,country,region,city\n12,45.7,4.8,FR,Rhône,Lyon\n"),
    "greval": (
        "GREval-Bench.json",
        json.dumps([{"sample_id": "a", "image_path": "a.jpg", "gt_cot": "so", "gt_lat": 45.7, "gt_lon": 4.8}]),
    ),
    "wanderbench": (
        "one.json",
        json.dumps(
            {
                "center_pano_id": "p",
                "adjacency_matrix": [[-1]],
                "nodes": [{"pano_id": "p", "matrix_id": 0, "coordinate": {"lat": 45.7, "lon": 4.8, "heading": 1.5}}],
            }
        ),
    ),
    "geovista": (
        "u1/metadata-u1.json",
        json.dumps({"location": {"lat": 45.7, "lng": 4.8, "country": "France"}, "data_type": "photo"}),
    ),
    "vlm-geoprivacy": (
        "data/images_metadata.csv",
        'image_id,image_source,true_coordinate\nyfcc-7,Flickr,"[45.7, 4.8]"\n',
    ),
}
"""For each benchmark with photos a small file of its published form, and where it lies."""


def put(folder: Path, name: str) -> Path:
    """A folder with the small file of a benchmark."""
    where, content = FORMS[name]
    (folder / where).parent.mkdir(parents=True, exist_ok=True)
    (folder / where).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_every_benchmark_with_photos_has_a_small_file() -> None:
    assert FORMS.keys() == {name for name, recipe in RECIPES.items() if any(load for _, load in recipe.labels)}


@pytest.mark.parametrize("name", [name for name in FORMS if not name.startswith(("geobrowse", "earthwhere-street"))])
def test_the_published_form_is_read(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    samples = load(name, put(tmp_path, name), no_atlas)
    assert all(sample.id and (sample.point or sample.country) for sample in samples)
    points = [sample.point for sample in samples if sample.point]
    assert all(abs(p.lat - 45.7) < 0.1 and p.lon in (4.8, 104.8) for p in points)
    assert not RECIPES[name].samples or "as published there are" in caplog.text
    assert state(name, tmp_path).samples == len(samples)


def test_places_in_words_are_found_in_the_atlas(tmp_path: Path, atlas: Atlas, caplog: pytest.LogCaptureFixture) -> None:
    japan, lyon, nowhere = load("geobrowse", put(tmp_path, "geobrowse"), lambda: atlas)
    assert (japan.country, japan.granularity, lyon.city, lyon.granularity) == ("JP", "country", "Lyon", "city")
    assert [len(sample.images) for sample in (japan, lyon, nowhere)] == [1, 2, 1]
    assert nowhere.country is None and "1 of 3 places in words are not in the atlas" in caplog.text


def test_wherestreet_has_its_hint_clues_and_point(tmp_path: Path, atlas: Atlas) -> None:
    street, point = load("earthwhere-street", put(tmp_path, "earthwhere-street"), lambda: atlas)
    assert (street.question, street.references, street.tags["target"]) == ("In Europe", ("One.", "it's two"), "city")
    assert street.city == "Lyon" and point.point == Point(lat=45.7, lon=4.8)


def test_wherecountry_offers_all_four(tmp_path: Path) -> None:
    (sample,) = load("earthwhere-country", put(tmp_path, "earthwhere-country"), no_atlas)
    assert sample.question == "Which of these countries is it: Chad, Peru, Spain?"


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    for name, recipe in RECIPES.items():
        with pytest.raises(ConfigError) as raised:
            load(name, None, no_atlas)
        assert recipe.get in str(raised.value)
    with pytest.raises(ConfigError, match="no photos with their places"):
        (tmp_path / "leaderboard.json").touch()
        load("geoarena", tmp_path, no_atlas)


def test_the_list_tells_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("geocomp", "im2gps3k"):
        put(tmp_path / name, name)
    (tmp_path / "im2gps3k" / "a.jpg").touch()
    (tmp_path / "test.csv").write_text("id,x\na,1\n")
    assert main(["eval", "datasets", "--from", str(tmp_path), "--json"]) == 0
    told = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert told.keys() == RECIPES.keys()
    assert (told["geocomp"]["samples"], told["im2gps3k"]["photos"], told["greval"]["found"]) == (2, 1, None)
    assert "neither a point nor a country" in told["osv5m"]["fault"]
    assert main(["eval", "datasets", "im2gps", "--from", str(tmp_path)]) == 0
    assert "licence" in capsys.readouterr().out
    assert main(["eval", "datasets", "nothing"]) == 2


def test_answers_are_joined_to_a_table(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("filename,latitude,longitude\nA.JPG,45.7,4.8\nb.jpg,1,2\nc.jpg,3,4\n")
    (tmp_path / "answers.csv").write_text("id,lat,lon\na,45.7,4.8\nb,,\nz,9,9\n")
    found = import_answers(tmp_path / "answers.csv", no_atlas, truth=str(tmp_path / "labels.csv"))
    assert [sample.id for sample in found.samples] == ["A.JPG", "b.jpg"]
    assert [result.point for result in found.results] == [Point(lat=45.7, lon=4.8), None]
    assert any("z" in line for line in found.told) and any("c.jpg" in line for line in found.told)
    counted = import_answers(tmp_path / "answers.csv", no_atlas, truth=str(tmp_path / "labels.csv"), count_missing=True)
    assert [result.id for result in counted.results] == ["A.JPG", "b.jpg", "c.jpg"]
    assert counted.samples == load_samples(tmp_path / "labels.csv")  # so that a board has both in one table


def test_swapped_coordinates_that_could_be_either_are_told_and_left(tmp_path: Path) -> None:
    places = [(45.7, 4.8), (41.9, 12.5), (-12.0, -77.0), (59.3, 18.0)]
    labels = "".join(f"p{n},{lat},{lon}\n" for n, (lat, lon) in enumerate(places))
    (tmp_path / "labels.csv").write_text(f"id,lat,lon\n{labels}")

    def told(answers: list[tuple[float, float]]) -> list[str]:
        rows = "".join(f"p{n},{lat},{lon}\n" for n, (lat, lon) in enumerate(answers))
        (tmp_path / "answers.csv").write_text(f"id,lat,lon\n{rows}")
        found = import_answers(tmp_path / "answers.csv", no_atlas, truth=str(tmp_path / "labels.csv"))
        assert [result.point for result in found.results] == [Point(lat=lat, lon=lon) for lat, lon in answers]
        return [line for line in found.told if "seem to be swapped" in line]

    swapped = [(lon, lat + 0.1) for lat, lon in places]
    (line,) = told(swapped)
    assert "would be 11 km" in line and "nothing was exchanged" in line
    assert told([(lat, lon + 0.1) for lat, lon in places]) == []
    assert told(swapped[:2]) == []  # too few to tell
    assert told([swapped[0], *places[1:]]) == []  # one slip


def test_a_true_point_counts_before_a_name_that_contradicts_it(tmp_path: Path, atlas: Atlas) -> None:
    rows = "a,37.98,23.73,United States,Athens,1,1\nb,45.76,4.84,France,Lyon,1,1\nc,40,-40,France,Brest,1,1\n"
    (tmp_path / "x.csv").write_text(f"id,gt_lat,gt_lon,gt_country,gt_city,lat,lon\n{rows}")
    found = import_answers(tmp_path / "x.csv", lambda: atlas)
    assert [(sample.country, sample.city) for sample in found.samples] == [
        (None, None),
        ("France", "Lyon"),
        ("France", "Brest"),
    ]
    assert "true points in another country than the one named, the point counts: 1 (a)" in found.told


def test_a_run_is_scored_and_not_imported(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").touch()
    with pytest.raises(ConfigError, match="geoagent eval score"):
        import_answers(tmp_path, no_atlas)


def test_the_names_of_countries_are_answers_too(tmp_path: Path) -> None:
    put(tmp_path, "earthwhere-country")
    (tmp_path / "answers.csv").write_text("panoId,ground_truth,predicted,correct\nx,Spain,Peru,False\n")
    found = import_answers(tmp_path / "answers.csv", no_atlas, truth="earthwhere-country", folder=tmp_path)
    assert (found.results[0].country, found.results[0].point) == ("Peru", None)


DAMAGED: dict[str, tuple[str, str | bytes, int, str]] = {
    "geobrowse": ("level1_en.jsonl", GEOBROWSE + '{"question_id": 4, "pro\n', 3, "line 4"),
    "geocomp": (
        "Ground Truth.csv", "nation,panoID,\r\n法国,a,one\r\n\r\n,b,two\r\n日本,c\r\n".encode("gb18030"), 2, "line 4"
    ),
    "im2gps": ("info.json", '{"a.jpg": ["latitude: 1", "longitude: 2"], "b.jpg": null, "c.jpg": []}', 1, "(b.jpg)"),
    "yfcc4k": (
        "info.txt", "\t".join("0 a b\u2028b c d e f g h i j k 4.8 45.7".split(" ")) + "\r\nshort\tline\r\n", 1, "line 2"
    ),
    "osv5m": ("test.csv", "\ufeffid,latitude,longitude\r\n1,45.7,4.8\r\n2,,\r\n", 1, "(2)"),
    "wanderbench": ("torn.json", '{"center_pano_id": "p", "nod', 1, "torn.json"),
    "geovista": ("u2/metadata-u2.json", "", 1, "metadata-u2.json"),
    "vlm-geoprivacy": ("data/images_metadata.csv", 'image_id,true_coordinate\nyfcc-7,"[1, 2]"\nyfcc-8,\n', 1, "(8)"),
}  # fmt: skip
"""Files as they lie about: what is put where, how many samples are read then, and what is named as left out."""


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_named_and_left_out(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture, atlas: Atlas
) -> None:
    where, content, count, named = DAMAGED[name]
    put(tmp_path, name)
    (tmp_path / where).parent.mkdir(exist_ok=True)
    (tmp_path / where).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert len(load(name, tmp_path, lambda: atlas)) == count
    assert "left out" in caplog.text and named in caplog.text


Check = Callable[[list[Sample]], bool]
PUBLISHED: dict[str, tuple[str, Check]] = {
    "geocomp": ("geocomp", lambda samples: (len(samples), sum(len(s.references) for s in samples)) == (493, 500)),
    "geobrowse": (
        "geobrowse",
        lambda samples: len({i for s in samples for i in s.images}) == 111 and all(s.question for s in samples),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_files(shared_data: Path, name: str) -> None:
    folder, holds = PUBLISHED[name]
    assert holds(load(name, shared_data / folder, no_atlas))
