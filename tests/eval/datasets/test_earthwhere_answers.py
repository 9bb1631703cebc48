"""EarthWhere's answers and summaries as its scripts write them, scored from small files of their form."""

import json
from pathlib import Path

import pytest

from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.eval.datasets.earthwhere_answers import score_file
from geoagent.eval.metrics.earthwhere import clue_score, coordinate_score, path_score
from geoagent.eval.metrics.intervals import Interval

TRUTH = "Beicheng Street, Zaoyang County, Xiangyang City, Hubei, China"


@pytest.mark.parametrize(
    ("answer", "truth", "hint", "score"),
    [
        ("Niushou Town, Xiangyang, Hubei, China", TRUTH, "", 3 / 5),
        ("Niushou Town, Xiangyang, Hubei, China", TRUTH, "The image is taken in China.", 2 / 4),
        ("Beicheng Street", TRUTH, "The image is taken in China.", 1.0),  # what is finer implies the rest
        ("China", TRUTH, "The image is taken in China.", 0.0),  # a copy of the hint
        ("Canada", "Canada", "It is one of: Canada, Mexico.", 1.0),  # a choice is no copy
        ("Mexico", "Canada", "It is one of: Canada, Mexico.", 0.0),
        ("", TRUTH, "", 0.0),
    ],
)
def test_the_path_by_hand(answer: str, truth: str, hint: str, score: float) -> None:
    assert path_score(answer, truth, hint) == pytest.approx(score)


def test_clues_and_coordinates_by_hand() -> None:
    assert clue_score([0.2, 0.4, 0.2], [True, False, True]) == pytest.approx(0.5)  # weights that do not sum to 1
    with pytest.raises(ConfigError):
        clue_score([0.2], [True, False])
    assert coordinate_score(0) == 1
    assert coordinate_score(0.1) == pytest.approx(0.3679, abs=1e-4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "all.csv").write_text(
        'BVID,key_clues,answer,answer_type,hint\nBV1,"[""Tall palms."", ""A red bus.""]","Lyon, France",city,'
        '"[""In France""]"\nyt2,"[""A tower.""]","(45.7, 4.8)",latitude & longitude,\n'
    )
    (tmp_path / "gt_key_clues_weight.json").write_text(json.dumps({"BV1": [0.1, 0.3], "yt2": [1.0]}))
    return tmp_path


def values(path: Path, folder: Path | None = None) -> dict[str, float]:
    found = score_file(path, folder, lambda clues, said: ["bus" in clue for clue in clues]).figures
    return {name: value.value if isinstance(value, Interval) else value for name, value in found.items()}


def test_answers_on_streets(folder: Path) -> None:
    answers = {
        "BV1": {"predicted": "Lyon, France", "response": "A red bus. So Lyon.", "answer_type": "city"},
        "yt2": {"predicted": "45.7, 4.8", "response": ["It is there."], "thinking_result": [0]},
        "other": {"predicted": "x"},
    }
    (folder / "answers.json").write_text(json.dumps(answers))
    found = values(folder / "answers.json", folder)
    assert found["path score, bilibili"] == 1
    assert found["clue score, bilibili"] == pytest.approx(0.75)  # the judge's word
    assert found["clue score, YouTube"] == 0  # as the file records it
    assert (found["coordinate score, YouTube"], found["Acc@1 km, YouTube"]) == (1, 1)  # a distance of 0 is no miss
    assert "other" in score_file(folder / "answers.json", folder).remarks[0]


def test_choices_of_countries(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("panoId,ground_truth,predicted,correct\na,Spain,Spain,True\nb,Peru,,False\n")
    assert values(tmp_path / "a.csv") == {"WhereCountry, country right": 0.5}


def test_a_summary_is_computed_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = "bilibili_Count,bilibili_Accuracy,YT_Count,YT_Accuracy,bilibili-coord_Count,bilibili-coord_Acc@1km"
    heading = ",".join(f"wherestreet-{name}" for name in names.split(","))
    (tmp_path / "s.csv").write_text(
        f"model_name,wherecountry_Accuracy,{heading},overall_Accuracy\nm,.5,100,.2,0,,,,.45\n"
    )
    found = values(tmp_path / "s.csv")
    assert found["m, overall"] == pytest.approx((500 * 0.5 + 100 * 0.2) / 600)
    assert main(["eval", "earthwhere", str(tmp_path / "s.csv")]) == 0
    assert "| m, overall in the file | 0.45 |" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{}", '[{"x": 1}]', '{"a": {"predicted": "x"}}', "[", "3"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text(text)
    assert main(["eval", "earthwhere", str(tmp_path / "x.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_rows_that_lack_something_or_come_twice_are_named(folder: Path) -> None:
    rows = [{"id": "BV1", "predicted": "Lyon"}, {"id": "BV1", "predicted": "x"}, {"predicted": "x"}, None]
    (folder / "answers.json").write_text(json.dumps(rows))
    found = score_file(folder / "answers.json", folder)
    told = "; ".join(found.remarks)
    assert found.figures["path score, bilibili"] == Interval(1, 1, 1, 1)
    assert all(part in told for part in ("row 4", "1 rows lack id", "further answers of one id, left out: BV1"))
    assert "1 places have no answer and are left out: yt2" in told


def test_cells_of_a_table_count_as_those_of_json(folder: Path) -> None:
    (folder / "a.csv").write_text('id,predicted,answer_score,thinking_result\nBV1,Lyon,0.5,"[1, 0]"\nyt2,null,,[0]\n')
    found = values(folder / "a.csv", folder)
    assert found["path score, as the file's judge gave it, bilibili"] == 0.5
    assert (found["clue score, bilibili"], found["clue score, YouTube"]) == (pytest.approx(0.25), 0)
    assert found["coordinate score, YouTube"] == 0


def test_choices_that_are_none_and_shares_in_percent(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("panoId,ground_truth,predicted\na,Spain,None\nb,Peru,peru\n,Peru,Peru\n")
    found = score_file(tmp_path / "a.csv", None)
    assert found.figures["WhereCountry, country right"].n == 2  # type: ignore[union-attr]
    assert ["row 3" in found.remarks[0], "count as misses: a" in found.remarks[1]] == [True, True]
    (tmp_path / "s.csv").write_text("model_name,wherecountry_Accuracy,overall_Accuracy\nm,41.5%,41.5 %\n")
    assert values(tmp_path / "s.csv") == {"m, overall": pytest.approx(0.415), "m, overall in the file": 0.415}
