"""The cases of the service in a database: what was asked, where it stands, what happened, the answer.

The database is also the queue between the process that answers and the process that solves. What is committed here
outlives a kill of either: an accepted case is solved by whoever comes next.
"""

import json
import logging
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence, Set
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geoagent.case.trace import Disclosure, TraceFile
from geoagent.errors import ConfigError, EditedTrace
from geoagent.files.folders import FolderKind, claim, has_tables, own_files, remove_own
from geoagent.files.small_files import write_whole
from geoagent.plain_text import printable
from geoagent.runs.trace_files import read_trace, sealed
from geoagent.serve.case_queue import OPEN, add_answer, add_event, forget_steps, next_task, put_back
from geoagent.serve.case_rows import (
    COLUMNS,
    CaseRow,
    EventRow,
    Full,
    OtherCase,
    Remark,
    Status,
    as_case,
    fingerprint,
    summed_up,
)
from geoagent.serve.database import TAKEN, Connection, Database, SqliteFile
from geoagent.serve.storage_faults import is_full

log = logging.getLogger(__name__)

CANCELLED = "cancelled"
RESERVE, RESERVE_BYTES, LEAST_ROOM_BYTES = "reserve", 2_000_000, 1_000_000
"""A file that is given up on a full disk, so that cases can be deleted, and the room that a case needs."""
CASE_ID = re.compile(r"[0-9a-f]{16}")
PHOTO = re.compile(r"\.?photo-[1-9]\d*(\.jpg)?(\.[0-9a-f]{8}\.part)?")
"""The photos of a case, as they came and as they are shown, and what is left of writing one that was interrupted."""
OWN = re.compile(
    rf"{PHOTO.pattern}|\.?(report\.html|answer\.(md|geojson|kml|gpx|csv|pdf))(\.part|\.[0-9a-f]{{8}}\.part)?"
)
"""The names of all files in the folder of a case."""

_AT_IT = (
    "(owner = ? OR EXISTS (SELECT 1 FROM remarks r "
    "WHERE r.case_id = cases.id AND r.status = 'running' AND r.owner = ?))"
)
"""Whether the solver of a service is at a case, or at a remark to it."""


def _is_own(name: str) -> bool:
    return OWN.fullmatch(name) is not None


def _was_cases(folder: Path, names: Set[str]) -> bool:
    """Whether it holds our database, or nothing but the token that is made before the first case."""
    if "cases.sqlite" in names:
        return has_tables(folder / "cases.sqlite", "cases", "remarks", "events", "deleted")
    token = folder / "token.sha256"
    return names == {token.name} and re.fullmatch(r"[0-9a-f]{64}\s*", token.read_text()) is not None


CASES = FolderKind("folder of cases", "name another folder with --data", _was_cases)


