"""What is tried again, how often, and what a server's Retry-After says."""

import time
from email.utils import formatdate

import pytest

from geoagent.retry import Passing, asked_wait_s, retrying, waiting


class Calls:
    """Fails with each of the faults, then answers."""

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.made = list(faults), 0

    def __call__(self) -> str:
        self.made += 1
        if self.faults:
            raise self.faults.pop(0)
        return "answer"


def now(counts: int = 1) -> Passing:
    return Passing("busy", retry_after=0.0, counts=counts)


def test_a_fault_that_passes_is_tried_again() -> None:
    calls = Calls(now(), now())
    assert retrying(Passing, 3, 0.0, lambda: 9.0)(calls) == "answer"
    assert calls.made == 3


def test_after_the_last_try_the_last_fault_is_raised() -> None:
    last = now()
    calls = Calls(now(), now(), last, now())
    with pytest.raises(Passing) as raised:
        retrying(Passing, 3, 0.0, lambda: 9.0)(calls)
    assert (calls.made, raised.value) == (3, last)


def test_a_fault_may_stand_for_several_tries() -> None:
    calls = Calls(now(2), now(2), now(2))
    with pytest.raises(Passing):
        retrying(Passing, 4, 0.0, lambda: 9.0)(calls)
    assert calls.made == 2


@pytest.mark.parametrize("fault", [ValueError("other"), KeyboardInterrupt()])
def test_another_fault_is_not_tried_again(fault: BaseException) -> None:
    made = []

    def call() -> None:
        made.append(1)
        raise fault

    with pytest.raises(type(fault)):
        retrying(Passing, 3, 0.0, lambda: 9.0)(call)
    assert len(made) == 1


@pytest.mark.parametrize("asked", [None, 60.0])
def test_no_wait_goes_beyond_the_time_that_is_left(asked: float | None) -> None:
    calls = Calls(Passing("busy", asked))
    with pytest.raises(Passing):
        retrying(Passing, 3, 60.0, lambda: 59.0)(calls)
    assert calls.made == 1


def test_waiting_ends_with_what_it_waits_for_or_with_its_time() -> None:
    assert waiting(ValueError, 60.0, 0.0)(Calls(ValueError(), ValueError())) == "answer"
    never = Calls(*(ValueError(number) for number in range(3)))
    with pytest.raises(ValueError, match="0"):
        waiting(ValueError, 0.0, 0.0)(never)
    assert never.made == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), (" 1.5 ", 1.5), ("0", 0.0), ("", None), ("soon", None), ("-3", None), ("²", None), ("9" * 400, None)],
)
def test_the_seconds_that_a_server_asks_for(text: str, seconds: float | None) -> None:
    assert asked_wait_s(text) == seconds


def test_the_date_that_a_server_asks_for() -> None:
    assert asked_wait_s(formatdate(time.time() - 3600, usegmt=True)) == 0.0
    later = asked_wait_s(formatdate(time.time() + 3600, usegmt=True))
    assert later is not None and 0 < later <= 3600
