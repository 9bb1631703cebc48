"""Films made by the tests: scenes that a camera passes by, with cuts, and with positions in the file."""

import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tests.scenes import scene, sign

RATE = 10
FORMS = {".mp4": "mp4v", ".mov": "mp4v", ".avi": "MJPG", ".webm": "VP80"}
LISBON = (38.7139, -9.1394)


def shot(text: str, ground: str, ink: str = "white", seconds: float = 2.0) -> list[Image.Image]:
    """Frames in which a camera passes by a board with a text; some are blurred."""
    wall = scene((sign(text, 60, ground, ink), (120, 200)), size=(1100, 480))
    wall.paste(Image.new("RGB", (1100, 140), ground), (0, 340))
    frames = []
    for number in range(round(seconds * RATE)):
        frame = wall.crop((2 * number, 0, 2 * number + 960, 480))
        blurred = cv2.GaussianBlur(np.asarray(frame), (0, 0), 9) if number % 3 else np.asarray(frame)
        frames.append(Image.fromarray(blurred))
    return frames


def write_film(path: Path, frames: Sequence[Image.Image]) -> Path:
    """A film of frames, by OpenCV's FFmpeg."""
    wide, high = frames[0].size
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*FORMS[path.suffix]), RATE, (wide, high))
    assert writer.isOpened()
    for frame in frames:
        writer.write(np.asarray(frame)[:, :, ::-1].copy())
    writer.release()
    return path


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def with_boxes(film: Path, *added: bytes, data: bytes = b"") -> Path:
    """A film, whose index is at its end, with more boxes in the index and more data behind it."""
    content = film.read_bytes()
    at = content.rindex(b"moov") - 4
    index = content[at + 8 :]
    film.write_bytes(content[:at] + box(b"moov", index, *added) + (box(b"mdat", data) if data else b""))
    return film


def with_iso_6709(film: Path, text: bytes = b"+38.7139-009.1394+011.000/") -> Path:
    return with_boxes(film, box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(text), 0x15C7), text)))


def with_quicktime_key(film: Path, text: bytes = b"+38.7139-009.1394+011.000/") -> Path:
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(12))
    keys = box(b"keys", bytes(4), struct.pack(">I", 1), box(b"mdta", b"com.apple.quicktime.location.ISO6709"))
    item = box(struct.pack(">I", 1), box(b"data", struct.pack(">II", 1, 0), text))
    return with_boxes(film, box(b"meta", handler, keys, box(b"ilst", item)))


def with_track(film: Path, handler: bytes, form: bytes, samples: Sequence[bytes]) -> Path:
    """A film with a data track of one sample a second, in one chunk behind the index."""
    media = box(b"mdhd", bytes(12), struct.pack(">I", 1000), bytes(8))
    media += box(b"hdlr", bytes(8), handler, bytes(12))

    def track(offset: int) -> bytes:
        count = len(samples)
        tables = box(b"stsd", bytes(4), struct.pack(">I", 1), box(form, bytes(8)))
        tables += box(b"stts", bytes(4), struct.pack(">III", 1, count, 1000))
        tables += box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, count, 1))
        tables += box(b"stsz", bytes(4), struct.pack(">II", 0, count), *(struct.pack(">I", len(s)) for s in samples))
        tables += box(b"stco", bytes(4), struct.pack(">II", 1, offset))
        return box(b"trak", box(b"mdia", media, box(b"minf", box(b"stbl", tables))))

    offset = len(film.read_bytes()) + len(track(0)) + 8
    return with_boxes(film, track(offset), data=b"".join(samples))


def gopro(points: Sequence[tuple[float, float]], fix: int = 3) -> list[bytes]:
    """Samples of GoPro's telemetry, one for each point."""

    def item(key: bytes, kind: bytes, size: int, rows: Sequence[bytes]) -> bytes:
        body = b"".join(rows)
        return key + kind + struct.pack(">BH", size, len(rows)) + body + bytes(-len(body) % 4)

    def nested(key: bytes, body: bytes) -> bytes:
        return key + b"\0" + struct.pack(">BH", 1, len(body)) + body

    found = []
    for lat, lon in points:
        row = struct.pack(">5i", round(lat * 1e7), round(lon * 1e7), 11_000, 0, 0)
        stream = item(b"GPSF", b"L", 4, [struct.pack(">I", fix)])
        stream += item(b"SCAL", b"l", 4, [struct.pack(">i", n) for n in (10**7, 10**7, 1000, 1000, 100)])
        stream += item(b"GPS5", b"l", 20, [row])
        found.append(nested(b"DEVC", nested(b"STRM", stream)))
    return found


def drone_text(lat: float, lon: float) -> str:
    return f"[iso : 110] [shutter : 1/200.0] [latitude: {lat:.6f}] [longitude: {lon:.6f}] [rel_alt: 1.3 abs_alt: 132.8]"


def srt(texts: Sequence[str]) -> str:
    rows = [f"{n}\n00:00:0{n - 1},000 --> 00:00:0{n},000\n{text}\n" for n, text in enumerate(texts, 1)]
    return "\n".join(rows)
