"""Waiting for what other processes and threads do. The limit only ends what hangs: no test is decided by its length."""

import time
from collections.abc import Callable

WAIT_S = 300.0


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, f"waited {WAIT_S:.0f} s in vain"
        time.sleep(0.02)
