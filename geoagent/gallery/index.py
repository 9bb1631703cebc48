"""Search among vectors: by comparing all of them where they are few, by a graph (HNSW, of usearch) where they are many.
The graph can always be made anew from the vectors.
"""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.files.outputs import whole
from geoagent.gallery.append_log import Halves
from geoagent.gallery.encoder import Vector
from geoagent.plain_text import printable

log = logging.getLogger(__name__)

EXACT = 5000
"""So many vectors are searched one by one."""
CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH = 16, 128, 96
CHUNK = 20_000
OVERSAMPLED = 2
Numbers = NDArray[np.int64]


class Found(NamedTuple):
    """The vectors that a search found: their `numbers`, and their cosines with the vector searched for (`similarity`),
    the highest first.
    """

    numbers: Numbers
    similarity: Vector


def exact(blocks: list[Halves], vector: Vector, k: int) -> Found:
    """The `k` vectors most like `vector`, found by comparing it with all; all of them where there are fewer.

    `blocks` are arrays of shape (n, dimension); vectors are numbered through all blocks from 0.
    """
    similarity = np.concatenate([block.astype(np.float32) @ vector for block in blocks] or [np.zeros(0, np.float32)])
    best = np.argpartition(-similarity, k - 1)[:k] if k < len(similarity) else np.arange(len(similarity))
    best = best[np.argsort(-similarity[best], kind="stable")]
    return Found(best, similarity[best])


class Graph:
    """An approximate search index (HNSW, of usearch) over the first `len(graph)` vectors of a gallery.

    It knows vectors by their numbers in the gallery, from 0. It needs the package usearch.
    """

    def __init__(self, dimension: int) -> None:
        from usearch.index import Index

        self._index: Any = Index(
            ndim=dimension, metric="ip", dtype="f16", connectivity=CONNECTIVITY, expansion_add=EXPANSION_ADD,
            expansion_search=EXPANSION_SEARCH,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self._index)

    def extend(self, blocks: list[Halves]) -> None:
        """Add those vectors of a gallery that the index does not hold yet.

        `blocks` are all vectors of the gallery in order, as arrays of shape (n, dimension).
        """
        start = 0
        for block in blocks:
            for at in range(0, len(block), CHUNK):
                part = block[max(at, len(self) - start) : at + CHUNK]
                if len(part):
                    numbers = np.arange(len(self), len(self) + len(part))
                    self._index.add(
                        numbers, np.ascontiguousarray(part), threads=1
                    )  # several make another graph each time
                    log.info(f"indexed {len(self)}")
            start += len(block)

    def candidates(self, vector: Vector, k: int) -> Numbers:
        """The numbers of `OVERSAMPLED` times `k` vectors that are probably the most like `vector`; the caller compares
        these exactly.
        """
        found: Numbers = self._index.search(vector.astype(np.float16), k * OVERSAMPLED).keys.astype(np.int64)
        return found

    def save(self, path: Path) -> str:
        """Write the index to `path`; returns the SHA-256 of the file in hexadecimal digits, by which `load` knows it
        again.
        """
        with whole(path) as fresh:
            self._index.save(str(fresh))
        return _digest(path)


def load(path: Path, dimension: int, entries: int, is_ours: Callable[[str], bool]) -> Graph:
    """The search index of a gallery that was saved at `path`; an empty one, to be filled, where that file cannot be
    used.

    `is_ours` says of the file's SHA-256 whether this machine wrote it: native code reads the file and trusts it, so no
    other is loaded. A file that is missing or damaged, or holds more than `entries` vectors, cannot be used either.
    """
    graph = Graph(dimension)
    try:
        if is_ours(_digest(path)):
            graph._index.load(str(path))
        else:
            log.info(f"{path} was not made here, or is damaged; it is made anew")
    except FileNotFoundError:
        return graph
    except (OSError, ValueError, RuntimeError) as error:
        log.info(f"{path} cannot be used ({printable(error)[:100]}); it is made anew")
        return Graph(dimension)
    return graph if len(graph) <= entries and graph._index.ndim == dimension else Graph(dimension)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_graph() -> bool:
    """Whether usearch, which `Graph` needs, is installed."""
    from importlib.util import find_spec

    return find_spec("usearch") is not None
