"""Files of predictions: a published one to the last digit, and the oddities that such files have."""

import csv
import json
import math
from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.eval.answers.files import Skipped, read_answers, read_predictions
from geoagent.eval.metrics.points import point_figures

HEADING = "img_id,gt_lat,predicted_lat,gt_long,predicted_long\n"


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_published_predictions_to_the_last_digit(shared_data: Path) -> None:
    path = shared_data / "golden" / "im2gps3k_base_M-fstar.csv"
    predictions = read_predictions(path)
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
    predictions = read_predictions(written(tmp_path, text))
    assert predictions.ids == ("a", "b")
    assert predictions.skipped == Skipped(blank=3, summary=3, repeated_heading=1, no_truth=1, duplicate=1)
    assert (predictions.true_lat[0], predictions.lat[0], predictions.true_lon[0], predictions.lon[0]) == (1, 2, 3, 4)
    assert predictions.d_km[1] == 0


def test_missing_and_impossible_predictions_are_misses(tmp_path: Path) -> None:
    predictions = read_predictions(
        written(tmp_path, f"{HEADING}a,1,,1,\nb,1,nan,1,nan\nc,1,95,1,1\nd,1,1,1,1\ne,1,1,1,1\n")
    )
    figures = point_figures(predictions.d_km)
    assert (figures.n, figures.answered, figures.accuracy[1]) == (5, 2, 0.4)
    assert predictions.invalid == ("c",)


def test_columns_by_name_and_other_delimiters(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffKey;Y;X;LAT;LNG\n7;1;2;3;4\n")
    predictions = read_predictions(path, {"id": "key", "true_lat": "y", "true_lon": "x"})
    assert predictions.ids == ("7",)
    assert (predictions.true_lat[0], predictions.true_lon[0], predictions.lat[0], predictions.lon[0]) == (1, 2, 3, 4)


def test_samples_without_ids_are_numbered(tmp_path: Path) -> None:
    text = "lat\tlon\tgt_lat\tgt_lon\n1\t2\t3\t4\n1\t2\t3\t4\n"
    assert read_predictions(written(tmp_path, text)).ids == ("0", "1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,lat,lon\n1,2,3\n",
        f"{HEADING}a,100,1,1,1\n",
        f"{HEADING}a,1,100,1,1\nb,1,120,1,1\n",
    ],
    ids=["empty", "no truth", "swapped truth", "swapped predictions"],
)
def test_unusable_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_predictions(written(tmp_path, text))


def test_unknown_columns_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADING}a,1,1,1,1\n")
    for columns in ({"latitude": "gt_lat"}, {"lat": "nowhere"}):
        with pytest.raises(ConfigError):
            read_predictions(path, columns)


def test_answers_by_dotted_path(tmp_path: Path) -> None:
    rows = [
        {"k": 1, "said": "lat 1, lon 1", "true": {"y": 1, "x": 1}},
        {"k": 2, "said": "no idea", "true": {"y": 0, "x": 0}},
        {"k": 3, "said": "Country: France", "true": {"y": 0, "x": 0}},
    ]
    path = written(tmp_path, "\n\n".join(map(json.dumps, rows)))
    predictions, answers = read_answers(path, text="said", lat="true.y", lon="true.x", id_="k")
    assert predictions.ids == ("1", "2", "3")
    assert predictions.invalid == ("2", "3")
    assert predictions.skipped.blank == 2
    assert predictions.d_km[0] == pytest.approx(0)
    assert math.isnan(predictions.d_km[1])
    assert [answer is None for answer in answers] == [False, True, False]


@pytest.mark.parametrize(
    "text",
    ["not json", '{"index": 1}', '{"index": 1, "solution_str": "x", "ground_truth": {"lat": 1, "lon": 1}}\n' * 2],
    ids=["not json", "field missing", "id twice"],
)
def test_unusable_answers_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_answers(written(tmp_path, text))
