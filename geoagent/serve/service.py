"""What the answers of the service are made from, and its limits."""

from typing import NamedTuple

from geoagent.serve.cases import Cases
from geoagent.serve.events import Pulse
from geoagent.serve.supervisor import Supervisor
from geoagent.settings import Settings
from geoagent.state import Disclosure


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
