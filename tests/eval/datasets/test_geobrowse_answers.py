"""Answers to GeoBrowse, judged by a scripted model: small files as its scripts write them."""

import json
from pathlib import Path
from typing import Any

import pytest

from geoagent.cli.main import main
from geoagent.eval.datasets.geobrowse_answers import read_answered
from geoagent.testing import ScriptedModel, said

ROWS: list[dict[str, Any]] = [
    {"question_id": 1, "prompt": "What rate?", "gold_image_answer": "Japan", "gold_text_answer": "3%", "gen": "3 %"},
    {"question_id": "2", "prompt": "Which?", "gold_text_answer": 10, "llm_answer": "It is 8.\n<answer>12</answer>"},
    {"question_id": 3, "prompt": "Where?", "gold_image_answer": "Lyon", "gen": "Generation failed after retries."},
    {"question_id": 3, "prompt": "Where?", "gold_image_answer": "Lyon", "gen": "Lyon"},
    {"question_id": 4, "prompt": "Where?", "gen": "Lyon"},
]


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A file of answers whose last line is torn."""
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + '{"question_id": 5, "pro')
    return path


def test_what_was_asked_and_answered(answers: Path) -> None:
    found, remarks = read_answered(answers, None)
    assert {i: (asked.gold, asked.answer) for i, asked in found.items()} == {
        "1": ("3%", "3 %"), "2": ("10", "12"), "3": ("Lyon", "")
    }  # fmt: skip
    told = "; ".join(remarks)
    assert all(
        part in told for part in ("line 6", "right answer beside them, left out: 4", "to a question, left out: 3")
    )
    assert "count as misses: 3" in told


def test_right_answers_that_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "level2_en.jsonl").write_text(json.dumps(ROWS[0]) + "\n")
    (tmp_path / "a.csv").write_text("question_id,answer\n1,five\n")
    found, _ = read_answered(tmp_path / "a.csv", tmp_path / "level2_en.jsonl")
    assert found["1"] == ("What rate?", "3%", "five")


def test_the_share_of_right_answers(answers: Path, capsys: pytest.CaptureFixture[str], cache: Path) -> None:
    def judge(request: dict[str, Any]) -> dict[str, str]:
        return {"correct": "yes" if '"3 %"' in said(request) else "no"}

    with ScriptedModel([judge]) as model:
        assert main(["eval", "geobrowse", str(answers), "--judge", model.url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["right"]["value"], told["right"]["n"]) == (pytest.approx(1 / 3), 3)
    assert len(model.requests) == 2  # a question without an answer needs no judge


def test_what_cannot_be_judged_is_no_miss(answers: Path, capsys: pytest.CaptureFixture[str], cache: Path) -> None:
    def judge(request: dict[str, Any]) -> Any:
        return {"correct": "yes"} if '"3 %"' in said(request) else "I would rather not say."

    with ScriptedModel([judge], name="unsure") as model:
        assert main(["eval", "geobrowse", str(answers), "--judge", model.url]) == 3
    told = capsys.readouterr().out
    assert "0.5 [" in told and "(n = 2)" in told and "1 could not be judged" in told


def test_other_files_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text('[{"x": 1}]')
    assert main(["eval", "geobrowse", str(tmp_path / "x.json"), "--judge", "http://127.0.0.1:1"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
