"""Reads votes on pairs of models' answers: from tables of pairs with the winner, and GeoArena's leaderboard.json."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.metrics.arena import Vote
from geoagent.files.foreign_tables import records
from geoagent.plain_text import printable
from geoagent.runs.column_names import first, plain_row

FIRST = ("model_a", "first", "left", "left_model", "a", "model_1")
SECOND = ("model_b", "second", "right", "right_model", "b", "model_2")
WINNER = ("winner", "result", "choice", "vote", "preferred")
RESULTS = {"win": 1.0, "loss": 0.0, "tie": 0.5}


class Votes(NamedTuple):
    """The votes in a file. `unread` names what in it is no vote: a line, or a model and the place in its history."""

    votes: list[Vote]
    unread: list[str]


def read_votes(path: Path) -> Votes:
    """The votes on pairs of models' answers in a file, and what in it is no vote.

    The file is a table with columns such as model_a, model_b and winner, or GeoArena's leaderboard.json. A vote that
    stands in the histories of both models counts once. Raises ConfigError where the file holds no vote.
    """
    found, histories, columns = Votes([], []), list[tuple[str, list[Any]]](), ""
    for number, raw in records(path, found.unread):
        row = plain_row(raw)
        columns = columns or printable(", ".join(row))[:200]
        if "history" in row or "opponents" in row:
            model, history = str(row.get("id", "")), row.get("history")
            histories.append((model, history if isinstance(history, list) else []))
            found.unread.extend([] if isinstance(history, list) else [f"{model}: it has no history"])
            continue
        one, other = first(row, FIRST), first(row, SECOND)
        score = _score(str(first(row, WINNER) or ""), str(one), str(other))
        if one is None or other is None or score is None or one == other:
            found.unread.append(f"line {number}")
        else:
            found.votes.append(Vote(str(one), str(other), score))
    _add_histories(histories, found)
    if not found.votes:
        raise ConfigError(
            f"{path}: holds no votes: no row names a pair (model_a, model_b) and the winner; its columns are {columns}"
        )
    return found


def _add_histories(histories: Sequence[tuple[str, list[Any]]], found: Votes) -> None:
    """Add the votes of histories. Each stands in those of both models, and counts once.

    Votes of one time on one pair are as many as the model with more of them has.
    """
    kept: dict[tuple[str, frozenset[str]], dict[str, list[Vote]]] = {}
    for model, history in histories:
        for number, item in enumerate(history, 1):
            vote = _of_history(model, item)
            if vote is None:
                found.unread.append(f"{model}, {number}")
                continue
            pair = (str(item.get("timestamp")), frozenset(vote[:2]))
            kept.setdefault(pair, {}).setdefault(model, []).append(vote)
    for sides in kept.values():
        longest: list[Vote] = max(sides.values(), key=len)
        found.votes.extend(longest)


def _of_history(model: str, item: Any) -> Vote | None:
    if not isinstance(item, Mapping) or item.get("result") not in RESULTS:
        return None
    other = str(item.get("opponent") or "")
    return Vote(model, other, RESULTS[item["result"]]) if other and other != model else None


def _score(winner: str, one: str, other: str) -> float | None:
    """What the first got; None where the winner is neither of the two, nor a tie."""
    said = winner.strip().casefold().replace("_", " ").replace(" is better", "").strip()
    if said in {"model a", "a", "left", "first", "1", one.casefold().replace("_", " ")}:
        return 1.0
    if said in {"model b", "b", "right", "second", "2", other.casefold().replace("_", " ")}:
        return 0.0
    return 0.5 if said.startswith(("tie", "both", "draw")) else None
