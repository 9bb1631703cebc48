"""What is read of a photo's metadata: four harmless fields always, the position only where it was asked for.

Whether there is a position is told in any case (`PhotoRef.has_position`), so that nobody takes the file for empty. The
position is the GPS part of EXIF, or else exif:GPSLatitude and exif:GPSLongitude of the XMP packet. The offset of the
camera's clock from UTC and the camera's heading tell of the place too, and so are read only where the position is. What
part of the sphere a panorama shows is read by `panorama`. Nothing else is read: no GPS time, place names, captions,
software or maker notes.
"""

import io
import math
import re
from functools import cache
from typing import Any, NamedTuple

from PIL import ExifTags, Image

from geoagent.geo import Point

FOCAL_MM = (5.0, 2000.0)
"""The focal lengths that lenses have, in equivalents of 35 mm film; others are not taken."""
EXIF_CLUES = {
    ExifTags.Base.Make: "camera make",
    ExifTags.Base.Model: "camera model",
    ExifTags.Base.DateTimeOriginal: "time taken",
    ExifTags.Base.FocalLengthIn35mmFilm: "focal length (35 mm equivalent)",
}
_BLOCKS = {
    "exif": "EXIF", "xmp": "XMP", "XML:com.adobe.xmp": "XMP", "photoshop": "IPTC", "comment": "a comment", "mp": "MPF",
}  # fmt: skip
_XMP_ANGLE = (
    r"[\s:<]{}\s*(?:=\s*[\"']|>)\s*(\d{{1,3}}),(\d{{1,2}}(?:\.\d{{1,12}})?)(?:,(\d{{1,2}}(?:\.\d{{1,12}})?))?\s*([{}])"
)
_XMP_LATITUDE = re.compile(_XMP_ANGLE.format("GPSLatitude", "NS"))
_XMP_LONGITUDE = re.compile(_XMP_ANGLE.format("GPSLongitude", "EW"))


_TIME = re.compile(r"[12]\d{3}:\d\d:\d\d \d\d:\d\d:\d\d")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


class Shot(NamedTuple):
    """When a photo was taken and where the camera looked, as the metadata tell; None for what they do not tell.

    `clock` is what the camera's clock showed, as "2024:06:01 14:30:00"; `offset` how far that was ahead of UTC, such as
    "+02:00". `heading_deg` counts clockwise from north: from magnetic north where `magnetic` is set, else from true
    north.
    """

    clock: str | None = None
    offset: str | None = None
    heading_deg: float | None = None
    magnetic: bool = False


class CameraFact(NamedTuple):
    """One field of the metadata that the camera wrote, in words: its name, such as "camera model", and its value.

    `focal_mm` is the number for the focal length, in equivalents of 35 mm film; None for all other fields.
    """

    name: str
    value: str
    focal_mm: float | None = None


def read_camera(file: Image.Image) -> tuple[CameraFact, ...]:
    """Make and model of the camera, time and focal length; what the file does not tell is left out.

    Damaged metadata give an empty result.
    """
    try:
        exif = file.getexif()
        values = {**dict(exif), **exif.get_ifd(ExifTags.IFD.Exif)}
    except Exception:  # damaged metadata raise anything, and must not cost the photo
        return ()
    found = []
    for tag, name in EXIF_CLUES.items():
        value = "".join(ch for ch in str(values.get(tag, ""))[:200] if ch.isprintable()).strip()[:80]
        if value:
            focal_mm = _focal_mm(value) if tag == ExifTags.Base.FocalLengthIn35mmFilm else None
            found.append(CameraFact(name, value, focal_mm))
    return tuple(found)


def _focal_mm(value: str) -> float | None:
    try:
        focal_mm = float(value)
    except ValueError:
        return None
    return focal_mm if FOCAL_MM[0] <= focal_mm <= FOCAL_MM[1] else None


