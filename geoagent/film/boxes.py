"""Reads the boxes of which an MP4 or QuickTime file consists: its index, and the samples of its data tracks, within
limits.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

MOST_INDEX = 64 << 20
"""Bytes of an index that is read; those of films of hours are smaller."""
MOST_SAMPLES, MOST_SAMPLE = 20_000, 1 << 20
"""So many samples of a data track are read, and bytes of each."""
MOST_BOXES = 10_000


class Box(NamedTuple):
    """A box of an MP4 or QuickTime file: its kind in four letters, such as b"moov", and its content without a head."""

    kind: bytes
    content: bytes


class Sample(NamedTuple):
    """A sample of a track of a film, such as one subtitle: its content, and from when to when it holds, in seconds from
    the film's beginning.
    """

    since_s: float
    until_s: float
    content: bytes


class Track(NamedTuple):
    """A track of a film, such as its pictures, its sound or its subtitles.

    - `handler` is what handles it: b"vide", b"soun", b"meta" or b"text". `form` is the kind of its samples, such as
      b"gpmd".
    - `tables` is the content of the box `stbl`, which tells where its samples lie.
    - `ticks` is how many units of its time make a second.
    """

    handler: bytes
    form: bytes
    tables: bytes
    ticks: int


def index_of(path: Path) -> bytes | None:
    """The content of the box `moov`, the index of an MP4 or QuickTime file; None where the file has no whole one, or it
    is larger than `MOST_INDEX` bytes.
    """
    end = path.stat().st_size
    with path.open("rb") as file:
        for _ in range(MOST_BOXES):
            start = file.tell()
            head = _head(file)
            if head is None:
                return None
            kind, size, length = head
            size = size or end - start
            if kind == b"moov":
                return file.read(size - length) if length <= size <= MOST_INDEX and start + size <= end else None
            if size < length or start + size > end:
                return None
            file.seek(start + size)
    return None


def _head(file: BinaryIO) -> tuple[bytes, int, int] | None:
    """The kind of the next box, its size (0: to the end), and the length of its head; None at the end of the file."""
    head = file.read(8)
    if len(head) < 8:
        return None
    size, kind = struct.unpack(">I4s", head)
    if size != 1:
        return kind, size, 8
    large = file.read(8)
    return (kind, struct.unpack(">Q", large)[0], 16) if len(large) == 8 else None


def boxes(content: bytes) -> Iterator[Box]:
    """The boxes inside the content of another box, in order; ends at the first that is not whole."""
    at = 0
    for _ in range(MOST_BOXES):
        if at + 8 > len(content):
            return
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8 or at + size > len(content):
            return
        yield Box(kind, content[at + 8 : at + size])
        at += size


def inside(content: bytes, *path: bytes) -> bytes | None:
    """The content of the box that a path of kinds leads to, such as `inside(track, b"mdia", b"hdlr")`, taking the first
    box of each kind; None where one is missing.
    """
    for kind in path:
        found = next((box.content for box in boxes(content) if box.kind == kind), None)
        if found is None:
            return None
        content = found
    return content


def tracks(index: bytes) -> Iterator[Track]:
    """The tracks that the index of a film (the content of its box `moov`) lists."""
    for box in boxes(index):
        media = inside(box.content, b"mdia") if box.kind == b"trak" else None
        if media is None:
            continue
        handler, header = inside(media, b"hdlr") or b"", inside(media, b"mdhd") or b""
        tables = inside(media, b"minf", b"stbl") or b""
        form = (inside(tables, b"stsd") or b"")[12:16]
        yield Track(handler[8:12], form, tables, _ticks(header))


def _ticks(header: bytes) -> int:
    """The ticks of a track's clock in a second."""
    at = 20 if header[:1] == b"\1" else 12
    return struct.unpack_from(">I", header, at)[0] or 1 if len(header) >= at + 4 else 1


def samples(path: Path, track: Track) -> Iterator[Sample]:
    """The samples of a data track, such as subtitles, of the film at `path`, in order.

    Samples larger than `MOST_SAMPLE` bytes are left out, and those that a broken table or a cut-off file lacks.
    """
    places = list(_places(track.tables))
    times = _times(track.tables, track.ticks)
    with path.open("rb") as file:
        for (offset, size), (since_s, until_s) in zip(places, times, strict=False):
            if size > MOST_SAMPLE:
                continue
            file.seek(offset)
            content = file.read(size)
            if len(content) == size:
                yield Sample(since_s, until_s, content)


def _places(tables: bytes) -> Iterator[tuple[int, int]]:
    """Where each sample lies, and its size, by the tables stsz, stsc and stco or co64."""
    sizes = iter(_sizes(inside(tables, b"stsz") or b""))
    chunks = _numbers(inside(tables, b"stco") or b"", ">I") or _numbers(inside(tables, b"co64") or b"", ">Q")
    runs = _rows(inside(tables, b"stsc") or b"", 3)
    for number, offset in enumerate(chunks, 1):
        count = next((run[1] for run in reversed(runs) if run[0] <= number), 0)
        for _ in range(min(count, MOST_SAMPLES)):
            size = next(sizes, None)
            if size is None:
                return
            yield offset, size
            offset += size


def _sizes(table: bytes) -> list[int]:
    if len(table) < 12:
        return []
    same, count = struct.unpack_from(">II", table, 4)
    if same:
        return [same] * min(count, MOST_SAMPLES)
    body = table[12 : 12 + 4 * min(count, MOST_SAMPLES)]
    return [number for (number,) in struct.iter_unpack(">I", body[: _whole(body, 4)])]


def _whole(table: bytes, size: int) -> int:
    return len(table) // size * size


def _numbers(table: bytes, form: str) -> list[int]:
    """The numbers of a table that begins with a version, flags and their count."""
    size = struct.calcsize(form)
    body = table[8 : 8 + size * MOST_SAMPLES]
    return [number for (number,) in struct.iter_unpack(form, body[: _whole(body, size)])]


def _rows(table: bytes, width: int) -> list[tuple[int, ...]]:
    """The rows of a table of 32-bit numbers."""
    flat = _numbers(table, ">I")
    return [tuple(flat[at : at + width]) for at in range(0, len(flat) - width + 1, width)]


def _times(tables: bytes, ticks: int) -> Iterator[tuple[float, float]]:
    """From when to when each sample holds, by the table stts."""
    now, told = 0, 0
    for count, length in _rows(inside(tables, b"stts") or b"", 2):
        for _ in range(count):
            if told >= MOST_SAMPLES:
                return
            yield now / ticks, (now + length) / ticks
            now, told = now + length, told + 1
