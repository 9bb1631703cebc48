"""Small files: read with a bound, since others may have made them, and written whole or not at all."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a plain file. Raises OSError, and ValueError for a pipe, a device, or more than `most` bytes."""
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # else a pipe keeps its reader waiting
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError("a pipe or a device, not a file")
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"more than {most / 1e6:g} MB")
    return data


def read_text(path: Path, most: int) -> str:
    """The text of a plain file in UTF-8. Raises OSError, and ValueError as `read_bytes` does, or for other bytes."""
    return read_bytes(path, most).decode("utf-8")


def write_whole(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write a file so that its name leads to the old content or to all of the new, whatever fails. Raises OSError.

    Text is written in UTF-8. `mode` says who may read the file, less what the umask takes. When this returns, the
    content is on the disk.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:  # whatever it was, no half of it stays
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlive a power cut, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