def read_shot(file: Image.Image) -> Shot:
    """When the photo was taken, with the clock's offset from UTC, and where the camera looked.

    Offset and heading tell of the place, so call this only where the position may be read. Damaged metadata give an
    empty `Shot`.
    """
    tags = ExifTags.GPS
    try:
        exif = file.getexif()
        details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        clock, offset = (
            str(details.get(tag, "")).strip("\0 ")
            for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal)
        )
        found = gps.get(tags.GPSImgDirection)
        heading_deg = math.nan if found is None else float(found)
        magnetic = str(gps.get(tags.GPSImgDirectionRef, "")).strip("\0 ").upper()[:1] != "T"
    except Exception:  # damaged metadata raise anything, and must not cost the photo
        return Shot()
    turned = heading_deg % 360 if 0 <= heading_deg <= 360 else None
    is_time, is_offset = _TIME.fullmatch(clock), _OFFSET.fullmatch(offset)
    return Shot(clock if is_time else None, offset if is_offset else None, turned, magnetic and turned is not None)


def read_blocks(file: Image.Image) -> tuple[str, ...]:
    """The names of the kinds of metadata in a photo's file: "EXIF", "XMP", "IPTC", "a comment", "MPF" and "text".

    Colour profiles are left out.
    """
    file.load()  # a PNG may hold them behind the pixels
    texts = ("text",) if getattr(file, "text", None) else ()
    return (*dict.fromkeys(name for key, name in _BLOCKS.items() if file.info.get(key)), *texts)


def read_quality(file: Image.Image) -> int | None:
    """The quality, from 1 to 100, of a JPEG whose table is the one that libjpeg writes at that quality; None for any
    other picture.
    """
    tables = getattr(file, "quantization", None)
    return _qualities().get(tuple(tables[0])) if tables and 0 in tables else None


@cache
def _qualities() -> dict[tuple[int, ...], int]:
    """The qualities of libjpeg, by the tables that it writes at each."""
    found = dict[tuple[int, ...], int]()
    for quality in range(1, 101):
        buffer = io.BytesIO()
        Image.new("L", (8, 8)).save(buffer, "JPEG", quality=quality)
        with Image.open(buffer) as file:
            found[tuple(file.quantization[0])] = quality  # type: ignore[attr-defined]
    return found


def read_position(file: Image.Image) -> Point | None:
    """The position in the metadata of a photo, from EXIF before XMP; None where neither holds a usable one.

    Usable is one with both angles and their hemispheres, finite and in range. (0, 0) is not taken: devices without a
    fix write it, and hardly anyone takes photos there.
    """
    return _exif_position(file) or _xmp_position(file)


def _exif_position(file: Image.Image) -> Point | None:
    tags = ExifTags.GPS
    try:
        gps = file.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(gps[tags.GPSLatitude], gps[tags.GPSLatitudeRef], "NS")
        lon = _degrees(gps[tags.GPSLongitude], gps[tags.GPSLongitudeRef], "EW")
    except Exception:  # damaged metadata raise anything, and must not cost the photo
        return None
    return _point(lat, lon)


def _xmp_position(file: Image.Image) -> Point | None:
    file.load()  # a PNG may hold it behind the pixels
    packet = file.info.get("xmp") or file.info.get("XML:com.adobe.xmp") or ""
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    lat, lon = _XMP_LATITUDE.search(text), _XMP_LONGITUDE.search(text)
    if lat is None or lon is None:
        return None
    (*lat_parts, south), (*lon_parts, west) = lat.groups(default="0"), lon.groups(default="0")
    return _point(_degrees(lat_parts, south, "NS"), _degrees(lon_parts, west, "EW"))


def _degrees(parts: Any, hemisphere: Any, hemispheres: str) -> float:
    """Degrees, minutes and seconds as signed degrees; NaN for what is no angle."""
    letter = str(hemisphere).strip("\0 ").upper()[:1]
    values = [float(part) for part in parts]
    if not letter or letter not in hemispheres or not 1 <= len(values) <= 3:
        return math.nan
    degrees, minutes, seconds = values + [0.0] * (3 - len(values))
    if min(values) < 0 or minutes > 60 or seconds > 60:
        return math.nan
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if letter in "SW" else 1)


def _point(lat: float, lon: float) -> Point | None:
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return Point(lat=lat, lon=lon) if lat or lon else None
