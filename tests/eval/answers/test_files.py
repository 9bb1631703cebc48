"""Files of predictions: a published one to the last digit, and the oddities that such files have."""

import csv
import gzip
import json
import math
from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.eval.answers.files import Names, Predictions, Skipped, read_answers
from geoagent.eval.answers.parsing import parse_strict
from geoagent.eval.metrics.points import point_figures

HEADING = "img_id,gt_lat,predicted_lat,gt_long,predicted_long\n"


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_published_predictions_to_the_last_digit(shared_data: Path) -> None:
    path = shared_data / "golden" / "im2gps3k_base_M-fstar.csv"
    predictions = read_answers(path)
    assert predictions.skipped == Skipped(blank=1, summary=2)
    figures = point_figures(predictions.d_km)
    assert (figures.n, figures.answered) == (2997, 2997)
    assert [f"{share:.6f}".rstrip("0") for share in figures.accuracy.values()] == [
        "0.097431",
        "0.27027",
        "0.356356",
        "0.491491",
        "0.659993",
    ]
    assert f"{figures.mean_km:.2f}" == "3277.97"
    assert f"{figures.geoscore:.2f}" == "2637.83"
    with path.open(newline="") as file:
        published = [
            float(row["great_circle_distance"]) for row, _ in zip(csv.DictReader(file), predictions.ids, strict=False)
        ]
    assert predictions.d_km.tolist() == pytest.approx(published, abs=0.01)


def test_what_is_no_sample_is_skipped_and_counted(tmp_path: Path) -> None:
    text = (
        f"{HEADING}a,1,2,3,4\n\n,,,,\nb,0,0,0,0\n{HEADING}a,9,9,9,9\nc,,1,,1\n\n"
        "street,city,region,country,continent\n0.1,0.2,0.3,0.4,0.5\n0.1,0.2,0.3,0.4,0.5\n"
    )
    predictions = read_answers(written(tmp_path, text))
    assert predictions.ids == ("a", "b")
    assert predictions.skipped == Skipped(blank=3, summary=3, repeated_heading=1, no_truth=1, duplicate=1)
    assert (predictions.true_lat[0], predictions.lat[0], predictions.true_lon[0], predictions.lon[0]) == (1, 2, 3, 4)
    assert predictions.d_km[1] == 0


def test_missing_and_impossible_predictions_are_misses(tmp_path: Path) -> None:
    predictions = read_answers(
        written(tmp_path, f"{HEADING}a,1,,1,\nb,1,nan,1,nan\nc,1,95,1,1\nd,1,1,1,1\ne,1,1,1,1\n")
    )
    figures = point_figures(predictions.d_km)
    assert (figures.n, figures.answered, figures.accuracy[1]) == (5, 2, 0.4)
    assert predictions.invalid == ("c",)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffKey;GT_LAT;GT_LNG;LAT;LNG\n7;1,0;2;3;4\n",
        "IMG_ID,Latitude,Longitude,Predicted Latitude,Predicted Longitude\n7,1,2,3,4\n",
        "image_id\ttrueLat\ttrueLon\tpredLat\tpredLon\n7\t1° N\t2° E\t3\t4\n",
        "id|ground_truth_coordinates|pred_coordinates\n7|(1, 2)|[3, 4]\n",
        "id,lat (deg),lon (deg),guess_lat,guess_lon\n7,1,2,3,4\n",
    ],
    ids=["semicolons", "capitals", "tabs", "pairs", "units"],
)
def test_every_usual_spelling_is_read(tmp_path: Path, text: str) -> None:
    predictions = read_answers(written(tmp_path, text))
    assert predictions.ids == ("7",)
    assert (predictions.true_lat[0], predictions.true_lon[0], predictions.lat[0], predictions.lon[0]) == (1, 2, 3, 4)


