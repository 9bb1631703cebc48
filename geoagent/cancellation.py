"""Calling off a case that nobody wants any more: whatever works or waits on its behalf stops."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CHECKED_S = 1.0
"""How often it is looked whether a case was called off, while something is waited for."""
_is_called_off: ContextVar[Callable[[], bool] | None] = ContextVar("_is_called_off", default=None)


class CalledOff(Exception):
    """Nobody wants the present case any more; raised where work on it stops."""


@contextmanager
def called_off_when(is_so: Callable[[], bool]) -> Iterator[None]:
    """While the block runs, work in this context stops soon after `is_so` returns True.

    It is asked before each step, and about once a second while another machine or process is waited for.
    """
    token = _is_called_off.set(is_so)
    try:
        yield
    finally:
        _is_called_off.reset(token)


def is_called_off() -> bool:
    """Whether the case that this context works on was called off; False where nothing was said of that."""
    is_so = _is_called_off.get()
    return is_so is not None and is_so()


def go_on() -> None:
    """Raise CalledOff where the case of this context was called off."""
    if is_called_off():
        raise CalledOff
