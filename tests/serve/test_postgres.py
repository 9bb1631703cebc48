"""Several services over one Postgres: one queue, in which nothing is lost or done twice, whoever dies."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pg8000.dbapi
import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.errors import ConfigError
from geoagent.runs.trace_files import sealed
from geoagent.serve.case_queue import MOST_DEATHS
from geoagent.serve.case_rows import CaseRow, Full, OtherCase, Remark
from geoagent.serve.cases import Cases
from geoagent.serve.postgres import PostgresDatabase
from geoagent.serve.steps import SharedSteps
from geoagent.testing.scripted_model import ScriptedModel, action, look
from tests.serve.conftest import Served
from tests.serve.pictures import picture
from tests.serve.postgres import postgres
from tests.serve.test_under_load import CLIENTS, SECONDS, Client, check, free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
Start = Callable[..., Served]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture
def database(server: str, tmp_path: Path) -> str:
    """A database of this test's own on the server."""
    name = f"test_{abs(hash(tmp_path))}"
    with closing(
        pg8000.dbapi.connect(user="geoagent", database="postgres", host="127.0.0.1", port=urlsplit(server).port)
    ) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres", f"/{name}")


def accepted(cases: Cases, hint: str = "") -> str:
    return cases.accept([picture()], ["a.png"], hint, "rules", None, 10)[0]


def test_it_keeps_cases_as_the_file_does(database: str, tmp_path: Path) -> None:
    cases = Cases(tmp_path / "data", database=PostgresDatabase(database))
    case, is_new = cases.accept([picture()], ["a.png"], "née à l’Île", "rules", "key", 2)
    assert is_new
    assert cases.accept([picture()], ["a.png"], "née à l’Île", "rules", "key", 2) == (case, False)
    with pytest.raises(OtherCase):
        cases.accept([picture()], ["a.png"], "another", "rules", "key", 2)
    accepted(cases)
    with pytest.raises(Full):
        cases.accept([picture()], ["a.png"], "one too many", "rules", None, 2)
    found = cases.claim()
    assert isinstance(found, CaseRow) and (found.id, found.hint) == (case, "née à l’Île")
    assert cases.tell(case, "node", {"node": "perceive"})
    assert cases.fail(case, "no matter why") and not cases.fail(case, "again")
    number = cases.remark(case, "question", "why?", None)
    assert [remark.id for remark in cases.remarks(case)] == [number]
    assert [event.kind for event in cases.events(case, 0)] == ["node", "failed"]
    assert cases.delete(case) and cases.find(case) is None and cases.events(case, 0) == []
    assert cases.deleted() == [case]
    cases.forgotten(case)
    assert (cases.deleted(), cases.waiting()) == ([], 1)
    cases.close()


def test_a_service_that_has_died_leaves_its_cases_to_another(database: str, tmp_path: Path, agent: GeoAgent) -> None:
    one, other = (Cases(tmp_path / "data", database=PostgresDatabase(database)) for _ in range(2))
    ids = [accepted(one, str(number)) for number in range(3)]
    taken = [cases.claim() for cases in (one, other)]
    assert [task.id for task in taken if task] == ids[:2]
    third = other.claim()
    assert third is not None and third.id == ids[2]
    assert other.claim() is None
    one._database._alive.close()  # type: ignore[attr-defined]  # as the server sees it when a machine is switched off
    assert other.fail(ids[1], "no matter why") and other.fail(ids[2], "no matter why")
    again = other.claim()
    assert again is not None and again.id == ids[0]
    file = sealed(agent.prior(Path(__file__).parents[2] / "examples" / "photos" / "nowhere_plain.jpg"))
    assert not one.finish(ids[0], file, {})  # it was only taken for dead, and comes too late
    assert other.finish(ids[0], file, {})
    assert [event.kind for event in other.events(ids[0], 0)] == ["done"]
    one.close()
    other.close()


def test_a_service_that_was_taken_for_dead_ends_nothing(database: str, tmp_path: Path) -> None:
    one, other = (Cases(tmp_path / "data", database=PostgresDatabase(database)) for _ in range(2))
    asked, solved = accepted(one), accepted(one)
    assert one.claim() is not None and one.fail(asked, "no matter why")
    number = one.remark(asked, "question", "why?", None)
    remark, case = one.claim(), one.claim()
    assert isinstance(remark, Remark) and isinstance(case, CaseRow) and (remark.id, case.id) == (number, solved)
    assert one.is_at(solved)
    one._database._alive.close()  # type: ignore[attr-defined]  # as the server sees it when a machine is switched off
    again = other.claim()
    assert isinstance(again, CaseRow) and again.id == solved
    one.put_off(case)
    one.answer(remark, "done", [])
    assert not one.fail(solved, "no matter why") and not one.is_at(solved)
    found = other.find(solved)
    assert found is not None and found.status == "running" and other.is_at(solved)
    assert [remark.status for remark in other.remarks(asked)] == ["failed"]
    assert one.cancel(solved) and not other.is_at(solved)  # whoever is asked to cancel does
    one.close()
    other.close()


