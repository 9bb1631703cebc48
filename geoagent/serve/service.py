"""The `Service` that all routes of the API work with, its limits, and the check of kept traces."""

import fcntl
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from geoagent.atlas import open_atlas
from geoagent.belief import Beliefs
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.trace import Disclosure, TraceFile
from geoagent.errors import ConfigError
from geoagent.runs.trace_files import checked
from geoagent.serve.access import Token
from geoagent.serve.cases import Cases
from geoagent.serve.events import Pulse
from geoagent.serve.solver_process import Supervisor
from geoagent.settings import Settings

MOST_CHECKED = 50


class Limits(NamedTuple):
    """The limits of a service: bytes of one request, photos of one case, and cases that may be queued or running at
    once (`max_open`).
    """

    max_bytes: int = 64_000_000
    max_photos: int = 8
    max_open: int = 200


class TraceChecker:
    """Checks the trace of a kept case by computing its answer again from its evidence, because another program may have
    changed the folder.

    Each trace is computed once, and the last `MOST_CHECKED` are remembered.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._checked = OrderedDict[str, TraceFile]()

    @cached_property
    def beliefs(self) -> Beliefs:
        """What computes beliefs, with the atlas and the reliabilities that ship with geoagent; opened at first use."""
        return Beliefs(open_atlas(self._settings.cache), load_reliabilities())

    def __call__(self, file: TraceFile) -> TraceFile:
        """The trace with the answer that its evidence gives. Raises TraceError for one that was edited or damaged."""
        with self._lock:
            found = self._checked.get(file.sha256) or checked(file, self.beliefs, True, to_be_shown=True).file
            self._checked[file.sha256] = found
            self._checked.move_to_end(file.sha256)
            while len(self._checked) > MOST_CHECKED:
                self._checked.popitem(last=False)
        return found


class Service(NamedTuple):
    """What the routes of the API share.

    - `supervisor` runs the process that solves cases; `pulse` wakes the event streams.
    - `disclosure` is how finely places may be told.
    - `token` gives the hash of the token that is needed; `checked` checks a trace before it is shown.
    """

    cases: Cases
    settings: Settings
    supervisor: Supervisor
    pulse: Pulse
    limits: Limits
    disclosure: Disclosure
    token: Token
    checked: TraceChecker


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder of cases while the `with` block runs, so that no second service works there.

    Raises ConfigError where another service holds it.
    """
    with (folder / "service.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"{folder}: another service is at work there; name another folder with --data") from error
        yield
