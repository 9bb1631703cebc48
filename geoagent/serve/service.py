"""What the answers of the service are made from, and its limits."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from geoagent.case.trace import Disclosure
from geoagent.errors import ConfigError
from geoagent.serve.access import Token
from geoagent.serve.cases import Cases
from geoagent.serve.events import Pulse
from geoagent.serve.supervisor import Supervisor
from geoagent.settings import Settings


class Limits(NamedTuple):
    """What one request and the queue may hold."""

    max_bytes: int = 64_000_000
    max_photos: int = 8
    max_open: int = 200


class Service(NamedTuple):
    """What the answers are made from; no place is told finer than `disclosure`."""

    cases: Cases
    settings: Settings
    supervisor: Supervisor
    pulse: Pulse
    limits: Limits
    disclosure: Disclosure
    token: Token


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder for this service alone. Raises ConfigError while another one is at work there."""
    with (folder / "service.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"{folder}: another service is at work there; name another folder with --data") from error
        yield
