"""The photo that is to be solved, where a person gives its web address instead of a file."""

import httpx

from geoagent.errors import ImageError, ToolError
from geoagent.plain_text import file_name, printable
from geoagent.web.allowed_services import is_allowed
from geoagent.web.fetch import PICTURE
from geoagent.web.gate import Gate, Wire
from geoagent.web.provider import Provider

PHOTO_ADDRESS = Provider(
    name="photo_address",
    answers="the photo that is to be solved, where a person gives its address",
    terms="those of each site",
    base_url="",
    accepts=(*PICTURE, "image/avif", "image/heic", "image/heif", "image/tiff", "image/bmp"),
    keep_s=0.0,
    max_bytes=60_000_000,
)
SECONDS = 60.0


def is_address(photo: object) -> bool:
    """Whether a photo is given by its web address: a text that begins with http:// or https://."""
    return isinstance(photo, str) and photo.lower().startswith(("http://", "https://"))


def fetch_photo(address: str, gate: Gate) -> bytes:
    """The content of the photo at a web address, fetched through the gate.

    Raises ImageError where the user has not allowed that (`online`), or it cannot be fetched.
    """
    shown = printable(address)[:300]
    if not is_allowed(PHOTO_ADDRESS, gate.settings):
        raise ImageError(
            f"{shown}: an address, not a file; allow its fetching with --online (in Python online=True), or download "
            "it and name the file"
        )
    wire = Wire(gate).during(SECONDS, (), lambda tool: False)
    try:
        wire.supply([address])
        return wire.read(PHOTO_ADDRESS, address).body
    except ToolError as error:
        raise ImageError(f"{shown}: the photo was not fetched: {error}") from error


def name_in(address: str) -> str:
    """A file name for the photo at a web address, from the end of the address; "photo" where that gives none."""
    try:
        return file_name(httpx.URL(address).path.rstrip("/").rpartition("/")[2])
    except httpx.InvalidURL:
        return file_name("")
