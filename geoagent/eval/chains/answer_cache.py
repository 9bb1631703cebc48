"""Keeps what model judges answered on disk, so that the same question is asked once."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from geoagent.errors import ConfigError
from geoagent.files.folders import CACHE, JOURNALS, claim

T = TypeVar("T")


class JudgeCache:
    """Answers of model judges by the hash of server, model and question, kept in the SQLite file `path`.

    Threads may share it. A damaged file is made anew. Raises ConfigError where answers cannot be kept there.
    """

    def __init__(self, path: Path) -> None:
        claim(path.parent, CACHE)
        self._path, self._lock = path, threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._with(lambda file: None)

    def get(self, question: str) -> str | None:
        """The answer that is kept for a question; None where there is none.

        `question` is the hash that `put` was given.
        """
        row = self._with(lambda f: f.execute("SELECT text FROM answer WHERE question = ?", (question,)).fetchone())
        return str(row[0]) if row else None

    def put(self, question: str, text: str) -> None:
        """Keep the answer `text` of a model judge. `question` is the hash of server, model and question."""
        self._with(lambda file: file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (question, text)))

    def close(self) -> None:
        """Close the SQLite file; the next call of `get` or `put` opens it again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            try:
                try:
                    return self._done(work)
                except sqlite3.OperationalError:  # busy, full or not allowed: nothing is damaged
                    raise
                except sqlite3.DatabaseError:
                    self._remove()
                    return self._done(work)
            except (OSError, sqlite3.Error) as error:
                raise ConfigError(f"{self._path}: the judge's answers cannot be kept there: {error}") from error

    def _done(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._file is None:
            self._file = sqlite3.connect(self._path, check_same_thread=False)
        with self._file:
            self._file.execute("CREATE TABLE IF NOT EXISTS answer (question TEXT PRIMARY KEY, text TEXT)")
            return work(self._file)

    def _remove(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        for end in JOURNALS:
            self._path.with_name(f"{self._path.name}{end}").unlink(missing_ok=True)
