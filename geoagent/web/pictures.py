"""Pictures from outside, decoded within limits, and the photo as it is sent to a service."""

import io
from typing import NamedTuple

from PIL import Image

from geoagent.errors import ToolUnavailable
from geoagent.limited_process import ApartError, Limit, TookTooLong, apart

DECODING = Limit(processor_s=10.0, whole_s=30.0)
SENT_SIDE = 1024
SENT_BYTES = 500_000


class Upload(NamedTuple):
    """A photo in the form in which it leaves the machine: a JPEG of the pixels alone, without metadata.

    `told` describes it for the record of the request.
    """

    jpeg: bytes
    told: str


class Packed(NamedTuple):
    """A photo with the body and the content type of the request that takes it to a service."""

    photo: Upload
    content: bytes
    content_type: str = "image/jpeg"


def bare_jpeg(image: Image.Image) -> Upload:
    """A picture as a JPEG of its pixels alone, at most 1,024 pixels a side and 500 kB, which every service accepts."""
    copy = Image.new("RGB", image.size)
    copy.paste(image)
    side = SENT_SIDE
    while True:
        copy.thumbnail((side, side), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        copy.save(buffer, "JPEG", quality=85)
        size = buffer.tell()
        if size <= SENT_BYTES:
            told = f"a photo of {copy.width} × {copy.height} pixels without metadata, {size} bytes"
            return Upload(buffer.getvalue(), told)
        side = side * 3 // 4


def decode(body: bytes) -> Image.Image:
    """The content of a picture's file as an RGB picture.

    Raises ToolUnavailable for what is no picture, for more than 25 megapixels, and for what takes too long to decode.
    """
    try:
        with apart("geoagent.web.parsing:picture", {}, body, DECODING) as done:
            width, height = done.data["size"]
            return Image.frombytes("RGB", (width, height), done.read(3 * width * height))
    except ApartError as error:
        raise ToolUnavailable(str(error)) from error
    except TookTooLong as error:
        raise ToolUnavailable("a picture that takes too long, or too much memory, to be decoded") from error
