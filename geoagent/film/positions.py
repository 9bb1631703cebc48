"""The positions that a film's file holds: one of the whole film (ISO 6709), or a track of them over time (GoPro, DJI).

They are used only where the user allows the position in the file; otherwise geoagent only tells that there is one.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from geoagent.film.boxes import Box, boxes, index_of, inside, samples, tracks
from geoagent.geo import Point

WIDEST_GAP_S = 10.0
"""How far from the nearest fix of a track a frame may lie in time."""
MOST_SIDECAR = 20_000_000
MOST_NESTED = 8
_ISO_6709 = re.compile(rb"([+-]\d{2,6}(?:\.\d+)?)([+-]\d{3,7}(?:\.\d+)?)(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w+)?/?")
_SPAN = re.compile(r"(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3})\s*-->")
_NUMBER = r"\s*(-?\d{1,3}\.\d+)\s*"
_NAMED = re.compile(rf"\[\s*latitude\s*:{_NUMBER}\]\s*\[\s*longt?itude\s*:{_NUMBER}\]", re.IGNORECASE)
_BRACKETED = re.compile(rf"\bGPS\s*\({_NUMBER},{_NUMBER}(?:,[^)]*)?\)")
"""Longitude before latitude, as the older drones write it."""


class Fix(NamedTuple):
    """One measured position in the track of a film: `at_s` seconds after the film's beginning, at `point`."""

    at_s: float
    point: Point


class Positions(NamedTuple):
    """The positions that a film's file holds: `whole` is one for the whole film, None where there is none, and `track`
    are those over time, in order.
    """

    whole: Point | None = None
    track: tuple[Fix, ...] = ()

    @property
    def are_there(self) -> bool:
        """Whether the film's file holds any position."""
        return self.whole is not None or bool(self.track)

    def at(self, at_s: float, *, with_whole: bool) -> Point | None:
        """The position at `at_s` seconds of the film: that of the track's nearest fix, if that is at most
        `WIDEST_GAP_S` seconds away.

        Otherwise it is the position of the whole film if `with_whole` allows that, or None.
        """
        nearest = min(self.track, key=lambda fix: abs(fix.at_s - at_s), default=None)
        if nearest is not None and abs(nearest.at_s - at_s) <= WIDEST_GAP_S:
            return nearest.point
        return self.whole if with_whole else None


def read_positions(film: Path) -> Positions:
    """The positions in a film's file; where it holds no track, the track in the subtitles (.srt) that a drone wrote
    next to the file under the same name. Empty where there is none.
    """
    index = index_of(film)
    whole = _whole(index) if index else None
    track = list(_tracked(film, index)) if index else []
    track = track or list(_beside(film))
    return Positions(whole, tuple(sorted(track, key=lambda fix: fix.at_s)))


def _whole(index: bytes) -> Point | None:
    """The position of the whole film, of QuickTime's user data or of its keys."""
    users = [box.content for box in boxes(index) if box.kind == b"udta"]
    named = [box.content[4:] for user in users for box in boxes(user) if box.kind == b"\xa9xyz"]
    written = [*named, *(text for holder in (index, *users) for text in _by_key(holder))]
    return next((point for text in written if (point := iso_6709(text)) is not None), None)


def _by_key(holder: bytes) -> Iterator[bytes]:
    """The value of the key com.apple.quicktime.location.ISO6709 in a box `meta`, with or without version and flags."""
    meta = inside(holder, b"meta") or b""
    meta = meta if any(box.kind == b"hdlr" for box in boxes(meta)) else meta[4:]
    keys = [box.content for box in _entries(inside(meta, b"keys") or b"")]
    for item in boxes(inside(meta, b"ilst") or b""):
        number = int.from_bytes(item.kind, "big")
        if 0 < number <= len(keys) and keys[number - 1] == b"com.apple.quicktime.location.ISO6709":
            yield (inside(item.content, b"data") or b"")[8:]


def _entries(keys: bytes) -> Iterator[Box]:
    return boxes(keys[8:])


def iso_6709(text: bytes) -> Point | None:
    """The point that an ISO 6709 text tells, such as b"+38.7139-009.1394+011/"; None where it tells none.

    Latitude comes first, then longitude, in degrees or in degrees, minutes and seconds run together; the height is
    passed over. (0, 0), which devices write without a fix, counts as none.
    """
    found = _ISO_6709.match(text.strip(b"\0 "))
    if found is None:
        return None
    return _point(_angle(found[1], 2), _angle(found[2], 3))


