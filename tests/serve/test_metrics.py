"""Prometheus is told how the queue stands, and nothing of any case."""

from importlib.metadata import version
from pathlib import Path

from geoagent import Settings
from geoagent.serve.access import Token
from geoagent.serve.cases import Cases
from geoagent.serve.events import Pulse
from geoagent.serve.metrics import metrics
from geoagent.serve.service import Limits, Service, TraceChecker
from geoagent.serve.solver_process import Supervisor
from tests.serve.pictures import picture


def test_the_figures_are_those_of_the_queue(tmp_path: Path) -> None:
    cases, settings = Cases(tmp_path / "data"), Settings()
    ids = [cases.accept([picture()], ["a.png"], str(n), "rules", None, 10)[0] for n in range(3)]
    cases.fail(ids[0], "no matter why")
    cases.remark(ids[0], "question", "why?", None)
    assert cases.claim() is not None  # the question
    assert cases.claim() is not None
    supervisor = Supervisor(cases, settings, 1, "exact", lambda: None)
    service = Service(
        cases, settings, supervisor, Pulse(), Limits(), "exact", Token(tmp_path), TraceChecker(settings)
    )  # fmt: skip
    rows = dict(line.rsplit(" ", 1) for line in metrics(service).splitlines() if not line.startswith("#"))
    assert rows.pop(f'geoagent_info{{version="{version("geoagent-locate")}"}}') == "1"
    assert float(rows.pop("geoagent_oldest_waiting_seconds")) > 0
    assert {name: value for name, value in rows.items() if value != "0"} == {
        'geoagent_cases{status="failed"}': "1",
        'geoagent_cases{status="queued"}': "1",
        'geoagent_cases{status="running"}': "1",
        'geoagent_remarks{status="running"}': "1",
    }
    assert rows["geoagent_solver_ready"] == "0"
    cases.close()
