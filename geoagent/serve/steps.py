"""Where the steps of cases are kept that are at work, or that may be asked again: a file, or the shared database."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.sqlite import SqliteSaver

from geoagent.runs.checkpoints import OwnNouns
from geoagent.serve.database import Connection, Database


class Steps(Protocol):
    """The steps of cases, as the solver keeps and forgets them."""

    @property
    def saver(self) -> BaseCheckpointSaver[Any]:
        """Where LangGraph keeps them."""
        ...

    def cases(self) -> set[str]:
        """The cases of which anything is kept."""
        ...

    def forget(self, case_id: str) -> None:
        """Delete the steps of a case, so that nothing of them stands anywhere."""
        ...


class StepsInFile:
    """The steps in an SQLite file of the solver."""

    def __init__(self, saver: SqliteSaver) -> None:
        self.saver = saver
        saver.conn.execute("PRAGMA secure_delete = ON")

    def cases(self) -> set[str]:
        """The cases of which anything is kept."""
        with self.saver.lock:
            rows = self.saver.conn.execute("SELECT thread_id FROM checkpoints UNION SELECT thread_id FROM writes")
            return {str(case_id) for (case_id,) in rows}

    def forget(self, case_id: str) -> None:
        """Delete the steps of a case, from the write-ahead log too."""
        self.saver.delete_thread(case_id)
        with self.saver.lock:
            self.saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class SharedSteps:
    """The steps in the database that the solvers share: whichever takes a case goes on where another stopped."""

    def __init__(self, database: Database) -> None:
        self.saver = DatabaseSaver(database)
        self._database = database

    def cases(self) -> set[str]:
        """The cases of which anything is kept."""
        rows = self._database.read("SELECT thread_id FROM checkpoints UNION SELECT thread_id FROM writes")
        return {str(case_id) for (case_id,) in rows}

    def forget(self, case_id: str) -> None:
        """Delete the steps of a case."""
        self.saver.delete_thread(case_id)


class DatabaseSaver(BaseCheckpointSaver[int]):
    """LangGraph's checkpoints in the shared database, which hold what `OwnNouns` lets them."""

    def __init__(self, database: Database) -> None:
        super().__init__(serde=OwnNouns())
        self._database = database

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that is named, or else the latest of the case."""
        thread, checkpoint_id = _thread(config), get_checkpoint_id(config)
        named = " AND checkpoint_id = ?" if checkpoint_id else ""
        query = f"SELECT {_COLUMNS} FROM checkpoints WHERE thread_id = ?{named} ORDER BY checkpoint_id DESC LIMIT 1"
        rows = self._database.read(query, thread, *([checkpoint_id] if checkpoint_id else []))
        return self._tuple(thread, rows[0]) if rows else None

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of a case, the latest first."""
        if config is None or filter or before:
            raise NotImplementedError("the history of one case is all that is asked for")
        query = f"SELECT {_COLUMNS} FROM checkpoints WHERE thread_id = ? ORDER BY checkpoint_id DESC"
        for row in self._database.read(query, _thread(config))[:limit]:
            yield self._tuple(_thread(config), row)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint; of a case that was deleted nothing."""
        values = (
            _thread(config), checkpoint["id"], get_checkpoint_id(config), *self.serde.dumps_typed(checkpoint),
            *self.serde.dumps_typed(get_checkpoint_metadata(config, metadata)),
        )  # fmt: skip
        with self._database.writing() as db:
            if _is_there(_thread(config), db):
                db.execute(
                    f"INSERT INTO checkpoints (thread_id, {_COLUMNS}) VALUES (?,?,?,?,?,?,?) {_REPLACED}", values
                )
        return _config(_thread(config), checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a node wrote after a checkpoint; what is there already stays. Of a deleted case nothing is kept."""
        with self._database.writing() as db:
            for number, (channel, value) in enumerate(writes if _is_there(_thread(config), db) else ()):
                at = (_thread(config), get_checkpoint_id(config), task_id, WRITES_IDX_MAP.get(channel, number))
                db.execute(
                    "INSERT INTO writes (thread_id, checkpoint_id, task_id, idx, channel, kind, value) "
                    "VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                    (*at, channel, *self.serde.dumps_typed(value)),
                )

    def delete_thread(self, thread_id: str) -> None:
        """Delete all that is kept of a case."""
        with self._database.writing() as db:
            for table in ("checkpoints", "writes"):
                db.execute(f"DELETE FROM {table} WHERE thread_id = ?", (thread_id,))

    def _tuple(self, thread: str, row: Sequence[Any]) -> CheckpointTuple:
        checkpoint_id, parent, kind, checkpoint, metadata_kind, metadata = row
        query = "SELECT task_id, channel, kind, value FROM writes WHERE thread_id = ? AND checkpoint_id = ? "
        written = self._database.read(f"{query}ORDER BY task_id, idx", thread, checkpoint_id)
        return CheckpointTuple(
            _config(thread, checkpoint_id),
            self.serde.loads_typed((kind, bytes(checkpoint))),
            cast(CheckpointMetadata, self.serde.loads_typed((metadata_kind, bytes(metadata)))),
            _config(thread, parent) if parent else None,
            [(task, channel, self.serde.loads_typed((kind, bytes(value)))) for task, channel, kind, value in written],
        )


_COLUMNS = "checkpoint_id, parent_id, kind, checkpoint, metadata_kind, metadata"
_REPLACED = (
    "ON CONFLICT (thread_id, checkpoint_id) DO UPDATE SET kind = excluded.kind, checkpoint = excluded.checkpoint, "
    "metadata_kind = excluded.metadata_kind, metadata = excluded.metadata"
)


def _is_there(case_id: str, db: Connection) -> bool:
    """Whether a case was not deleted meanwhile: another service may do that while this one's solver is at it."""
    return db.execute("SELECT 1 FROM cases WHERE id = ?", (case_id,)).fetchone() is not None


def _thread(config: RunnableConfig) -> str:
    return str(config["configurable"]["thread_id"])


def _config(thread: str, checkpoint_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": "", "checkpoint_id": checkpoint_id}}
