"""Decodes films, in a process of its own (`apart`) and within limits, by the FFmpeg in OpenCV (LGPL).

What kind of file it is, is checked before anything is decoded, and FFmpeg may open that file alone.
"""

import hashlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from geoagent.errors import ImageError
from geoagent.film.boxes import index_of, tracks
from geoagent.film.choice import Look, Place, longest, look_at, places
from geoagent.film.positions import Positions, read_positions
from geoagent.geo import Point
from geoagent.photo.decoding import MAX_PIXELS, MIN_SIDE
from geoagent.photo.geotagging import position_fields

MAX_BYTES = 8_000_000_000
MOST_LOOKS = 1500
"""So many frames of a film are looked at, spread over all of it."""
PER_SECOND = 8.0
"""So many frames a second are looked at in a short film: between two of them a camera turns little."""
SEEKS_FROM_S = 2.0
"""Where frames that are looked at lie so far apart, what is between them is not decoded."""
LOOKING_S = 120.0
"""Seconds of a processor after which no more frames are looked at."""
ONLY_FILES = "protocol_whitelist;file|format_whitelist;mov,mp4,matroska,webm,avi"
KINDS = "MP4, MOV, WebM, MKV and AVI"
MP4 = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
Picture = NDArray[np.uint8]


class Looked(NamedTuple):
    """What was seen of a film.

    - `looks` are the frames that were looked at. `lasts_s` is its length in seconds by its file; 0 where the file does
      not tell.
    - `until_s` is the time in seconds of the last frame that was looked at; `is_whole` says whether that reaches the
      film's end.
    """

    looks: list[Look]
    lasts_s: float
    until_s: float
    is_whole: bool


def key_frames(given: dict[str, Any], body: bytes) -> Iterator[Any]:
    """The chosen frames of a film: first a dict that tells of each place and frame, then each frame as the bytes of a
    PNG, in the order of the dict.

    `given` holds the `path` of the film and `positions`: whether each PNG is to hold the position that the film's file
    tells for its time. Otherwise the dict only says whether the file holds a position. `body` is not used. Raises
    ImageError where the file is no film or shows nothing.
    """
    path = Path(given["path"])
    kind = _checked(path)
    looked = _looked(path)
    found = places(looked.looks)
    if not found:
        raise ImageError(f"{path}: every frame is dark or of one colour; nothing can be seen in this film")
    kept = longest(found)
    positions = read_positions(path)
    where = _where(kept, found[0], positions) if given["positions"] else {}
    numbers = sorted(look.number for place in kept for look in place.frames)
    pictures = {number: _png(picture, where.get(number)) for number, picture in _decoded(path, numbers)}
    told = [[look for look in place.frames if look.number in pictures] for place in kept]
    told = [place for place in told if place]
    if not told:
        raise ImageError(f"{path}: its frames cannot be decoded twice alike; save it anew as MP4 with H.264")
    yield {
        "places": [[{"at_s": look.at_s, "size": len(pictures[look.number])} for look in place] for place in told],
        "left_out": len(found) - len(kept), "lasts_s": looked.lasts_s, "until_s": looked.until_s,
        "is_whole": looked.is_whole, "has_position": positions.are_there, "kind": kind, "sha256": _sha256(path),
    }  # fmt: skip
    yield from (pictures[look.number] for place in told for look in place)


def _where(kept: list[Place], first: Place, positions: Positions) -> dict[int, Point]:
    """The position of each key frame by its number. One position of the whole film is that of its beginning, and so of
    the `first` place that it shows, which need not be among those kept.
    """
    found = dict[int, Point]()
    for place in kept:
        for look in place.frames:
            point = positions.at(look.at_s, with_whole=place is first)
            if point is not None:
                found[look.number] = point
    return found


