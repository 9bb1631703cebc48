"""A gallery in one folder: a record to which entries are only appended, and the search index and the trust made from
it.

gallery.json    the name of the encoder and the length of its vectors
records.bin     the entries and vectors (`append_log`)
trust.json      how likely a hit was taken nearby (`trust`); made anew by every `settle`
index.usearch   the search index (`index`); made anew where it is missing or damaged
"""

import fcntl
import hashlib
import json
import logging
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from geoagent.errors import ConfigError
from geoagent.files.folders import FolderKind, claim
from geoagent.files.outputs import read_object
from geoagent.files.small_files import read_text, write_whole
from geoagent.gallery import append_log, index
from geoagent.gallery.encoder import Vector, hash_in, is_same_encoder
from geoagent.gallery.entries import Entry, Hit
from geoagent.gallery.trust import RADII_KM, Example, Trust, fit
from geoagent.geo import distance_km
from geoagent.photo.hashing import is_same
from geoagent.plain_text import printable
from geoagent.vision.model_folders import folder_of

if TYPE_CHECKING:
    from geoagent.gallery.milvus import MilvusIndex

logger = logging.getLogger(__name__)

RECORDS, ABOUT, TRUST, INDEX, LOCK = "records.bin", "gallery.json", "trust.json", "index.usearch", "lock"
ASKED, NEAREST = 1000, 64
"""So many entries are searched for to learn what likeness is worth, each for so many others like it."""
MOST_BYTES, MOST_NUMBERS = 1_000_000, 65_536
"""What is read of the small files, and of how many numbers a vector may be."""
ALIKE = 0.9995
"""Vectors so alike are of the same picture, where no hash tells."""


