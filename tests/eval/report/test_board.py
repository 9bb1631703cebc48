"""Boards: several runs on one page, and lines to which others add."""

import json
from pathlib import Path

import pytest

from geoagent.cli.main import main
from tests.eval.runs import ATTACK, LIMA, PARIS, ROME, points


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> list[str]:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    truths = {"1": PARIS, "2": ROME, "3": LIMA}
    a = points(tmp_path / "a", {i: (truth, truth) for i, truth in truths.items()})
    b = points(tmp_path / "b", {i: (truth, PARIS) for i, truth in truths.items()})
    return [str(a), str(b)]


def test_a_board_holds_runs_lines_of_others_and_paired_tests(
    tmp_path: Path, folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    results, page = tmp_path / "results.jsonl", tmp_path / "board.html"
    assert main(["eval", "board", *folders, "--out", str(page), "--results", str(results)]) == 0
    first = [json.loads(line) for line in results.read_text().splitlines()]
    assert [row["name"] for row in first] == ["a", "b"]
    assert first[0]["figures"]["Acc@25 km"]["value"] == 1
    other = {
        **first[0],
        "name": f"theirs {ATTACK}",
        "figures": {"country right, most probable": {"value": 0.5, "n": 3}},
    }
    results.write_text(results.read_text() + json.dumps(other) + "\n")
    assert main(["eval", "board", folders[0], "--out", str(page), "--results", str(results)]) == 0
    assert len(results.read_text().splitlines()) == 4
    text = page.read_text()
    assert text.count('<tr><th scope="row"><svg') == 3  # a counts once, as it was measured last
    assert ATTACK not in text and "theirs" in text
    assert main(["eval", "board", "--out", str(page), "--results", str(results)]) == 0  # what others measured alone
    page.write_text("somebody else's page")
    assert main(["eval", "board", "--out", str(page), "--results", str(results), "--force"]) == 0
    assert len(results.read_text().splitlines()) == 4  # --force writes over the page, and keeps what others added


def test_runs_on_the_same_photos_are_tested_against_each_other(tmp_path: Path, folders: list[str]) -> None:
    assert main(["eval", "board", *folders, "--out", str(tmp_path / "board.html")]) == 0
    assert "b against A a" in (tmp_path / "board.html").read_text()


def test_a_line_that_is_none_is_named(tmp_path: Path, folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.jsonl"
    assert main(["eval", "board", *folders, "--out", str(tmp_path / "b.html"), "--results", str(results)]) == 0
    results.write_text(results.read_text() + '{"board": 1, "name": "x"}\n')
    capsys.readouterr()
    assert main(["eval", "board", "--out", str(tmp_path / "b.html"), "--results", str(results)]) == 2
    assert "line 3" in capsys.readouterr().err
    assert main(["eval", "board", "--out", str(tmp_path / "b.html")]) == 2


def test_compare_and_score_read_the_same_runs(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "compare", *folders]) == 0
    told = capsys.readouterr().out
    assert "3 samples in common" in told and "country right, most probable | 1 | 0.3333" in told and "power" in told
    assert main(["eval", "score", folders[1]]) == 0
    told = capsys.readouterr().out
    assert "nan" not in told and "\nnext: geoagent eval misses" in told
    assert "country right, most probable | 0.3333" in told
