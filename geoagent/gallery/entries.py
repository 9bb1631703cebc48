"""What a gallery holds and gives back, and what every gallery can do, be it a folder or a cluster of servers."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from geoagent.gallery.encoder import Vector
from geoagent.gallery.trust import Trust
from geoagent.geo import Point


class Entry(NamedTuple):
    """A picture of a gallery: its name, where it was taken, and its perceptual hash where its pixels were known."""

    name: str
    point: Point
    picture: int | None = None


class Hit(NamedTuple):
    """An entry found in a gallery: its number, and the cosine between its vector and the one searched for."""

    number: int
    entry: Entry
    similarity: float


class Gallery(Protocol):
    """A collection of photos with known places, searched by vectors.

    `encoder` names what made the vectors, `trust` is what a hit is worth.
    """

    encoder: str
    dimension: int
    trust: Trust | None

    def __len__(self) -> int: ...

    def add(self, entries: Sequence[Entry], vectors: Vector) -> None:
        """Keep entries with their vectors, shape (n, dimension); when this returns they are safe."""
        ...

    def nearest(self, vector: Vector, k: int) -> list[Hit]:
        """The k entries most like a vector of length 1, the most alike first; all where there are fewer."""
        ...
