import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, ImageColor, ImageOps

from geoagent.case.views import Box, View
from geoagent.errors import ImageError
from geoagent.photo import Photos, load_photo

pillow_heif.register_heif_opener()  # Pillow writes HEIC here; what reads it is another process


def picture(width: int = 64, height: int = 48) -> Image.Image:
    rows = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3) % 251
    return Image.fromarray(rows.astype(np.uint8))


def with_position() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    exif[ExifTags.Base.ImageDescription] = "Holiday in Uppsala"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (59.0, 51.0, 0.0), 3: "E", 4: (17.0, 38.0, 0.0)})
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.DateTimeOriginal: "2024:06:01 12:00:00"})
    return exif


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "jpg", "avif", "heic"])
def test_the_position_in_the_file_stays_there(tmp_path: Path, suffix: str) -> None:
    photo_path, bare_path = tmp_path / f"photo.{suffix}", tmp_path / f"bare.{suffix}"
    picture().save(photo_path, exif=with_position().tobytes())
    picture().save(bare_path)
    photo, bare = load_photo(photo_path), load_photo(bare_path)
    assert photo.ref.id == bare.ref.id
    assert photo.metadata == (("camera make", "Leica", None), ("time taken", "2024:06:01 12:00:00", None))
    assert "Uppsala" not in str(photo.metadata)
    assert "59" not in str(photo.metadata)
    assert photo.image.info == {}
    assert not photo.image.getexif()


QUARTERS = ("red", "lime", "blue", "black")


