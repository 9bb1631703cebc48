"""What Prometheus is told of the service: how many cases stand how, how long the oldest waits, if any are solved."""

import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import get_args

from geoagent.serve.case_rows import Status
from geoagent.serve.service import Service

FORM = "text/plain; version=0.0.4; charset=utf-8"


def metrics(service: Service) -> str:
    """The figures of this moment in Prometheus' text format; they name no case and no place."""
    counts = service.cases.counts()
    oldest = service.cases.oldest_waiting()
    rows = [
        *_gauge("geoagent_info", "The version that runs", [(f'version="{version("geoagent-locate")}"', 1)]),
        *_gauge("geoagent_solver_ready", "Whether cases are being solved", [("", int(service.supervisor.ready))]),
        *_gauge(
            "geoagent_oldest_waiting_seconds", "How long the oldest case waits that nobody is at",
            [("", round(time.time() - oldest, 3) if oldest is not None else 0)],
        ),
    ]  # fmt: skip
    for kind, told in (("cases", "Cases by status"), ("remarks", "Questions, corrections and exports by status")):
        labelled = [(f'status="{status}"', counts.get((kind, status), 0)) for status in get_args(Status)]
        rows += _gauge(f"geoagent_{kind}", told, labelled)
    return "\n".join(rows) + "\n"


def _gauge(name: str, told: str, values: Sequence[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {told}."
    yield f"# TYPE {name} gauge"
    yield from (f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in values)
