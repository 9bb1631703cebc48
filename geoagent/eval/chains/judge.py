"""What a judge of chains of reasoning has to offer.

It says how far a point (one statement) is supported by another chain.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from geoagent.errors import GeoAgentError


class JudgeError(GeoAgentError):
    """A judge of chains gave no usable verdict. The chain that was to be scored then gets no score, instead of a 0."""


class Support(NamedTuple):
    """How far another chain supports a point, from 0 to 100.

    `by` is the index, in that chain, of the point that supports it, or None. `reason` says why in words, or is "".
    """

    score: float
    by: int | None
    reason: str = ""


class PointJudge(Protocol):
    """A judge that scores points (statements) one by one, as GeoRC's bipartite score needs it."""

    name: str

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """For each of the `points` of one chain how far the points `others` of another chain support it.

        Raises JudgeError where the judge gives no usable verdict.
        """
        ...


class KeyJudge(Protocol):
    """A judge that splits points into key points (short clauses) and matches those: for GeoRC's key-point score."""

    name: str

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The key points of each of the `points`: what it names, without places; a point may have none.

        Raises JudgeError where the judge gives no usable verdict.
        """
        ...

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """For each of the key points `keys` how far the best of `others` means the same, from 0 to 1.

        Raises JudgeError where the judge gives no usable verdict.
        """
        ...