def test_a_case_at_which_services_die_is_given_up(database: str, tmp_path: Path) -> None:
    case = ""
    for _ in range(MOST_DEATHS):
        cases = Cases(tmp_path / "data", database=PostgresDatabase(database))
        case = case or accepted(cases)
        task = cases.claim()
        assert task is not None and task.id == case
        cases.close()
    last = Cases(tmp_path / "data", database=PostgresDatabase(database))
    assert last.claim() is None
    found = last.find(case)
    assert found is not None and found.status == "failed"
    last.close()


def test_a_case_goes_on_at_another_solver_until_it_is_deleted(
    database: str, photos: Path, tmp_path: Path, cache: Path, atlas: Atlas
) -> None:
    cases = Cases(tmp_path / "data", database=PostgresDatabase(database))
    one = accepted(cases)
    script = [look({"country": "Sweden", "probability": 0.8}), action("conclude", claims=[])] * 2
    states = []
    with ScriptedModel(script) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache)
        for _ in range(2):
            shared = PostgresDatabase(database)
            steps = SharedSteps(shared)
            agent = GeoAgent(settings, checkpointer=steps.saver)
            if not states:
                agent.trace(photos / "nowhere_plain.jpg", case=one)
            config = {"configurable": {"thread_id": one}}
            history = [(kept.next, kept.config) for kept in agent.graph.get_state_history(config)]  # type: ignore[arg-type]
            states.append((agent.kept(one), history))
            if len(states) == 2:
                assert steps.cases() == {one}
                cases.delete(one)
                steps.forget(one)
                assert (steps.cases(), agent.kept(one)) == (set(), None)
                agent.trace(photos / "nowhere_plain.jpg", case=one)  # as where another service was still at it
                assert steps.cases() == set()
            shared.close()
    cases.close()
    assert states[0] == states[1]
    assert len(states[0][1]) > 4


def test_two_services_and_one_is_killed(serve: Start, database: str, tmp_path: Path) -> None:
    script = [look({"country": "Sweden", "probability": 0.8}), action("conclude", claims=[])]
    with ScriptedModel(script) as model:
        given = ("--vlm", model.url, "--model", "scripted", "--workers", "2", "--database", database)
        one, other = (serve(tmp_path / "data", *given) for _ in range(2))
        one.ready()
        other.ready()
        cases = [(one, other)[n % 2].post(picture(str(n)), hint=str(n)).json()["id"] for n in range(8)]
        wait_until(lambda: any(one.client.get(f"/api/cases/{case}").json()["status"] == "done" for case in cases))
        one.process.send_signal(signal.SIGKILL)
        ended = [other.wait(case)["status"] for case in cases]
        told = Counter(kind for case in cases for _, kind, _ in other.events(case))
        assert ended == ["done"] * 8
        assert (told["done"], told["failed"]) == (8, 0)
        assert len(other.client.get("/api/cases").json()) == 8
        assert other.stop() == 0


def test_fifty_clients_lose_nothing_where_one_of_two_services_is_killed(
    serve: Start, database: str, tmp_path: Path
) -> None:
    """The clients of the one that is killed find it again at its port."""
    script = [look({"country": "Sweden", "probability": 0.8}), action("conclude", claims=[])]
    with ScriptedModel(script) as model:
        given = ("--vlm", model.url, "--model", "scripted", "--database", database, "--max-open", "12")
        ports = [("--port", str(free_port())) for _ in range(2)]
        services = [serve(tmp_path / "data", *given, *port) for port in ports]
        for service in services:
            service.ready()
        until = time.monotonic() + SECONDS
        clients = [Client(number, services[number % 2].url) for number in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(client.work, until) for client in clients]
            time.sleep(SECONDS / 2)
            services[0].kill()
            services[0] = serve(tmp_path / "data", *given, *ports[0])
            for work in working:
                work.result()
        check(clients, services[1])
        assert [service.stop() for service in services] == [0, 0]


def test_what_goes_to_another_machine_is_encrypted(server: str) -> None:
    """The server of this test takes no encrypted connections; 127.1 is this machine under a name that is not known."""
    with pytest.raises(ConfigError, match="asked for an encrypted connection"):
        PostgresDatabase(server.replace("127.0.0.1", "127.1"))
    PostgresDatabase(server.replace("127.0.0.1", "127.1") + "?sslmode=disable").close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://127.0.0.1/cases", "write postgresql://"),
        ("mysql://me@127.0.0.1/cases", "write postgresql://"),
        ("postgresql://me@127.0.0.1:99999/cases", "not an address"),
        ("postgresql://me:hidden@127.0.0.1:1/cases", "does not answer"),
        ("postgresql://me@127.0.0.1/cases?sslmode=perhaps", "write postgresql://"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        PostgresDatabase(address)
    assert "hidden" not in str(refused.value)
    assert os.linesep not in str(refused.value)
