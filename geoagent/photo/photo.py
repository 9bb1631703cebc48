"""Photos: read safely, turned upright, identified by their pixels, and cut into numbered views.

What is read of the metadata is in `metadata`. Pictures leave the process as fresh JPEGs, without metadata.
"""

import base64
import hashlib
import io
import logging
import math
import mmap
import re
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from geoagent.case.views import PhotoRef, View
from geoagent.errors import ImageError
from geoagent.geo import Point
from geoagent.photo import metadata
from geoagent.photo.panorama import read_panorama
from geoagent.photo.rendering import render_view, side_by_side

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
MAX_PIXELS = 100_000_000
MAX_WEBP_PIXELS = 50_000_000
"""Pillow's WebP decoder holds three copies of a picture."""
MAX_BYTES = 1_000_000_000
MAX_SCANS = 300
"""A progressive JPEG has about ten scans; each goes over all pixels, however few bytes it takes in the file."""
MIN_SIDE = 32
BAND_PIXELS = 4_000_000
"""Large photos are converted in bands of this many pixels, so that no more than two copies are in memory."""
KEPT_PIXELS = 50_000_000


class Photo(NamedTuple):
    """A photo in memory: upright RGB pixels and the harmless part of its metadata."""

    ref: PhotoRef
    image: Image.Image
    metadata: tuple[metadata.CameraFact, ...]


def load_photo(path: Path) -> Photo:
    """Read a photo. Raises ImageError, in one line, for anything that is not a readable picture of usable size."""
    with _opened(path) as file:
        camera = metadata.read_camera(file)
        ImageOps.exif_transpose(file, in_place=True)
        image, digest = _rgb(file)
        panorama = read_panorama(path, file)
    ref = PhotoRef(path=str(path.absolute()), id=digest[:16], width=image.width, height=image.height, panorama=panorama)
    return Photo(ref, image, camera)


def check_photo(path: Path) -> None:
    """Raise ImageError for what is no picture of usable size, as far as that shows before it is decoded."""
    with _opened(path):
        pass


def read_position(path: Path) -> Point | None:
    """The position that the file gives, if any; nothing else asks for it. Raises ImageError."""
    with _opened(path) as file:
        return metadata.read_position(file)


def read_blocks(path: Path) -> tuple[str, ...]:
    """The kinds of metadata in the file that can hold text, a position or a small picture. Raises ImageError."""
    with _opened(path) as file:
        return metadata.read_blocks(file)


@contextmanager
def _opened(path: Path) -> Iterator[ImageFile.ImageFile]:
    """A picture whose format and size are known to be usable, not decoded yet. Raises ImageError, in the body too."""
    _check_file(path)
    _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damaged metadata and of sizes that are allowed here
            with Image.open(path, formats=FORMATS) as file:
                _check_size(path, file)
                _check_scans(path, file)
                yield file
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: more than {MAX_PIXELS // 1_000_000} megapixels; scale it down first") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path}: not a picture; JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF and BMP are read") from error
    except PermissionError as error:
        raise ImageError(f"{path}: no permission to read it") from error
    except Exception as error:  # Pillow's decoders raise many kinds on damaged files; each means the same to the user
        if isinstance(error, OSError) and error.errno:
            raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
        raise ImageError(f"{path}: a damaged or incomplete picture; copy it again, or save it anew") from error


def readable(paths: Sequence[Path]) -> list[Path]:
    """The photos that can be read; the log says of each other one why not."""
    found = []
    for path in paths:
        try:
            load_photo(path)
            found.append(path)
        except ImageError as error:
            log.error(error)
    return found


def _check_file(path: Path) -> None:
    if "://" in str(path) or str(path).startswith(("http:/", "https:/")):
        raise ImageError(f"{path}: an address, not a file; download the photo first and give its path")
    try:
        if path.is_dir():
            raise ImageError(f"{path}: a folder, not a photo; name the photos in it, or solve it all with --out")
        if not path.exists():
            raise ImageError(f"{path}: no such file")
        if not path.is_file():  # a pipe or a device may never end
            raise ImageError(f"{path}: a pipe or a device, not a file; save the photo in a file first")
        size = path.stat().st_size
        if not size:
            raise ImageError(f"{path}: an empty file; copy it again")
        if size > MAX_BYTES:
            raise ImageError(f"{path}: a file of more than {MAX_BYTES // 1_000_000_000} GB; scale the photo down first")
    except PermissionError as error:
        raise ImageError(f"{path}: no permission to look into its folder") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{str(path)[:100]}: not a usable file name") from error


def _check_size(path: Path, file: Image.Image) -> None:
    width, height = file.size
    most = MAX_WEBP_PIXELS if file.format == "WEBP" else MAX_PIXELS
    if width * height > most:
        limit = f"the limit of {file.format} is {most // 1_000_000} megapixels"
        raise ImageError(f"{path}: {width} × {height} pixels; {limit}; scale it down first")
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"{path}: {width} × {height} pixels; too small to tell anything from")


