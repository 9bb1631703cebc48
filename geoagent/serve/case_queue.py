"""The SQLite file of cases as a queue: which case or remark is worked on next, what is put back, and which events are
told of it.
"""

import json
import sqlite3
from typing import Any

from geoagent.serve.case_rows import COLUMNS, CaseRow, Remark, Status, as_case

OPEN: tuple[Status, ...] = ("queued", "running")
MOST_DEATHS = 3
"""So often may the solver die while it works on a case before the case is given up."""
_RUNNING = "SELECT 1 FROM cases WHERE status = 'running' UNION ALL SELECT 1 FROM remarks WHERE status = 'running'"
_DIED = [{"statement": "the solver died over this; say it once more, or in another way", "cites": []}]


def next_task(db: sqlite3.Connection) -> CaseRow | Remark | None:
    """The next case or remark (a question, a correction, a request for files) to work on, now marked as running; None
    where there is none or it has to wait.

    Remarks come before cases, older ones before younger ones, and two remarks to one case never run at once. A case
    during which the solving process has died before runs alone, so that it takes no other with it: it waits until
    nothing else runs, and later cases wait for it.
    """
    if db.execute("SELECT 1 FROM cases WHERE status = 'running' AND deaths > 0").fetchone():
        return None
    found = db.execute(
        f"SELECT {', '.join('r.' + name for name in Remark._fields)} FROM remarks r "
        "JOIN cases c ON c.id = r.case_id WHERE r.status = 'queued' AND c.status IN ('done', 'failed') "
        "AND NOT EXISTS (SELECT 1 FROM remarks o WHERE o.case_id = r.case_id AND o.status = 'running') "
        "ORDER BY r.id LIMIT 1"
    ).fetchone()
    if found:
        db.execute("UPDATE remarks SET status = 'running' WHERE id = ?", (found[0],))
        return Remark(*found)
    query = f"SELECT deaths, {COLUMNS} FROM cases WHERE status = 'queued' ORDER BY created LIMIT 1"
    deaths, *row = db.execute(query).fetchone() or (0,)
    if not row or (deaths > 0 and db.execute(_RUNNING).fetchone()):
        return None
    db.execute("UPDATE cases SET status = 'running' WHERE id = ?", (row[0],))
    return as_case(row)


def put_back(db: sqlite3.Connection, died: bool) -> list[str]:
    """Put the cases and remarks that are marked as running back into the queue, since the process that worked on them
    has ended.

    `died` says that the process ended by itself: each running case then counts one death more, running remarks are
    answered as failed, and running requests for files are dropped. Returns the ids of the cases during which the
    process has died `MOST_DEATHS` times or more; the caller gives them up.
    """
    db.execute("UPDATE cases SET deaths = deaths + ? WHERE status = 'running'", (int(died),))
    lost = db.execute("SELECT id FROM cases WHERE status = 'running' AND deaths >= ?", (MOST_DEATHS,)).fetchall()
    db.execute("UPDATE cases SET status = 'queued' WHERE status = 'running'")
    if died:
        db.execute("DELETE FROM remarks WHERE status = 'running' AND kind = 'export'")
        over = "SELECT id, case_id FROM remarks WHERE status = 'running'"
        for remark_id, case_id in db.execute(over).fetchall():
            add_answer(db, remark_id, case_id, "failed", _DIED)
    db.execute("UPDATE remarks SET status = 'queued' WHERE status = 'running'")
    return [case_id for (case_id,) in lost]


def add_answer(db: sqlite3.Connection, remark_id: int, case_id: str, status: Status, answer: Any) -> None:
    """Store the answer to a remark (a user's question or correction) and its new status, and add the event "answer"
    that tells both to whoever follows the case.

    `answer` is plain data that can be written as JSON.
    """
    db.execute("UPDATE remarks SET status = ?, answer = ? WHERE id = ?", (status, json.dumps(answer), remark_id))
    add_event(db, case_id, "answer", {"remark": remark_id, "status": status, "answer": answer})


def add_event(db: sqlite3.Connection, case_id: str, kind: str, data: Any) -> bool:
    """Add an event to a case; returns whether the case still exists, and adds nothing where it does not.

    `kind` is the event's name, such as "node" or "done"; `data` is JSON text, or plain data that is written as JSON.
    """
    if not db.execute("SELECT 1 FROM cases WHERE id = ?", (case_id,)).fetchone():
        return False
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    db.execute("INSERT INTO events (case_id, kind, data) VALUES (?,?,?)", (case_id, kind, text))
    return True


def forget_steps(db: sqlite3.Connection, case_id: str) -> None:
    """Delete the events "step" of a case: they tell what is being done at the moment, which is of no use once it is
    over.
    """
    db.execute("DELETE FROM events WHERE case_id = ? AND kind = 'step'", (case_id,))
