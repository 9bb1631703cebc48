"""The index of vectors: exact where they are few, a graph (usearch, HNSW) where they are many; it can be rebuilt."""

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
    """The numbers of the vectors found, and their cosines with the one searched for, in falling order."""

    numbers: Numbers
    similarity: Vector


def exact(blocks: list[Halves], vector: Vector, k: int) -> Found:
    """The k vectors most like the given one, found by comparing all."""
    similarity = np.concatenate([block.astype(np.float32) @ vector for block in blocks] or [np.zeros(0, np.float32)])
    best = np.argpartition(-similarity, k - 1)[:k] if k < len(similarity) else np.arange(len(similarity))
    best = best[np.argsort(-similarity[best], kind="stable")]
    return Found(best, similarity[best])


class Graph:
    """An approximate index (HNSW, by usearch) of the first `len(graph)` vectors of a gallery, which go by number."""

    def __init__(self, dimension: int) -> None:
        from usearch.index import Index

        self._index: Any = Index(
            ndim=dimension, metric="ip", dtype="f16", connectivity=CONNECTIVITY, expansion_add=EXPANSION_ADD,
            expansion_search=EXPANSION_SEARCH,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self._index)

    def extend(self, blocks: list[Halves]) -> None:
        """Add those vectors of the gallery that the index does not hold yet."""
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
        """The numbers of about `k` of the vectors most like the given one."""
        found: Numbers = self._index.search(vector.astype(np.float16), k * OVERSAMPLED).keys.astype(np.int64)
        return found

    def save(self, path: Path) -> str:
        """Write the index; the SHA-256 of the file, by which it is known again."""
        with whole(path) as fresh:
            self._index.save(str(fresh))
        return _digest(path)


def load(path: Path, dimension: int, entries: int, is_ours: Callable[[str], bool]) -> Graph:
    """The saved index of a gallery.

    An empty one where there is none, or it was not made on this machine, or holds too much. It is read by native code
    that trusts it: `is_ours` says by its SHA-256 whether it was written on this machine.
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
    """Whether usearch is installed."""
    from importlib.util import find_spec

    return find_spec("usearch") is not None
