"""The database of the cases in Postgres, which several services share: their solvers take cases from one queue.

A service that lives holds a lock of the server's under its number. The server frees it when the connection ends,
however it ends; whoever gets the lock then knows that the service is dead, and queues again what it was at.
"""

import secrets
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.dbapi as driver

from geoagent.errors import ConfigError
from geoagent.plain_text import printable
from geoagent.serve.access import is_loopback
from geoagent.serve.database import Connection, Taken, Unreachable, schema

WRITER = 4_711_640_215
"""The number of the lock that lets one writer in at a time; that of a service is larger."""
SCHEMES = ("postgresql", "postgres")
ANSWERED_S = 60
"""How long the server may take to answer, which includes that others are writing."""
NOTICED = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
"""How soon the server notices that a machine is gone that could not say so: 25 s; by itself it takes two hours."""
STEPS = """
CREATE TABLE IF NOT EXISTS checkpoints (
    thread_id TEXT NOT NULL, checkpoint_id TEXT NOT NULL, parent_id TEXT, kind TEXT NOT NULL, checkpoint BYTEA NOT NULL,
    metadata_kind TEXT NOT NULL, metadata BYTEA NOT NULL, PRIMARY KEY (thread_id, checkpoint_id)
);
CREATE TABLE IF NOT EXISTS writes (
    thread_id TEXT NOT NULL, checkpoint_id TEXT NOT NULL, task_id TEXT NOT NULL, idx INTEGER NOT NULL,
    channel TEXT NOT NULL, kind TEXT NOT NULL, value BYTEA NOT NULL,
    PRIMARY KEY (thread_id, checkpoint_id, task_id, idx)
)
"""


class PostgresDatabase:
    """The database on a server. `owner` is the number of the service that it is open for; None makes a new one and
    holds its lock.

    Raises ConfigError where the address is none, or nobody answers there.
    """

    is_shared = True

    def __init__(self, address: str, owner: str | None = None) -> None:
        self._given = _arguments(address)
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._writer: driver.Connection | None = None
        self._reader: driver.Connection | None = None
        self.owner = owner or str(WRITER + 1 + secrets.randbelow(1 << 61))
        self._alive: driver.Connection | None = None
        try:
            with self.writing() as connection:
                for statement in f"{_translated(schema())};{STEPS}".split(";"):
                    if statement.strip():
                        connection.execute(statement)
            if owner is None:
                self._hold()
        except OSError as error:
            raise ConfigError(f"database: {error.strerror}") from error

    def _hold(self) -> None:
        self._alive = self._connected()
        statements = _Statements(self._alive)
        for name, value in NOTICED.items():
            statements.execute(f"SET {name} = {value}")
        statements.execute("SELECT pg_advisory_lock(?)", (int(self.owner),))

    def stay(self) -> None:
        """Hold the lock of this service again where the connection that held it has ended. Raises Unreachable."""
        if self._alive is not None and not _answers(self._alive):
            _close(self._alive)
            self._hold()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, once no other service is in one: all of it is kept, or nothing."""
        with self._lock:
            connection = self._writer = self._live(self._writer, autocommit=False)
            try:
                statements = _Statements(connection)
                statements.execute("SELECT pg_advisory_xact_lock(?)", (WRITER,))
                yield statements
                statements.commit()
            except BaseException:  # whatever it was, half a change is none
                with suppress(driver.Error, OSError):
                    connection.rollback()
                raise

    def read(self, query: str, *values: Any) -> list[Any]:
        """The rows that a query finds."""
        with self._reading:
            connection = self._reader = self._live(self._reader)
            return list(_Statements(connection).execute(query, values).fetchall())

    def dead_owners(self, connection: Connection) -> list[str]:
        """Those other services of which cases or remarks are running, and whose lock can be had."""
        running = "WHERE status = 'running' AND owner != ?"
        query = f"SELECT owner FROM cases {running} UNION SELECT owner FROM remarks {running}"
        others = [owner for (owner,) in connection.execute(query, (self.owner, self.owner)).fetchall()]
        tried = "SELECT pg_try_advisory_xact_lock(?)"
        return [owner for owner in others if connection.execute(tried, (int(owner),)).fetchone()[0]]

    def empty_log(self) -> None:
        """Nothing: the server keeps its own log, and cleans it."""

    def close(self) -> None:
        """Close the connections; the lock goes with them."""
        for connection in (self._writer, self._reader, self._alive):
            if connection is not None:
                _close(connection)

    def _live(self, connection: driver.Connection | None, autocommit: bool = True) -> driver.Connection:
        """The connection, or another one where the server has ended it."""
        if connection is not None and _answers(connection):
            return connection
        if connection is not None:
            _close(connection)
        return self._connected(autocommit)

    def _connected(self, autocommit: bool = True) -> driver.Connection:
        try:
            connection = driver.connect(**self._given, timeout=ANSWERED_S)
        except (driver.Error, OSError) as error:
            host = f"{self._given['host']}:{self._given['port']}"
            asked = ", asked for an encrypted connection" if self._given["ssl_context"] else ""
            raise Unreachable(0, f"the database at {host} does not answer{asked} ({_why(error)})") from error
        connection.autocommit = autocommit
        return connection


class _Statements:
    """A connection as sqlite3 has them: `?` for values, and a cursor for each statement."""

    def __init__(self, connection: driver.Connection) -> None:
        self._connection = connection

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Any:
        """Run a statement. Raises Taken, or Unreachable for whatever the server or the way to it fails at."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(query.replace("?", "%s"), tuple(values))
        except (driver.Error, OSError) as error:
            if _is_taken(error):
                raise Taken from error
            raise Unreachable(0, f"the database failed ({_why(error)})") from error
        return cursor

    def commit(self) -> None:
        """Keep what was written. Raises Unreachable."""
        try:
            self._connection.commit()
        except (driver.Error, OSError) as error:
            raise Unreachable(0, f"the database failed ({_why(error)})") from error


