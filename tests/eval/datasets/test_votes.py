"""Votes as ratings: by hand where the model has a closed form, and from both published forms."""

import json
from pathlib import Path

import pytest

from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.eval.datasets.votes import read_votes
from geoagent.eval.metrics.arena import Vote, strengths


def test_two_models_have_the_odds_of_their_votes() -> None:
    best, other = strengths([Vote("a", "b", 1.0)] * 10 + [Vote("b", "a", 1.0)])
    assert (best.model, best.won, best.lost, other.won) == ("a", 10, 1, 1)
    assert best.rating.value - other.rating.value == pytest.approx(400, abs=0.2)  # ten to one
    assert best.rating.low < best.rating.value < best.rating.high


def test_ties_count_half_and_what_was_never_compared_is_refused() -> None:
    one, other = strengths([Vote("a", "b", 0.5)] * 4)
    assert one.rating.value == pytest.approx(other.rating.value)
    with pytest.raises(ConfigError, match="2 groups"):
        strengths([Vote("a", "b", 1.0), Vote("c", "d", 1.0)])
    with pytest.raises(ConfigError):
        strengths([])


def test_both_forms_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "votes.csv").write_text(
        "model_a,model_b,winner\nx,y,model_a\nx,y,tie (bothbad)\nx,y,y\nx,y,Left is better\nx,y,?\n"
    )
    votes, unread = read_votes(tmp_path / "votes.csv")
    assert ([vote.score for vote in votes], unread) == ([1.0, 0.5, 0.0, 1.0], ["line 6"])
    history = {
        "x": {"wins": 1, "history": [{"timestamp": "1", "opponent": "y", "result": "win"}, {"result": "?"}]},
        "y": {
            "history": [
                {"timestamp": "1", "opponent": "x", "result": "loss"},
                {"timestamp": "2", "opponent": "x", "result": "tie"},
            ]
        },
    }
    (tmp_path / "leaderboard.json").write_text(json.dumps(history))
    votes, unread = read_votes(tmp_path / "leaderboard.json")
    assert ([vote.score for vote in votes], unread) == ([1.0, 0.5], ["x, 2"])  # a vote that both keep is one
    assert main(["eval", "arena", str(tmp_path / "leaderboard.json")]) == 0
    assert "2 votes on 2 models" in capsys.readouterr().out
    (tmp_path / "other.csv").write_text("id,lat\na,1\n")
    assert main(["eval", "arena", str(tmp_path / "other.csv")]) == 2


def test_each_vote_counts_though_two_were_cast_at_one_time(tmp_path: Path) -> None:
    won, lost = {"opponent": "y", "result": "win"}, {"opponent": "x", "result": "loss"}
    board = {"x": {"history": [won, won]}, "y": {"history": [lost, lost]}, "z": {"wins": 0, "opponents": {}}}
    (tmp_path / "leaderboard.json").write_text(json.dumps(board))
    votes, unread = read_votes(tmp_path / "leaderboard.json")
    assert (votes, unread) == ([Vote("x", "y", 1.0)] * 2, ["z: it has no history"])


def test_rows_that_name_no_pair_are_named(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("model_a,model_b,winner\nx,y,model_a\n,y,model_b\nx,x,tie\nx,y,null\n")
    votes, unread = read_votes(tmp_path / "votes.csv")
    assert (len(votes), unread) == (1, ["line 3", "line 4", "line 5"])
