from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from geoagent import GeoAgent
from geoagent.case.evidence import Step, ToolCall
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError, Support
from geoagent.eval.chains.scores import JudgedPoint, Rubric, bipartite, groundedness, key_points, single_call
from geoagent.eval.metrics.earthwhere import clue_score, coordinate_score, path_score, shapley
from geoagent.geo import Floats


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


def embed(texts: Sequence[str]) -> Floats:
    angles = {"a": 0.0, "same": 0.0, "near": np.arccos(0.475), "far": np.pi / 2}
    return np.array([[np.cos(angles[text]), np.sin(angles[text])] for text in texts])


def test_key_points_by_hand() -> None:
    precision, recall, _ = key_points([["a", "far"], ["near"]], [["same"]], embed)
    assert precision == pytest.approx(100 * (0.25 * 1 + 0.25 * 0 + 0.5 * 0.5))
    assert recall == pytest.approx(100)
    assert key_points([[]], [["a"]], embed) == (0, 0, 0)


def test_rubric() -> None:
    assert Rubric(5, 4, 3, 2).mean == 3.5


TRUTH = {"country": "France", "province": "Rhône", "city": "Lyon", "street": "Rue Victor Hugo"}


@pytest.mark.parametrize(
    ("answer", "hint", "options", "score"),
    [
        ({"country": "France"}, None, (), 1 / 4),
        ({"country": "France", "province": "Rhône", "city": "Paris"}, None, (), 2 / 4),
        ({"street": "rue victor hugo"}, None, (), 1),  # a right finer level implies its parents
        ({"country": "Spain"}, None, (), 0),
        ({"country": "France", "city": "Lyon"}, {"country": "France"}, (), 2 / 3),
        ({"country": "France"}, {"country": "France"}, (), 0),  # a mere copy
        ({"country": "France"}, {"country": "France"}, ({"country": "France"}, {"country": "Spain"}), 1 / 4),
        ({"country": "France", "city": "Lyon"}, {"country": "Spain"}, (), 3 / 4),  # a false hint moves no base
    ],
)
def test_earthwhere_path(
    answer: dict[str, str], hint: dict[str, str] | None, options: tuple[dict[str, str], ...], score: float
) -> None:
    assert path_score(answer, TRUTH, "street", hint, options) == pytest.approx(score)


def test_earthwhere_path_refuses_a_target_that_the_truth_does_not_name() -> None:
    with pytest.raises(ConfigError, match="county"):
        path_score({}, TRUTH, "county")


def test_shapley_by_hand() -> None:
    worth = {(): 0.0, ("a",): 1.0, ("b",): 2.0, ("a", "b"): 4.0}
    found = shapley(["a", "b"], lambda chosen: worth[tuple(sorted(chosen))])
    assert found == {"a": pytest.approx(1.5), "b": pytest.approx(2.5)}


def test_clue_weights_are_normalised() -> None:
    assert clue_score({"a": 0.5, "b": 1.5}, {"b": True}) == pytest.approx(0.75)
    with pytest.raises(ConfigError):
        clue_score({"a": 0.0}, {})


def test_coordinates() -> None:
    assert coordinate_score(0) == 1
    assert coordinate_score(0.1) == pytest.approx(np.exp(-1))


def test_a_trace_of_ours_is_grounded_and_a_liar_is_not(agent: GeoAgent, photos: Path) -> None:
    trace = agent.trace(photos / "spain_zaragoza.jpg").trace
    honest = groundedness(trace)
    assert honest.steps == 1
    lie = Step(node="investigate", statement="I checked the map", cites=(trace.clues[0].id,), support="cited")
    lied = groundedness(trace.model_copy(update={"steps": (*trace.steps, lie)}))
    assert lied.steps is not None
    assert lied.steps < 1
    assert lied.checks is not None
    assert lied.checks < 1


def test_a_check_counts_with_the_record_of_a_call_that_succeeded() -> None:
    calls = [ToolCall(tool="zoom", arguments={"n": n}, status=s, text="") for n, s in enumerate(("ok", "unavailable"))]
    steps = tuple(
        Step(node="investigate", statement="I checked it", cites=(call.id,), support="cited") for call in calls
    )
    assert groundedness(Trace(calls=tuple(calls), steps=steps)).checks == 0.5
    assert groundedness(Trace()) == (None, None)
