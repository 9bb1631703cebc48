"""What the service answers when its folder fails: the disk is full, or a file is damaged or locked."""

import errno
import sqlite3

from geoagent.errors import GeoAgentError

FULL = "the disk is full; delete cases, or make room, and say it again: what was accepted waits and goes on"


def is_full(error: BaseException) -> bool:
    """Whether an error, or an error that caused it, says that the disk is full."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return error.__cause__ is not None and is_full(error.__cause__)


def told(error: BaseException) -> tuple[int, str]:
    """The HTTP status and the message in one line for an error of the service's database or disk: 507 for a full disk,
    503 for what may pass, 500 for damage.
    """
    if is_full(error):
        return 507, FULL
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return 500, f"the file of the cases is damaged ({error}); bring it back from a backup"
    if isinstance(error, OSError | sqlite3.Error):
        why = error.strerror if isinstance(error, OSError) else error
        return 503, f"the cases cannot be read or written now ({why}); try again later"
    if isinstance(error, GeoAgentError):
        return 500, str(error)
    return 500, f"what is kept of this case is damaged ({type(error).__name__}); delete it, and solve it again"