def test_swapped_columns_are_told_by_their_values(tmp_path: Path) -> None:
    truth = read_answers(written(tmp_path, f"{HEADING}a,100,1,10,100\nb,20,1,10,20\n"))
    assert (truth.true_lat.tolist(), truth.true_lon.tolist()) == ([10, 10], [100, 20])
    answers = read_answers(written(tmp_path, f"{HEADING}a,1,100,100,1\nb,1,60,60,1\n"))
    assert (answers.lat.tolist(), answers.lon.tolist()) == ([1, 1], [100, 60])
    assert [len(found.remarks) for found in (truth, answers)] == [1, 1]


def test_samples_without_ids_are_numbered(tmp_path: Path) -> None:
    text = "lat\tlon\tgt_lat\tgt_lon\n1\t2\t3\t4\n1\t2\t3\t4\n"
    assert read_answers(written(tmp_path, text)).ids == ("0", "1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,lat,lon\n1,2,3\n",
        f"{HEADING}a,100,1,100,1\n",
        f"{HEADING}a,1,100,1,200\nb,1,120,1,200\n",
        "id,name\na,b\n",
        "id,pred_lat,pred_lon\na,1,2\n",
    ],
    ids=["empty", "no truth", "truth not on Earth", "answers not on Earth", "no answers", "answers alone"],
)
def test_unusable_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_answers(written(tmp_path, text))


def answered(tmp_path: Path, *rows: object, strict: bool = False, has_truth: bool = True) -> Predictions:
    """What is read of rows of JSON Lines."""
    path = written(tmp_path, "\n\n".join(map(json.dumps, rows)), "file.jsonl")
    return read_answers(path, parse_strict, has_truth) if strict else read_answers(path, has_truth=has_truth)


def test_texts_with_the_truth_beside_them(tmp_path: Path) -> None:
    texts = ("lat 1, lon 1", "no idea at all, sorry, it could be anywhere on this planet", "Country: France")
    truth = {"lat": 1, "lon": 1}
    rows = [{"index": n, "solution_str": said, "ground_truth": truth} for n, said in enumerate(texts)]
    predictions = answered(tmp_path, *rows)
    assert predictions.ids == ("0", "1", "2")
    assert predictions.invalid == ("1", "2")
    assert [names.country for names in predictions.names] == [None, None, "France"]
    assert predictions.d_km[0] == pytest.approx(0)
    assert math.isnan(predictions.d_km[1])


def test_fields_come_before_the_text_and_strictly_stand_for_it(tmp_path: Path) -> None:
    place = {
        "reverse_geocoding": {"coordinates": {"latitude": "48.5", "longitude": "2.5"}, "address": {"country": "FR"}}
    }
    empty = {"reverse_geocoding": {"coordinates": {"latitude": "unknown", "longitude": ""}}}
    rows = [
        {"image_file": "a.jpg", "raw_response": "lat 1.000, lon 1.000", "location_info": place},
        {"image_file": "b.jpg", "raw_response": "lat 1.000, lon 1.000", "location_info": empty},
        {"image_file": "c.jpg", "raw_response": "", "location_info": None},
    ]
    lenient = answered(tmp_path, *rows, has_truth=False)
    strict = answered(tmp_path, *rows, has_truth=False, strict=True)
    assert lenient.ids == ("a.jpg", "b.jpg", "c.jpg")
    assert lenient.lat[:2].tolist() == [48.5, 1]
    assert [math.isnan(lat) for lat in strict.lat] == [False, True, True]
    assert lenient.names[0].country == "FR"


def test_the_last_that_was_said_in_a_conversation_counts(tmp_path: Path) -> None:
    said = [
        {"role": "assistant", "content": "lat 9, lon 9"},
        {"role": "assistant", "content": [{"text": "lat 1, lon 2"}]},
    ]
    found = answered(tmp_path, {"uid": "x", "pred_output": said, "metadata": {"lat": 1, "lng": 2}})
    assert (found.ids, found.lat[0], found.lon[0], found.true_lon[0]) == (("x",), 1, 2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"index": 1}',
        "[1]",
    ],
    ids=["not json", "field missing", "no object"],
)
def test_unusable_answers_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_answers(written(tmp_path, text, "file.jsonl"))


