"""What was accepted is solved, whatever is killed meanwhile, once and from where it stood."""

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from geoagent.serve.case_queue import MOST_DEATHS
from geoagent.serve.case_rows import Remark
from geoagent.serve.cases import Cases
from geoagent.testing.scripted_model import Reply, Request, ScriptedModel, action, look
from tests.serve.conftest import Served
from tests.serve.pictures import picture
from tests.waiting import WAIT_S, wait_until

Start = Callable[..., Served]
SCRIPT = [
    look({"country": "Sweden", "probability": 0.8}),
    *[action("lookup_place", name=name) for name in ("Uppsala", "Lund", "Kalmar")],
    action("conclude", claims=[]),
]


def solver_of(service: Served) -> int:
    children = Path(f"/proc/{service.process.pid}/task").glob("*/children")
    return int(" ".join(path.read_text() for path in children).split()[0])


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
        first_looks = [r for r in model.requests if len(r["messages"]) == 2]
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


def test_a_case_that_kills_the_solver_takes_no_other_with_it(tmp_path: Path) -> None:
    cases = Cases(tmp_path / "data")
    ids = [cases.accept([picture()], ["a.png"], hint, "rules", None, 10)[0] for hint in ("poison", "first", "second")]
    poison, *others = ids
    assert [cases.claim() is not None for _ in ids] == [True] * 3
    cases.requeue(died=True)
    for _ in range(MOST_DEATHS - 1):
        task = cases.claim()
        assert task is not None and task.id == poison
        assert cases.claim() is None
        cases.requeue(died=True)
    assert [case.id for case in cases.latest(9) if case.status == "failed"] == [poison]
    for case_id in others:
        task = cases.claim()
        assert task is not None and task.id == case_id
        assert cases.claim() is None
        cases.fail(case_id, "no matter why")
    cases.close()


def test_a_case_that_killed_the_solver_waits_for_what_runs(tmp_path: Path) -> None:
    cases = Cases(tmp_path / "data")
    poison, _ = cases.accept([picture()], ["a.png"], "", "rules", None, 10)
    cases.claim()
    cases.requeue(died=True)
    answered, _ = cases.accept([picture()], ["a.png"], "", "rules", None, 10)
    cases.fail(answered, "no matter why")
    cases.remark(answered, "question", "why?", None)
    remark = cases.claim()
    assert isinstance(remark, Remark)
    assert cases.claim() is None
    cases.answer(remark, "done", [])
    task = cases.claim()
    assert task is not None and task.id == poison
    cases.close()


@pytest.mark.slow
def test_a_fault_of_the_cases_file_ends_the_solver_which_is_started_again(serve: Start, tmp_path: Path) -> None:
    service = serve(tmp_path / "data")
    service.ready()
    first = solver_of(service)
    file = sqlite3.connect(tmp_path / "data" / "cases.sqlite", isolation_level=None)
    file.execute(
        "CREATE TRIGGER broken BEFORE UPDATE OF status ON cases WHEN NEW.status = 'running' "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    case = service.post().json()["id"]
    wait_until(lambda: not Path(f"/proc/{first}").exists())
    file.execute("DROP TRIGGER broken")
    file.close()
    assert service.wait(case)["status"] == "done"


@pytest.mark.slow
def test_a_fault_of_the_cases_file_as_the_solver_dies_is_outlasted(serve: Start, tmp_path: Path) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow_look(request: Request) -> Reply:
        asked.set()
        answer.wait()
        return look({"country": "Sweden", "probability": 0.8})

    with ScriptedModel([slow_look, action("conclude", claims=[])]) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        case = service.post(picture("SYSTEMBOLAGET")).json()["id"]
        assert asked.wait(WAIT_S)
        file = sqlite3.connect(tmp_path / "data" / "cases.sqlite", isolation_level=None)
        file.execute("CREATE TRIGGER broken BEFORE UPDATE ON cases BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        os.kill(solver_of(service), signal.SIGKILL)
        assert service.process.stderr is not None
        told = next(line for line in service.process.stderr if "the disk is full" in line)
        answer.set()
        file.execute("DROP TRIGGER broken")
        file.close()
        assert service.wait(case)["status"] == "done"
        assert told == "geoagent: no solver can be started now (the disk is full); it is tried again\n"


@pytest.mark.slow
def test_a_case_of_a_model_can_be_taken_away_without_one(serve: Start, tmp_path: Path) -> None:
    with ScriptedModel(SCRIPT) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        case = service.solve()["id"]
        assert service.stop() == 0
    service = serve(tmp_path / "data")
    assert service.client.get(f"/api/cases/{case}/report").status_code == 200


@pytest.mark.slow
def test_an_answer_that_cannot_be_written_is_not_waited_for(serve: Start, tmp_path: Path) -> None:
    service = serve(tmp_path / "data")
    case = service.solve()["id"]
    (tmp_path / "data" / case / "report.html").mkdir()
    assert service.client.get(f"/api/cases/{case}/report").status_code == 503


@pytest.mark.slow
def test_settings_that_nothing_can_be_solved_with_end_the_service(serve: Start, tmp_path: Path) -> None:
    told = serve(tmp_path / "data", elevation=str(tmp_path / "wrong")).refused()
    assert len([line for line in told.splitlines() if "wrong" in line]) == 1
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_folder_has_one_service(serve: Start, tmp_path: Path) -> None:
    service = serve(tmp_path / "data")
    second = serve(tmp_path / "data")
    assert second.url == ""
    assert "another service is at work there" in second.refused()
    service.kill()
    assert serve(tmp_path / "data").client.get("/health").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("port", ["99999", "-1", "65536"])
def test_a_port_that_there_cannot_be_is_refused(serve: Start, tmp_path: Path, port: str) -> None:
    told = f"geoagent: --port {port}: a port is a number from 0 to 65535\n"
    assert serve(tmp_path / "data", "--port", port).refused() == told
