"""Checkpoints: where each case stands after every node, in one SQLite file, so that what was interrupted can go on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from geoagent.errors import ConfigError
from geoagent.evidence import PhotoRef
from geoagent.prediction import Prediction, Usage
from geoagent.state import Trace

KEPT = (PhotoRef, Prediction, Trace, Usage)
"""What a checkpoint may hold besides plain data: nothing else is ever made from a file that somebody gave you."""


@contextmanager
def open_checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """The checkpoints in a file, for this process alone. Raises ConfigError while another one uses the file."""
    connection = sqlite3.connect(path, check_same_thread=False, timeout=1.0)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        serde = JsonPlusSerializer(allowed_msgpack_modules=[(c.__module__, c.__name__) for c in KEPT])
        saver = SqliteSaver(connection, serde=serde)
        saver.setup()
        yield saver
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{path}: {error}; is another geoagent at work there?") from error
    finally:
        connection.close()
