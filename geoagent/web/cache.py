"""Answers of services, kept on disk until they expire."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from geoagent.errors import ConfigError
from geoagent.files.folders import CACHE, JOURNALS, claim
from geoagent.web.fetch import Response

T = TypeVar("T")
MOST = 20_000
"""Answers that are kept; beyond that the oldest go."""
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, url TEXT, content_type TEXT, body BLOB, stored REAL, expires REAL
) WITHOUT ROWID
"""


class ServiceCache:
    """Answers of services kept in one SQLite file, shared by threads and processes.

    Where the disk fails nothing is kept, and no error is raised. A damaged file is removed and made anew.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, key: str) -> Response | None:
        """The answer that is kept under a key; None where there is none, or it has expired."""

        def find(db: sqlite3.Connection) -> Any:
            question = "SELECT url, content_type, body FROM answers WHERE key = ? AND expires > ?"
            return db.execute(question, (key, self._clock())).fetchone()

        found = self._with(find)
        if found is None or tuple(map(type, found)) != (str, str, bytes):
            return None
        return Response(found[0], 200, found[1], found[2])

    def put(self, key: str, answer: Response, keep_s: float) -> None:
        """Keep an answer under a key for `keep_s` seconds; it replaces an earlier one."""
        now = self._clock()
        row = (key, answer.url, answer.content_type, answer.body, now, now + keep_s)
        self._with(lambda db: db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row))

    def close(self) -> None:
        """Close the file of kept answers; it is opened again when it is next needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock:
            try:
                self._connection = self._connection or self._open()
                with self._connection:
                    return work(self._connection)
            except (sqlite3.Error, OSError, ConfigError) as error:
                if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                    self._make_anew()
                return None

    def _make_anew(self) -> None:
        """Remove a damaged file; the next question makes another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        with suppress(OSError):
            for end in JOURNALS:
                self._path.with_name(f"{self._path.name}{end}").unlink(missing_ok=True)

    def _open(self) -> sqlite3.Connection:
        claim(self._path.parent, CACHE)
        db = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
        self._path.chmod(0o600)
        with db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(_TABLE)
            db.execute("DELETE FROM answers WHERE expires <= ?", (self._clock(),))
            oldest = "SELECT key FROM answers ORDER BY stored DESC LIMIT -1 OFFSET ?"
            db.execute(f"DELETE FROM answers WHERE key IN ({oldest})", (MOST,))
        return db
