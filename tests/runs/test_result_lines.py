"""How samples stand, read without their traces: as the results themselves say it."""

import os
from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.case.prediction import Usage
from geoagent.errors import ConfigError
from geoagent.runs.result_lines import standings
from geoagent.runs.run_folder import Result, append, read_results


@pytest.fixture(scope="module")
def results(agent: GeoAgent) -> list[Result]:
    """Solved, degraded by the server and by the model, faulty, never served, and a fault after an answer."""
    file = agent.prior(Path(__file__).parents[2] / "examples" / "photos" / "nowhere_plain.jpg")
    cost = Usage(model_calls=2, prompt_tokens=30, dollars=0.5)

    def failed(by: str) -> Result:
        prediction = file.prediction.model_copy(update={"status": "degraded", "failure": by, "usage": cost})
        return Result(id=by, trace=file.model_copy(update={"prediction": prediction}))

    return [
        Result(id="solved", trace=file), failed("server"), failed("answer"), Result(id="broken", fault="no photo"),
        Result(id="unserved", fault="no server", unserved=True), Result(id="solved", fault="no photo any more"),
    ]  # fmt: skip


def test_they_stand_as_their_results_say(tmp_path: Path, results: list[Result]) -> None:
    append(tmp_path, results)
    found, whole = standings(tmp_path), {result.id: result for result in read_results(tmp_path)}
    assert {name: (one.is_solved, one.is_open, one.is_faulty) for name, one in found.items()} == {
        name: (result.trace is not None, result.open, result.fault is not None) for name, result in whole.items()
    }
    assert found["solved"].is_solved
    assert sum((one.usage for one in found.values()), Usage()).dollars == 1.0


def test_a_torn_last_line_is_none_and_is_cut_off_when_asked(tmp_path: Path, results: list[Result]) -> None:
    append(tmp_path, results[:2])
    path = tmp_path / "results.jsonl"
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(b'{"id": "torn')
    assert list(standings(tmp_path)) == ["solved", "server"]
    assert path.stat().st_size > size
    standings(tmp_path, mend=True)
    assert path.stat().st_size == size


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id": 1, "trace": 3}', b"\xff", b'{"trace": {"prediction": {}}}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "results.jsonl").write_bytes(b'{"id": "a", "trace": null}\n' + line + b"\n")
    with pytest.raises(ConfigError, match=r"results\.jsonl: line 2 is damaged"):
        standings(tmp_path)


def test_a_run_without_results_and_a_pipe_in_their_place(tmp_path: Path) -> None:
    assert standings(tmp_path) == {}
    os.mkfifo(tmp_path / "results.jsonl")
    with pytest.raises(ConfigError, match="a pipe or a device"):
        standings(tmp_path)
