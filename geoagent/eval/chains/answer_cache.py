"""What model judges answered, kept on disk: the same question is asked once."""

import sqlite3
import threading
from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.files.folders import CACHE, claim


class AnswerCache:
    """Answers by the hash of server, model and question, in one SQLite file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        claim(path.parent, CACHE)
        try:
            self._file = sqlite3.connect(path, check_same_thread=False)
            self._file.execute("CREATE TABLE IF NOT EXISTS answer (question TEXT PRIMARY KEY, text TEXT)")
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"{path}: the judge's answers cannot be kept there: {error}") from error
        self._lock = threading.Lock()

    def get(self, question: str) -> str | None:
        """The answer that is kept, None where there is none."""
        with self._lock:
            row = self._file.execute("SELECT text FROM answer WHERE question = ?", (question,)).fetchone()
        return str(row[0]) if row else None

    def put(self, question: str, text: str) -> None:
        """Keep the answer of a model judge to a question."""
        with self._lock, self._file:
            self._file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (question, text))

    def close(self) -> None:
        """Close the SQLite file of kept answers."""
        self._file.close()
