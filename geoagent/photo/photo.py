"""Photos: read safely, turned upright, identified by their pixels, and cut into numbered views.

Which metadata are read is told in `metadata`. Pictures leave the process only as new JPEGs without metadata.
"""

import base64
import io
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from geoagent.case.views import FileFacts, Panorama, PhotoRef, View
from geoagent.errors import ImageError
from geoagent.geo import Point
from geoagent.limited_process import ApartError, Done, Limit, TookTooLong, apart
from geoagent.photo import metadata
from geoagent.photo.credentials import read_credentials
from geoagent.photo.decoding import band_rows, opened
from geoagent.photo.rendering import render_view, side_by_side

log = logging.getLogger(__name__)

DECODING = Limit(processor_s=20.0, whole_s=90.0)
"""What decoding one photo may take; photos of the largest size take a few seconds."""
KEPT_PIXELS = 50_000_000


class Photo(NamedTuple):
    """A photo in memory: its reference, its upright RGB pixels, and the harmless part of its metadata."""

    ref: PhotoRef
    image: Image.Image
    metadata: tuple[metadata.CameraFact, ...]


def load_photo(path: Path) -> Photo:
    """Read the photo at `path`: its upright pixels and the harmless part of its metadata.

    Raises ImageError, in one line, for anything that is not a readable picture of usable size, or takes too long to
    decode.
    """
    try:
        with apart("geoagent.photo.decoding:decoded", {"path": str(path)}, b"", DECODING) as done:
            image, digest = _received(done)
            known = done.data
    except ApartError as error:
        raise ImageError(str(error)) from error
    except TookTooLong as error:
        limit = f"more than {DECODING.processor_s:.0f} s of a processor, or too much memory"
        raise ImageError(f"{path}: takes {limit}, to be decoded; save it anew") from error
    camera = tuple(metadata.CameraFact(*fact) for fact in known["camera"])
    panorama = Panorama.model_validate(known["panorama"]) if known["panorama"] else None
    ref = PhotoRef(
        path=str(path.absolute()), id=digest[:16], width=image.width, height=image.height, panorama=panorama,
        has_position=known["has_position"], file=_file_facts(path, known),
    )  # fmt: skip
    return Photo(ref, image, camera)


def _file_facts(path: Path, known: dict[str, Any]) -> FileFacts:
    credentials = read_credentials(path, known["kind"])
    return FileFacts(metadata=tuple(known["metadata"]), jpeg_quality=known["jpeg_quality"], credentials=credentials)


def _received(done: Done) -> tuple[Image.Image, str]:
    """The picture that was decoded elsewhere, and the hash of its pixels."""
    width, height = done.data["size"]
    image = Image.new("RGB", (width, height))
    for top in range(0, height, band_rows(width)):
        rows = min(band_rows(width), height - top)
        image.paste(Image.frombytes("RGB", (width, rows), done.read(3 * width * rows)), (0, top))
    return image, done.read(32).hex()


def check_photo(name: str, data: bytes) -> None:
    """Check the bytes of a photo before it is decoded: raise ImageError for what is no picture of usable size.

    `name` is what messages call it. Damage further on in the file does not show here.
    """
    if not data:
        raise ImageError(f"{name}: an empty file; copy it again")
    with opened(Path(name), data):
        pass


def read_position(path: Path) -> Point | None:
    """The position in a photo's file; None where it holds no usable one.

    Only this function reads where it is; all else tells only whether there is one. Raises ImageError where the photo
    cannot be read.
    """
    with opened(path) as file:
        return metadata.read_position(file)


def read_shot(path: Path) -> metadata.Shot:
    """When the photo at `path` was taken and where the camera looked.

    Like the position this is read only with `--allow-exif-gps`. Raises ImageError where the photo cannot be read.
    """
    with opened(path) as file:
        return metadata.read_shot(file)


def read_blocks(path: Path) -> tuple[str, ...]:
    """The names of the kinds of metadata in the file that can hold text, a position or a small picture, such as
    "EXIF".

    Raises ImageError where the photo cannot be read.
    """
    with opened(path) as file:
        return metadata.read_blocks(file)


def readable(paths: Sequence[Path]) -> list[Path]:
    """Those of the paths whose photos can be read, in order; for each of the others the log says why it cannot."""
    found = []
    for path in paths:
        try:
            load_photo(path)
            found.append(path)
        except ImageError as error:
            log.error(error)
    return found


class Photos:
    """Loads photos and renders views, and keeps the latest `kept` photos and `kept_jpegs` JPEGs in memory.

    Safe to use from several threads.
    """

    def __init__(self, kept: int = 4, kept_jpegs: int = 64) -> None:
        self._kept = kept
        self._kept_jpegs = kept_jpegs
        self._loaded: OrderedDict[tuple[str, int, int], Photo] = OrderedDict()
        self._jpegs: OrderedDict[tuple[str, View, int], str] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, path: str) -> Photo:
        """The photo at a path, from memory where the file has not changed since. Raises ImageError where it cannot be
        read.
        """
        key = _version(path)
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
            self._make_room()
        photo = load_photo(Path(path))
        with self._lock:
            self._loaded[key] = photo
        return photo

    def _make_room(self) -> None:
        """Forget the oldest photos until another one fits beside the rest."""
        while len(self._loaded) >= self._kept or self._pixels() > KEPT_PIXELS:
            self._loaded.popitem(last=False)

    def _pixels(self) -> int:
        return sum(photo.ref.width * photo.ref.height for photo in self._loaded.values())

    def render(self, ref: PhotoRef, view: View) -> Image.Image:
        """The pixels of a view, at its size; `ref` is the photo of the case that it is made of.

        Raises ImageError if the photo's file cannot be read, or has changed since the case was opened.
        """
        if view.beside:
            return side_by_side(view, [self.render(half.of or ref, half) for half in view.beside])
        ref = view.of or ref
        photo = self.load(ref.path)
        if photo.ref.id != ref.id:
            raise ImageError(f"{ref.path}: the file is no longer the photo that this case was opened with")
        return render_view(photo.image, view, ref.panorama)

    def data_url(self, ref: PhotoRef, view: View, longest_side: int) -> str:
        """A view as a JPEG without metadata, in the form of a data URL; its longer side has at most `longest_side`
        pixels.

        `ref` is the photo of the case that the view is made of. Raises ImageError if its file cannot be read or has
        changed.
        """
        key = (ref.id, view.model_copy(update={"number": 1, "source": None}), longest_side)
        with self._lock:
            if key in self._jpegs:
                self._jpegs.move_to_end(key)
                return self._jpegs[key]
        url = _data_url(self.render(ref, view), longest_side)
        with self._lock:
            self._jpegs[key] = url
            while len(self._jpegs) > self._kept_jpegs:
                self._jpegs.popitem(last=False)
        return url


def _version(path: str) -> tuple[str, int, int]:
    """What changes when the file does: path, time and size."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return path, 0, 0
    return path, status.st_mtime_ns, status.st_size


def _data_url(image: Image.Image, longest_side: int) -> str:
    copy = image.copy()
    copy.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
