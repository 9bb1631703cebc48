"""Checkpoints: an SQLite file keeps after every node how far a case has come, so that an interrupted case goes on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import EXT_PYDANTIC_V2, JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from geoagent.case.prediction import Prediction, Usage
from geoagent.case.trace import Trace
from geoagent.case.views import PhotoRef
from geoagent.errors import ConfigError
from geoagent.plain_text import printable

KEPT = (PhotoRef, Prediction, Trace, Usage)
"""What a checkpoint may hold besides plain data: nothing else is ever made from a file that somebody gave you."""


class OwnNouns(JsonPlusSerializer):
    """Turns the bytes of a checkpoint into objects, and makes none but plain data and geoagent's own records.

    The records (`KEPT`) are validated as any input is, since a checkpoint file may come from somebody else. Any other
    object raises ValueError.
    """

    def __init__(self) -> None:
        super().__init__(allowed_msgpack_modules=None, __unpack_ext_hook__=_own_noun)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that a checkpoint holds; `data` is its kind and its bytes.

        Raises ValueError for the kinds "json" and "pickle", since reading them would make objects of other libraries.
        """
        if data[0] not in ("null", "bytes", "msgpack"):
            raise ValueError(f"a checkpoint of the kind {data[0]!r}, which geoagent does not write")
        return super().loads_typed(data)


def _own_noun(code: int, data: bytes) -> Any:
    if code != EXT_PYDANTIC_V2:
        raise ValueError("a checkpoint holds an object that is none of geoagent's")
    module, name, values, _ = ormsgpack.unpackb(data, ext_hook=_own_noun, option=ormsgpack.OPT_NON_STR_KEYS)
    for noun in KEPT:
        if (noun.__module__, noun.__name__) == (module, name):
            return noun.model_validate(values)
    raise ValueError("a checkpoint holds an object that is none of geoagent's")


@contextmanager
def open_checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """Open the file of checkpoints at `path`, or make one, for this process alone, until the `with` block ends.

    LangGraph saves the state of each case through the saver that this yields. Raises ConfigError where another process
    uses the file, or where it is damaged.
    """
    connection = sqlite3.connect(path, check_same_thread=False, timeout=1.0)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA trusted_schema = OFF")
        saver = SqliteSaver(connection, serde=OwnNouns())
        saver.setup()
        yield saver
    except sqlite3.OperationalError as error:
        raise ConfigError(f"{path}: {printable(error)[:200]}; is another geoagent at work there?") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        why = printable(error)[:200]
        raise ConfigError(f"{path}: damaged ({why}); remove it, and what it kept is solved anew") from error
    finally:
        connection.close()
