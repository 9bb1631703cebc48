"""Scores of chains of reasoning: GeoRC's bipartite, single-call and key-point scores, and GeoEval's rubric.

GeoRC is a published benchmark of such chains; GeoEval scores the chains of another one, GeoComp. Precision is how far a
reference supports the candidate's points, recall how far the candidate supports the reference's; F1 = 2PR / (P + R).
Over many chains each of the three is averaged by itself. Points are scored from 0 to 100.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError, KeyJudge, PointJudge, Support


class ChainScore(NamedTuple):
    """The score of a chain against a reference: precision, recall and F1, from 0 to 100.

    They are None where the judge failed; `fault` then says how. `candidate` and `reference` hold for each point of
    either chain how far the other supports it, as far as that was judged. `truths` says of each of the candidate's
    points whether it is true of the photo; None where no judge looked.
    """

    id: str
    precision: float | None
    recall: float | None
    f1: float | None
    candidate: tuple[Support, ...] = ()
    reference: tuple[Support, ...] = ()
    fault: str | None = None
    truths: tuple[bool, ...] | None = None

    @property
    def true(self) -> float | None:
        """The share of the candidate's points that are true of the photo, 0 to 1; None where that was not judged."""
        return share(self.truths) if self.truths else None


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of precision and recall, 2PR / (P + R); 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def bipartite(candidate: Chain, reference: Chain, judge: PointJudge) -> ChainScore:
    """GeoRC's bipartite score: the mean support of the candidate's and of the reference's points.

    The first is precision, the second recall. All are 0 where a chain has no points. Where the judge gives no usable
    verdict the result has a fault and no score.
    """
    if not candidate.points or not reference.points:
        return ChainScore(candidate.id, 0.0, 0.0, 0.0)
    try:
        mine = judge.supports(candidate.points, reference.points)
        theirs = judge.supports(reference.points, candidate.points)
    except JudgeError as error:
        return ChainScore(candidate.id, None, None, None, fault=str(error))
    precision, recall = (sum(support.score for support in side) / len(side) for side in (mine, theirs))
    return ChainScore(candidate.id, precision, recall, f1(precision, recall), tuple(mine), tuple(theirs))


def share(truths: Sequence[bool]) -> float:
    """The share of True among `truths`, 0 to 1; 0.0 where it is empty."""
    return sum(truths) / len(truths) if truths else 0.0


class JudgedPoint(NamedTuple):
    """A point as a judge of two whole chains sees it: its support from 0 to 1, and its kind.

    `true` says whether it is true of the photo. The kinds are "observation", "restatement", "conclusion" and
    "contradiction".
    """

    support: float
    kind: str = "observation"
    true: bool = True


def single_call(candidate: Sequence[JudgedPoint], reference: Sequence[JudgedPoint]) -> tuple[float, float, float]:
    """GeoRC's single-call score of two judged chains: precision, recall and F1, in this order, from 0 to 100.

    Points weigh alike. Those of kind "restatement" or "conclusion" are left out, and a "contradiction" counts 0. The
    mean of each side is then multiplied by the share of its points that are true of the photo. A side without points
    gets 0.
    """

    def side(points: Sequence[JudgedPoint]) -> float:
        counted = [point for point in points if point.kind not in ("restatement", "conclusion")]
        if not counted:
            return 0.0
        mean = sum(0.0 if point.kind == "contradiction" else point.support for point in counted) / len(counted)
        return 100 * mean * sum(point.true for point in points) / len(points)

    precision, recall = side(candidate), side(reference)
    return precision, recall, f1(precision, recall)


def key_points(candidate: Chain, reference: Chain, judge: KeyJudge) -> ChainScore:
    """GeoRC's key-point score of a chain against a reference: precision, recall and F1 from 0 to 100.

    Each point is taken apart into key points. The points of a chain weigh alike, and so do the key points of a point;
    each counts as far as the best key point of the other chain matches it. Points without a key point are left out.
    Where the judge gives no usable verdict the result has a fault and no score.
    """
    try:
        mine, theirs = ([line for line in judge.keys(chain.points) if line] for chain in (candidate, reference))
        if not mine or not theirs:
            return ChainScore(candidate.id, 0.0, 0.0, 0.0)
        precision, recall = _weighed(mine, theirs, judge), _weighed(theirs, mine, judge)
    except JudgeError as error:
        return ChainScore(candidate.id, None, None, None, fault=str(error))
    return ChainScore(candidate.id, precision, recall, f1(precision, recall))


def _weighed(lines: Sequence[Sequence[str]], others: Sequence[Sequence[str]], judge: KeyJudge) -> float:
    """100 times the sum of the weights of one side's keys, each times how far it is matched."""
    keys = [key for line in lines for key in line]
    weights = [1 / len(line) / len(lines) for line in lines for _ in line]
    matched = judge.matches(keys, [key for line in others for key in line])
    return 100 * sum(weight * match for weight, match in zip(weights, matched, strict=True))


class Rubric(NamedTuple):
    """The four marks of GeoEval's rubric for a chain of reasoning, each from 1 (worst) to 5."""

    completeness: int
    features: int
    correlation: int
    coherence: int

    @property
    def mean(self) -> float:
        """The mean of the four marks, from 1 to 5."""
        return sum(self) / len(self)


class RubricScore(NamedTuple):
    """The rubric's marks of the chain `id`; `rubric` is None where the judge failed, and `fault` then says how."""

    id: str
    rubric: Rubric | None
    fault: str | None = None


def as_data(row: ChainScore, candidate: Chain, reference: Chain, judge: str) -> dict[str, Any]:
    """The score of one chain as JSON data: the figures, each point with what supports it, and what was not read.

    `judge` is the judge's name.
    """

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
        "fault": row.fault, **({} if row.truths is None else {"true": row.true, "truths": list(row.truths)}),
        "candidate": points(candidate, row.candidate, reference),
        "reference": points(reference, row.reference, candidate),
        "unread": candidate.unread + reference.unread,
        "unread_parts": [*candidate.unread_parts, *reference.unread_parts],
    }  # fmt: skip
