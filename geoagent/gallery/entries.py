"""What a gallery holds and finds, and what every gallery can do, whether it is a folder or a cluster of servers."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from geoagent.gallery.encoder import Vector
from geoagent.gallery.trust import Trust
from geoagent.geo import Point


class Entry(NamedTuple):
    """A photo of a gallery: its `name`, the `point` at which it was taken, and its 64-bit perceptual hash (`picture`),
    None where only its vector is known.
    """

    name: str
    point: Point
    picture: int | None = None


class Hit(NamedTuple):
    """An entry that a search in a gallery has found.

    `number` is the entry's number in the gallery, from 0. `similarity` is the cosine between its vector and the one
    searched for; 1 is the most alike.
    """

    number: int
    entry: Entry
    similarity: float


class Gallery(Protocol):
    """A collection of photos with known places, searched by vectors of `dimension` numbers.

    `encoder` names what made the vectors. `trust` tells how likely a hit was taken nearby; None where that is not
    known, and a hit then counts for nothing.
    """

    encoder: str
    dimension: int
    trust: Trust | None

    def __len__(self) -> int: ...

    def add(self, entries: Sequence[Entry], vectors: Vector) -> None:
        """Add entries with their vectors, shape (n, dimension), in the same order; they are stored safely when this
        returns.
        """
        ...

    def nearest(self, vector: Vector, k: int) -> list[Hit]:
        """The `k` entries most like `vector`, which has length (Euclidean norm) 1, the most alike first; all entries
        where there are fewer.
        """
        ...
