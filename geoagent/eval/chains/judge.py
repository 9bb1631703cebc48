"""What a judge of reasoning chains is: it says how far one point is supported by another chain's points."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from geoagent.errors import GeoAgentError


class JudgeError(GeoAgentError):
    """A judge of reasoning chains gave no usable verdict. The row that asked gets no score; it does not score 0."""


class Support(NamedTuple):
    """How far another chain supports a point, from 0 to 100; the index of the point that does (None: none), and
    why, in words.
    """

    score: float
    by: int | None
    reason: str = ""


class PointJudge(Protocol):
    """A judge that scores points one by one, as GeoRC's bipartite score needs it."""

    name: str

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """How far each point is supported by the other chain's points. Raises JudgeError."""
        ...


class KeyJudge(Protocol):
    """A judge that splits lines into key points and matches them, as GeoRC's key-point score needs it."""

    name: str

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The keys of each line: what it names, without places. Raises JudgeError."""
        ...

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """How far, 0 to 1, the best of the others means the same as each key. Raises JudgeError."""
        ...
