"""Scores of reasoning chains: GeoRC's three, GeoEval's rubric, and groundedness.

GeoRC: bipartite, P = mean support of the candidate's points, R = that of the reference's, F1 = 2PR/(P+R); averaged over
items separately. Points are scored 0 to 100.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from geoagent.case.trace import Trace
from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError, PointJudge, Support
from geoagent.geo import Floats

COSINE_FROM, COSINE_SPAN = 0.40, 0.15
Embed = Callable[[Sequence[str]], Floats]


class ChainScore(NamedTuple):
    """Precision, recall and F1 of one candidate, 0 to 100, with what matched what; or the fault of the judge."""

    id: str
    precision: float | None
    recall: float | None
    f1: float | None
    candidate: tuple[Support, ...] = ()
    reference: tuple[Support, ...] = ()
    fault: str | None = None


def f1(precision: float, recall: float) -> float:
    """2PR/(P+R), 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def bipartite(candidate: Chain, reference: Chain, judge: PointJudge) -> ChainScore:
    """GeoRC's bipartite score. A chain without points has P = R = 0; garbage from the judge is a fault, not a 0."""
    if not candidate.points or not reference.points:
        return ChainScore(candidate.id, 0.0, 0.0, 0.0)
    try:
        mine = judge.supports(candidate.points, reference.points)
        theirs = judge.supports(reference.points, candidate.points)
    except JudgeError as error:
        return ChainScore(candidate.id, None, None, None, fault=str(error))
    precision, recall = (sum(support.score for support in side) / len(side) for side in (mine, theirs))
    return ChainScore(candidate.id, precision, recall, f1(precision, recall), tuple(mine), tuple(theirs))


class JudgedPoint(NamedTuple):
    """One point as a single call judges it: its support 0 to 1, what it is, and whether it is true of the image."""

    support: float
    kind: str = "observation"
    true: bool = True


def single_call(candidate: Sequence[JudgedPoint], reference: Sequence[JudgedPoint]) -> tuple[float, float, float]:
    """GeoRC's single-call P, R and F1, 0 to 100.

    Points weigh alike; those of kind "restatement" or "conclusion" leave numerator and denominator, a "contradiction"
    scores 0; then each side is multiplied by the share of its lines that are true of the image.
    """

    def side(points: Sequence[JudgedPoint]) -> float:
        counted = [point for point in points if point.kind not in ("restatement", "conclusion")]
        if not counted:
            return 0.0
        mean = sum(0.0 if point.kind == "contradiction" else point.support for point in counted) / len(counted)
        return 100 * mean * sum(point.true for point in points) / len(points)

    precision, recall = side(candidate), side(reference)
    return precision, recall, f1(precision, recall)


def key_points(
    candidate: Sequence[Sequence[str]], reference: Sequence[Sequence[str]], embed: Embed
) -> tuple[float, float, float]:
    """GeoRC's key-point P, R and F1, 0 to 100, by embeddings.

    Each line is a list of keys without place names; a key weighs 1/(keys in its line)/(lines), and matches by the
    largest clip((cosine − .40)/.15, 0, 1) over the other side's keys.
    """
    sides = [[line for line in side if line] for side in (candidate, reference)]
    if not all(sides):
        return 0.0, 0.0, 0.0
    vectors = [embed([key for line in side for key in line]) for side in sides]
    matches = np.clip((vectors[0] @ vectors[1].T - COSINE_FROM) / COSINE_SPAN, 0, 1)
    weights = [np.array([1 / len(line) / len(side) for line in side for _ in line]) for side in sides]
    precision = 100 * float(matches.max(axis=1) @ weights[0])
    recall = 100 * float(matches.max(axis=0) @ weights[1])
    return precision, recall, f1(precision, recall)


class Rubric(NamedTuple):
    """GeoEval's four marks, each 1 to 5."""

    completeness: int
    features: int
    correlation: int
    coherence: int

    @property
    def mean(self) -> float:
        """The mean of the four marks."""
        return sum(self) / len(self)


class Groundedness(NamedTuple):
    """Shares of a trace's steps that are grounded and of its claimed checks that ran; None where there are none."""

    steps: float | None
    checks: float | None


_CHECK_WORDS = (
    "i checked",
    "i searched",
    "i looked up",
    "i verified",
    "i compared",
    "i zoomed",
    "confirmed by",
    "the tool",
)


def groundedness(trace: Trace) -> Groundedness:
    """How much of a trace's chain stands on its records.

    A step is grounded where it cites something, all that it cites is held, and it is rendered from its records or cites
    a call that ran, or another witness. A claimed check is a step of a model that says it checked, or cites a call; it
    counts only with the record of a call that succeeded, so a real clue cited for a check that never ran does not.
    """
    held = trace.ids()
    ran = {call.id for call in trace.calls if call.status == "ok"}
    grounded, checks = [], []
    calls = {call.id for call in trace.calls}
    for step in trace.steps:
        claims = step.support != "record" and any(word in step.statement.lower() for word in _CHECK_WORDS)
        cites_call = any(cited in calls for cited in step.cites)
        if claims or cites_call:
            checks.append(any(cited in ran for cited in step.cites))
        whole = bool(step.cites) and all(cited in held for cited in step.cites)
        grounded.append(whole and step.support != "unsupported" and not (claims and not checks[-1]))
    return Groundedness(_share(grounded), _share(checks))


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def as_data(row: ChainScore, candidate: Chain, reference: Chain, judge: str) -> dict[str, Any]:
    """One row as JSON data: scores, the fault if any, and each point with what supports it."""

    def points(chain: Chain, supports: tuple[Any, ...], others: Chain) -> list[dict[str, Any]]:
        return [
            {
                "point": point,
                "score": s.score,
                "by": others.points[s.by] if s.by is not None else None,
                "reason": s.reason,
            }
            for point, s in zip(chain.points, supports, strict=False)
        ]

    return {
        "id": row.id, "judge": judge, "precision": row.precision, "recall": row.recall, "f1": row.f1,
        "fault": row.fault,
        "candidate": points(candidate, row.candidate, reference),
        "reference": points(reference, row.reference, candidate),
        "unread": candidate.unread + reference.unread,
    }  # fmt: skip
