"""The database of the cases: a file of this machine (SQLite), or a Postgres server that several machines share.

Both are asked in the SQL that both understand, with `?` for values, and both let one writer in at a time: what a
transaction has read stays true until it ends.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from geoagent.errors import ConfigError

LOCKED_S = 10.0


class Cursor(Protocol):
    """What came of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Any:
        """The next row; None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        ...


class Connection(Protocol):
    """Where statements are run."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run a statement with its values."""
        ...


class Database(Protocol):
    """Keeps rows. Safe to share between threads."""

    owner: str
    """The service that this is open for; cases that are running say whose solver is at them."""
    is_shared: bool
    """Whether other services may write too, so that what they did is to be looked for."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction: all of it is kept, or nothing."""
        ...

    def read(self, query: str, *values: Any) -> list[Any]:
        """The rows that a query finds."""
        ...

    def dead_owners(self, connection: Connection) -> list[str]:
        """Those other services of which cases are running, and which live no more."""
        ...

    def stay(self) -> None:
        """Let other services know that this one lives."""
        ...

    def empty_log(self) -> None:
        """Have what was deleted stand nowhere any more, as far as that is not done by itself."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def schema() -> str:
    """The statements that make the tables, as SQLite takes them."""
    return files("geoagent.serve").joinpath("schema.sql").read_text("utf-8")


class Unreachable(OSError):
    """The server of the database does not answer, or has ended a connection."""


class Taken(Exception):
    """A value that has to be the only one is there already."""


TAKEN = (Taken, sqlite3.IntegrityError)


class SqliteFile:
    """The database in one file, for one service. Raises sqlite3.Error, OSError, UnicodeDecodeError."""

    owner = ""
    is_shared = False

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=LOCKED_S, check_same_thread=False)
        self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new file: what is deleted frees space
        self._connection.execute("PRAGMA journal_mode = WAL")
        for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(schema())
        self._add_columns()
        self._connection.isolation_level = None
        self._reader = sqlite3.connect(path, timeout=LOCKED_S, check_same_thread=False)
        self._lock, self._reading = threading.Lock(), threading.Lock()

    def _add_columns(self) -> None:
        """Cases of a version that knew no switches have none; those of one that kept no points are on no map."""
        for table, name, kind in (
            ("cases", "switches", "TEXT NOT NULL DEFAULT '{}'"),
            ("cases", "lat", "REAL"),
            ("cases", "lon", "REAL"),
            ("cases", "radius_km", "REAL"),
            ("cases", "owner", "TEXT NOT NULL DEFAULT ''"),
            ("remarks", "owner", "TEXT NOT NULL DEFAULT ''"),
        ):
            columns = {name for _, name, *_ in self._connection.execute(f"PRAGMA table_info({table})")}
            if name not in columns:
                self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:  # whatever it was, half a change is none
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def read(self, query: str, *values: Any) -> list[Any]:
        """The rows that a query finds."""
        with self._reading:  # a reader does not wait for who writes
            return self._reader.execute(query, values).fetchall()

    def dead_owners(self, connection: Connection) -> list[str]:
        """None: one service has the file for itself."""
        return []

    def stay(self) -> None:
        """Nothing: there are no other services."""

    def empty_log(self) -> None:
        """Take what was deleted out of the write-ahead log."""
        with self._lock:
            self._connection.execute("PRAGMA incremental_vacuum")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._reader.close()


def open_shared(address: str, owner: str | None = None) -> Database:
    """The database at an address, for a new service or for the one of this number. Raises ConfigError."""
    try:
        from geoagent.serve.postgres import PostgresDatabase
    except ImportError as error:
        raise ConfigError(
            f"a database needs more: pip install 'geoagent-locate[postgres]' ({error.name} is missing)"
        ) from error
    return PostgresDatabase(address, owner)
