import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from geoagent.errors import ImageError
from geoagent.evidence import Box, View
from geoagent.photo import Photos, load_photo


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
    picture().save(photo_path, exif=with_position())
    picture().save(bare_path)
    photo, bare = load_photo(photo_path), load_photo(bare_path)
    assert photo.ref.id == bare.ref.id
    assert photo.metadata.get("camera make") == "Leica"
    assert "Uppsala" not in str(photo.metadata)
    assert "59" not in str(photo.metadata)
    assert photo.image.info == {}
    assert not photo.image.getexif()


def test_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture(64, 48).save(tmp_path / "a.png", exif=exif)
    assert load_photo(tmp_path / "a.png").image.size == (48, 64)


def test_what_leaves_the_process_is_pixels_alone(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg", exif=with_position())
    photos = Photos()
    ref = photos.load(str(tmp_path / "a.jpg")).ref
    url = photos.data_url(ref, View(number=1, photo=0, width=ref.width, height=ref.height), 32)
    assert url == photos.data_url(ref, View(number=2, photo=0, width=ref.width, height=ref.height), 32)
    assert url.startswith("data:image/jpeg;base64,")
    assert "RXhpZg" not in url  # "Exif" in base64, as it stands at the start of a JPEG


def bomb(path: Path) -> None:
    """A PNG of 60,000 × 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def test_bad_input_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "empty.jpg").touch()
    picture(1, 1).save(tmp_path / "dot.png")
    picture(640, 480).save(tmp_path / "whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:5000])
    bomb(tmp_path / "bomb.png")
    faults = {
        "missing.jpg": "no such file",
        ".": "folder",
        "text.jpg": "not a readable picture",
        "empty.jpg": "not a readable picture",
        "dot.png": "too small",
        "half.jpg": "not a readable picture",
        "bomb.png": "megapixels",
    }
    for name, expected in faults.items():
        with pytest.raises(ImageError, match=expected) as raised:
            load_photo(tmp_path / name)
        assert "\n" not in str(raised.value)
    with pytest.raises(ImageError, match="not a usable file name"):
        load_photo(tmp_path / ("x" * 5000))
    with pytest.raises(ImageError, match="an address"):
        load_photo(Path("https://example.org/a.jpg"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_any_mode(tmp_path: Path, mode: str) -> None:
    image = picture().convert("L").convert(mode) if mode in ("I;16", "F") else picture().convert(mode)
    image.save(tmp_path / "a.tiff")
    loaded = np.asarray(load_photo(tmp_path / "a.tiff").image.convert("L"), dtype=float)
    assert load_photo(tmp_path / "a.tiff").image.mode == "RGB"
    grey = np.asarray(picture().convert("L"), dtype=float)
    assert np.corrcoef(loaded.ravel(), grey.ravel())[0, 1] > (0.5 if mode == "1" else 0.9)


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
