"""Traces of version 1 said in sentences what version 2 has in fields."""

import json
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, TraceFile
from geoagent.belief import Beliefs
from geoagent.case.evidence import Clue
from geoagent.runs.trace_files import checked, opened

SAID = {"kind": "hint", "value": "correction: it is in Portugal", "witness": "user"}


@pytest.fixture(scope="module")
def plain(agent: GeoAgent) -> dict[str, Any]:
    photo = Path(__file__).parents[2] / "examples" / "photos" / "nowhere_plain.jpg"
    data: dict[str, Any] = json.loads(agent.trace(photo).model_dump_json())
    del data["reasoner"], data["prediction"]["failure"]
    data["trace"]["cases"] = data["trace"].pop("spots")
    return {**data, "schema_version": "1"}


def changed(data: dict[str, Any], **prediction: Any) -> dict[str, Any]:
    return {**data, "prediction": {**data["prediction"], **prediction}}


def test_a_correction_is_no_hint_of_the_case(plain: dict[str, Any], beliefs: Beliefs) -> None:
    old = json.loads(Clue.model_validate(SAID).model_dump_json())
    trace = {**plain["trace"], "clues": [*plain["trace"]["clues"], old]}
    file = opened({**plain, "trace": trace})
    assert [(clue.kind, clue.value) for clue in file.trace.clues][-1] == ("correction", "it is in Portugal")
    assert checked(file, beliefs, hashed=False).file.hint == ""


@pytest.mark.parametrize(
    ("status", "note", "failure"),
    [
        ("degraded", "the model's answer was unusable, twice: it holds no JSON object", "answer"),
        ("degraded", "the model server does not answer", "server"),
        ("complete", "the model's answer was unusable, twice: it holds no JSON object", None),
    ],
)
def test_what_failed_of_the_model_is_told(
    plain: dict[str, Any], beliefs: Beliefs, status: str, note: str, failure: str | None
) -> None:
    file = opened(changed(plain, status=status, notes=[note]))
    assert file.prediction.failure == failure
    assert checked(file, beliefs, hashed=False).file.prediction.failure == failure


@pytest.mark.parametrize(
    ("name", "asked_again", "at_its_word"),
    [("rules", False, False), ("vlm", True, False), ("direct", False, True), ("prior", False, False)],
)
def test_what_a_reasoner_was_able_to_do_is_told_by_its_name(
    plain: dict[str, Any], name: str, asked_again: bool, at_its_word: bool
) -> None:
    file: TraceFile = opened(changed(plain, reasoner=name))
    assert (file.reasoner.name, file.reasoner.can_be_asked_again) == (name, asked_again)
    assert file.reasoner.at_its_word == at_its_word
