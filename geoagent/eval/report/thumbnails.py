"""Small copies of photos that lie inside a report: pixels alone, no metadata."""

import base64
import io
from collections.abc import Collection
from pathlib import Path

from PIL import Image

from geoagent.errors import ImageError
from geoagent.photo import load_photo
from geoagent.runs.samples import Sample

SIDE = 360
QUALITY = 70


def thumbnail(sample: Sample, solved: Collection[str]) -> str | None:
    """The first photo of a sample as a data address, its long side at most 360 pixels; None where it is not there.

    `solved` are the ids of the photos that the run solved. Another picture is never shown: a run may be anybody's, and
    could name any file of this machine.
    """
    if not sample.images:
        return None
    try:
        ref, image, _ = load_photo(Path(sample.images[0]))
    except ImageError:
        return None
    if ref.id not in solved:
        return None
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
