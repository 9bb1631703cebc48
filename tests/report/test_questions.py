"""What people ask of a finished case, each kind in several ways, answered from the record alone."""

from pathlib import Path

import pytest

from geoagent.belief import Beliefs
from geoagent.case.evidence import Clue, ToolCall
from geoagent.report.questions import Record, answer_to
from geoagent.report.why_not import what_would_settle
from geoagent.runs.trace_files import save_trace
from tests.command import geoagent
from tests.report.made import EVIDENCE, made

UNSURE = Clue(kind="text", value="Z?rag", witness="ocr", confidence=0.55)
CALL = ToolCall(
    tool="search_web", arguments={"query": "Muebles"}, status="ok", text="1. found", at="2026-01-02T03:04:05Z"
)
ASKED = {
    "From coarse to fine": [
        "how sure are you?", "How certain is that", "are you sure?", "what's the probability?", "can I trust this?",
        "what are the chances?",
    ],
    "Strong: The address lies": ["why?", "why do you think so?", "how do you know?", "what is the evidence", "Explain"],
    "Mexico has": ["why not Mexico?", "could it be Mexico", "isn't it Mexico?", "and in mexico?"],
    "The finest that can be said": [
        "which street?", "what's the exact address?", "where exactly is it?", "where is it?", "which city is this?",
        "which suburb?", "what neighbourhood is it?", "which district", "which borough?", "what area is that?",
        "is it in the old town?", "which postcode?", "which street in Spain?", "which part of Spain is it?",
        "welcher Stadtteil?", "quel quartier ?", "¿qué barrio?", "which municipality?", "what county is it in?",
    ],
    "What speaks against it: Against Spain": [
        "explain it simply", "explain it to me like I'm five", "summarise it", "tl;dr", "in short",
    ],
    "web search: Muebles (answered, 2026-01-02T03:04:05Z).": [
        "what did you search?", "which sources did you use?", "did you look it up online?",
    ],
    "Read or seen without being sure (55 %): Z?rag": [
        "what is uncertain?", "what are you unsure about?", "could you be wrong?", "what speaks against it?",
    ],
    "https://www.openstreetmap.org/": [
        "show it on a map", "show me on Google Maps", "Google Maps", "is it on Street View?",
        "what are the coordinates", "open it in Bing",
    ],
    "No other country has": ["where else could it be?", "what are the alternatives?"],
    "Z?rag": ["what do you see?", "what text did you read?", "which clues did you use"],
}  # fmt: skip


@pytest.fixture(scope="module")
def record(beliefs: Beliefs) -> Record:
    file = made()
    trace = file.trace.model_copy(update={"clues": (UNSURE,), "calls": (CALL,)})
    return Record(file.prediction, trace, beliefs.of([EVIDENCE]), beliefs.reliabilities)


@pytest.mark.parametrize(("said", "question"), [(said, question) for said, many in ASKED.items() for question in many])
def test_each_is_answered_as_it_was_meant(said: str, question: str, record: Record) -> None:
    assert any(said in told for told, _ in answer_to(question, record)), answer_to(question, record)


@pytest.mark.parametrize(
    "question", ["what would settle it?", "what would help?", "how can I check this?", "what else do you need?"]
)
def test_what_would_settle_it_is_asked_in_several_ways(question: str, record: Record) -> None:
    assert answer_to(question, record) == list(what_would_settle(record.belief, record.reliabilities, record.trace))


@pytest.mark.parametrize("question", ["who are you", "what's the weather", "", "??"])
def test_what_the_record_does_not_hold_is_not_answered(question: str, record: Record) -> None:
    assert answer_to(question, record) == []


def test_nothing_known_is_answered_as_that(beliefs: Beliefs) -> None:
    file = made(is_known=False)
    nothing = Record(file.prediction, file.trace, beliefs.of([]), beliefs.reliabilities)
    for question in ("how sure are you?", "why?", "explain it simply"):
        assert answer_to(question, nothing)[0][0] == "Nothing that was found tells where."
    assert "nothing to show on a map" in answer_to("show it on a map", nothing)[0][0]


def test_every_answer_cites_what_is_on_record(record: Record) -> None:
    held = {EVIDENCE.id, UNSURE.id, CALL.id}
    for questions in ASKED.values():
        assert all(set(cites) <= held for _, cites in answer_to(questions[0], record))


def test_the_command_asks_a_saved_answer(agent, photos: Path, cache: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    save_trace(agent.prior(photos / "nowhere_plain.jpg"), tmp_path / "t.json")
    told = geoagent(cache, tmp_path, "trace", "ask", "t.json", "how", "sure?")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Nothing that was found tells where." in told.stdout
    refused = geoagent(cache, tmp_path, "trace", "ask", "t.json", "who are you")
    assert (refused.returncode, len(refused.stderr.splitlines()), refused.stdout) == (2, 1, "")
