"""Progress and complaints on stderr, one line each, so that stdout holds answers alone."""

import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from geoagent.cancellation import go_on

_STEPS = logging.getLogger("geoagent.steps")
REFRESH_S = 0.5
BAR = 12
"""How many characters wide a bar of progress is."""
CLEARED = "\r\x1b[K"
"""What takes a terminal back to the beginning of an empty line."""


def tell(line: str) -> None:
    """Write one line for the user to stderr; control characters in it become "·"."""
    print("".join(ch if ch.isprintable() else "·" for ch in line), file=sys.stderr, flush=True)


class Progress(NamedTuple):
    """What is being done now: `words` say it, empty where that has not changed, and `done` of `of` parts are done.

    `read` are texts that were just read in a photo, as plain data: the "view", the "value" and the "box" of each.
    """

    words: str
    done: int = 0
    of: int = 0
    read: Sequence[dict[str, Any]] = ()


_hears: ContextVar[Callable[[Progress], None] | None] = ContextVar("_hears", default=None)


@contextmanager
def heard_by(hears: Callable[[Progress], None]) -> Iterator[None]:
    """While the block runs, `hears` is called with the `Progress` of each step of work in this context."""
    token = _hears.set(hears)
    try:
        yield
    finally:
        _hears.reset(token)


def is_heard() -> bool:
    """Whether somebody hears the `Progress` of this context (`heard_by`)."""
    return _hears.get() is not None


def step(words: str, done: int = 0, of: int = 0) -> None:
    """Tell a person who waits what is being done now, and that `done` of `of` parts are done.

    Raises CalledOff where nobody wants the case any more.
    """
    go_on()
    _tell_progress(Progress(words, done, of))


def glimpse(read: Sequence[dict[str, Any]]) -> None:
    """Show a person who waits texts of a photo as they are read, before all of them are known.

    Each has its "view", "value" and "box". Raises CalledOff where nobody wants the case any more.
    """
    go_on()
    _tell_progress(Progress("", read=read))


def _tell_progress(progress: Progress) -> None:
    """It is shown in passing, or not at all."""
    _STEPS.info(progress.words, extra={"progress": progress})
    hears = _hears.get()
    if hears is not None:
        hears(progress)


class LineHandler(logging.Handler):
    """A logging handler that writes each message to stderr as one line; errors begin with "geoagent:"."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a log record as one line to the present `sys.stderr`; progress (`step`) is left to `StatusLine`."""
        if record.name == _STEPS.name:
            return
        tell(f"geoagent: {record.getMessage()}" if record.levelno >= logging.ERROR else record.getMessage())


@contextmanager
def log_lines(quiet: bool = False) -> Iterator[None]:
    """While the block runs, messages of the logger `geoagent` are written to stderr; with `quiet` only warnings and
    errors.
    """
    logger, handler = logging.getLogger("geoagent"), LineHandler(logging.WARNING if quiet else logging.INFO)
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # a library may have given the root logger a handler of its own
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates


class StatusLine(logging.Handler):
    """One line on stderr that says what is being done and for how many seconds, while the `with` block runs.

    It shows on a terminal only: nothing of it gets into a pipe or a file.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.INFO)
        self._clock, self._began, self._now, self._read = clock, clock(), Progress(""), ""
        self._over = threading.Event()

    def __enter__(self) -> "StatusLine":
        if sys.stderr.isatty():
            logging.getLogger("geoagent").handlers.insert(0, self)  # complaints find the line empty
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()
        return self

    def __exit__(self, *fault: object) -> None:
        logger = logging.getLogger("geoagent")
        if self in logger.handlers:
            logger.removeHandler(self)
            self._over.set()
            self._ticker.join()
            self._clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record of progress in the line; for any other record, empty the line so that the next handler can
        write.
        """
        progress = getattr(record, "progress", None)
        if isinstance(progress, Progress):
            if progress.words and progress.words != self._now.words:
                self._read = ""
            self._now = progress if progress.words else self._now
            self._read = str(progress.read[-1]["value"]) if progress.read else self._read
            self._draw()
        else:
            self._clear()

    def _tick(self) -> None:
        while not self._over.wait(REFRESH_S):
            self.acquire()
            try:
                self._draw()
            finally:
                self.release()

    def _draw(self) -> None:
        words, done, of, _ = self._now
        if words:
            bar = "█" * (BAR * done // of) + "░" * (BAR - BAR * done // of) + " " if of > 1 else ""
            read = f' · "{self._read}"' if self._read else ""
            told = f"{bar}{words} · {self._clock() - self._began:.0f} s{read}"
            shown = "".join(ch if ch.isprintable() else "·" for ch in told)[: shutil.get_terminal_size().columns - 1]
            print(f"{CLEARED}{shown}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        print(CLEARED, end="", file=sys.stderr, flush=True)
