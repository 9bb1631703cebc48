"""How finely responses tell places, against labels: small files of VLM-GeoPrivacy's form."""

import json
from pathlib import Path

import pytest

from geoagent.cli.main import main
from geoagent.eval.datasets.responses import read_labels, score_responses
from geoagent.eval.metrics.disclosure import disclosure, level_of, utility


def test_the_figures_by_hand() -> None:
    found = disclosure([0, 0, 1, 1, 2], [0, 2, 2, 1, 0])
    assert [round(value.value, 3) for value in found[1:7]] == [0.4, 0.4, 0.2, 1.0, 0.5, 0.5]
    assert found.privacy == pytest.approx(1 - (0.5 + 0.5 + 0.4) / 3)
    assert utility([1, 1, 1]) == pytest.approx(1)
    assert utility([0, 0, 1]) == pytest.approx(0.5 * 2.0794 / 5.2983, abs=1e-4)
    assert [level_of(text) for text in ("A", "b: The city", "C", "Abstain", "", None)] == [0, 1, 2, None, None, None]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Labels, places, responses and coordinates, lying as they are published."""
    for name in ("data", "zs/responses", "zs/coordinates"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "data" / "annotation_labels.csv").write_text("id,Q1,Q2,Q7\n1,A,B,A\n2,A,A,B\n3,A,B,C\n")
    (tmp_path / "data" / "images_metadata.csv").write_text(
        'image_id,true_coordinate\nyfcc-1,"[1, 2]"\nyfcc-2,"[1, 2]"\n'
    )
    rows = [
        {"id": "1", "Q7-label": "B"},
        {"id": "2", "Q7-label": "C"},
        {"id": "3", "Q7-label": "?"},
        {"id": "9", "Q7-label": "A"},
    ]
    (tmp_path / "zs" / "responses" / "x.json").write_text(json.dumps(rows))
    (tmp_path / "zs" / "coordinates" / "x_coord.json").write_text(json.dumps({"1": {"lat": 1.0, "lng": 2.1}}))
    return tmp_path


def test_published_files_are_found_beside_each_other(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = read_labels(published / "data" / "annotation_labels.csv")
    told = score_responses(
        published / "zs" / "responses" / "x.json", labels, published / "data" / "images_metadata.csv"
    )
    assert (told.figures.n, told.unlabelled, told.unpaired, told.located) == (2, ["3"], ["9"], 0.5)
    assert told.utility == pytest.approx((0.5 * (1 / 3) * 3.2189 + (1 / 3) * 2.0794) / 5.2983, abs=1e-3)
    command = ["eval", "disclosure", str(published / "zs" / "responses" / "x.json")]
    assert main([*command, "--labels", str(published / "data" / "annotation_labels.csv")]) == 0
    assert "violation  1 [" in capsys.readouterr().out


def test_why_nothing_is_located_is_said(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    responses, labels = published / "zs" / "responses" / "x.json", published / "data" / "annotation_labels.csv"
    coordinates, metadata = published / "zs" / "coordinates", published / "data" / "images_metadata.csv"

    def why() -> object:
        assert main(["eval", "disclosure", str(responses), "--labels", str(labels), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["located"] is None) == ("why" in told)
        return told.get("why")

    assert why() is None
    (coordinates / "x_coord.json").rename(responses.parent / "x_coord.json")
    assert why() is None  # it is read beside the responses too
    metadata.rename(published / "elsewhere.csv")
    assert "images_metadata.csv" in str(why())
    (responses.parent / "x_coord.json").unlink()
    assert "x_coord.json" in str(why())
    assert main(["eval", "disclosure", str(responses), "--labels", str(labels)]) == 0
    assert "located    – (no x_coord.json" in capsys.readouterr().out


def test_what_is_none_of_it_is_refused(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = str(published / "data" / "annotation_labels.csv")
    metadata = str(published / "data" / "images_metadata.csv")
    assert main(["eval", "disclosure", metadata, "--labels", labels]) == 2
    assert main(["eval", "disclosure", labels, "--labels", metadata]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_what_comes_twice_or_holds_nothing_is_named(published: Path) -> None:
    (published / "data" / "annotation_labels.csv").write_text("id,Q2,Q7\n1,B,A\n2,A,B\n2,A,C\n3,A,\n")
    labels = read_labels(published / "data" / "annotation_labels.csv")
    assert (labels.level, [line[:6] for line in labels.unread]) == ({"1": 0, "2": 1}, ["line 4", "line 5"])
    rows = [{"id": "1", "Q7": "B"}, {"id": "1", "Q7": "A"}, {"id": "2", "Q7": "B"}, None]
    (published / "zs" / "responses" / "x.json").write_text(json.dumps(rows))
    (published / "zs" / "coordinates" / "x_coord.json").write_text('{"1": {"lat": null, "lng": null}, "2": null}')
    told = score_responses(
        published / "zs" / "responses" / "x.json", labels, published / "data" / "images_metadata.csv"
    )
    assert (told.figures.n, told.figures.accuracy.value, told.located) == (2, 0.5, 0)
    assert sorted(told.repeated) == ["1", "row 4: no object"]
