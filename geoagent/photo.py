"""Photos: read safely, turned upright, identified by their pixels, and cut into numbered views.

Only a whitelist of metadata is ever read: make and model of the camera, focal length and time. Position, place names,
captions, software and maker notes stay in the file. Pictures leave the process as fresh JPEGs, without metadata.
"""

import base64
import hashlib
import io
import threading
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

from geoagent.errors import ImageError
from geoagent.evidence import Box, Frozen, View

MAX_PIXELS = 100_000_000
MIN_SIDE = 32
EXIF_CLUES = {
    ExifTags.Base.Make: "camera make",
    ExifTags.Base.Model: "camera model",
    ExifTags.Base.DateTimeOriginal: "time taken",
    ExifTags.Base.FocalLengthIn35mmFilm: "focal length (35 mm equivalent)",
}


class PhotoRef(Frozen):
    """A photo by reference: where its file is, and the SHA-256 of its upright pixels, which is its identity."""

    path: str
    id: str
    width: int
    height: int


class Photo(NamedTuple):
    """A photo in memory: upright RGB pixels and the harmless part of its metadata."""

    ref: PhotoRef
    image: Image.Image
    metadata: dict[str, str]


def load_photo(path: Path) -> Photo:
    """Read a photo. Raises ImageError, in one line, for anything that is not a readable picture of usable size."""
    if "://" in str(path) or str(path).startswith(("http:/", "https:/")):
        raise ImageError(f"{path}: an address, not a file; download the photo first and give its path")
    try:
        if path.is_dir():
            raise ImageError(f"{path}: a folder, not a photo; name the photos in it")
        if not path.exists():
            raise ImageError(f"{path}: no such file")
    except (OSError, ValueError) as error:
        raise ImageError(f"{str(path)[:100]}: not a usable file name") from error
    _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about damaged metadata, which is not read anyway
            return _decode(path)
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path}: more than {MAX_PIXELS // 1_000_000} megapixels; scale it down first") from error
    # Pillow's decoders raise many kinds of exceptions on damaged files, and each means the same to the user
    except Exception as error:
        raise ImageError(f"{path}: not a readable picture ({error or type(error).__name__})") from error


def _decode(path: Path) -> Photo:
    with Image.open(path) as file:
        width, height = file.size
        if width * height > MAX_PIXELS:
            raise ImageError(f"{path}: {width} × {height} pixels; the limit is {MAX_PIXELS // 1_000_000} megapixels")
        if min(width, height) < MIN_SIDE:
            raise ImageError(f"{path}: {width} × {height} pixels; too small to tell anything from")
        metadata = _read_metadata(file)
        image = _rgb(ImageOps.exif_transpose(file))
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes()).hexdigest()
    ref = PhotoRef(path=str(path.absolute()), id=digest[:16], width=image.width, height=image.height)
    image.info.clear()
    return Photo(ref, image, metadata)


def _rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB: deep greyscale scaled to its own range, transparency laid on white."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        scaled = np.nan_to_num((values - low) / (high - low or 1.0) * 255.0)
        return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _read_metadata(file: Image.Image) -> dict[str, str]:
    try:
        exif = file.getexif()
        values = {**dict(exif), **exif.get_ifd(ExifTags.IFD.Exif)}
    except Exception:  # damaged metadata must not cost the photo
        return {}
    found = {}
    for tag, name in EXIF_CLUES.items():
        value = "".join(ch for ch in str(values.get(tag, "")) if ch.isprintable()).strip()[:80]
        if value:
            found[name] = value
    return found


def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


class Photos:
    """Loads photos and renders views, keeping the most recent photos and JPEGs in memory. Thread-safe."""

    def __init__(self, kept: int = 4, kept_jpegs: int = 64) -> None:
        self._kept = kept
        self._kept_jpegs = kept_jpegs
        self._loaded: OrderedDict[tuple[str, int, int], Photo] = OrderedDict()
        self._jpegs: OrderedDict[tuple[str, Box, int, int, int], str] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, path: str) -> Photo:
        """The photo at a path. Raises ImageError."""
        key = _version(path)
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
        photo = load_photo(Path(path))
        with self._lock:
            self._loaded[key] = photo
            while len(self._loaded) > self._kept:
                self._loaded.popitem(last=False)
        return photo

    def render(self, ref: PhotoRef, view: View) -> Image.Image:
        """The pixels of a view, at its size. Raises ImageError if the file has changed since the case was opened."""
        photo = self.load(ref.path)
        if photo.ref.id != ref.id:
            raise ImageError(f"{ref.path}: the file is no longer the photo that this case was opened with")
        image = photo.image
        crop = image.crop(pixel_box(view.box, image.width, image.height))
        if view.width and view.height and crop.size != (view.width, view.height):
            crop = crop.resize((view.width, view.height), Image.Resampling.LANCZOS)
        return crop

    def data_url(self, ref: PhotoRef, view: View, longest_side: int) -> str:
        """A JPEG of a view's pixels alone, as a data URL, at most `longest_side` pixels long. Raises ImageError."""
        key = (ref.id, view.box, view.width, view.height, longest_side)
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


def pixel_box(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """A box in pixels: at least one pixel in each direction."""
    x0, y0 = min(int(box.x0 * width), width - 1), min(int(box.y0 * height), height - 1)
    return x0, y0, max(x0 + 1, round(box.x1 * width)), max(y0 + 1, round(box.y1 * height))


def inside(outer: Box, inner: Box) -> Box:
    """A box given in fractions of `outer`, in fractions of the picture that `outer` belongs to."""
    width, height = outer.x1 - outer.x0, outer.y1 - outer.y0
    return Box(
        x0=outer.x0 + inner.x0 * width,
        y0=outer.y0 + inner.y0 * height,
        x1=min(1.0, outer.x0 + inner.x1 * width),
        y1=min(1.0, outer.y0 + inner.y1 * height),
    )


def _data_url(image: Image.Image, longest_side: int) -> str:
    copy = image.copy()
    copy.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
