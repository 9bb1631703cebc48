"""Damages photos in seeded ways, solves each with the embedded reasoner in a process of its own, and prints counts.

Required: every damaged file is solved or refused in one line; no crash, no hang, less than 2 GB. Half of the files are
the photos as they are, half the same scaled to 640 pixels and written in one of seven formats, with a position.
Usage: mutated.py FOLDER… [--count N] [--seed S]
"""

import argparse
import io
import json
import random
import re
import resource
import selectors
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".tif", ".tiff", ".gif"}
FORMATS: tuple[tuple[str, dict[str, object]], ...] = (
    ("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("AVIF", {}), ("HEIF", {}), ("GIF", {}),
    ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw", "exif": b""}),
)  # fmt: skip
TIMEOUT_S = 60.0
SIZES = (0, 1, 31, 33, 4000, 9999, 16383, 20_000, 65_535, 2**31 - 1)
METADATA = re.compile(
    rb"Exif\0\0|II\*\0|MM\0\*|ICC_PROFILE|iCCP|<x:xmpmeta|XMP |EXIF|eXIf|MPF\0|iTXt|8BIM|iinf|iloc|meta"
)


def flip(data: bytearray, rng: random.Random) -> bytes:
    """Single bits, anywhere."""
    for _ in range(rng.choice((1, 4, 32, 256))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def cut(data: bytearray, rng: random.Random) -> bytes:
    """The beginning alone."""
    return bytes(data[: int(len(data) * rng.random() ** 2) + 1])


def head(data: bytearray, rng: random.Random) -> bytes:
    """Random bytes near the start."""
    for _ in range(rng.choice((1, 8, 64))):
        data[rng.randrange(min(len(data), rng.choice((32, 512, 4096))))] = rng.randrange(256)
    return bytes(data)


def shuffle(data: bytearray, rng: random.Random) -> bytes:
    """Segments swapped, dropped or doubled."""
    parts = segments(bytes(data))
    for _ in range(rng.choice((1, 3))):
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        match rng.randrange(3):
            case 0:
                parts[i], parts[j] = parts[j], parts[i]
            case 1:
                parts.insert(i, parts[j])
            case _:
                parts[i] = b""
    return b"".join(parts)


def segments(data: bytes) -> list[bytes]:
    """The chunks of a PNG or RIFF file, the segments of a JPEG up to its pixels; of other files 16 equal pieces."""
    starts = [0]
    if data[:4] == b"\x89PNG" or data[:4] == b"RIFF":
        at, order, extra = (8, ">I", 12) if data[0] == 0x89 else (12, "<I", 8)
        while at + 8 <= len(data):
            starts.append(at)
            size = struct.unpack_from(order, data, at if data[0] == 0x89 else at + 4)[0]
            at += size + extra + (size % 2 if data[0] == 0x52 else 0)
    elif data[:2] == b"\xff\xd8":
        at = 2
        while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
            starts.append(at)
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
        starts.append(at)
    else:
        starts = list(range(0, len(data), max(1, len(data) // 16)))
    return [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def metadata(data: bytearray, rng: random.Random) -> bytes:
    """Random bytes and large numbers just behind the marks of metadata."""
    marks = [found.start() for found in METADATA.finditer(bytes(data))] or [0]
    for _ in range(rng.choice((1, 8, 64))):
        at = rng.choice(marks) + rng.randrange(256)
        if at + 4 <= len(data):
            data[at : at + 4] = rng.choice((rng.randbytes(4), b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
    return bytes(data)


def dimensions(data: bytearray, rng: random.Random) -> bytes:
    """A width and a height that are not those of the pixels."""
    width, height = rng.choice(SIZES), rng.choice(SIZES)
    if data[:4] == b"\x89PNG":
        struct.pack_into(">II", data, 16, width, height)
        struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    elif data[:2] == b"\xff\xd8":
        for found in list(re.finditer(rb"\xff[\xc0-\xc2]\0[\x0b\x11]\x08", bytes(data)))[-1:]:
            struct.pack_into(">HH", data, found.end(), height & 0xFFFF, width & 0xFFFF)
    elif data[:3] == b"GIF":
        frame = data.find(b",\0\0\0\0")
        for at in (6, frame + 5):
            struct.pack_into("<HH", data, at, width & 0xFFFF, height & 0xFFFF)
    elif data[:4] == b"RIFF":
        struct.pack_into("<I", data, 23, width & 0xFFFFFF)
        struct.pack_into("<I", data, 26, height & 0xFFFFFF)
    elif data[:2] in (b"II", b"MM"):
        order = "<" if data[:1] == b"I" else ">"
        directory = struct.unpack_from(order + "I", data, 4)[0]
        for entry in range(struct.unpack_from(order + "H", data, directory)[0]):
            at = directory + 2 + 12 * entry
            tag = struct.unpack_from(order + "H", data, at)[0]
            if tag in (256, 257, 273, 278, 279) and rng.random() < 0.5:
                struct.pack_into(order + "HII", data, at + 2, 4, 1, width if tag == 256 else height)
    else:
        for found in re.finditer(rb"ispe\0\0\0\0", bytes(data)):
            struct.pack_into(">II", data, found.end(), width, height)
    return bytes(data)


DAMAGES = (flip, cut, head, shuffle, metadata, dimensions)


def mutant(photos: list[Path], seed: int) -> tuple[str, bytes]:
    """A damaged photo and a word for how it was damaged."""
    from PIL import ExifTags, Image

    rng = random.Random(seed)
    photo = rng.choice(photos)
    data, form = photo.read_bytes(), photo.suffix[1:].upper()
    if rng.random() < 0.5:
        form, options = rng.choice(FORMATS)
        with Image.open(photo) as image:
            small = image.convert("RGB")
            small.thumbnail((640, 640))
        exif, buffer = Image.Exif(), io.BytesIO()
        exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (59.0, 51.0, 29.0), 3: "E", 4: (17.0, 38.0, 20.0)})
        small.info.clear()
        small.save(buffer, form, **{"exif": exif.tobytes(), **options})
        data = buffer.getvalue()
    damage = rng.choice(DAMAGES)
    return f"{damage.__name__} {form}", damage(bytearray(data), rng)


class Outcome(NamedTuple):
    """What came of one damaged photo: "solved", "refused", "crash" or "hang"."""

    kind: str
    note: str
    seconds: float
    peak_gb: float


class Worker:
    """A process that solves photos one by one; it is started again after a crash or a hang."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def solve(self, photo: Path) -> Outcome:
        """Solve a photo within the time limit."""
        process = self._process
        if process is None:
            command = [sys.executable, __file__, "--worker"]
            process = self._process = subprocess.Popen(command, stdin=-1, stdout=-1, encoding="utf-8")
            self._answer(process, 300.0)  # the atlas, and the models of the recogniser
        began = time.perf_counter()
        assert process.stdin is not None
        process.stdin.write(f"{photo}\n")
        process.stdin.flush()
        line = self._answer(process, TIMEOUT_S)
        seconds = time.perf_counter() - began
        if line:
            kind, note, peak_gb = json.loads(line)
            return Outcome(kind, note, seconds, peak_gb)
        self.close()
        return Outcome("hang" if line is None else "crash", f"exit code {process.returncode}", seconds, 0.0)

    @staticmethod
    def _answer(process: "subprocess.Popen[str]", timeout_s: float) -> str | None:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            return process.stdout.readline() if selector.select(timeout_s) else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def work() -> None:
    """What the worker does: a path a line in, an outcome a line out."""
    from geoagent import GeoAgent
    from geoagent.errors import ImageError
    from geoagent.settings import read_settings

    agent = GeoAgent(read_settings({"allow_exif_gps": True}))
    agent.resources  # noqa: B018 - opens the atlas
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            agent.solve(line.rstrip("\n"))
            kind, note = "solved", ""
        except ImageError as error:
            note = str(error).removeprefix(line.rstrip("\n"))
            kind = "refused" if len(note) < 200 and note.isprintable() else "crash"
        except Exception as error:  # what is looked for
            kind, note = "crash", repr(error)
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps((kind, note, peak_gb)), flush=True)


def main(folders: list[Path], count: int, seed: int) -> None:
    """Damage and solve, and print the figures; what crashed or hung is kept and named."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    photos = sorted(path for folder in folders for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    outcomes, by_damage, worker = list[Outcome](), Counter[str](), Worker()
    folder = Path(tempfile.mkdtemp(prefix="mutated-"))
    for number in range(count):
        how, data = mutant(photos, seed * 1_000_000 + number)
        path = folder / f"{number}"
        path.write_bytes(data)
        outcome = worker.solve(path)
        outcomes.append(outcome)
        by_damage[f"{how.split()[0]} {outcome.kind}"] += 1
        if outcome.kind in ("crash", "hang"):
            print(f"{outcome.kind}: {path} ({how}): {outcome.note}", flush=True)
        else:
            path.unlink()
    worker.close()
    kinds = Counter(outcome.kind for outcome in outcomes)
    print(f"{count} damaged files of {len(photos)} photos, seed {seed}")
    print(", ".join(f"{kind} {kinds[kind]}" for kind in ("solved", "refused", "crash", "hang")))
    print(", ".join(f"{name} {n}" for name, n in sorted(by_damage.items())))
    print(f"worst {max(outcome.seconds for outcome in outcomes):.1f} s (limit {TIMEOUT_S:.0f} s)")
    print(f"peak memory {max(outcome.peak_gb for outcome in outcomes):.2f} GB")
    for note, n in Counter(outcome.note for outcome in outcomes if outcome.kind == "refused").most_common(8):
        print(f"  {n} refused{note}")
    if not kinds["crash"] + kinds["hang"]:
        shutil.rmtree(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work()
    else:
        main(options.folders, options.count, options.seed)
