"""Folders of our own: each carries a file that says what it is, and nothing else is ever taken for one.

A folder that holds anything else is refused before anything in it is touched. One from before there was such a file is
recognised by its content, and gets it. What is deleted in a folder has a name of our own making.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Set
from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.files.outputs import read_object
from geoagent.files.small_files import write_whole
from geoagent.plain_text import printable

MARKER = ".geoagent-folder"
FORMAT = 1
"""Of the marker and the folder; a folder of a later one is refused."""
ASIDE = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "lost+found", ".gitkeep"})
"""What systems put into folders that are empty."""


class FolderKind(NamedTuple):
    """A kind of folder that geoagent keeps: its name, advice where another is to be named, and a test that recognises
    one without its marker file.

    `was_ours` gets the folder and the names in it; it may raise what reading a file of another kind raises.
    """

    name: str
    advice: str
    was_ours: Callable[[Path, Set[str]], bool]


def claim(folder: Path, kind: FolderKind, mode: int = 0o777) -> None:
    """Make a folder that geoagent keeps, or make sure that it is one, before anything is written there.

    Raises ConfigError, with nothing touched, for a folder that holds anything else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
        if not is_claimed(folder, kind):
            _mark(folder, kind)
    except OSError as error:
        raise ConfigError(f"{folder}: no folder for a {kind.name}: {error.strerror or error}") from error


def is_ours(folder: Path, kind: FolderKind) -> bool:
    """Whether a folder is of a kind, by its marker, or else by its content. Raises ConfigError, OSError."""
    return is_claimed(folder, kind) or _was_ours(folder, kind, _names(folder))


def is_claimed(folder: Path, kind: FolderKind) -> bool:
    """Whether a folder carries the marker of a kind. Raises ConfigError where it carries another."""
    path = folder / MARKER
    try:
        marked = read_object(path)
        found, made_as = str(marked["folder"]), int(marked["format"])
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ConfigError(f"{path}: damaged, so what the folder holds is not certain; {kind.advice}") from error
    if found != kind.name:
        raise ConfigError(f"{folder} holds a {printable(found)[:40]} of geoagent, not a {kind.name}; {kind.advice}")
    if made_as > FORMAT:
        raise ConfigError(f"{folder} was made by a later version of geoagent; {kind.advice}")
    return True


def _mark(folder: Path, kind: FolderKind) -> None:
    from importlib.metadata import version

    names = {name for name in _names(folder) if not name.startswith(f".{MARKER}.")} - ASIDE
    if MARKER in names:  # another process was first
        is_claimed(folder, kind)
        return
    if names and not _was_ours(folder, kind, names) and not is_claimed(folder, kind):
        raise ConfigError(f"{folder} is not empty and holds no {kind.name} of geoagent; {kind.advice}")
    marker = {"folder": kind.name, "format": FORMAT, "geoagent": version("geoagent-locate")}
    write_whole(folder / MARKER, json.dumps(marker) + "\n")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _was_ours(folder: Path, kind: FolderKind, names: Set[str]) -> bool:
    try:
        return bool(names) and kind.was_ours(folder, names)
    except (OSError, ValueError, KeyError, TypeError, ConfigError):  # it cannot be read as ours
        return False


def own_files(folder: Path, is_own: Callable[[str], bool]) -> list[Path]:
    """The files in a folder whose names geoagent made (`is_own` tells); none where the folder is a link to another.

    Raises OSError.
    """
    if folder.is_symlink() or not folder.exists():
        return []
    return [path for path in sorted(folder.iterdir()) if is_own(path.name) and (path.is_symlink() or not path.is_dir())]


def remove_own(folder: Path, is_own: Callable[[str], bool]) -> list[str]:
    """Remove the files whose names geoagent made (`is_own` tells) from a folder, then the folder if nothing else is in
    it.

    The names of what stays are returned; a link to a folder stays as it is. Raises OSError.
    """
    if folder.is_symlink():
        return [folder.name]
    for path in own_files(folder, is_own):
        path.unlink(missing_ok=True)
    if not folder.exists():
        return []
    left = sorted(_names(folder) - {MARKER})
    if not left:
        (folder / MARKER).unlink(missing_ok=True)
        folder.rmdir()
    return left


def has_tables(path: Path, *names: str) -> bool:
    """Whether a file is an SQLite database that has these tables; it is only read. Raises ValueError."""
    if not path.is_file():
        return False
    log = path.with_name(f"{path.name}-wal")
    if set(names) <= _tables(path) or not log.is_file():
        return set(names) <= _tables(path)
    with tempfile.TemporaryDirectory(prefix="geoagent-") as aside:  # reading the log where it lies would change files
        copy = Path(aside) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(log, copy.with_name(log.name))
        return set(names) <= _tables(copy, "mode=rw")


def _tables(path: Path, how: str = "immutable=1") -> set[str]:
    import sqlite3

    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=1.0)
        try:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ValueError(str(error)) from error


def _was_cache(folder: Path, names: Set[str]) -> bool:
    """Whether it holds an atlas of ours, or nothing but what caches hold."""
    atlases = [name for name in names if name.startswith("atlas-")]
    if any((folder / name / "columns.npz").is_file() and (folder / name / "areas.json").is_file() for name in atlases):
        return True
    databases = [(name, table) for name, table in (("answers.sqlite", "answers"), ("judge.sqlite", "answer"))]
    known = {"models", "geoclip", "pictures", *(f"{name}{end}" for name, _ in databases for end in JOURNALS)}
    rest = {name for name in names - known if not name.startswith((".atlas-", "geoclip-gallery-"))}
    return not rest and all(has_tables(folder / name, table) for name, table in databases if name in names)


JOURNALS = ("", "-wal", "-shm", "-journal")
CACHE = FolderKind("cache", "name another folder in GEOAGENT_CACHE_DIR", _was_cache)
