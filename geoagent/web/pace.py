"""How often a service is asked: one pace for all threads of the process."""

import threading
import time

from geoagent.errors import ToolUnavailable

LONGEST_S = 3600.0
_lock = threading.Lock()
_next: dict[str, float] = {}


def wait_turn(service: str, every_s: float, deadline: float) -> None:
    """Wait until a service may be asked again, and book the next turn `every_s` seconds later.

    Raises ToolUnavailable, without waiting, where the turn comes after `deadline` (of `time.monotonic`).
    """
    with _lock:
        now = time.monotonic()
        turn = max(now, _next.get(service, now))
        if turn > deadline:
            raise ToolUnavailable(f"{service} is asked as often as it may be", retry_after=round(turn - now, 1))
        _next[service] = turn + every_s
    time.sleep(turn - now)


def postpone(service: str, seconds: float) -> None:
    """Send a service no request for some seconds, because it has asked for that; for an hour at most."""
    with _lock:
        now = time.monotonic()
        _next[service] = max(_next.get(service, now), now + min(seconds, LONGEST_S))
