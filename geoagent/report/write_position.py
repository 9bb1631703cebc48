"""`--write-position`: the answered point in a copy of the photo, or in an XMP file beside it; never in the photo."""

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
    """The file for `--write-position`, checked before any work: a copy of the JPEG or an XMP sidecar.

    Raises ConfigError.
    """
    if path.suffix.lower() not in (*COPIES, SIDECAR):
        raise ConfigError(f"{FLAG}: {path}: a copy ends in {' or '.join(COPIES)}, a sidecar in {SIDECAR}")
    return Output(path, Form("copy with a position", lambda there: False), FLAG, tuple(inputs), force)


def write_position(file: TraceFile, path: Path, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Write the answered point, with the 90 % radius as its error, into a copy of the first photo or a sidecar.

    Raises ConfigError.
    """
    prediction = file.prediction
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
