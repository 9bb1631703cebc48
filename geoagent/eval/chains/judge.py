"""What a judge of reasoning chains is: it says how far one point is supported by another chain's points."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from geoagent.errors import GeoAgentError


class JudgeError(GeoAgentError):
    """A judge gave no usable verdict. The row that asked has no score; it does not score 0."""


class Support(NamedTuple):
    """How far a point is supported, 0 to 100; by which of the other points (None: by none); and why, in words."""

    score: float
    by: int | None
    reason: str = ""


class PointJudge(Protocol):
    """Scores points one by one, as GeoRC's bipartite scorer asks."""

    name: str

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """How far each point is supported by the other chain's points. Raises JudgeError."""
        ...


class KeyJudge(Protocol):
    """Takes lines apart into keys and matches them, as GeoRC's key-point scorer asks."""

    name: str

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The keys of each line: what it names, without places. Raises JudgeError."""
        ...

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """How far, 0 to 1, the best of the others means the same as each key. Raises JudgeError."""
        ...
