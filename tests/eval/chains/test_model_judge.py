import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError
from geoagent.eval.chains.model_judge import ModelJudge
from geoagent.eval.chains.open_judges import model_judge
from geoagent.eval.chains.scores import Rubric, bipartite, single_call
from geoagent.settings import Settings
from geoagent.testing.scripted_model import Answer, ScriptedModel

ONE, OTHER = Chain("1", ("Red soil",)), Chain("1", ("Reddish soil", "A yellow line"))


def judged(model: ScriptedModel, cache: Path) -> ModelJudge:
    judge = model_judge(Settings(vlm=model.url, model=model.name, cache_dir=cache))
    assert isinstance(judge, ModelJudge)
    return judge


def test_a_schema_temperature_zero_and_quoted_data(tmp_path: Path) -> None:
    with ScriptedModel([{"score": 80, "by": 1, "reason": "soil"}]) as model:
        row = bipartite(ONE, OTHER, judged(model, tmp_path))
    assert (row.precision, row.recall, row.fault) == (80, 80, None)
    assert (row.candidate[0].by, row.candidate[0].reason) == (0, "soil")
    request = model.requests[0]
    assert request["temperature"] == 0
    assert request["response_format"]["type"] == "json_schema"
    assert '"Red soil"' in request["messages"][0]["content"]


def test_answers_are_kept_on_disk(tmp_path: Path) -> None:
    with ScriptedModel([{"score": 80, "by": 1}]) as model:
        first = bipartite(ONE, OTHER, judged(model, tmp_path))
        asked = len(model.requests)
        assert bipartite(ONE, OTHER, judged(model, tmp_path)) == first
        assert len(model.requests) == asked == 3


@pytest.mark.parametrize("garbage", ["I would say 80.", '{"score": 800}', "", '{"score": "high"}', {"by": 1}])
def test_garbage_is_a_fault_of_the_row_and_is_not_kept(tmp_path: Path, garbage: Answer) -> None:
    with ScriptedModel([garbage, garbage, {"score": 50, "by": 1}]) as model:
        judge = judged(model, tmp_path)
        row = bipartite(ONE, OTHER, judge)
        assert row.f1 is None
        assert "gave no verdict" in str(row.fault)
        with pytest.raises(JudgeError):
            judge.supports(["Red soil"], ["Reddish soil", "A yellow line"])
        assert bipartite(ONE, OTHER, judge).f1 == 50


def test_the_single_call_and_the_rubric(tmp_path: Path) -> None:
    answer = {
        "candidate": [{"kind": "observation", "support": 1}],
        "reference": [{"kind": "observation", "support": 0.5}, {"kind": "conclusion", "support": 1}],
    }
    marks = {"completeness": 2, "features": 3, "correlation": 4, "coherence": 5}
    with ScriptedModel([answer, marks, {**answer, "candidate": []}]) as model:
        judge = judged(model, tmp_path)
        assert single_call(*judge.judge_chains(ONE.points, OTHER.points))[:2] == (100, 50)
        assert judge.rubric(ONE.points, OTHER.points) == Rubric(2, 3, 4, 5)
        with pytest.raises(JudgeError, match="judged 0 and 2 points of 2 and 1"):
            judge.judge_chains(OTHER.points, ONE.points)


def run(cache: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "geoagent.cli", "eval", "chain", *map(str, arguments)]
    environment = {**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_command_shows_matched_points_and_names_what_was_not_scored(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "c.md", tmp_path / "r.md"
    mine.write_text("- Red soil\n- Wooden poles")
    theirs.write_text("1. Reddish soil\n2. A yellow line")
    with ScriptedModel([{"score": 60, "by": 1}] * 4 + ["nonsense"]) as model:
        judge = ["--judge", model.url, "--model", model.name]
        done = run(tmp_path / "cache", mine, theirs, *judge)
        assert (done.returncode, done.stderr) == (0, "")
        assert "P 60.0  R 60.0  F1 60.0" in done.stdout
        assert "Wooden poles" in done.stdout
        mine.write_text("- Something else")
        done = run(tmp_path / "cache", mine, theirs, *judge)
        assert done.returncode == 3
        assert "not scored: scripted gave no verdict" in done.stdout


@pytest.mark.slow
def test_the_command_asks_once_for_both_chains(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "c.md", tmp_path / "r.md"
    mine.write_text("- Red soil")
    theirs.write_text("1. Reddish soil\n2. A yellow line")
    answer = {
        "candidate": [{"kind": "observation", "support": 1}],
        "reference": [{"kind": "observation", "support": 0.5}, {"kind": "observation", "support": 0}],
    }
    with ScriptedModel([answer]) as model:
        done = run(tmp_path / "cache", mine, theirs, "--score", "single-call", "--judge", model.url, "--json")
        assert len(model.requests) == 1
    assert (done.returncode, done.stderr) == (0, "")
    row = json.loads(done.stdout)
    assert (row["precision"], row["recall"], row["f1"]) == (100, 25, 40)


@pytest.mark.slow
def test_the_command_gives_four_marks(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "c.md", tmp_path / "r.md"
    mine.write_text("- Red soil")
    theirs.write_text("1. Reddish soil")
    marks = {"completeness": 2, "features": 3, "correlation": 4, "coherence": 5}
    command = (mine, theirs, "--score", "rubric")
    with ScriptedModel([marks, "nonsense"]) as model:
        done = run(tmp_path / "cache", *command, "--judge", model.url)
        mine.write_text("- Another thing")
        failed = run(tmp_path / "cache", *command, "--judge", model.url, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "c: completeness 2  features 3  correlation 4  coherence 5  mean 3.5"
    assert failed.returncode == 3
    assert "gave no verdict" in json.loads(failed.stdout)["fault"]
    alone = run(tmp_path / "cache", *command)
    assert (alone.returncode, "--judge URL" in alone.stderr) == (2, True)
