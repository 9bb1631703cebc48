"""Files that are written where a person says: never over what is read, nor over another kind of file.

Every writer of such a file goes through here. What is there already is written over only if it is empty, an earlier
output of the same form (told by its content, not by its name), or the person says so with `--force`. An input is never
written over, by whatever name, symbolic link or hard link it is reached. A file appears whole or not at all.
"""

import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.files.small_files import read_text

MOST_OBJECT = 1_000_000_000
LONGEST_NAME = 40
"""Characters of a file's name in that of the fresh file beside it; file systems take 255 bytes."""


class Form(NamedTuple):
    """A kind of file that geoagent writes: its name, and a test that recognises one by its content.

    The test may raise.
    """

    name: str
    is_one: Callable[[Path], bool]


@dataclass(frozen=True)
class Output:
    """A file that is to be written: its path and form, the flag that named it, and the files that are read on the way.

    `inputs` are files, or folders that stand for every file in and below them.
    """

    path: Path
    form: Form
    flag: str = ""
    inputs: tuple[Path, ...] = ()
    force: bool = False


def check(*outputs: Output) -> None:
    """Raise ConfigError unless each output may be written, and each to a file of its own. Call it before any work."""
    for number, output in enumerate(outputs):
        _check(output)
        for other in outputs[:number]:
            if _is_same(output.path, other.path):
                raise ConfigError(f"{_told(output)} is what {other.flag or other.form.name} writes; name another file")


def write(output: Output, content: str | bytes) -> None:
    """Write a file whole or not at all. Raises ConfigError."""
    with replaced(output) as fresh:
        fresh.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def replaced(output: Output) -> Iterator[Path]:
    """A fresh file to write in, which takes the place of what was there once it is whole. Raises ConfigError."""
    check(output)
    try:
        with _through(output.path) if _takes_anything(output.path) else whole(output.path) as fresh:
            yield fresh
    except OSError as error:
        raise ConfigError(f"{_told(output)}: {error.strerror or error}") from error


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A fresh file beside a path, which takes its place, with its rights, when the block ends well.

    Of a symbolic link it takes the place of the file that the link leads to. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    fresh = path.with_name(f".{path.name[:LONGEST_NAME]}.{secrets.token_hex(4)}.part")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield fresh
        _keep(fresh)
        if path.exists():
            fresh.chmod(stat.S_IMODE(path.stat().st_mode))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _check(output: Output) -> None:
    path = output.path
    try:
        there = path.stat()
    except FileNotFoundError:
        there = None
    except OSError as error:
        raise ConfigError(f"{_told(output)}: {error.strerror or error}") from error
    if there is not None and _takes_anything(path):
        return
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or path.is_dir():
        raise ConfigError(f"{_told(output)}: cannot write there; its folder must be there")
    if there is None:
        return
    if not stat.S_ISREG(there.st_mode) or not os.access(path, os.W_OK):
        raise ConfigError(f"{_told(output)}: cannot write over it; name another file")
    if (read := _read_as(there, output.inputs)) is not None:
        raise ConfigError(f"{_told(output)} is {read}, which is read; name another file")
    if there.st_size and not output.force and not is_one(output.form, path):
        raise ConfigError(
            f"{_told(output)} is there already, and nothing in it says that it is a {output.form.name} of geoagent; "
            "name another file, or write over it with --force"
        )


def _told(output: Output) -> str:
    return f"{output.flag}: {output.path}" if output.flag else str(output.path)


def is_one(form: Form, path: Path) -> bool:
    """Whether a file has a form, as far as the test of the form can tell."""
    try:
        return form.is_one(path)
    except Exception:  # it is damaged, or something else altogether: readers of forms fail in many ways on it
        return False


def _takes_anything(path: Path) -> bool:
    """Whether it is a pipe, a terminal or the like, which takes what is written and loses nothing by it."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


@contextmanager
def _through(path: Path) -> Iterator[Path]:
    """A fresh file elsewhere, which is written into a pipe or the like when the block ends well."""
    with tempfile.TemporaryDirectory(prefix="geoagent-") as folder:
        yield (fresh := Path(folder) / "output")
        with fresh.open("rb") as source, path.open("wb") as sink:
            shutil.copyfileobj(source, sink)


def _is_same(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.samefile(other) and not _takes_anything(path)
    return os.path.realpath(path) == os.path.realpath(other)


def _read_as(there: os.stat_result, inputs: Sequence[Path]) -> Path | None:
    """The input that a file is, by whatever name; None where it is none."""
    for file in _files(inputs):
        try:
            if os.path.samestat(file.stat(), there):
                return file
        except OSError:  # an input that is not there cannot be lost; whoever reads it says so
            continue
    return None


def _files(inputs: Iterable[Path]) -> Iterator[Path]:
    for path in inputs:
        yield path
        for folder, _, names in os.walk(path):
            yield from (Path(folder) / name for name in names)


def _keep(path: Path) -> None:
    """Have the disk keep a file before its name counts."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def holds(path: Path, *marks: str) -> bool:
    """Whether a file is text that holds all of the given strings."""
    data = path.read_bytes()
    return all(mark.encode() in data for mark in marks)


def begins(path: Path, *starts: bytes) -> bool:
    """Whether a file begins with any of the given bytes."""
    with path.open("rb") as file:
        return file.read(max(map(len, starts))).startswith(starts)


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object. Raises ValueError for anything else."""
    try:
        value = json.loads(read_text(path, MOST_OBJECT))
    except RecursionError as error:
        raise ValueError(f"{path}: nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path}: not an object")
    return value


def has_software(path: Path, name: str) -> bool:
    """Whether a PNG's "Software" text says that `name` made it."""
    with path.open("rb") as file:
        head = file.read(1000)
    return head.startswith(b"\x89PNG\r\n") and b"tEXtSoftware\0" + name.encode() in head