def _checked(path: Path) -> str:
    """What kind of film a file is. Raises ImageError for what is none, and for what is plainly unusable."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ImageError(f"{path}: not a file; save the film in a file first")
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    if size > MAX_BYTES:
        raise ImageError(f"{path}: a film of more than {MAX_BYTES // 1_000_000_000} GB; cut out what matters first")
    if not size:
        raise ImageError(f"{path}: an empty file; copy it again")
    if head[4:8] in MP4:
        _check_index(path)
        return "mp4"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    raise ImageError(f"{path}: not a film; {KINDS} are read")


def _check_index(path: Path) -> None:
    index = index_of(path)
    if index is None:
        raise ImageError(f"{path}: a film that was cut off: its index is missing; copy it again, or repair it")
    if not any(track.handler == b"vide" for track in tracks(index)):
        raise ImageError(f"{path}: holds no pictures, only sound or data; give a film")


def _opened(path: Path) -> Any:
    """The film as OpenCV reads it. Raises ImageError."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = ONLY_FILES
    import cv2

    film = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 2])
    if not film.isOpened():
        raise ImageError(f"{path}: holds no pictures that can be decoded; save it anew as MP4 with H.264")
    wide, high = film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if wide * high > MAX_PIXELS or min(wide, high) < MIN_SIDE:
        raise ImageError(f"{path}: frames of {wide:.0f} × {high:.0f} pixels; save it anew in a usual size")
    return film


def _looked(path: Path) -> Looked:
    """The frames that are looked at, spread over the film. Raises ImageError where none can be decoded."""
    import cv2

    film = _opened(path)
    rate = film.get(cv2.CAP_PROP_FPS)
    rate = rate if 0 < rate <= 1000 else 25.0
    count = max(0.0, film.get(cv2.CAP_PROP_FRAME_COUNT))
    lasts_s = count / rate
    step = max(1, round(max(rate / PER_SECOND, count / MOST_LOOKS)))
    looks, is_whole, began_s = list[Look](), True, time.process_time()
    for number, at_s, picture in _every(film, step, rate):
        looks.append(look_at(number, at_s, picture))
        if time.process_time() - began_s > LOOKING_S or len(looks) >= 2 * MOST_LOOKS:
            is_whole = False
            break
    if not looks:
        raise ImageError(f"{path}: none of its frames can be decoded; copy it again, or save it anew as MP4 with H.264")
    until_s = looks[-1].at_s
    return Looked(looks, lasts_s, until_s, is_whole and until_s >= lasts_s - max(1.0, 2 * step / rate))


def _every(film: Any, step: int, rate: float) -> Iterator[tuple[int, float, Picture]]:
    """Every so manieth frame, with its number and its time; those between are not decoded if they are many."""
    import cv2

    number = 0
    while True:
        if step / rate >= SEEKS_FROM_S and number:
            film.set(cv2.CAP_PROP_POS_FRAMES, number)
        if not film.grab():
            return
        if number % step == 0:
            at_s = max(0.0, film.get(cv2.CAP_PROP_POS_MSEC) / 1000) or number / rate
            came, picture = film.retrieve()
            if came and picture is not None:
                yield number, at_s, picture
        number += step if step / rate >= SEEKS_FROM_S else 1


def _decoded(path: Path, numbers: list[int]) -> Iterator[tuple[int, Picture]]:
    """The frames of some numbers, in order, as far as they can be decoded again."""
    import cv2

    film, at = _opened(path), 0
    for number in numbers:
        if number - at > 500:
            film.set(cv2.CAP_PROP_POS_FRAMES, number)
            at = number
        while at < number and film.grab():
            at += 1
        came, picture = film.read()
        at += 1
        if came and picture is not None:
            yield number, picture


def _png(picture: Picture, point: Point | None) -> bytes:
    """A frame as a PNG, with its position in EXIF where there is one."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(position_fields(point) if point is not None else {})
    written = exif.tobytes() if point is not None else b""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1])).save(buffer, "PNG", compress_level=1, exif=written)
    return buffer.getvalue()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
