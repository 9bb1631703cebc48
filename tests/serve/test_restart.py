"""What was accepted is solved, whatever is killed meanwhile, once and from where it stood."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from geoagent.serve.cases import MOST_DEATHS, Cases
from geoagent.testing import ScriptedModel, action, look
from tests.serve.conftest import WAIT_S, Served
from tests.serve.pictures import picture

Start = Callable[..., Served]
SCRIPT = [
    look({"country": "Sweden", "probability": 0.8}),
    *[action("lookup_place", name=name) for name in ("Uppsala", "Lund", "Kalmar")],
    action("conclude", claims=[]),
]


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def solver_of(service: Served) -> int:
    children = Path(f"/proc/{service.process.pid}/task").glob("*/children")
    return int(" ".join(path.read_text() for path in children).split()[0])


def test_every_accepted_case_ends_after_a_kill(serve: Start, tmp_path: Path) -> None:
    with ScriptedModel(SCRIPT) as model:
        arguments = ("--vlm", model.url, "--model", "scripted", "--workers", "2")
        service = serve(tmp_path / "data", *arguments)
        service.ready()
        cases = [service.post(picture(str(number))).json()["id"] for number in range(6)]
        service.wait(cases[0], "running", "done")
        service.kill()
        service = serve(tmp_path / "data", *arguments)
        ended = [service.wait(case) for case in cases]
        assert [case["status"] for case in ended] == ["done"] * 6
        assert [kind for case in cases for _, kind, _ in service.events(case)].count("done") == 6
        assert len(service.client.get("/api/cases").json()) == 6
        assert service.stop() == 0


def test_a_solver_that_dies_is_started_again(serve: Start, tmp_path: Path) -> None:
    service = serve(tmp_path / "data")
    service.ready()
    case = service.post(picture("SYSTEMBOLAGET")).json()["id"]
    os.kill(solver_of(service), signal.SIGKILL)
    assert service.wait(case)["status"] == "done"
    assert service.client.get("/ready").status_code == 200


def test_a_case_that_kills_the_solver_again_and_again_is_given_up(serve: Start, tmp_path: Path) -> None:
    cases = Cases(tmp_path / "data")
    case, is_new = cases.accept([picture()], ["a.png"], "", "rules", None, 10)
    assert is_new
    for _ in range(MOST_DEATHS):
        assert cases.claim() is not None
        cases.requeue(died=True)
    assert cases.claim() is None
    found = cases.find(case)
    assert found is not None and found.status == "failed"
    assert found.fault.startswith("the solver died on this case")
    cases.close()


def test_a_running_case_goes_on_from_its_checkpoint(serve: Start, tmp_path: Path) -> None:
    with ScriptedModel(
        [SCRIPT[0], lambda request: action("lookup_place", name=f"Lund {len(model.requests)}")]
    ) as model:
        arguments = ("--vlm", model.url, "--model", "scripted")
        service = serve(tmp_path / "data", *arguments)
        case = service.post(picture("a")).json()["id"]
        service.wait(case, "running", "done")
        wait_until(lambda: len(model.requests) >= 4)
        assert service.stop() == 0
        service = serve(tmp_path / "data", *arguments)
        assert service.wait(case)["status"] == "done"
        first_looks = [r for r in model.requests if len(r["messages"]) == 1]
        assert len(first_looks) == 1
        turns = service.client.get(f"/api/cases/{case}").json()["prediction"]["usage"]["steps"]
        assert turns == 12


def test_a_remark_that_kills_the_solver_is_answered_so(tmp_path: Path) -> None:
    cases = Cases(tmp_path / "data")
    case, _ = cases.accept([picture()], ["a.png"], "", "rules", None, 10)
    cases.fail(case, "no matter why")
    cases.remark(case, "question", "why?", None)
    assert cases.claim() is not None
    cases.requeue(died=True)
    assert [remark.status for remark in cases.remarks(case)] == ["failed"]
    assert cases.events(case, 0)[-1].kind == "answer"
    cases.export(case)
    assert cases.claim() is not None
    cases.requeue(died=True)
    cases.export(case)
    assert cases.claim() is not None
    assert cases.claim() is None
    cases.close()
