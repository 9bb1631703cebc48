"""Scores of reasoning chains: GeoRC's bipartite, single-call and key-point scores, and GeoEval's rubric.

Bipartite, P = mean support of the candidate's points, R = that of the reference's, F1 = 2PR/(P+R); averaged over
items separately. Points are scored 0 to 100.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.judge import JudgeError, KeyJudge, PointJudge, Support


class ChainScore(NamedTuple):
    """Precision, recall and F1 of a chain against a reference, 0 to 100, with which point matched which; or the fault
    of the judge.

    `truths` says of each of the candidate's points whether it is true of the photo, where a judge looked at it.
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
        """The share of the candidate's points that are true of the photo; None where that was not judged."""
        return share(self.truths) if self.truths else None


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of precision and recall, 2PR / (P + R); 0 where both are 0."""
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


def share(truths: Sequence[bool]) -> float:
    """The share of truths among judged points; 0 for none."""
    return sum(truths) / len(truths) if truths else 0.0


class JudgedPoint(NamedTuple):
    """A point as a judge of whole chains sees it: its support from 0 to 1, its kind, and whether it is true."""

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


def key_points(candidate: Chain, reference: Chain, judge: KeyJudge) -> ChainScore:
    """GeoRC's key-point score of a chain against a reference: precision, recall and F1 from 0 to 100.

    Each line is taken apart into keys; a key weighs 1/(keys in its line)/(lines), and counts as far as the best of the
    other side's keys matches it. Lines without a key leave numerator and denominator.
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
    """The four marks of GeoEval's rubric, each from 1 to 5."""

    completeness: int
    features: int
    correlation: int
    coherence: int

    @property
    def mean(self) -> float:
        """The mean of the rubric's four marks."""
        return sum(self) / len(self)


class RubricScore(NamedTuple):
    """The rubric's marks of one chain; or the fault of the judge."""

    id: str
    rubric: Rubric | None
    fault: str | None = None


def as_data(row: ChainScore, candidate: Chain, reference: Chain, judge: str) -> dict[str, Any]:
    """The score of one chain as JSON data, with each point and what supports it, and what was not read."""

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
