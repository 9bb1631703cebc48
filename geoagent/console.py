"""Progress and complaints: one line each on stderr, so that stdout holds answers alone."""

import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STEPS = logging.getLogger("geoagent.steps")
REFRESH_S = 0.5
CLEARED = "\r\x1b[K"
"""What takes a terminal back to the beginning of an empty line."""


def tell(line: str) -> None:
    """Write one line for the user to stderr, without control characters."""
    print("".join(ch if ch.isprintable() else "·" for ch in line), file=sys.stderr, flush=True)


def step(words: str) -> None:
    """Log what is being done now; a terminal shows it in passing, in a `StatusLine`."""
    _STEPS.info(words)


class LineHandler(logging.Handler):
    """A logging handler that writes each message to stderr as one line; errors begin with "geoagent:"."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a log record as one line to the present `sys.stderr`; records of `step` are left to `StatusLine`."""
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
    """One line on stderr that says what is being done and for how many seconds, while the block runs.

    Only on a terminal: what is piped gets nothing of it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.INFO)
        self._clock, self._began, self._words = clock, clock(), ""
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
        """Show a step; make room for anything else, which is told below."""
        if record.name == _STEPS.name:
            self._words = record.getMessage()
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
        if self._words:
            told = f"{self._words} · {self._clock() - self._began:.0f} s"
            shown = "".join(ch if ch.isprintable() else "·" for ch in told)[: shutil.get_terminal_size().columns - 1]
            print(f"{CLEARED}{shown}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        print(CLEARED, end="", file=sys.stderr, flush=True)
