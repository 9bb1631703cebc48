"""What the answers of the service are made from, and its limits."""

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
    """The limits of one request (bytes, photos) and of the queue (open cases)."""

    max_bytes: int = 64_000_000
    max_photos: int = 8
    max_open: int = 200


class TraceChecker:
    """Checks the traces of kept cases by computing their answers again, each once, since others may have written
    the folder.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._checked = OrderedDict[str, TraceFile]()

    @cached_property
    def beliefs(self) -> Beliefs:
        """What computes the beliefs, with the reliabilities that ship."""
        return Beliefs(open_atlas(self._settings.cache), load_reliabilities())

    def __call__(self, file: TraceFile) -> TraceFile:
        """The trace with the answer that its evidence gives. Raises TraceError."""
        with self._lock:
            found = self._checked.get(file.sha256) or checked(file, self.beliefs, True, to_be_shown=True).file
            self._checked[file.sha256] = found
            self._checked.move_to_end(file.sha256)
            while len(self._checked) > MOST_CHECKED:
                self._checked.popitem(last=False)
        return found


class Service(NamedTuple):
    """What the routes of the API share: cases, settings, the solving process, limits, and how finely places may be
    told.
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
    """Lock a folder of cases for this service. Raises ConfigError while another service is at work there."""
    with (folder / "service.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"{folder}: another service is at work there; name another folder with --data") from error
        yield