def test_what_cannot_be_read_costs_its_line_alone_and_is_named(tmp_path: Path) -> None:
    truth = {"gt_lat": 1, "gt_lon": 2}
    rows = [{"id": "a", **truth, "pred_lat": 1, "pred_lon": 2}, {"id": "a", **truth, "pred_lat": 9, "pred_lon": 9},
            {"id": "b", **truth}, {"id": "c", "error": "timeout"}]  # fmt: skip
    text = "".join(json.dumps(row) + "\n" for row in rows) + '{"id": "d", "gt_la\n[1]\n'
    found = read_answers(written(tmp_path, text, "file.jsonl"))
    assert (found.ids, found.lat[0]) == (("a", "b"), 1)
    assert math.isnan(found.lat[1])  # a system that failed missed
    assert found.left_out.keys() == {"duplicate", "no_truth", "unreadable"}
    assert (found.left_out["duplicate"], found.left_out["no_truth"]) == (("a",), ("c",))
    assert [line[:6] for line in found.left_out["unreadable"]] == ["line 5", "line 6"]


@pytest.mark.parametrize("word", ["", "null", "NaN", "None", "N/A", " - "])
def test_a_cell_that_holds_nothing_is_no_answer_and_no_truth(tmp_path: Path, word: str) -> None:
    text = f"id,gt_lat,gt_lon,pred_lat,pred_lon\na,1,2,{word},{word}\nb,{word},{word},1,2\nc,1,2,1,2\n"
    found = read_answers(written(tmp_path, text))
    assert (found.ids, found.invalid, found.left_out) == (("a", "c"), (), {"no_truth": ("b",)})


@pytest.mark.parametrize("truth", ["gt_lat,gt_lon", "lat,lon"])
def test_one_slip_swaps_no_columns(tmp_path: Path, truth: str) -> None:
    rows = "".join(f"{name},1,2,{lat},2\n" for name, lat in (("a", 1), ("b", 95), ("c", 1), ("d", 1)))
    found = read_answers(written(tmp_path, f"id,{truth},pred_lat,pred_lon\n{rows}"), has_truth=truth.startswith("gt"))
    assert (found.lat[0], found.lon[0], found.invalid) == (1, 2, ("b",))


def test_packed_files_and_those_of_excel(tmp_path: Path) -> None:
    text = f"{HEADING}a,1,2,3,4\n"
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "b.csv").write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
    assert [read_answers(tmp_path / name).lat[0] for name in ("a.csv.gz", "b.csv")] == [2, 2]
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(text.encode())[:-9])
    with pytest.raises(ConfigError, match="torn"):
        read_answers(tmp_path / "torn.csv.gz")


def test_a_folder_holds_an_answer_a_file(tmp_path: Path) -> None:
    """As WanderBench's episodes and GeoComp's coordinates are kept."""
    place = {"latitude": 1, "longitude": 2}
    for name, given in (("one", place), ("two", None)):
        row = {"final_result": {"pred_coords": given}, "ground_truth": {"gt_coords": place}}
        written(tmp_path, json.dumps(row), f"{name}.json")
    written(tmp_path, "[", "torn.json")
    found = read_answers(tmp_path)
    assert (found.ids, found.lat[0], found.true_lon.tolist()) == (("one", "two"), 1, [2, 2])
    assert "torn.json" in found.left_out["unreadable"][0]
    (tmp_path / "texts").mkdir()
    written(tmp_path / "texts", "48.5, 2.5\n", "pano.txt")
    told = read_answers(tmp_path / "texts", has_truth=False)
    assert (told.ids, told.lat[0], told.lon[0]) == (("pano",), 48.5, 2.5)


