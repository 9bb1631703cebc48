from collections.abc import Sequence

import pytest

from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError, Support
from geoagent.eval.chains.scores import JudgedPoint, Rubric, bipartite, single_call


class Table:
    """A judge whose scores are given, point by point."""

    name = "table"

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores = scores

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        if any(point not in self.scores for point in points):
            raise JudgeError("no verdict")
        return [Support(self.scores[point], 0) for point in points]


def test_bipartite_by_hand() -> None:
    judge = Table({"a": 80, "b": 40, "x": 30, "y": 0, "z": 60})
    row = bipartite(Chain("1", ("a", "b")), Chain("1", ("x", "y", "z")), judge)
    assert (row.precision, row.recall) == (60, 30)
    assert row.f1 == pytest.approx(40)  # 2 · 60 · 30 / 90


def test_an_empty_chain_is_zero_and_a_fault_is_not() -> None:
    assert bipartite(Chain("1", ()), Chain("1", ("a",)), Table({}))[1:4] == (0, 0, 0)
    row = bipartite(Chain("1", ("a",)), Chain("1", ("b",)), Table({}))
    assert (row.precision, row.recall, row.f1, row.fault) == (None, None, None, "no verdict")


def test_single_call_by_hand() -> None:
    candidate = [
        JudgedPoint(1.0),
        JudgedPoint(0.5, true=False),
        JudgedPoint(1.0, "conclusion"),
        JudgedPoint(1.0, "contradiction"),
    ]
    reference = [JudgedPoint(0.6), JudgedPoint(0.9, "restatement"), JudgedPoint(0.2)]
    precision, recall, score = single_call(candidate, reference)
    assert precision == pytest.approx(100 * (1.5 / 3) * (3 / 4))
    assert recall == pytest.approx(40)
    assert score == pytest.approx(2 * 37.5 * 40 / 77.5)


def test_rubric() -> None:
    assert Rubric(5, 4, 3, 2).mean == 3.5