def quarters() -> Image.Image:
    image = Image.new("RGB", (64, 48))
    for number, colour in enumerate(QUARTERS):
        image.paste(colour, (32 * (number % 2), 24 * (number // 2), 32 * (number % 2) + 32, 24 * (number // 2) + 24))
    return image


def colours(image: Image.Image) -> list[str]:
    """The nearest of the four colours in each quarter, row by row."""
    known = np.array([ImageColor.getrgb(colour) for colour in QUARTERS])
    places = [(x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    pixels = [image.getpixel((int(x * image.width), int(y * image.height))) for x, y in places]
    return [QUARTERS[int(np.abs(known - pixel).sum(axis=1).argmin())] for pixel in pixels]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif", "heic"])
def test_orientation_is_applied_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    quarters().save(tmp_path / f"a.{suffix}", exif=exif.tobytes())
    expected = ImageOps.exif_transpose(with_orientation(quarters(), orientation))
    loaded = load_photo(tmp_path / f"a.{suffix}").image
    assert (loaded.size, colours(loaded)) == (expected.size, colours(expected))


def with_orientation(image: Image.Image, orientation: int) -> Image.Image:
    image.getexif()[ExifTags.Base.Orientation] = orientation
    return image


def test_what_leaves_the_process_is_pixels_alone(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg", exif=with_position())
    photos = Photos()
    ref = photos.load(str(tmp_path / "a.jpg")).ref
    url = photos.data_url(ref, View(number=1, photo=0, width=ref.width, height=ref.height), 32)
    assert url == photos.data_url(ref, View(number=2, photo=0, width=ref.width, height=ref.height), 32)
    assert url.startswith("data:image/jpeg;base64,")
    assert "RXhpZg" not in url  # "Exif" in base64, as it stands at the start of a JPEG


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def tiff(width: int, height: int, depth: int, rows: bytes) -> bytes:
    """RGB in one strip, uncompressed, little-endian."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 134), (259, 3, 1, 1), (262, 3, 1, 2)]
    entries += [(273, 4, 1, 140), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, len(rows)), (284, 3, 1, 1)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = (b"II*\0" + struct.pack("<I", 8) + directory + bytes(4)).ljust(134, b"\0")
    return head + struct.pack("<3H", *[depth] * 3) + rows


def gif(width: int, height: int) -> bytes:
    frame = b"," + struct.pack("<4H", 0, 0, width, height)
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + frame + b"\0\2\0;"


BOMBS = {
    "png": png(60_000, 60_000, 8, bytes(1000)),
    "tiff": tiff(60_000, 60_000, 8, bytes(1000)),
    "gif": gif(60_000, 60_000),
}


@pytest.mark.parametrize("suffix", BOMBS)
def test_a_small_file_of_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"bomb.{suffix}").write_bytes(BOMBS[suffix])
    with pytest.raises(ImageError, match="megapixels; scale it down first"):
        load_photo(tmp_path / f"bomb.{suffix}")


def test_a_webp_may_be_half_as_large(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "small.webp")
    side = struct.pack("<I", 8191)[:3]
    frame = bytes(6) + struct.pack("<I", 63)[:3] * 2 + bytes(4) + (tmp_path / "small.webp").read_bytes()[12:]
    parts = (b"VP8X", b"\2\0\0\0" + side + side), (b"ANIM", bytes(6)), (b"ANMF", frame)
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data for kind, data in parts)
    (tmp_path / "wide.webp").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    with pytest.raises(ImageError, match="50 megapixels"):
        load_photo(tmp_path / "wide.webp")


def test_many_scans_that_take_no_time_are_read(tmp_path: Path) -> None:
    """What takes too long is ended by the clock (`tests/test_apart.py`), not told by a count."""
    picture(640, 480).save(tmp_path / "a.jpg", progressive=True)
    data = (tmp_path / "a.jpg").read_bytes()
    last = data[data.rindex(b"\xff\xda") : -2]
    (tmp_path / "b.jpg").write_bytes(data[:-2] + last * 400 + data[-2:])
    assert load_photo(tmp_path / "b.jpg").image.size == (640, 480)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.webp")
    os.truncate(tmp_path / "a.webp", 3_000_000_000)
    with pytest.raises(ImageError, match="more than 1 GB"):
        load_photo(tmp_path / "a.webp")


def test_bad_input_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "no.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    (tmp_path / "page.ps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n")
    os.mkfifo(tmp_path / "pipe.jpg")
    picture(1, 1).save(tmp_path / "dot.png")
    picture(640, 480).save(tmp_path / "whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:5000])
    faults = {
        "missing.jpg": "no such file",
        ".": "a folder",
        "text.jpg": "not a picture",
        "page.ps": "not a picture",
        "no.heic": "not a picture|damaged",
        "empty.jpg": "an empty file",
        "pipe.jpg": "a pipe or a device",
        "/dev/zero": "a pipe or a device",
        "dot.png": "too small",
        "half.jpg": "damaged or incomplete",
    }
    for name, expected in faults.items():
        with pytest.raises(ImageError, match=expected) as raised:
            load_photo(tmp_path / name)
        assert "\n" not in str(raised.value)
        assert "<" not in str(raised.value)
    with pytest.raises(ImageError, match="not a usable file name"):
        load_photo(tmp_path / ("x" * 5000))
    with pytest.raises(ImageError, match="an address"):
        load_photo(Path("https://example.org/a.jpg"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(ImageError, match="no permission"):
        load_photo(tmp_path / "a.png")


MODES = {
    "tiff": ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"],
    "png": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "jpg": ["L", "RGB", "CMYK", "YCbCr"],
    "gif": ["1", "L", "P", "RGB"],
    "webp": ["RGB", "RGBA"],
    "avif": ["L", "RGB", "RGBA"],
    "heic": ["L", "RGB", "RGBA"],
    "bmp": ["1", "L", "P", "RGB"],
}


@pytest.mark.parametrize(("suffix", "mode"), [(suffix, mode) for suffix, modes in MODES.items() for mode in modes])
def test_any_format_in_any_mode(tmp_path: Path, suffix: str, mode: str) -> None:
    shown = smooth()
    image = to_lab(shown) if mode == "LAB" else shown.convert("L" if mode[0] in "IF" else "RGB").convert(mode)
    image.save(tmp_path / f"a.{suffix}")
    assert_looks_like(load_photo(tmp_path / f"a.{suffix}").image, shown, 0.3 if mode == "1" else 0.9)


@pytest.mark.parametrize(("suffix", "write", "order"), [("png", png, ">u2"), ("tiff", tiff, "<u2")])
def test_sixteen_bits_a_colour(tmp_path: Path, suffix: str, write: Callable[..., bytes], order: str) -> None:
    deep = (np.asarray(smooth(), dtype=np.uint16) * 257).astype(order)
    filters = b"\0" if suffix == "png" else b""
    (tmp_path / f"a.{suffix}").write_bytes(write(64, 48, 16, b"".join(filters + row.tobytes() for row in deep)))
    assert_looks_like(load_photo(tmp_path / f"a.{suffix}").image, smooth(), 0.999)


def test_numbers_that_are_none_cost_only_their_pixels(tmp_path: Path) -> None:
    values = np.asarray(smooth().convert("L"), dtype=np.float32).copy()
    values[0, :3] = np.nan, np.inf, -np.inf
    Image.fromarray(values).save(tmp_path / "a.tiff")
    assert_looks_like(load_photo(tmp_path / "a.tiff").image, smooth().convert("L"), 0.97)
    Image.fromarray(np.full((48, 64), np.nan, dtype=np.float32)).save(tmp_path / "none.tiff")
    assert load_photo(tmp_path / "none.tiff").image.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_a_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (64, 48), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.save(tmp_path / "a.png", transparency=1)
    assert load_photo(tmp_path / "a.png").image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tiff", "avif", "heic", "mpo"])
def test_the_first_of_several_pictures_is_the_photo(tmp_path: Path, suffix: str) -> None:
    first, second = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    first.save(tmp_path / f"a.{suffix}", save_all=True, append_images=[second])
    assert colours(load_photo(tmp_path / f"a.{suffix}").image) == ["red"] * 4


def smooth() -> Image.Image:
    y, x = np.mgrid[0:48, 0:64]
    return Image.fromarray(np.stack((x * 4, y * 5, 255 - x * 2 - y), axis=2).astype(np.uint8))


def to_lab(image: Image.Image) -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")
    assert converted is not None
    return converted


def assert_looks_like(loaded: Image.Image, shown: Image.Image, least: float) -> None:
    assert (loaded.mode, loaded.size, loaded.info) == ("RGB", shown.size, {})
    grey = [np.asarray(image.convert("L"), dtype=float).ravel() for image in (loaded, shown)]
    assert np.corrcoef(*grey)[0, 1] > least


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert np.asarray(load_photo(tmp_path / "a.png").image).min() == 255


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    photos = Photos()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "a.png")
    first = photos.load(str(tmp_path / "a.png")).ref.id
    Image.new("RGB", (64, 64), "blue").save(tmp_path / "a.png")
    assert photos.load(str(tmp_path / "a.png")).ref.id != first


def test_a_view_is_a_part_of_the_photo_at_its_size(tmp_path: Path) -> None:
    picture(64, 48).save(tmp_path / "a.png")
    photos = Photos()
    photo = photos.load(str(tmp_path / "a.png"))
    half = View(number=2, photo=0, box=Box(x0=0.5, y0=0, x1=1, y1=1), source=1, width=64, height=96)
    assert photos.render(photo.ref, half).size == (64, 96)
    plain = View(number=3, photo=0, box=Box(x0=0.5, y0=0, x1=1, y1=1))
    assert np.array_equal(np.asarray(photos.render(photo.ref, plain)), np.asarray(photo.image)[:, 32:])
