"""Small copies of photos that lie inside the report: pixels only, no metadata."""

import base64
import io
from pathlib import Path

from PIL import Image

from geoagent.errors import ImageError
from geoagent.eval.samples import Sample
from geoagent.photo import load_photo

SIDE = 360
QUALITY = 70


def thumbnail(sample: Sample) -> str | None:
    """The first photo of a sample as a data address, its long side at most 360 pixels; None where it is not there."""
    if not sample.images:
        return None
    try:
        image = load_photo(Path(sample.images[0])).image
    except ImageError:
        return None
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
