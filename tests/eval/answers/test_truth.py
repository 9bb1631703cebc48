"""Answers find their photos by name, whatever the suffix, folder and case; what finds none is counted and named."""

import math
from pathlib import Path

import numpy as np
import pytest

from geoagent.errors import ConfigError
from geoagent.eval.answers.files import Names, Predictions, read_answers
from geoagent.eval.answers.truth import join, told
from geoagent.geo import Point
from geoagent.runs.samples import Sample


def answers(*ids: str) -> Predictions:
    column = np.full(len(ids), math.nan)
    return Predictions(ids, column, column, column, column, names=(Names(),) * len(ids))


def photo(identity: str, *images: str) -> Sample:
    return Sample(id=identity, images=images, point=Point(lat=1, lon=2))


def test_by_id_by_name_and_without_suffix_or_case() -> None:
    samples = [photo("a"), photo("B.JPG"), photo("7", "/data/imgs/street.jpeg"), photo("left.png")]
    joined = join(answers("B", "imgs/A.jpg", "street.jpg", "nobody"), samples, "labels.csv")
    assert [(sample.id, place) for sample, place in zip(joined.samples, joined.places, strict=True)] == [
        ("a", 1),
        ("B.JPG", 0),
        ("7", 2),
    ]
    assert joined.answers_left == ["nobody"]
    assert [sample.id for sample in joined.unanswered] == ["left.png"]
    lines = told(joined, "labels.csv")
    assert len(lines) == 3
    assert any("nobody" in line for line in lines) and any("left.png" in line for line in lines)


def test_a_name_that_two_photos_bear_joins_neither() -> None:
    joined = join(answers("a", "b.jpg"), [photo("a.jpg"), photo("a.png"), photo("b.jpg")], "x")
    assert joined.answers_left == ["a"]


def test_a_dot_in_a_name_is_no_suffix() -> None:
    with pytest.raises(ConfigError, match="no answer has its photo"):
        join(answers("v1.2"), [photo("v1.3")], "x")


def test_a_second_answer_to_a_photo_is_left_out() -> None:
    joined = join(answers("a.jpg", "a"), [photo("a")], "x")
    assert (joined.places, joined.answered_twice) == ([1], ["a.jpg"])  # that with the very id comes first


def test_answers_without_ids_are_told_with_their_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Foto,lat,lon\na.jpg,1,2\n")
    found = read_answers(tmp_path / "a.csv", has_truth=False)
    with pytest.raises(ConfigError, match="no column of ids such as id, image or file: theirs are lat, lon, Foto"):
        join(found, [photo("a")], "labels.csv")
