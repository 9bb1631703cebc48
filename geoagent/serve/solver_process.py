"""Runs the process that solves cases: starts it with the service, starts it again when it dies, and ends it with the
service.
"""

import logging
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from geoagent.case.trace import Disclosure
from geoagent.errors import BAD_INPUT
from geoagent.serve.cases import Cases
from geoagent.settings import Settings

log = logging.getLogger(__name__)

AGAIN_S = 1.0
"""How long to wait before a solver that died is started again."""
GRACE_S = 5.0


class Supervisor:
    """Keeps one process running that solves the cases of a service.

    - `workers` is how many cases that process works on at once.
    - `heard` is called, in another thread, whenever the process says that something has happened.
    - `ready` is True once the process can solve cases. `fault` says why none can be started now, and is "" otherwise.
    - `refused` becomes True where nothing can be solved with the settings; `give_up` is then called.
    """

    def __init__(
        self, cases: Cases, settings: Settings, workers: int, disclosure: Disclosure, heard: Callable[[], None]
    ) -> None:
        self.ready = False
        self.refused = False
        self.fault = ""
        self.give_up: Callable[[], None] = lambda: None
        self._cases = cases
        self._settings = settings
        self._arguments = [str(cases.folder), str(workers), disclosure, cases.owner]
        self._heard = heard
        self._ending = threading.Event()
        self._died = False
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the solving process, after putting cases that were running when the service last ended back into the
        queue.
        """
        self._cases.requeue(died=False)
        if strays := self._cases.forget_strays():
            shown = ", ".join(strays[:5]) + (", …" if len(strays) > 5 else "")
            log.error(
                f"{self._cases.folder}: its database knows nothing of {len(strays)} folders of cases, which "
                f"are kept ({shown}); bring back the database that they belong to, or remove them by hand"
            )
        self._thread.start()
        if self._cases.is_shared:
            threading.Thread(target=self._attend_others, daemon=True).start()

    def wake(self) -> None:
        """Tell the solving process that there is something new to do; does nothing while no process runs."""
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError, ValueError):
                process.stdin.write("work\n")
                process.stdin.flush()

    def stop(self) -> None:
        """End the solving process, by force after `GRACE_S` seconds.

        Cases that it was working on are put back into the queue, and go on from their last checkpoint when the service
        starts again.
        """
        self._ending.set()
        process = self._process
        if process is not None:
            with suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(GRACE_S)
        self._cases.requeue(died=False)

    def _attend_others(self) -> None:
        """Stay known to the other services, and look again and again for what they have done."""
        while not self._ending.wait(AGAIN_S):
            with suppress(OSError):  # of a database that is away, which every request says too
                self._cases.stay()
            self._heard()

    def _run(self) -> None:
        while not self._ending.is_set() and not self.refused:
            try:
                self._run_once()
                self.fault = ""
            except (OSError, sqlite3.Error) as error:  # no disk, memory or process to be had: it may pass
                fault = f"no solver can be started now ({error}); it is tried again"
                if fault != self.fault:
                    self.fault = fault
                    log.error(fault)
            self._heard()
            self._ending.wait(AGAIN_S)

    def _run_once(self) -> None:
        """One life of the solver, once what the one before it was at is queued again."""
        self._put_back()
        command = [sys.executable, "-m", "geoagent.serve.solver", *self._arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=sys.stderr, text=True, env=_environment()
        ) as process:
            self._process = process
            self._attend(process)
        self.ready = False
        if process.returncode == BAD_INPUT:  # it has said why, and would say so again
            self.refused = True
            self.give_up()
            return
        self._died = True
        self._put_back()

    def _put_back(self) -> None:
        if self._died and not self._ending.is_set():
            self._cases.requeue(died=True)
            self._died = False

    def _attend(self, process: subprocess.Popen[str]) -> None:
        """Give it its settings, and hear what it says until it ends."""
        assert process.stdin is not None and process.stdout is not None
        with suppress(OSError):
            process.stdin.write(self._settings.model_dump_json() + "\n")
            process.stdin.flush()
            os.set_blocking(process.stdin.fileno(), False)
        if self._ending.is_set():  # stopped while it was being started
            process.kill()
        for line in process.stdout:
            self.ready = self.ready or line == "ready\n"
            self.fault = ""
            self._heard()


def _environment() -> dict[str, str]:
    """Without what has gone into the settings already, keys above all.

    The folder that the service was started in may hold modules named like those that the solver needs.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GEOAGENT_")}
    return {**kept, "PYTHONSAFEPATH": "1"}
