"""Runs work that nothing in this process could interrupt, such as decoding, in a process of its own with a limit.

    with apart("geoagent.photo.decoding:decoded", {"path": "a.jpg"}, b"", Limit(20.0, 60.0)) as done:
        done.data, done.read(1000)

The other process runs a function, by its name, that is given the data and the bytes, and that yields data first and
then bytes. It stays for the next piece of work; where a limit is reached, or the case is called off, it is ended, and
another one is started. What it raises as a GeoAgentError is raised here, as ApartError, with its message.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.cancellation import CHECKED_S, go_on

KEPT = 4
"""So many processes are kept for later work."""
MOST_LINE = 10_000_000


class ApartError(Exception):
    """The work in the other process failed, for a reason that it gives."""


class TookTooLong(Exception):
    """The work in the other process reached its limit of time or memory, and the process was ended."""


class Limit(NamedTuple):
    """The limits of a piece of work: seconds of processor time, and seconds on the clock in all."""

    processor_s: float
    whole_s: float


class Done:
    """The result of work in another process: its `data`, and then its bytes, which are read as they come."""

    def __init__(self, worker: "_Worker", deadline: float) -> None:
        self._worker, self._deadline, self._left = worker, deadline, 0
        self.data = self._next()["data"]

    def read(self, size: int) -> bytes:
        """The next `size` bytes of the result.

        Raises TookTooLong where a limit is reached, or the process ends before; ApartError where the work fails.
        """
        found = bytearray()
        while len(found) < size:
            if not self._left:
                self._left = self._next()["bytes"]
            part = self._worker.read(min(self._left, size - len(found)), self._deadline)
            self._left -= len(part)
            found += part
        return bytes(found)

    def end(self) -> None:
        """Check that the result was read to its end. Raises TookTooLong where more is left."""
        if self._left or self._next() != {"end": True}:
            raise TookTooLong

    def _next(self) -> Any:
        said = json.loads(self._worker.line(self._deadline))
        if "fault" in said:
            raise ApartError(said["fault"])
        return said


@contextmanager
def apart(work: str, given: dict[str, Any], body: bytes, limit: Limit) -> Iterator[Done]:
    """Run a function in another process with limits, and give its result to the `with` block.

    `work` is "module:function"; the function is called with `given` (JSON data) and `body`. The block has to read all
    of the result. Raises ApartError where the work fails with a reason, TookTooLong where a limit is reached or the
    process ends.
    """
    with _lock:
        worker = _idle.pop() if _idle else None
    worker = worker or _Worker()
    deadline, is_whole = time.monotonic() + limit.whole_s, False
    try:
        asked = {"work": work, "given": given, "cwd": str(Path.cwd()), "size": len(body)}
        worker.send({**asked, "processor_s": limit.processor_s}, body)
        done = Done(worker, deadline)
        yield done
        done.end()
        is_whole = True
    except ApartError:
        is_whole = True
        raise
    except (OSError, ValueError) as error:  # it died, or says something else than it should
        raise TookTooLong from error
    finally:
        with _lock:
            keep = is_whole and len(_idle) < KEPT and not worker.has_ended
            if keep:
                _idle.append(worker)
        if not keep:
            worker.end()


class _Worker:
    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GEOAGENT_")}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-m", "geoagent.limited_worker"], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONSAFEPATH": "1"}, start_new_session=True,
        )  # fmt: skip
        self._held = b""

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def send(self, asked: dict[str, Any], body: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n" + body)
        self._process.stdin.flush()

    def line(self, deadline: float) -> bytes:
        while b"\n" not in self._held:
            self._held += self._more(65_536, deadline)
            if len(self._held) > MOST_LINE:
                raise ValueError("a line without an end")
        line, _, self._held = self._held.partition(b"\n")
        return line

    def read(self, most: int, deadline: float) -> bytes:
        if not self._held:
            return self._more(min(most, 1 << 20), deadline)
        part, self._held = self._held[:most], self._held[most:]
        return part

    def _more(self, most: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._process.stdout], [], [], min(left, CHECKED_S))[0]:
                break
            go_on()
        else:
            raise TookTooLong
        part = os.read(self._process.stdout.fileno(), most)
        if not part:
            raise TookTooLong
        return part

    def end(self) -> None:
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()


_idle: list[_Worker] = []
_lock = threading.Lock()


@atexit.register
def _end_all() -> None:
    with _lock:
        while _idle:
            _idle.pop().end()
