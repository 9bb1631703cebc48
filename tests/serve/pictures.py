"""Pictures to send: small ones with a text, quickly read."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont


@cache
def picture(*lines: str, size: tuple[int, int] = (640, 400), kind: str = "PNG") -> bytes:
    """A plain wall with lines of text, each on a board of its own."""
    image = Image.new("RGB", size, "#8899aa")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(34)
    for number, line in enumerate(lines):
        top = 30 + number * 90
        draw.rectangle((30, top, 60 + draw.textlength(line, font=font), top + 60), fill="white")
        draw.text((45, top + 8), line, fill="black", font=font)
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()
