"""Writes the answered point into a copy of the photo, or an XMP file beside it (`--write-position`).

The photo itself is never changed.
"""

from collections.abc import Sequence
from pathlib import Path

from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError, ImageError
from geoagent.files.outputs import Form, Output, check, write
from geoagent.files.small_files import read_bytes
from geoagent.photo.decoding import MAX_BYTES
from geoagent.photo.geotagging import jpeg_with_position, sidecar

FLAG = "--write-position"
COPIES = (".jpg", ".jpeg")
SIDECAR = ".xmp"


def position_output(path: Path, inputs: Sequence[Path], force: bool = False) -> Output:
    """The file that gets the answered point (flag `--write-position`), to be checked before any work.

    It is a copy of the JPEG or an XMP sidecar. The `inputs` are never written over; `force` lets another file be
    replaced. Raises ConfigError for a suffix other than .jpg, .jpeg and .xmp.
    """
    if path.suffix.lower() not in (*COPIES, SIDECAR):
        raise ConfigError(f"{FLAG}: {path}: a copy ends in {' or '.join(COPIES)}, a sidecar in {SIDECAR}")
    return Output(path, Form("copy with a position", lambda there: False), FLAG, tuple(inputs), force)


def write_position(file: TraceFile, path: Path, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Write the answered point, with the 90 % radius as its error, into a copy of the first photo or into an XMP file.

    `file` is the answer's trace. The `inputs` are never written over, another file only with `force`. Raises
    ConfigError where the answer does not say where, where the photo is no JPEG that can be copied, or where the file
    may not or cannot be written.
    """
    prediction = file.prediction
    if not file.photos:
        raise ConfigError(f"{FLAG}: {path}: there is no photo to write it beside")
    photo = Path(file.photos[0].path)
    output = position_output(path, [*inputs, photo], force)
    if not prediction.points_somewhere:
        raise ConfigError(f"{FLAG}: {path}: there is no position to write: the answer does not say where")
    check(output)
    if path.suffix.lower() == SIDECAR:
        write(output, sidecar(prediction.point, prediction.radius_km_90))
        return
    try:
        copy = jpeg_with_position(read_bytes(photo, MAX_BYTES), prediction.point, prediction.radius_km_90)
    except (ImageError, OSError, ValueError) as error:
        raise ConfigError(f"{FLAG}: {photo.name}: {error}") from error
    write(output, copy)