def _arguments(address: str) -> dict[str, Any]:
    """What the driver is given, from postgresql://user:password@host:port/name?sslmode=require. Raises ConfigError.

    Where no mode is named, the connection to another machine is encrypted.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or 5432
    except ValueError as error:
        raise ConfigError(f"database: not an address ({error})") from error
    asked = parse_qs(parts.query)
    mode = asked.pop("sslmode", ["disable" if is_loopback(parts.hostname or "") else "require"])[0]
    named = parts.hostname and parts.username and parts.path.strip("/")
    if parts.scheme not in SCHEMES or not named or asked or mode not in ("disable", "require", "verify-full"):
        raise ConfigError(
            "database: write postgresql://USER@HOST:PORT/NAME, with ?sslmode=verify-full where the server is to prove "
            "who it is, ?sslmode=require for an encrypted connection, or ?sslmode=disable for an open one"
        )
    context = None
    if mode != "disable":
        context = ssl.create_default_context()
        if mode == "require":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or "") or None,
        "host": parts.hostname,
        "port": port,
        "database": unquote(parts.path.strip("/")),
        "ssl_context": context,
        "tcp_keepalive": True,
    }


def _translated(statements: str) -> str:
    return statements.replace("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")


def _answers(connection: driver.Connection) -> bool:
    try:
        connection.cursor().execute("SELECT 1")
        connection.rollback()
    except (driver.Error, OSError):
        return False
    return True


def _close(connection: driver.Connection) -> None:
    with suppress(driver.Error, OSError):
        connection.close()


def _is_taken(error: BaseException) -> bool:
    told = error.args[0] if error.args else None
    return isinstance(told, dict) and told.get("C") == "23505"  # unique_violation


def _why(error: BaseException) -> str:
    told = error.args[0] if error.args else error
    return printable(str(told.get("M") if isinstance(told, dict) else told))[:200]