def _check_scans(path: Path, file: Image.Image) -> None:
    if "progressive" not in file.info:
        return
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        scans = sum(1 for _ in re.finditer(rb"\xff\xda", data))
    if scans > MAX_SCANS:
        raise ImageError(f"{path}: a progressive JPEG of {scans} scans, made to take long; save it anew")


def _rgb(image: Image.Image) -> tuple[Image.Image, str]:
    """A picture of any mode as RGB, without metadata, and the SHA-256 of its size and pixels."""
    plain = Image.new("RGB", image.size)
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    low, high = _extremes(image) if image.mode.startswith(("I", "F")) else (0.0, 255.0)
    for top, band in _bands(image):
        part = _plain(band, low, high)
        digest.update(part.tobytes())
        plain.paste(part, (0, top))
    return plain, digest.hexdigest()


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    rows = max(1, BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _extremes(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest finite value of a picture; 0 and 0 where there is none."""
    low, high = math.inf, -math.inf
    for _, band in _bands(image):
        values = np.asarray(band, dtype=np.float64)
        finite = np.isfinite(values)
        low = min(low, float(values.min(initial=math.inf, where=finite)))
        high = max(high, float(values.max(initial=-math.inf, where=finite)))
    return (low, high) if low <= high else (0.0, 0.0)


def _plain(band: Image.Image, low: float, high: float) -> Image.Image:
    """A band as RGB: deep greyscale scaled from its range, transparency laid on white, Lab converted by colour."""
    if band.mode.startswith(("I", "F")):
        scaled = (np.asarray(band, dtype=np.float64) - low) / (high - low or 1.0) * 255.0
        return Image.fromarray(np.nan_to_num(scaled).clip(0, 255).astype(np.uint8)).convert("RGB")
    if band.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(band, lab, srgb, outputMode="RGB")
        assert converted is not None
        return converted
    if band.has_transparency_data:
        clear = band.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return band.convert("RGB")


def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


class Photos:
    """Loads photos and renders views, keeping the most recent photos and JPEGs in memory. Thread-safe."""

    def __init__(self, kept: int = 4, kept_jpegs: int = 64) -> None:
        self._kept = kept
        self._kept_jpegs = kept_jpegs
        self._loaded: OrderedDict[tuple[str, int, int], Photo] = OrderedDict()
        self._jpegs: OrderedDict[tuple[str, View, int], str] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, path: str) -> Photo:
        """The photo at a path. Raises ImageError."""
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
        """The pixels of a view, at its size. Raises ImageError if the file has changed since the case was opened."""
        if view.beside:
            return side_by_side(view, [self.render(half.of or ref, half) for half in view.beside])
        ref = view.of or ref
        photo = self.load(ref.path)
        if photo.ref.id != ref.id:
            raise ImageError(f"{ref.path}: the file is no longer the photo that this case was opened with")
        return render_view(photo.image, view, ref.panorama)

    def data_url(self, ref: PhotoRef, view: View, longest_side: int) -> str:
        """A JPEG of a view's pixels alone, as a data URL, at most `longest_side` pixels long. Raises ImageError."""
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
