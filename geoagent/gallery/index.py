"""The index of vectors: exact where they are few, a graph (usearch, HNSW) where they are many; it can be rebuilt."""

import json
import logging
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.files.outputs import whole
from geoagent.files.whole import write_whole
from geoagent.gallery.encoder import Vector
from geoagent.gallery.log import Halves

log = logging.getLogger(__name__)

EXACT = 5000
"""So many vectors are searched one by one."""
CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH = 16, 128, 96
CHUNK = 20_000
OVERSAMPLED = 2
Numbers = NDArray[np.int64]


class Found(NamedTuple):
    """Numbers of vectors, and their cosines with the one searched for, falling."""

    numbers: Numbers
    similarity: Vector


def exact(blocks: list[Halves], vector: Vector, k: int) -> Found:
    """The k most alike of all vectors, by comparing each."""
    similarity = np.concatenate([block.astype(np.float32) @ vector for block in blocks] or [np.zeros(0, np.float32)])
    best = np.argpartition(-similarity, k - 1)[:k] if k < len(similarity) else np.arange(len(similarity))
    best = best[np.argsort(-similarity[best], kind="stable")]
    return Found(best, similarity[best])


class Graph:
    """An approximate index of the first `len(graph)` vectors of a gallery, by number. Needs usearch."""

    def __init__(self, dimension: int) -> None:
        from usearch.index import Index

        self._index: Any = Index(
            ndim=dimension, metric="ip", dtype="f16", connectivity=CONNECTIVITY, expansion_add=EXPANSION_ADD,
            expansion_search=EXPANSION_SEARCH,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self._index)

    def extend(self, blocks: list[Halves]) -> None:
        """Add the vectors that are not in it yet."""
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
        """The numbers of about k most alike vectors."""
        found: Numbers = self._index.search(vector.astype(np.float16), k * OVERSAMPLED).keys.astype(np.int64)
        return found

    def save(self, path: Path) -> None:
        """Write the index, and beside it what tells a whole one."""
        with whole(path) as fresh:
            self._index.save(str(fresh))
            note = json.dumps({"entries": len(self), "crc32": _checksum(fresh)})
        write_whole(path.with_suffix(".json"), note)


def load(path: Path, dimension: int, entries: int) -> Graph:
    """The saved index, or an empty one where there is none, or one that is damaged or holds more than the gallery."""
    graph = Graph(dimension)
    try:
        note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if note["crc32"] == _checksum(path) and note["entries"] <= entries:
            graph._index.load(str(path))
    except (OSError, ValueError, KeyError, TypeError):
        return graph
    return graph if len(graph) <= entries and graph._index.ndim == dimension else Graph(dimension)


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while part := file.read(1 << 22):
            checksum = zlib.crc32(part, checksum)
    return checksum


def has_graph() -> bool:
    """Whether usearch is installed."""
    from importlib.util import find_spec

    return find_spec("usearch") is not None
