"""A position in a copy of a JPEG, or in a sidecar: read back by the reader of photos, pixels as they were."""

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import ExifTags, Image

from geoagent.errors import ConfigError, ImageError
from geoagent.geo import Point
from geoagent.photo import read_position
from geoagent.photo.geotagging import jpeg_with_position, sidecar
from geoagent.report.write_position import write_position
from tests.photo.test_metadata import exif, packet
from tests.report.made import made

POINTS = [Point(lat=-41.65606, lon=-0.87734), Point(lat=0.5, lon=179.99999), Point(lat=90, lon=-180)]


def jpeg(**kept: Any) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG", **kept)
    return buffer.getvalue()


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_copy_holds_this_position_alone_and_its_error(tmp_path: Path, point: Point) -> None:
    before = jpeg(exif=exif(), xmp=packet())
    (tmp_path / "copy.jpg").write_bytes(jpeg_with_position(before, point, 8.538))
    found = read_position(tmp_path / "copy.jpg")
    assert found is not None
    assert (found.lat, found.lon) == pytest.approx((point.lat, point.lon), abs=1e-7)
    with Image.open(tmp_path / "copy.jpg") as copy, Image.open(io.BytesIO(before)) as was:
        gps = copy.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert float(gps[ExifTags.GPS.GPSHPositioningError]) == 8538
        assert copy.getexif()[ExifTags.Base.Make] == "Leica"
        assert copy.tobytes() == was.tobytes()
        assert b"GPSLatitude" not in copy.info["xmp"] and b"photoshop:City" in copy.info["xmp"]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_sidecar_is_xml_that_is_read_as_the_same_position(tmp_path: Path, point: Point) -> None:
    text = sidecar(point, 0.05)
    ElementTree.fromstring(text.encode())
    Image.new("RGB", (64, 64)).save(tmp_path / "a.jpg", xmp=text.encode())
    found = read_position(tmp_path / "a.jpg")
    assert found is not None and (found.lat, found.lon) == pytest.approx((point.lat, point.lon), abs=1e-7)
    assert 'GPSHPositioningError="50/1"' in text


def test_damaged_metadata_give_way_and_too_much_is_said() -> None:
    damaged = jpeg().replace(b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x10Exif\0\0garbage!", 1)
    with Image.open(io.BytesIO(jpeg_with_position(damaged, POINTS[0], 1))) as copy:
        assert copy.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    full = Image.Exif()
    full[ExifTags.Base.ImageDescription] = "x" * 65_400
    with pytest.raises(ImageError, match="sidecar"):
        jpeg_with_position(jpeg(exif=full), POINTS[0], 1)


def test_neither_another_format_nor_an_unknown_place_nor_an_existing_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    photo = made().photos[0].model_copy(update={"path": str(tmp_path / "a.png")})
    file = made().model_copy(update={"photos": (photo,)})
    with pytest.raises(ConfigError, match="only a JPEG"):
        write_position(file, tmp_path / "copy.jpg")
    unknown = file.model_copy(update={"prediction": made(is_known=False).prediction})
    with pytest.raises(ConfigError, match="no position to write"):
        write_position(unknown, tmp_path / "copy.xmp")
    write_position(file, tmp_path / "copy.xmp")
    with pytest.raises(ConfigError, match="--force"):
        write_position(file, tmp_path / "copy.xmp")
    write_position(file, tmp_path / "copy.xmp", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "copy.xmp"]
