"""Calls a function again that may succeed a moment later: how often, after which waits, and until when."""

import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
    wait_fixed,
    wait_random,
)

JITTER = 0.2
"""A wait is longer by up to this share of the first one, so that those who failed together do not return together."""


class Passing(Exception):
    """A fault that may be over soon, after which it is worth trying again.

    `retry_after` is the wait in seconds that the other side asks for, None where it does not. `counts` is for how many
    tries the fault stands: one that took long leaves fewer.
    """

    def __init__(self, message: str, retry_after: float | None = None, counts: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.counts = counts


def retrying(fault: type[Exception], tries: int, first_wait_s: float, seconds_left: Callable[[], float]) -> Retrying:
    """A caller that calls a function again while it raises `fault`, up to `tries` times in all; then the last fault is
    raised.

    The first wait is `first_wait_s`, and each further one twice the one before, or what `retry_after` of the fault
    says. It gives up before a wait that is longer than `seconds_left()`. Make one for each call:
    `retrying(…)(function)`.
    """
    counted = 0
    doubling = wait_exponential(multiplier=first_wait_s) + wait_random(0, JITTER * first_wait_s)

    def wait(state: RetryCallState) -> float:
        asked = getattr(_fault_of(state), "retry_after", None)
        return doubling(state) if asked is None else float(asked)

    def is_enough(state: RetryCallState) -> bool:
        nonlocal counted
        counted += getattr(_fault_of(state), "counts", 1)
        return counted >= tries or state.upcoming_sleep > seconds_left()

    return Retrying(retry=retry_if_exception_type(fault), wait=wait, stop=is_enough, reraise=True)


def waiting(fault: type[Exception], seconds: float, every_s: float) -> Retrying:
    """A caller that calls a function every `every_s` seconds while it raises `fault`, until `seconds` are over; then
    the last fault is raised.
    """
    return Retrying(
        retry=retry_if_exception_type(fault), wait=wait_fixed(every_s), stop=stop_after_delay(seconds), reraise=True
    )


def asked_wait_s(retry_after: str) -> float | None:
    """The seconds that a header Retry-After asks to wait, written as a number or a date; None where it holds
    neither.
    """
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _fault_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
