from pathlib import Path

import pytest

from geoagent import GeoAgent, TraceFile
from geoagent.case.evidence import Step
from geoagent.report.terminal import distance, percent, render


@pytest.fixture(scope="module")
def file(agent: GeoAgent) -> TraceFile:
    return agent.trace(Path(__file__).parents[2] / "examples" / "photos" / "france_lyon.jpg")


def test_every_level_step_and_gap_is_shown(file: TraceFile) -> None:
    text = render(file)
    for level in file.prediction.levels:
        assert level.name in text
    assert text.count("[") >= sum(bool(step.cites) for step in file.prediction.chain)
    for item in file.prediction.undetermined:
        assert item.reason in text


def test_only_the_record_of_evidence_shows_its_odds(file: TraceFile) -> None:
    item = file.prediction.influences[0].evidence
    claim = Step(node="investigate", statement="the model says: so it is", cites=(item,), support="cited")
    chain = (*file.prediction.chain, claim)
    text = render(file.model_copy(update={"prediction": file.prediction.model_copy(update={"chain": chain})}))
    line = next(line for line in text.splitlines() if "so it is" in line)
    assert "odds" not in line
    assert text.count("(odds") == len(file.prediction.influences)


def test_nothing_that_steers_a_terminal_is_printed(file: TraceFile) -> None:
    evil = Step(node="x", statement="\x1b[2J\u202e gone \x07")
    prediction = file.prediction.model_copy(update={"chain": (evil,), "notes": ("\x1b]0;owned\x07",)})
    text = render(file.model_copy(update={"prediction": prediction}))
    assert all(ch.isprintable() or ch == "\n" for ch in text)


def test_rounding_claims_no_certainty() -> None:
    assert percent(0.9999) == ">99 %"
    assert percent(0.0001) == "<1 %"
    assert percent(1.0).strip() == "100 %"
    assert (distance(0.05), distance(12.34), distance(6371)) == ("50 m", "12.3 km", "6,371 km")