class FolderGallery:
    """A gallery in a folder, with the methods of `Gallery`. Searching needs no lock; entries are added inside `with
    gallery.writing()`.

    A gallery may be anybody's: its index is used only where the person's `cache` says that it was made on this machine.
    With an address of `milvus` the index is there instead.
    """

    def __init__(self, folder: Path, encoder: str, dimension: int, cache: Path | None = None, milvus: str = "") -> None:
        self.folder, self.encoder, self.dimension = folder, encoder, dimension
        self.encoder_folder = folder_of(cache, hash_in(encoder)) if cache else None
        self._made_here = cache / "galleries" if cache else None
        self.trust = _read_trust(folder / TRUST)
        self._milvus = milvus
        self._graph: index.Graph | MilvusIndex | None = None
        self._lock: IO[str] | None = None
        self._read()

    def _read(self) -> int:
        """Read the record; returns where its last whole frame ends."""
        self._frames, end = append_log.read(self.folder / RECORDS, self.dimension)
        self._starts = list(accumulate((len(frame.names) for frame in self._frames), initial=0))
        return end

    def __len__(self) -> int:
        return self._starts[-1]

    def names(self) -> set[str]:
        """The names of all entries of the gallery."""
        return {name for frame in self._frames for name in frame.names}

    def entry(self, number: int) -> Entry:
        """The entry with a number, from 0 in the order in which entries were added."""
        at = bisect_right(self._starts, number) - 1
        return append_log.entry_of(self._frames[at], number - self._starts[at])

    def vector(self, number: int) -> Vector:
        """The vector, of shape (dimension,) and length (Euclidean norm) 1, of the entry with a number (from 0)."""
        at = bisect_right(self._starts, number) - 1
        vector: Vector = self._frames[at].vectors[number - self._starts[at]].astype(np.float32)
        return vector

    def add(self, entries: Sequence[Entry], vectors: Vector) -> None:
        """Add entries with their vectors, shape (n, dimension), in the same order; they are on the disk when this
        returns. To be called inside `with gallery.writing()`.

        Vectors are scaled to length 1. Raises ConfigError where they have another shape, or one of them is not finite
        or all zeros.
        """
        assert self._lock is not None, "adding needs `with gallery.writing()`"
        norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
        if vectors.shape != (len(entries), self.dimension) or not np.isfinite(norm).all() or not (norm > 0).all():
            raise ConfigError(
                f"a gallery of {self.encoder} takes vectors of {self.dimension} finite numbers, not all zero"
            )
        if entries:
            self._frames.append(append_log.append(self.folder / RECORDS, entries, vectors / norm))
            self._starts.append(len(self) + len(entries))

    def nearest(self, vector: Vector, k: int) -> list[Hit]:
        """The `k` entries most like `vector`, which has length (Euclidean norm) 1, the most alike first; all entries
        where there are fewer.

        Raises ConfigError where the vector has not `dimension` numbers.
        """
        if vector.shape != (self.dimension,):
            raise ConfigError(f"{self.folder}: holds vectors of {self.dimension} numbers, not of {vector.size}")
        blocks = [frame.vectors for frame in self._frames]
        if not self._is_indexed:
            found = index.exact(blocks, vector, k)
        else:
            numbers = self._indexed().candidates(vector, k)
            found = index.exact([np.array([self.vector(n) for n in numbers.tolist()], np.float16)], vector, k)
            found = found._replace(numbers=numbers[found.numbers])
        pairs = zip(found.numbers.tolist(), found.similarity.tolist(), strict=True)
        return [Hit(number, self.entry(number), min(1.0, similarity)) for number, similarity in pairs]

    def settle(self) -> None:
        """Bring the saved index up to the record, and learn anew what a hit is worth; needs `writing`."""
        if self._is_indexed and isinstance(graph := self._indexed(), index.Graph):
            self._remember(graph.save(self.folder / INDEX))
        self.trust = fit(self.examples())
        text = "null" if self.trust is None else self.trust.model_dump_json()
        _write(self.folder / TRUST, text)

    def examples(self) -> list[Example]:
        """What searches for about 1,000 of the gallery's own photos find, as examples from which `fit` learns how
        likely a hit was taken nearby; the photo itself and copies of it are not counted as found.

        Each search gives two examples. The first is its best hit. The second stands for a photo of a place that the
        gallery does not hold: the best hit that lies farther away than the widest radius or, where there is none, the
        best hit of all, in both cases counted as wrong.
        """
        found = []
        for number in range(0, len(self), max(1, len(self) // ASKED)):
            own, vector = self.entry(number), self.vector(number)
            hits = [hit for hit in self.nearest(vector, NEAREST) if hit.number != number and not _is_copy(own, hit)]
            if not hits:
                continue
            far = (hit for hit in hits if distance_km(own.point, hit.entry.point) > RADII_KM[-1])
            found.append(Example(own.point, hits[0].similarity, distance_km(own.point, hits[0].entry.point)))
            found.append(Example(own.point, next(far, hits[0]).similarity, float("inf")))
        return found

    @property
    def _is_indexed(self) -> bool:
        return len(self) > index.EXACT and (bool(self._milvus) or index.has_graph())

    def _indexed(self) -> "index.Graph | MilvusIndex":
        if self._graph is None and self._milvus:
            from geoagent.gallery.milvus import MilvusIndex

            self._graph = MilvusIndex(self._milvus, self._digest(), self.dimension, len(self))
        if self._graph is None:
            self._graph = index.load(self.folder / INDEX, self.dimension, len(self), self._is_made_here)
        self._graph.extend([frame.vectors for frame in self._frames])
        return self._graph

    def _digest(self) -> str:
        """What tells this gallery from others as long as its record only grows: a hash of its beginning."""
        first = self._frames[0]
        return hashlib.sha256(b"".join([*(name.encode() for name in first.names), first.vectors.tobytes()])).hexdigest()

    def _is_made_here(self, digest: str) -> bool:
        return self._made_here is not None and (self._made_here / digest).is_file()

    def _remember(self, digest: str) -> None:
        """Note in the person's cache that an index was made on this machine."""
        if self._made_here is None:
            return
        with suppress(OSError):  # it is made anew when it is asked, nothing else
            self._made_here.mkdir(parents=True, exist_ok=True)
            (self._made_here / digest).touch()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the gallery's lock while the `with` block runs, so that entries can be added; waits while another
        process holds it.

        What a crash left unfinished at the end of the record is cut off first.
        """
        with _locked(self.folder) as lock:
            end = self._read()
            if end < (self.folder / RECORDS).stat().st_size:
                append_log.cut(self.folder / RECORDS, end)
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None


@contextmanager
def _locked(folder: Path) -> Iterator[IO[str]]:
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            logger.info(f"{folder}: another process is adding to it; waiting until it has ended")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def open_gallery(folder: Path, cache: Path | None = None, milvus: str = "") -> FolderGallery:
    """The gallery in a folder; `cache` knows which indexes were made on this machine, `milvus` has the index instead.

    Raises ConfigError where the folder holds no gallery, or where the gallery is damaged.
    """
    try:
        about = json.loads(read_text(folder / ABOUT, MOST_BYTES))
        if type(about["dimension"]) is not int or not 1 <= about["dimension"] <= MOST_NUMBERS:
            raise ValueError(f"vectors of {about['dimension']} numbers")
        return FolderGallery(folder, str(about["encoder"]), about["dimension"], cache, milvus)
    except FileNotFoundError as error:
        raise ConfigError(f"{folder}: no gallery; make one with geoagent gallery add") from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        why = printable(error)[:200]
        raise ConfigError(f"{folder}: a gallery that cannot be read ({why}); bring it back from a backup") from error


def open_or_make(
    folder: Path, encoder: str, dimension: int, cache: Path | None = None, milvus: str = ""
) -> FolderGallery:
    """The gallery in a folder, made where there is none. Raises ConfigError where it is of another encoder."""
    claim(folder, GALLERY)
    with _locked(folder):
        _make(folder, encoder, dimension)
    gallery = open_gallery(folder, cache, milvus)
    if not is_same_encoder(gallery.encoder, encoder) or gallery.dimension != dimension:
        held = f"{gallery.encoder} ({gallery.dimension} numbers)"
        raise ConfigError(f"{folder}: holds vectors of {held}, not of {encoder} ({dimension}); use another folder")
    return gallery


def _make(folder: Path, encoder: str, dimension: int) -> None:
    if not (folder / ABOUT).exists():
        if (folder / RECORDS).exists() and (folder / RECORDS).stat().st_size:
            raise ConfigError(f"{folder}: has lost its {ABOUT} and still holds entries; use another folder")
        try:
            (folder / RECORDS).touch()
            _write(folder / ABOUT, json.dumps({"encoder": encoder, "dimension": dimension}))
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be made ({error.strerror})") from error


def _was_gallery(folder: Path, names: Set[str]) -> bool:
    """Whether it holds what a gallery is, or nothing but what one begins with."""
    if ABOUT in names:
        return {"encoder", "dimension"} <= set(read_object(folder / ABOUT)) and (folder / RECORDS).is_file()
    return names <= {RECORDS, "gallery.new"} and RECORDS in names and not (folder / RECORDS).stat().st_size


GALLERY = FolderKind("gallery", "use another folder", _was_gallery)


def _is_copy(own: Entry, hit: Hit) -> bool:
    if own.picture is not None and hit.entry.picture is not None:
        return is_same(own.picture, hit.entry.picture)
    return hit.similarity > ALIKE


def _read_trust(path: Path) -> Trust | None:
    try:
        text = read_text(path, MOST_BYTES)
        return None if text == "null" else Trust.model_validate_json(text)
    except (OSError, ValueError, RecursionError):  # it can be learnt again
        return None


def _write(path: Path, text: str) -> None:
    """Write a small file whole or not at all, and have the disk keep it."""
    write_whole(path, text)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
