"""Progress and complaints: one line each on stderr, so that stdout holds answers alone."""

import io
import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO

from geoagent.secrets import Secrets

_STEPS = logging.getLogger("geoagent.steps")
REFRESH_S = 0.5
CLEARED = "\r\x1b[K"
"""What takes a terminal back to the beginning of an empty line."""


def tell(line: str) -> None:
    """Write one line for the user, without what a terminal would obey."""
    print("".join(ch if ch.isprintable() else "·" for ch in line), file=sys.stderr, flush=True)


def step(words: str) -> None:
    """Say what is being done now, for a person who waits; it is shown in passing, or not at all."""
    _STEPS.info(words)


class LineHandler(logging.Handler):
    """Tells the messages of the log, each as one line; those of errors begin with the name of the program."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line to what is `sys.stderr` when it is written; steps are for a `StatusLine`."""
        if record.name == _STEPS.name:
            return
        tell(f"geoagent: {record.getMessage()}" if record.levelno >= logging.ERROR else record.getMessage())


@contextmanager
def log_lines(quiet: bool = False) -> Iterator[None]:
    """While this lasts what geoagent logs is told: progress, unless it is to be quiet, and complaints."""
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


class HidingStream(io.TextIOWrapper):
    """A text stream that takes secrets out of each line before it writes it."""

    def __init__(self, stream: io.TextIOWrapper, secrets: Secrets) -> None:
        super().__init__(
            stream.buffer, encoding=stream.encoding, errors=stream.errors, line_buffering=stream.line_buffering
        )
        self._under, self._secrets, self._held = stream, secrets, ""

    def write(self, text: str) -> int:
        """Write the lines that are whole now; the rest waits for its end, or for `flush`."""
        whole, newline, self._held = f"{self._held}{text}".rpartition("\n")
        if newline:
            super().write(str(self._secrets.hide(whole)) + newline)
        return len(text)

    def flush(self) -> None:
        """Write the rest too."""
        held, self._held = getattr(self, "_held", ""), ""
        if held:
            super().write(str(self._secrets.hide(held)))
        super().flush()


def hiding(stream: Any, secrets: Secrets) -> Any:
    """A stream without secrets; the same one where there are none, or where it is not one of the process."""
    return HidingStream(stream, secrets) if secrets and isinstance(stream, io.TextIOWrapper) else stream


@contextmanager
def hidden_from(secrets: Secrets, stderr: TextIO | None = None) -> Iterator[None]:
    """While this lasts nothing that is printed holds a secret; complaints go to `stderr` if it is given."""
    out = sys.stdout if isinstance(sys.stdout, HidingStream) else hiding(sys.stdout, secrets)
    err = hiding(stderr or sys.stderr, secrets)
    made = [stream for stream in (out, err) if isinstance(stream, HidingStream) and stream not in (sys.stdout,)]
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield
        finally:
            for stream in made:
                with suppress(OSError, ValueError):  # it was closed, or the pipe that it wrote to
                    stream.flush()
                    stream.detach()  # what is under it stays open