def test_names_and_confidences_are_read_and_the_columns_told(tmp_path: Path) -> None:
    said = 'Surely France. {"lat": 45.7, "lon": 4.8, "city": "Lyon", "country": "France", "confidence": "90 %"}'
    truth = {"lat": 45.8, "lon": 4.8, "city": "Lyon", "country": "France", "split": "test"}
    rows = [{"index": 1, "solution_str": said, "ground_truth": truth, "source": "x", "Country confidence": 80}]
    found = answered(tmp_path, *rows)
    assert (found.names[0], found.true_names[0]) == (Names("France", None, "Lyon"), Names("France", None, "Lyon"))
    assert found.probabilities == ({"country": 0.8},)
    assert found.columns.read["truth"] == tuple(f"ground_truth.{name}" for name in ("lat", "lon", "country", "city"))
    assert found.columns.unread[:2] == ("ground_truth.split", "source")
    assert found.columns.unread[2].startswith("confidence in the texts (of the country or of the point?")
    path = written(tmp_path, json.dumps(rows[0]), "one.jsonl")
    assert read_answers(path, confidence_of="city").probabilities == ({"country": 0.8, "city": 0.9},)


@pytest.mark.parametrize(
    ("heading", "cells", "told"),
    [
        ("P(country)", ("0.9", "1"), [0.9, 1]),
        ("country_prob", ("90 %", ""), [0.9, None]),
        ("Country confidence %", ("0,5", "5"), [0.005, 0.05]),
        ("pred_country_confidence", ("95", "sure"), [0.95, None]),
        ("country conf", ("3", "5"), None),
        ("country_probability", ("-1.2", "0.3"), None),
        ("confidence", ("0.9", "0.8"), None),
        ("conf", ("90", "80"), None),
        ("point_confidence", ("0.9", "0.8"), None),
    ],
)
def test_a_confidence_counts_where_it_is_a_probability_of_a_place(
    tmp_path: Path, heading: str, cells: tuple[str, str], told: list[float | None] | None
) -> None:
    rows = "".join(f'{number};1;1;1;1;France;"{cell}"\n' for number, cell in enumerate(cells))
    found = read_answers(written(tmp_path, f"id;gt_lat;gt_lon;lat;lon;country;{heading}\n{rows}"))
    assert found.names[0].country == "France"
    assert [row.get("country") for row in found.probabilities] == (told or [None, None])
    assert bool(found.columns.unread) is (told is None)


def test_whose_a_name_is_that_nothing_qualifies(tmp_path: Path) -> None:
    def names(heading: str, cells: str) -> tuple[Names, Names]:
        found = read_answers(written(tmp_path, f"id,{heading}\na,{cells}\n"))
        return found.names[0], found.true_names[0]

    assert names("lat,lon,city,pred_lat,pred_lon", "1,1,Lyon,1,1") == (Names(), Names(city="Lyon"))
    assert names("lat,lon,city,gt_lat,gt_lon", "1,1,Lyon,1,1") == (Names(city="Lyon"), Names())
    assert names("city,gt_lat,gt_lon,pred_lat,pred_lon", "Lyon,1,1,1,1") == (Names(), Names())
    assert names("city,gt_city,gt_lat,gt_lon,pred_lat,pred_lon", "Lyon,Nice,1,1,1,1") == (
        Names(city="Lyon"),
        Names(city="Nice"),
    )


def test_a_confidence_of_answers_that_are_countries_alone_is_of_the_country(tmp_path: Path) -> None:
    found = read_answers(written(tmp_path, "id,pred_country,confidence\na,France,0.7\n"), has_truth=False)
    assert found.probabilities == ({"country": 0.7},)


def test_photo_names_are_ids_and_without_any_the_columns_are_told(tmp_path: Path) -> None:
    assert read_answers(written(tmp_path, "Photo Name,gt_lat,gt_lon,lat,lon\na.jpg,1,1,1,1\n")).ids == ("a.jpg",)
    found = read_answers(written(tmp_path, "Foto,gt_lat,gt_lon,lat,lon\na.jpg,1,1,1,1\n"))
    assert found.ids == ("0",) and "Foto" in found.remarks[0]
