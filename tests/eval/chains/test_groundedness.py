from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.case.evidence import ArgumentStep
from geoagent.case.trace import TraceFile
from geoagent.cli.main import main
from geoagent.eval.chains.groundedness import grounded_in, groundedness
from geoagent.runs.trace_files import save_trace


@pytest.fixture(scope="module")
def file(agent: GeoAgent) -> TraceFile:
    return agent.trace(Path(__file__).parents[3] / "examples" / "photos" / "spain_zaragoza.jpg")


def with_step(file: TraceFile, **fields: object) -> TraceFile:
    step = ArgumentStep.model_validate(
        {"kind": "check", "level": "country", "statement": "I searched for it.", **fields}
    )
    argument = (*file.prediction.argument, step)
    return file.model_copy(update={"prediction": file.prediction.model_copy(update={"argument": argument})})


def test_a_check_that_never_ran_counts_against_the_argument_though_it_cites_a_real_clue(file: TraceFile) -> None:
    honest = groundedness(file, "a")
    assert 0 < honest.grounded <= honest.lines
    liar = groundedness(with_step(file, cites=(file.trace.clues[0].id,)), "a")
    assert (liar.lines, liar.grounded) == (honest.lines + 1, honest.grounded)
    assert (liar.checks, liar.ran) == (honest.checks + 1, honest.ran)


def test_a_line_that_cites_nothing_or_what_is_not_on_record_is_not_grounded(file: TraceFile) -> None:
    honest = groundedness(file, "a").grounded
    for fields in ({"cites": ()}, {"cites": ("c999",)}, {"cites": (file.trace.clues[0].id,), "support": "unsupported"}):
        assert groundedness(with_step(file, kind="observation", **fields), "a").grounded == honest


def test_the_command_tells_it_of_a_trace(file: TraceFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_trace(file, tmp_path / "t.json")
    assert main(["eval", "chain", str(tmp_path / "t.json"), "--score", "grounded"]) == 0
    found = next(grounded_in(tmp_path / "t.json"))
    assert capsys.readouterr().out.startswith(f"t: {found.grounded} of {found.lines} lines grounded")
