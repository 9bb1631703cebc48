"""Votes on pairs of answers: tables of pairs with their winner, and GeoArena's record of each model's history."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.eval.metrics.arena import Vote
from geoagent.files.tables import records
from geoagent.names import printable
from geoagent.runs.headings import first, plain_row

FIRST = ("model_a", "first", "left", "left_model", "a", "model_1")
SECOND = ("model_b", "second", "right", "right_model", "b", "model_2")
WINNER = ("winner", "result", "choice", "vote", "preferred")
RESULTS = {"win": 1.0, "loss": 0.0, "tie": 0.5}


def read_votes(path: Path) -> tuple[list[Vote], int]:
    """The votes in a file, and how many rows were no vote (a tie of two bad answers is a tie). Raises ConfigError."""
    votes, seen, unread = list[Vote](), set[tuple[str, frozenset[str]]](), 0
    for number, raw in records(path):
        row = plain_row(raw)
        if isinstance(row.get("history"), list):
            for item in row["history"]:
                vote = _of_history(str(row.get("id", "")), item)
                key = (str(item.get("timestamp")), frozenset(vote[:2])) if vote else ("", frozenset())
                if vote is None:
                    unread += 1
                elif key not in seen:  # each vote stands in the history of both models
                    seen.add(key)
                    votes.append(vote)
            continue
        one, other = first(row, FIRST), first(row, SECOND)
        if one is None or other is None:
            held = printable(", ".join(row))[:200]
            raise ConfigError(f"{path}, line {number}: names no pair (model_a and model_b); its columns are {held}")
        score = _score(str(first(row, WINNER) or ""), str(one), str(other))
        if score is None:
            unread += 1
        else:
            votes.append(Vote(str(one), str(other), score))
    return votes, unread


def _of_history(model: str, item: Any) -> Vote | None:
    if not isinstance(item, Mapping) or item.get("result") not in RESULTS or not item.get("opponent"):
        return None
    return Vote(model, str(item["opponent"]), RESULTS[item["result"]])


def _score(winner: str, one: str, other: str) -> float | None:
    """What the first got; None where the winner is neither of the two, nor a tie."""
    said = winner.strip().casefold().replace("_", " ").replace(" is better", "").strip()
    if said in {"model a", "a", "left", "first", "1", one.casefold().replace("_", " ")}:
        return 1.0
    if said in {"model b", "b", "right", "second", "2", other.casefold().replace("_", " ")}:
        return 0.0
    return 0.5 if said.startswith(("tie", "both", "draw")) else None
