"""The record of a gallery: one file to which entries are only appended, so that a crash costs no entry that was
acknowledged.

Entries that are added together make a frame. A frame is a header (magic, number of entries, length and CRC-32 of the
body, CRC-32 of these) and a body: the names as JSON, latitudes and longitudes in degrees, perceptual hashes, whether
each hash is known, and the vectors as 16-bit floats. All is little-endian.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.gallery.encoder import Vector
from geoagent.gallery.entries import Entry
from geoagent.geo import Point

FIELDS = struct.Struct("<4sIQI")
HEADER = FIELDS.size + 4
MAGIC = b"GAF1"
Halves = NDArray[np.float16]


class Frame(NamedTuple):
    """The n gallery entries that were added together, one column for each of their properties.

    - `names` are the entries' names; `lat` and `lon` are where each was taken, in degrees.
    - `pictures` are perceptual hashes; `hashed` says for which entries there is one (0 stands in `pictures` for the
      others).
    - `vectors` has the shape (n, dimension).
    """

    names: list[str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    pictures: NDArray[np.uint64]
    hashed: NDArray[np.bool_]
    vectors: Halves


def append(path: Path, entries: Sequence[Entry], vectors: Vector) -> Frame:
    """Append entries with their vectors, shape (n, dimension), to the record of a gallery at `path`; returns them as a
    frame.

    They are on the disk when this returns. Raises ConfigError where the file cannot be written; it is then cut off to
    what it held before.
    """
    frame = Frame(
        [entry.name for entry in entries],
        np.array([entry.point.lat for entry in entries], dtype="<f8"),
        np.array([entry.point.lon for entry in entries], dtype="<f8"),
        np.array([entry.picture or 0 for entry in entries], dtype="<u8"),
        np.array([entry.picture is not None for entry in entries], dtype=np.bool_),
        vectors.astype("<f2"),
    )
    names = json.dumps(frame.names).encode()
    body = b"".join([struct.pack("<I", len(names)), names, *(column.tobytes() for column in frame[1:])])
    header = FIELDS.pack(MAGIC, len(entries), len(body), zlib.crc32(body))
    header += struct.pack("<I", zlib.crc32(header))
    end = path.stat().st_size
    try:
        with path.open("ab") as file:
            file.write(header + body)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        cut(path, end)
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); nothing of this batch was added") from error
    return frame


def cut(path: Path, end: int) -> None:
    """Cut the record of a gallery off so that its first `end` bytes remain, such as behind what a crash left whole."""
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())


def read(path: Path, dimension: int) -> tuple[list[Frame], int]:
    """The frames of the record of a gallery at `path`, and the byte at which the last whole frame ends.

    `dimension` is the length of the vectors, which stay on the disk until they are used. An unfinished frame at the
    end, such as a crash leaves, is left out. Raises ConfigError where the file is damaged before its end.
    """
    size = path.stat().st_size
    if not size:
        return [], 0
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    frames, start = list[Frame](), 0
    while (body := start + HEADER) <= size:
        magic, count, length, checksum = FIELDS.unpack_from(data, start)
        end = body + length
        if magic != MAGIC or data[body - 4 : body] != struct.pack("<I", zlib.crc32(data[start : body - 4])):
            if any(data[start:]):
                raise _damaged(path, start, frames)
            break  # zeros: a crash of the machine made the file longer and wrote nothing
        if end > size:
            break
        if zlib.crc32(memoryview(data)[body:end]) != checksum:
            if end < size:
                raise _damaged(path, start, frames)
            break
        frames.append(_frame(data, body, count, dimension))
        start = end
    return frames, start


def _damaged(path: Path, start: int, frames: list[Frame]) -> ConfigError:
    whole = sum(len(frame.names) for frame in frames)
    return ConfigError(
        f"{path}: damaged at byte {start}, behind {whole} whole entries; "
        f"copy it from a backup, or cut it there (truncate -s {start}) and add the rest again"
    )


def _frame(data: mmap.mmap, start: int, count: int, dimension: int) -> Frame:
    if len(data) - start < 4:
        raise ValueError("a frame without names")
    (length,) = struct.unpack_from("<I", data, start)
    at = start + 4 + length
    names = json.loads(data[start + 4 : at])
    lat, at = _column(data, "<f8", count, at)
    lon, at = _column(data, "<f8", count, at)
    pictures, at = _column(data, "<u8", count, at)
    hashed, at = _column(data, "?", count, at)
    vectors = np.frombuffer(data, "<f2", count * dimension, at).reshape(count, dimension)
    if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) for name in names):
        raise ValueError("a frame without a name for each entry")
    if not ((np.abs(lat) <= 90).all() and (np.abs(lon) <= 180).all() and np.isfinite(vectors).all()):
        raise ValueError("a frame with positions or vectors that are none")
    return Frame(names, lat, lon, pictures, hashed, vectors)


def _column(data: mmap.mmap, kind: str, count: int, start: int) -> tuple[Any, int]:
    """A column and where the next one begins."""
    column = np.frombuffer(data, kind, count, start).copy()
    return column, start + column.nbytes


def entry_of(frame: Frame, row: int) -> Entry:
    """The entry in the row `row` (from 0) of a frame."""
    point = Point(lat=float(frame.lat[row]), lon=float(frame.lon[row]))
    return Entry(frame.names[row], point, int(frame.pictures[row]) if frame.hashed[row] else None)
