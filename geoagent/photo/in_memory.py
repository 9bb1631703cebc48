"""Photos that are given as bytes or pixels are held in temporary files, since a photo is known by its path."""

import io
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from geoagent.errors import ImageError

PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
"""What a PNG can hold as it is."""


class HeldPhotos:
    """A temporary folder for photos that were given as bytes or pixels and have no file.

    It is removed with this object, or when the process ends; `let_go` removes single photos before.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0
        self._called: dict[Path, str] = {}
        self._lock = threading.Lock()

    def hold(self, photo: bytes | Image.Image, name: str = "") -> Path:
        """Write a photo into the temporary folder and return its path; pixels are written as a PNG with their EXIF.

        `name` is the name of its file; without one it is "photo N". Bytes are not checked. Raises ImageError where
        pixels cannot be written as a picture.
        """
        content = photo if isinstance(photo, bytes) else _encoded(photo)
        with self._lock:
            if self._folder is None:
                folder = tempfile.TemporaryDirectory(prefix="geoagent-photos-")
                weakref.finalize(self, folder.cleanup)
                self._folder = Path(folder.name)
            self._count += 1
            number = self._count
        place = self._folder / str(number)
        place.mkdir()
        path = place / (name or f"photo {number}")
        path.write_bytes(content)
        self._called[path] = name or f"the {'bytes' if isinstance(photo, bytes) else 'pixels'} given"
        return path

    def called(self, path: Path) -> str:
        """What a message calls the photo at a path: not by the path of a file held here, which nobody knows."""
        return self._called.get(path, str(path))

    def let_go(self, paths: Iterable[Path]) -> None:
        """Remove the files at these paths that are held here; other paths are passed over."""
        for path in paths:
            if self._folder is not None and path.parent.parent == self._folder:
                shutil.rmtree(path.parent, ignore_errors=True)
                self._called.pop(path, None)


def _encoded(picture: Image.Image) -> bytes:
    """Pixels as a PNG, with what the picture says of the camera, its orientation and its position."""
    buffer = io.BytesIO()
    try:
        plain = picture if picture.mode in PNG_MODES else picture.convert("RGB")
        plain.save(buffer, "PNG", exif=picture.getexif().tobytes())
    except (OSError, ValueError) as error:
        raise ImageError(f"the picture cannot be read: {error}") from error
    return buffer.getvalue()