def _angle(text: bytes, degrees: int) -> float:
    """An angle of which so many digits are degrees, and what follows before the point minutes and seconds."""
    sign, digits = (-1.0 if text[:1] == b"-" else 1.0), text[1:].decode()
    before = len(digits.partition(".")[0])
    if before <= degrees:
        return sign * float(digits)
    whole, minutes = float(digits[:degrees]), digits[degrees:]
    if before <= degrees + 2:
        return sign * (whole + float(minutes) / 60)
    return sign * (whole + float(minutes[:2]) / 60 + float(minutes[2:]) / 3600)


def _point(lat: float, lon: float) -> Point | None:
    """A position in range; (0, 0) is what devices write that have no fix."""
    if not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0):
        return None
    return Point(lat=lat, lon=lon)


def _tracked(film: Path, index: bytes) -> Iterator[Fix]:
    """The fixes of GoPro's telemetry and of a drone's subtitles inside the film."""
    for track in tracks(index):
        if track.form == b"gpmd":
            for sample in samples(film, track):
                yield from _of_gopro(sample.content, sample.since_s)
        elif track.form in (b"tx3g", b"text"):
            for sample in samples(film, track):
                text = sample.content[2:].decode("utf-8", "replace")
                if (point := _of_drone(text)) is not None:
                    yield Fix(sample.since_s, point)


def _of_gopro(content: bytes, at_s: float, depth: int = 0) -> Iterator[Fix]:
    """The first fix of a sample of GPMF: keys with a type, a size and a count, some of which hold others."""
    items = list(_items(content))
    for key, kind, held in items:
        if kind == 0 and key in (b"DEVC", b"STRM") and depth < MOST_NESTED:
            yield from _of_gopro(b"".join(held), at_s, depth + 1)
    said = {key: rows for key, _, rows in items}
    rows = said.get(b"GPS9") or said.get(b"GPS5") or []
    scale = [int.from_bytes(row, "big", signed=True) for row in said.get(b"SCAL", [])]
    if not rows or len(scale) < 2 or not (scale[0] and scale[1]):
        return
    if _fix_kind(said, rows[0]) >= 2 and len(rows[0]) >= 8:
        lat, lon = struct.unpack_from(">ii", rows[0])
        if (point := _point(lat / scale[0], lon / scale[1])) is not None:
            yield Fix(at_s, point)


def _fix_kind(said: dict[bytes, list[bytes]], row: bytes) -> int:
    """0 for no fix, 2 and 3 for one in so many dimensions; the newer cameras write it in each row."""
    if b"GPS9" in said:
        return int.from_bytes(row[30:32], "big")
    return int.from_bytes(said[b"GPSF"][0], "big") if said.get(b"GPSF") else 3


def _items(content: bytes) -> Iterator[tuple[bytes, int, list[bytes]]]:
    """The items of GPMF: key, type, and the rows of the value; each ends at a multiple of four bytes."""
    at = 0
    while at + 8 <= len(content):
        key, kind, size, count = struct.unpack_from(">4sBBH", content, at)
        whole, at = size * count, at + 8
        if at + whole > len(content):
            return
        value = content[at : at + whole]
        yield key, kind, [value[n : n + size] for n in range(0, whole, size)] if size else []
        at += (whole + 3) // 4 * 4


def subtitles_beside(film: Path) -> tuple[Path, ...]:
    """Where a drone's subtitles of a film would be; the first that is there is read."""
    return film.with_suffix(".SRT"), film.with_suffix(".srt")


def _beside(film: Path) -> Iterator[Fix]:
    """The fixes of the subtitles that a drone wrote beside its film."""
    for name in subtitles_beside(film):
        if name.is_file() and name.stat().st_size <= MOST_SIDECAR:
            yield from read_srt(name.read_bytes().decode("utf-8", "replace"))
            return


def read_srt(text: str) -> Iterator[Fix]:
    """The positions in a drone's subtitles (the text of an .srt file), each at the time at which its subtitle begins.

    They are where the drone was, never the point from which it took off.
    """
    spans = list(_SPAN.finditer(text))
    for number, span in enumerate(spans):
        end = spans[number + 1].start() if number + 1 < len(spans) else len(text)
        hours, minutes, seconds = (int(span[part]) for part in (1, 2, 3))
        if (point := _of_drone(text[span.end() : end])) is not None:
            yield Fix(3600 * hours + 60 * minutes + seconds + int(span[4].ljust(3, "0")) / 1000, point)


def _of_drone(text: str) -> Point | None:
    named, bracketed = _NAMED.search(text), _BRACKETED.search(text)
    if named:
        return _point(float(named[1]), float(named[2]))
    return _point(float(bracketed[2]), float(bracketed[1])) if bracketed else None
