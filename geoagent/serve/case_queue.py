"""The cases' database as a queue: what is to be done next, what is put back, and what is told of it."""

import json
from collections.abc import Sequence
from typing import Any

from geoagent.serve.case_rows import COLUMNS, CaseRow, Remark, Status, as_case
from geoagent.serve.database import Connection

OPEN: tuple[Status, ...] = ("queued", "running")
MOST_DEATHS = 3
"""So often may the solver die while it works on a case before the case is given up."""
_RUNNING = (
    "SELECT 1 FROM cases WHERE status = 'running' AND owner = ? "
    "UNION ALL SELECT 1 FROM remarks WHERE status = 'running' AND owner = ?"
)
_DIED = [{"statement": "the solver died over this; say it once more, or in another way", "cites": []}]


def next_task(db: Connection, owner: str) -> CaseRow | Remark | None:
    """The next thing to do, now marked as running at its owner's solver: remarks first, then cases by age.

    Remarks to one case are done one after the other. A case on which a solver died before is done alone, so that it
    takes no other with it: it waits until nothing else runs at this solver, and the younger ones wait for it.
    """
    if db.execute("SELECT 1 FROM cases WHERE status = 'running' AND deaths > 0 AND owner = ?", (owner,)).fetchone():
        return None
    found = db.execute(
        f"SELECT {', '.join('r.' + name for name in Remark._fields)} FROM remarks r "
        "JOIN cases c ON c.id = r.case_id WHERE r.status = 'queued' AND c.status IN ('done', 'failed') "
        "AND NOT EXISTS (SELECT 1 FROM remarks o WHERE o.case_id = r.case_id AND o.status = 'running') "
        "ORDER BY r.id LIMIT 1"
    ).fetchone()
    if found:
        db.execute("UPDATE remarks SET status = 'running', owner = ? WHERE id = ?", (owner, found[0]))
        return Remark(*found)
    query = f"SELECT deaths, {COLUMNS} FROM cases WHERE status = 'queued' ORDER BY created LIMIT 1"
    deaths, *row = db.execute(query).fetchone() or (0,)
    if not row or (deaths > 0 and db.execute(_RUNNING, (owner, owner)).fetchone()):
        return None
    db.execute("UPDATE cases SET status = 'running', owner = ? WHERE id = ?", (owner, row[0]))
    return as_case(row)


def put_back(db: Connection, died: bool, owners: Sequence[str]) -> list[str]:
    """Queue again what was running at the solvers of these owners when they ended.

    Returns the cases given up because solvers died on them too often.
    """
    lost = []
    for owner in owners:
        theirs = "WHERE status = 'running' AND owner = ?"
        db.execute(f"UPDATE cases SET deaths = deaths + ? {theirs}", (int(died), owner))
        lost += db.execute(f"SELECT id FROM cases {theirs} AND deaths >= ?", (owner, MOST_DEATHS)).fetchall()
        db.execute(f"UPDATE cases SET status = 'queued', owner = '' {theirs}", (owner,))
        if died:
            db.execute(f"DELETE FROM remarks {theirs} AND kind = 'export'", (owner,))
            for remark_id, case_id in db.execute(f"SELECT id, case_id FROM remarks {theirs}", (owner,)).fetchall():
                add_answer(db, remark_id, case_id, "failed", _DIED)
        db.execute(f"UPDATE remarks SET status = 'queued', owner = '' {theirs}", (owner,))
    return [case_id for (case_id,) in lost]


def add_answer(db: Connection, remark_id: int, case_id: str, status: Status, answer: Any) -> None:
    """Keep what came of a remark, with the event that says so."""
    db.execute("UPDATE remarks SET status = ?, answer = ? WHERE id = ?", (status, json.dumps(answer), remark_id))
    add_event(db, case_id, "answer", {"remark": remark_id, "status": status, "answer": answer})


def add_event(db: Connection, case_id: str, kind: str, data: Any) -> bool:
    """Add an event to a case in the database; returns whether the case still exists."""
    if not db.execute("SELECT 1 FROM cases WHERE id = ?", (case_id,)).fetchone():
        return False
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    db.execute("INSERT INTO events (case_id, kind, data) VALUES (?,?,?)", (case_id, kind, text))
    return True


def forget_steps(db: Connection, case_id: str) -> None:
    """Remove what was told of work that is over."""
    db.execute("DELETE FROM events WHERE case_id = ? AND kind = 'step'", (case_id,))
