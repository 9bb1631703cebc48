"""A position written into the copy of a JPEG, or into an XMP file beside a photo; the pixels stay as they are."""

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from geoagent.errors import ImageError
from geoagent.geo import Point

LONGEST_SEGMENT = 65_533
EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_SCAN, _APP1 = 0xDA, 0xE1
_XMP_POSITION = re.compile(
    rb"\bexif:GPS\w+\s*=\s*(\"[^\"]*\"|'[^']*')|<exif:GPS(\w+)\b[^>]*>[^<]*</exif:GPS\2\s*>|<exif:GPS\w+\b[^>]*/>"
)
PROCESSING = b"ASCII\0\0\0geoagent"
"""How the position came about, as EXIF has it."""


def jpeg_with_position(jpeg: bytes, point: Point, radius_km: float) -> bytes:
    """A copy of a JPEG, given as bytes, whose EXIF GPS fields hold `point`, and `radius_km` as its error; pixels stay
    as they are.

    An earlier position in EXIF or XMP is removed. Raises ImageError for what is no JPEG, or where the metadata leave no
    room.
    """
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise ImageError("only a JPEG can be copied with a position; for other photos name a sidecar, FILE.xmp")
    exif = EXIF + _exif(jpeg, point, radius_km).removeprefix(EXIF)
    if len(exif) > LONGEST_SEGMENT:
        raise ImageError("the metadata leave no room for a position; name a sidecar, FILE.xmp")
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    return b"\xff\xd8" + segment + b"".join(_other_parts(jpeg))


def sidecar(point: Point, radius_km: float) -> str:
    """The text of an XMP file (a sidecar, to lie beside a photo) that holds `point`, and `radius_km` as its error."""
    lat, lon = _angle(point.lat, "NS"), _angle(point.lon, "EW")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="geoagent">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"\n'
        f"   exif:GPSLatitude={quoteattr(lat)}\n   exif:GPSLongitude={quoteattr(lon)}\n"
        f'   exif:GPSHPositioningError="{round(1000 * radius_km)}/1"\n'
        '   exif:GPSMapDatum="WGS-84"\n   exif:GPSProcessingMethod="geoagent"/>\n'
        " </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n"
    )  # fmt: skip


def _exif(jpeg: bytes, point: Point, radius_km: float) -> bytes:
    """The EXIF of a JPEG with this position alone; where it cannot be read or written again, the position alone."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as file:
            exif = file.getexif()
            exif.get_ifd(ExifTags.IFD.Exif)
        return _located(exif, point, radius_km)
    except Exception:  # damaged metadata raise anything
        return _located(Image.Exif(), point, radius_km)


def _located(exif: Image.Exif, point: Point, radius_km: float) -> bytes:
    tags, gps = ExifTags.GPS, exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps.clear()
    error = IFDRational(round(1000 * radius_km), 1)
    gps.update({**position_fields(point), tags.GPSProcessingMethod: PROCESSING, tags.GPSHPositioningError: error})
    return exif.tobytes()


def position_fields(point: Point) -> dict[int, Any]:
    """The GPS fields of EXIF that hold a point."""
    tags = ExifTags.GPS
    return {
        tags.GPSVersionID: b"\x02\x03\x00\x00",
        tags.GPSLatitudeRef: "N" if point.lat >= 0 else "S", tags.GPSLatitude: _parts(abs(point.lat)),
        tags.GPSLongitudeRef: "E" if point.lon >= 0 else "W", tags.GPSLongitude: _parts(abs(point.lon)),
        tags.GPSMapDatum: "WGS-84",
    }  # fmt: skip


def _parts(angle: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and seconds, to a ten-thousandth of a second."""
    ticks = round(angle * 36_000_000)
    degrees, ticks = divmod(ticks, 36_000_000)
    minutes, ticks = divmod(ticks, 600_000)
    return IFDRational(degrees, 1), IFDRational(minutes, 1), IFDRational(ticks, 10_000)


def _angle(angle: float, hemispheres: str) -> str:
    """An angle as XMP has it: "41,39.363600N"."""
    ticks = round(abs(angle) * 60_000_000)
    degrees, ticks = divmod(ticks, 60_000_000)
    return f"{degrees},{ticks / 1_000_000:.6f}{hemispheres[0] if angle >= 0 else hemispheres[1]}"


def _other_parts(jpeg: bytes) -> Iterator[bytes]:
    """What follows the beginning of a JPEG, without its EXIF, and without a position in its XMP."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _SCAN:
        if jpeg[at + 1] == 0xFF:  # a filler
            at += 1
            continue
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        part = jpeg[at:end]
        is_app1 = jpeg[at + 1] == _APP1
        if is_app1 and part[4:].startswith(XMP):
            yield _XMP_POSITION.sub(lambda found: b" " * len(found[0]), part)
        elif not (is_app1 and part[4:].startswith(EXIF)):
            yield part
        at = end
    yield jpeg[at:]
