"""Numbered views of pictures that are not of the place to be found, such as maps: they are kept in the cache folder,
and no clue is read from them.
"""

import os
import tempfile
from pathlib import Path

from PIL import Image

from geoagent.case.views import PhotoRef, View
from geoagent.files.folders import CACHE, claim
from geoagent.photo import load_photo
from geoagent.tools.core.tool import ToolContext
from geoagent.tools.core.views import next_number


def outside_view(context: ToolContext, picture: Image.Image, what: str) -> View:
    """A new view of a picture that was fetched to compare with the photo; `what` says what the picture shows and where
    it is from.

    The picture is kept in the cache folder. The view gets the case's next number; the caller adds it to the trace.
    """
    ref = _kept(picture, context.wire.pictures)
    return View(
        number=next_number(context), photo=0, width=ref.width, height=ref.height, of=ref, outside=what[:300]
    )  # fmt: skip


def _kept(picture: Image.Image, folder: Path) -> PhotoRef:
    """A picture as a file that is named by its pixels."""
    claim(folder.parent, CACHE)
    folder.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", suffix=".png", dir=folder)
    os.close(handle)
    new = Path(name)
    try:
        picture.convert("RGB").save(new)
        ref = load_photo(new).ref
        path = folder / f"{ref.id}.png"
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return ref.model_copy(update={"path": str(path.absolute()), "panorama": None})