class Cases:
    """The cases of a service, kept in `folder`. Safe to share between threads; several processes may open one folder.

    `cases.sqlite` holds everything but the files; `folder/CASE/` holds the photos of a case and the files written of
    its answer. Where `disclosure` is not "exact", the hint of a case is deleted when the case ends. Raises ConfigError
    where the folder cannot be used or holds something else.
    """

    def __init__(self, folder: Path, disclosure: Disclosure = "exact", database: Database | None = None) -> None:
        self.folder = folder
        self._hint = "hint" if disclosure == "exact" else "''"
        claim(folder, CASES, mode=0o700)
        try:
            self._database = database or SqliteFile(folder / "cases.sqlite")
        except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
            why = printable(error)[:200]
            raise ConfigError(f"{folder}: cannot keep cases there ({why}); choose another with --data") from error
        self._check_ids()
        self._make_private()

    def _check_ids(self) -> None:
        """Raise ConfigError for ids that name another folder than one of a case: photos are read and removed there."""
        query = "SELECT id FROM cases UNION ALL SELECT case_id FROM deleted"
        try:
            ids = [case_id for (case_id,) in self._read(query)]
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.folder}: its cases cannot be read ({printable(error)[:200]})") from error
        for case_id in ids:
            if not (isinstance(case_id, str) and CASE_ID.fullmatch(case_id)):
                raise ConfigError(f"{self.folder}: holds a case that geoagent did not make; name another with --data")
            if (self.folder / case_id).is_symlink():
                raise ConfigError(f"{self.folder / case_id}: a link to another folder; remove it")

    def _make_private(self) -> None:
        """Let nobody else read the folder, whatever its rights were, and keep room for deleting on a full disk."""
        try:
            self.folder.chmod(0o700)
            for path in self.folder.iterdir():
                if not path.is_symlink():
                    path.chmod(0o700 if path.is_dir() else 0o600)
            if not (self.folder / RESERVE).exists():
                write_whole(self.folder / RESERVE, "\0" * RESERVE_BYTES, mode=0o600)
        except OSError as error:
            if not is_full(error):
                raise ConfigError(f"{self.folder}: cannot be made private ({error.strerror or error})") from error

    @property
    def is_shared(self) -> bool:
        """Whether other services may work on these cases too, so that what they did is to be looked for."""
        return self._database.is_shared

    @property
    def owner(self) -> str:
        """The service that these cases are open for."""
        return self._database.owner

    def stay(self) -> None:
        """Let the other services know that this one lives."""
        self._database.stay()

    def close(self) -> None:
        """Let go of the database of cases."""
        self._database.close()

    def _writing(self) -> AbstractContextManager[Connection]:
        return self._database.writing()

    def _read(self, query: str, *values: Any) -> list[Any]:
        return self._database.read(query, *values)

    def photo(self, case_id: str, number: int) -> Path:
        """The path of the photo `number` (from 1) of a case as it was uploaded; the file may have been deleted."""
        return self._of(case_id) / f"photo-{number}"

    def picture(self, case_id: str, number: int) -> Path:
        """The path of the JPEG that the page shows of the photo `number` (from 1) of a case; the file is there once the
        solver has opened the photo.
        """
        return self._of(case_id) / f"photo-{number}.jpg"

    def accept(
        self,
        photos: Sequence[bytes],
        names: Sequence[str],
        hint: str,
        reasoner: str,
        key: str | None,
        most_open: int,
        switches: Mapping[str, bool] = MappingProxyType({}),
    ) -> tuple[str, bool]:
        """Add a case to the queue; returns its id, and whether it is new.

        - `photos` are the bytes of the files and `names` their names, in one order.
        - `key` is the request's idempotency key, or None: a request that was accepted with this key before gives the id
          of the case that it made then, and False.
        - `most_open` is how many unfinished cases there may be.

        Raises Full where there are that many, and OtherCase where the key belongs to a request with other content. The
        photos are written before the case is in the queue, and removed if it does not get there.
        """
        content = fingerprint(photos, hint, reasoner, switches)
        known = self._known(key, content)
        if known:
            return known, False
        case_id = secrets.token_hex(8)
        try:
            with self._writing() as db:
                db.execute("INSERT INTO arriving VALUES (?)", (case_id,))
            self._of(case_id).mkdir(mode=0o700)
            for number, data in enumerate(photos, 1):
                self.photo(case_id, number).write_bytes(data)
            with self._writing() as db:
                marks = ", ".join("?" * len(OPEN))
                (count,) = db.execute(f"SELECT count(*) FROM cases WHERE status IN ({marks})", OPEN).fetchone()
                if count >= most_open:
                    raise Full
                db.execute(
                    "INSERT INTO cases (id, created, idempotency, fingerprint, hint, reasoner, switches, names) "
                    "VALUES (?,?,?,?,?,?,?,?)",
                    (
                        case_id,
                        time.time(),
                        key,
                        content,
                        hint,
                        reasoner,
                        json.dumps(dict(switches)),
                        json.dumps(list(names)),
                    ),
                )
                db.execute("DELETE FROM arriving WHERE case_id = ?", (case_id,))
        except BaseException as error:  # whatever it was, no photos are kept of what is not in the queue
            with suppress(OSError, sqlite3.Error):  # what cannot be removed now is so with the next start
                self._forget_arriving(case_id)
            if isinstance(error, TAKEN):  # the same request came twice at once: the other was first
                return self._known(key, content) or "", False
            raise
        return case_id, True

    def _known(self, key: str | None, content: str) -> str | None:
        rows = self._read("SELECT id, fingerprint FROM cases WHERE idempotency = ?", key) if key else []
        if not rows:
            return None
        if rows[0][1] != content:
            raise OtherCase
        return str(rows[0][0])

    def find(self, case_id: str) -> CaseRow | None:
        """The case with an id; None where there is none."""
        rows = self._read(f"SELECT {COLUMNS} FROM cases WHERE id = ?", case_id)
        return as_case(rows[0]) if rows else None

    def latest(self, count: int, before: float | None = None) -> list[CaseRow]:
        """The latest `count` cases, newest first; with `before`, in seconds since 1970, only those created earlier, as
        for a further page of a list.
        """
        rows = self._read(
            f"SELECT {COLUMNS} FROM cases WHERE created < ? ORDER BY created DESC LIMIT ?", before or 9e15, count
        )
        return [as_case(row) for row in rows]

    def some(self, case_ids: Sequence[str]) -> list[CaseRow]:
        """The cases with the given ids, newest first; ids that no case has are passed over."""
        marks = ", ".join("?" * len(case_ids))
        rows = self._read(f"SELECT {COLUMNS} FROM cases WHERE id IN ({marks}) ORDER BY created DESC", *case_ids)
        return [as_case(row) for row in rows]

    def waiting(self) -> int:
        """How many cases and remarks are queued or running."""
        marks = ", ".join("?" * len(OPEN))
        query = f"SELECT (SELECT count(*) FROM cases WHERE status IN ({marks})) + "
        query += f"(SELECT count(*) FROM remarks WHERE status IN ({marks}))"
        return int(self._read(query, *OPEN, *OPEN)[0][0])

    def counts(self) -> dict[tuple[str, str], int]:
        """How many cases, and how many remarks, stand how: by "cases" or "remarks" and the status."""
        query = "SELECT 'cases', status, count(*) FROM cases GROUP BY status "
        query += "UNION ALL SELECT 'remarks', status, count(*) FROM remarks GROUP BY status"
        return {(kind, status): int(count) for kind, status, count in self._read(query)}

    def oldest_waiting(self) -> float | None:
        """When the oldest case came that waits for a solver; None where none waits."""
        ((created,),) = self._read("SELECT min(created) FROM cases WHERE status = 'queued'")
        return None if created is None else float(created)

    def is_busy(self, case_id: str) -> bool:
        """Whether a case, or any remark to it, is queued or running."""
        query = "SELECT status FROM cases WHERE id = ? UNION ALL SELECT status FROM remarks WHERE case_id = ?"
        return any(status in OPEN for (status,) in self._read(query, case_id, case_id))

    def delete(self, case_id: str) -> bool:
        """Delete a case with its photos, events, remarks and answer; returns False where there is no such case.

        Its checkpoints are deleted by the solver, which finds the case in `deleted`. On a full disk the photos and a
        reserved file are removed first, since the deletion itself needs room.
        """
        if self.find(case_id) is None:
            return False
        try:
            self._delete(case_id)
        except sqlite3.OperationalError as error:
            if not is_full(error):
                raise
            self._remove(case_id)
            (self.folder / RESERVE).unlink(missing_ok=True)
            self._delete(case_id)
            self._empty_log()
        self._remove(case_id, logging.ERROR)
        return True

    def _delete(self, case_id: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM cases WHERE id = ?", (case_id,))
            db.execute("INSERT INTO deleted VALUES (?) ON CONFLICT DO NOTHING", (case_id,))

    def deleted(self) -> list[str]:
        """The ids of deleted cases whose checkpoints the solver has still to delete."""
        return [case_id for (case_id,) in self._read("SELECT case_id FROM deleted")]

    def forgotten(self, case_id: str) -> None:
        """Note that the solver has deleted the checkpoints of a deleted case, after removing any file that it wrote for
        the case meanwhile.
        """
        if self._remove(case_id):
            with self._writing() as db:
                db.execute("DELETE FROM deleted WHERE case_id = ?", (case_id,))
        self._empty_log()

    def remark(self, case_id: str, kind: str, text: str, clue: str | None) -> int:
        """Add a user's remark to a case and queue it; returns the remark's id.

        `kind` is "question", "correction" or "take_back"; `clue` is the id of the clue that it is about, or None.
        """
        with self._writing() as db:
            values = (case_id, time.time(), kind, text, clue)
            added = "INSERT INTO remarks (case_id, created, kind, text, clue) VALUES (?,?,?,?,?) RETURNING id"
            return int(db.execute(added, values).fetchone()[0])

    def export(self, case_id: str) -> None:
        """Ask the solver to write the answer of a case into files (report, GeoJSON and so on), unless it was asked
        already.
        """
        with self._writing() as db:
            asked = "SELECT 1 FROM remarks WHERE case_id = ? AND kind = 'export'"
            if not db.execute(asked, (case_id,)).fetchone():
                values = (case_id, time.time())
                db.execute("INSERT INTO remarks (case_id, created, kind, text) VALUES (?,?,'export','')", values)

    def end_export(self, remark: Remark) -> None:
        """Remove a request for an answer's files from the queue, whether the files were written or could not be."""
        with self._writing() as db:
            db.execute("DELETE FROM remarks WHERE id = ?", (remark.id,))

    def is_exporting(self, case_id: str) -> bool:
        """Whether a request to write the answer of a case into files is still in the queue."""
        return bool(self._read("SELECT 1 FROM remarks WHERE case_id = ? AND kind = 'export'", case_id))

    def remarks(self, case_id: str) -> list[Remark]:
        """The questions and corrections that were made to a case, oldest first; requests for files are left out."""
        columns = ", ".join(Remark._fields)
        rows = self._read(f"SELECT {columns} FROM remarks WHERE case_id = ? AND kind != 'export' ORDER BY id", case_id)
        return [Remark(*row) for row in rows]

    def claim(self) -> CaseRow | Remark | None:
        """The next case or remark to work on, now marked as running; None where there is none, or it has to wait.

        What other services were at that live no more is queued again before.
        """
        with self._writing() as db:
            self._put_back(db, True, self._database.dead_owners(db))
            return next_task(db, self.owner)

    def requeue(self, died: bool) -> None:
        """Put back what was running when the solver of this service ended; `died` says that it did so by itself.

        A case that took solvers with it too often is given up.
        """
        with self._writing() as db:
            self._put_back(db, died, [self.owner])

    def _put_back(self, db: Connection, died: bool, owners: Sequence[str]) -> None:
        for case_id in put_back(db, died, owners):
            self._end(db, case_id, "the solver died on this case, again and again; are the photos whole?")

    def tell(self, case_id: str, kind: str, data: Any) -> bool:
        """Add an event of a kind ("opened", "step", "node" ...) to a case, for whoever follows it; returns whether the
        case still exists.
        """
        with self._writing() as db:
            return add_event(db, case_id, kind, data)

    def trace(self, case_id: str) -> TraceFile | None:
        """The trace of an answered case; None where there is no such case or no answer yet.

        The answer in it is not computed again. Raises EditedTrace for a trace that was edited or damaged, or that
        carries no hash.
        """
        kept = next((trace for (trace,) in self._read("SELECT trace FROM cases WHERE id = ?", case_id)), None)
        if kept is None:
            return None
        file = read_trace(kept)
        if not file.sha256:
            raise EditedTrace("it carries no hash, or another version kept it")
        return file

    def finish(self, case_id: str, file: TraceFile, event: Any) -> bool:
        """Store the answer of a case, mark the case as done, and add the event "done" with the data `event`.

        Returns whether the case still exists, was not cancelled, and is at the solver of this service: one that was
        taken for dead is not.
        """
        told = summed_up(file.prediction)
        with self._writing() as db:
            done = db.execute(
                "UPDATE cases SET status = 'done', fault = '', place = ?, probability = ?, lat = ?, lon = ?, "
                f"radius_km = ?, trace = ?, hint = {self._hint} WHERE id = ? AND status != 'failed' AND {_AT_IT}",
                (*told, sealed(file).model_dump_json(), case_id, self.owner, self.owner),
            )
            forget_steps(db, case_id)
            return done.rowcount > 0 and add_event(db, case_id, "done", event)

    def is_at(self, case_id: str) -> bool:
        """Whether the solver of this service is at a case, or at a remark to it, and the case was not cancelled."""
        query = f"SELECT 1 FROM cases WHERE id = ? AND status != 'failed' AND {_AT_IT}"
        return bool(self._read(query, case_id, self.owner, self.owner))

    def unfinished(self) -> set[str]:
        """The ids of the cases that are queued or running."""
        marks = ", ".join("?" * len(OPEN))
        return {case_id for (case_id,) in self._read(f"SELECT id FROM cases WHERE status IN ({marks})", *OPEN)}

    def forget_photos(self) -> None:
        """Delete the photos of all finished cases, and what SQLite's log still holds of their hints; for a service that
        does not tell places exactly.
        """
        marks = ", ".join("?" * len(OPEN))
        for (case_id,) in self._read(f"SELECT id FROM cases WHERE status NOT IN ({marks})", *OPEN):
            for path in own_files(self._of(case_id), lambda name: PHOTO.fullmatch(name) is not None):
                path.unlink(missing_ok=True)
        self._empty_log()

    def forget_strays(self) -> list[str]:
        """Delete the photos of requests that broke off before they became a case; returns the names of other folders of
        cases that the database does not know.

        For when none is being taken in, which nobody knows of other services: then nothing is removed. Folders of cases
        that are not in the database stay, and are returned: the database may be another one than that they were kept
        with.
        """
        if self.is_shared:
            return []
        for (case_id,) in self._read("SELECT case_id FROM arriving EXCEPT SELECT id FROM cases"):
            self._forget_arriving(case_id)
        known = {i for (i,) in self._read("SELECT id FROM cases UNION SELECT case_id FROM deleted")}
        found = [path for path in self.folder.iterdir() if path.is_dir() and CASE_ID.fullmatch(path.name)]
        strays = [path for path in found if path.name not in known]
        for path in strays:
            if not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
        return sorted(path.name for path in strays if path.exists())

    def _forget_arriving(self, case_id: str) -> None:
        if self._remove(case_id):
            with self._writing() as db:
                db.execute("DELETE FROM arriving WHERE case_id = ?", (case_id,))

    def _of(self, case_id: str) -> Path:
        """The folder of a case. Raises ConfigError for a name that is none of ours, which a damaged database holds."""
        if not CASE_ID.fullmatch(case_id):
            raise ConfigError(f"{self.folder}: its database names a case that cannot be: {printable(case_id)[:40]}")
        return self.folder / case_id

    def _remove(self, case_id: str, level: int = logging.DEBUG) -> bool:
        """Remove what is kept of a case, or say that it is to be tried again.

        Files with names that are none of ours stay. The log says so, at the level given.
        """
        folder = self._of(case_id)
        try:
            left = [name for name in remove_own(folder, _is_own) if not _is_own(name)]
        except OSError as error:
            log.log(level, f"{folder}: not removed yet ({error.strerror or error})")
            return False
        if left:
            log.log(level, f"{folder}: stays, since it holds what is none of ours: {', '.join(left[:5])}")
        return True

    def _empty_log(self) -> None:
        self._database.empty_log()

    def put_off(self, task: CaseRow | Remark) -> None:
        """Put a case or remark that the solver of this service is at back into the queue because the disk is full; that
        does not count as a failure of it.
        """
        table = "remarks" if isinstance(task, Remark) else "cases"
        query = f"UPDATE {table} SET status = 'queued', owner = '' WHERE id = ? AND status = 'running' AND owner = ?"
        with self._writing() as db:
            db.execute(query, (task.id, self.owner))

    def has_room(self) -> bool:
        """Whether the disk of the folder has room for another case."""
        return shutil.disk_usage(self.folder).free > LEAST_ROOM_BYTES

    def fail(self, case_id: str, fault: str) -> bool:
        """Mark a case as failed, with `fault` as the reason, and add the event "failed".

        Returns False where it was over already, does not exist, or is not at the solver of this service: one that was
        taken for dead is at nothing.
        """
        with self._writing() as db:
            return self._end(db, case_id, fault, self.owner)

    def _end(self, db: Connection, case_id: str, fault: str, owner: str | None = None) -> bool:
        """End a queued or running case, with an owner only where it is that one's."""
        query = f"UPDATE cases SET status = 'failed', fault = ?, hint = {self._hint} WHERE id = ? AND status IN (?,?)"
        theirs, owners = ("", ()) if owner is None else (" AND owner = ?", (owner,))
        is_open = db.execute(query + theirs, (fault, case_id, *OPEN, *owners)).rowcount > 0
        if is_open:
            forget_steps(db, case_id)
            add_event(db, case_id, "failed", {"fault": fault})
        return is_open

    def cancel(self, case_id: str) -> bool:
        """End a queued or running case at its user's wish; returns False where it was over already or does not exist.
        The solver notices within seconds and stops.
        """
        with self._writing() as db:
            return self._end(db, case_id, CANCELLED)

    def answer(self, remark: Remark, status: Status, answer: Any) -> None:
        """Store the answer to a remark with its new status, and add the event "answer" that tells both; nothing where
        the solver of this service is not at the remark any more.

        `answer` is a list of sentences as plain data.
        """
        query = "SELECT 1 FROM remarks WHERE id = ? AND status = 'running' AND owner = ?"
        with self._writing() as db:
            if db.execute(query, (remark.id, self.owner)).fetchone():
                forget_steps(db, remark.case_id)
                add_answer(db, remark.id, remark.case_id, status, answer)

    def events(self, case_id: str, after: int) -> list[EventRow]:
        """The events of a case with ids above `after`, oldest first; 0 gives all."""
        query = "SELECT id, kind, data FROM events WHERE case_id = ? AND id > ? ORDER BY id"
        return [EventRow(*row) for row in self._read(query, case_id, after)]
