"""How photos are decoded: in a process of its own (`geoagent.limited_process`), since no decoder can be interrupted.

Format and size are checked before anything is decoded.
"""

import hashlib
import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from geoagent.errors import ImageError
from geoagent.photo import metadata
from geoagent.photo.panorama import read_panorama

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
KINDS = {"MPO": "image/jpeg"}
"""Media types of formats for which Pillow has one of its own."""
MAX_PIXELS = 100_000_000
MAX_WEBP_PIXELS = 50_000_000
"""Pillow's WebP decoder holds three copies of a picture."""
MAX_BYTES = 1_000_000_000
MIN_SIDE = 32
BAND_PIXELS = 4_000_000
"""Photos are converted and handed over in bands of this many pixels, so that few copies are in memory."""


def decoded(given: dict[str, Any], body: bytes) -> Iterator[Any]:
    """Decode the photo at `given["path"]` and turn it upright: first a dictionary of what is known of it, then its
    pixels.

    This runs in the process of its own. The pixels follow as RGB bytes, row by row in bands (`band_rows`), and last the
    32 bytes of the SHA-256 of size and pixels. `body` is not used. Raises ImageError where the photo cannot be read.
    """
    path = Path(given["path"])
    with opened(path) as file:
        camera = metadata.read_camera(file)
        has_position = metadata.read_position(file) is not None
        blocks, quality = metadata.read_blocks(file), metadata.read_quality(file)
        kind = KINDS.get(str(file.format)) or Image.MIME[str(file.format)]
        ImageOps.exif_transpose(file, in_place=True)
        panorama = read_panorama(path, file)
        yield {
            "size": file.size, "camera": camera, "panorama": panorama.model_dump(mode="json") if panorama else None,
            "has_position": has_position, "metadata": blocks, "jpeg_quality": quality, "kind": kind,
        }  # fmt: skip
        yield from _pixels(file)


def _pixels(image: Image.Image) -> Iterator[bytes]:
    """The pixels of a picture of any mode as RGB, and the SHA-256 of its size and pixels."""
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    low, high = _extremes(image) if image.mode.startswith(("I", "F")) else (0.0, 255.0)
    for band in _bands(image):
        part = _plain(band, low, high).tobytes()
        digest.update(part)
        yield part
    yield digest.digest()


def band_rows(width: int) -> int:
    """How many rows of pixels one band has for a photo of `width` pixels; photos are handed over in bands, to save
    memory.
    """
    return max(1, BAND_PIXELS // width)


@contextmanager
def opened(path: Path, data: bytes | None = None) -> Iterator[ImageFile.ImageFile]:
    """A picture whose format and size are checked, not decoded yet; to be used in a `with` statement.

    Where `data` is given it is the picture's content, and `path` only its name in messages. Raises ImageError for what
    is no picture of usable size, and also where decoding fails in the body of the `with` statement.
    """
    if data is None:
        _check_file(path)
    _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damaged metadata and of sizes that are allowed here
            with Image.open(path if data is None else io.BytesIO(data), formats=FORMATS) as file:
                _check_size(path, file)
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


def _bands(image: Image.Image) -> Iterator[Image.Image]:
    rows = band_rows(image.width)
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _extremes(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest finite value of a picture; 0 and 0 where there is none."""
    low, high = math.inf, -math.inf
    for band in _bands(image):
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
