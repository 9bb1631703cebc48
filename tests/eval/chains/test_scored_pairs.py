"""Judges on a folder of GeoRC's form: what they are asked, what their answers count, and what is made of the scores."""

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.cli.eval.chain import counted
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.eval.chains.answered_country import country_answered
from geoagent.eval.chains.judge_agreement import read_people
from geoagent.eval.chains.scores import ChainScore
from geoagent.eval.chains.verdicts import (
    BlindVerdict,
    KeysVerdict,
    PointVerdict,
    PrecisionVerdict,
    TruthVerdict,
    WholeVerdict,
    read_verdict,
)
from geoagent.testing.scripted_model import Answer, Request, ScriptedModel, said
from tests.eval.chains.georc_folder import ROUNDS, write_challenge

Lines = list[dict[str, Any]]


def perfect(request: Request) -> Answer:
    """A judge that gives a point 100 where the other chain holds it, else 0."""
    text = said(request)
    point = re.search(r"Second chain: (.*)", text)
    return {"precision": 100 if point and point[1] in text.partition("Second chain:")[0] else 0}


@pytest.fixture
def folder(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one challenge with photos; the cache holds the atlas, and no answers of other tests."""
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    (cache / "judge.sqlite").unlink(missing_ok=True)
    write_challenge(tmp_path / "GeoRC" / "ABC", photos=True)
    return tmp_path / "GeoRC"


def chain(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Lines:
    assert main(["eval", "chain", *map(str, arguments), "--json"]) == code, capsys.readouterr().err
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_chain_against_itself_with_a_perfect_judge(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experts = folder / "ABC" / "Human_Expert_3.txt"
    with ScriptedModel([perfect]) as model:
        rows = chain(capsys, experts, experts, "--protocol", "georc", "--judge", model.url)
    assert [(row["id"], row["f1"]) for row in rows[:-1]] == [(f"ABC_{n}", 100) for n in range(1, 6)]
    (system,) = rows[-1]["summary"]["systems"]
    assert (system["pairs"], system["scored"], system["f1"]["value"]) == (5, 5, 100)


def test_its_protocol_on_a_folder_with_country_photos_and_baselines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: Request) -> Answer:
        text = said(request)
        if "You cannot see it" in text:
            return {"points": ["Yellow plates at the back of the cars", "A lake"]}
        if "You see a photo" in text:
            return "FALSE" if "snorkel" in text else "It is TRUE."
        return perfect(request)

    command = (folder, "--protocol", "georc", "--photos", folder, "--baselines")
    with ScriptedModel([answer]) as model:
        rows = chain(capsys, *command, "--judge", model.url)
        looked = [request for request in model.requests if "You see a photo" in said(request)]
    assert rows[0]["precision"] == 75  # its scorer counts the candidate's conclusion as a point
    assert (rows[0]["recall"], rows[0]["truths"]) == (100, [True, True, False, True])
    assert all(part["type"] in ("text", "image_url") for part in looked[0]["messages"][0]["content"])
    summary = rows[-1]["summary"]
    assert (summary["experts"], summary["protocol"], summary["aside"]) == ([3], "georc", {})
    assert summary["systems"][0]["country"] == pytest.approx(
        {"value": 1.0, "low": summary["systems"][0]["country"]["low"], "high": 1.0, "n": 5, "unread": 0}
    )
    another, blind = summary["baselines"]
    assert (another["name"], another["f1"]["value"]) == ("baseline, another photo", 0)
    assert (blind["name"], blind["pairs"]) == ("baseline, blind but for the place", 5)
    assert blind["precision"]["value"] == 10  # one of two points, in one of five rounds


def test_a_verdict_that_is_none_is_counted_and_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> Answer:
        return "Hard to say." if "Second chain: Blue street signs" in said(request) else perfect(request)

    with ScriptedModel([answer]) as model:
        assert main(["eval", "chain", str(folder), "--protocol", "georc", "--judge", model.url]) == 3
    shown = capsys.readouterr().out
    assert "ABC_3 gpt4 expert 3: not scored: scripted gave no verdict, but: 'Hard to say.'" in shown
    assert "gpt4, judge scripted, 4 of 5 scored" in shown


@pytest.mark.parametrize(
    "text",
    ['{"precision": 80}', 'I would say {"recall": 80} here.', '```json\n{"score": 80, "by": 2}\n```',
     '<think>{"precision": 5}</think>{"precision": 80.0, "why": "…"}', '{"precision": 10} no, {"precision": 80}'],
)  # fmt: skip
def test_verdicts_by_any_of_their_names_in_any_prose(text: str) -> None:
    assert read_verdict(text, PrecisionVerdict).score == 80


@pytest.mark.parametrize("text", ["80", "precision: 80", '{"precision": 180}', '{"precision": null}', '{"f1": 80}', ""])
def test_what_is_no_verdict(text: str) -> None:
    for form in (PrecisionVerdict, PointVerdict, WholeVerdict):
        with pytest.raises(ValueError, match="no verdict"):
            read_verdict(text, form)


def test_words_count_where_a_word_was_asked_for() -> None:
    assert read_verdict("**TRUE**", TruthVerdict).true
    assert not read_verdict("It is not true that … so: false", TruthVerdict).true
    assert read_verdict('{"true": false}', TruthVerdict).true is False
    assert read_verdict("LIST: red soil | no lamps", KeysVerdict).keys == ["red soil", "no lamps"]
    assert read_verdict('{"keys": []}', KeysVerdict).keys == []
    assert read_verdict("1. Red soil\n2. Palm trees", BlindVerdict).points == ["Red soil", "Palm trees"]


def test_the_single_call_of_its_script_weighs_what_is_true(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> Answer:
        text = said(request)
        if "You see a photo" in text:
            return {"true": "snorkel" not in text}
        return {"precision": 80, "recall": 60}

    with ScriptedModel([answer]) as model:
        command = (folder, "--protocol", "georc", "--score", "single-call", "--judge", model.url)
        blind = chain(capsys, *command)
        seeing = chain(capsys, *command, "--photos", folder)
    assert (blind[0]["precision"], blind[0]["recall"]) == (80, 60)
    assert (seeing[0]["precision"], seeing[0]["recall"]) == (pytest.approx(80 * 3 / 4), pytest.approx(60 * 2 / 3))


def test_key_points_weigh_by_line(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, theirs = tmp_path / "c.md", tmp_path / "r.md"
    mine.write_text("- Red soil and blue cars\n- Palm trees")
    theirs.write_text("- Reddish soil")
    keys = {"Red soil": ["red soil", "blue cars"], "Palm trees": ["palm trees"], "Reddish": ["reddish soil"]}

    def answer(request: Request) -> Answer:
        text = said(request)
        if text.startswith("Below are a key"):
            return {"match": 1 if "soil" in text.partition("Others:")[0] else 0}
        line = text.partition("Line: ")[2]
        return {"keys": next(found for start, found in keys.items() if f'"{start}' in line)}

    with ScriptedModel([answer]) as model:
        (row,) = chain(capsys, mine, theirs, "--score", "keys", "--judge", model.url)
    assert (row["precision"], row["recall"], row["f1"]) == (25, 100, 40)


def test_judges_are_compared_with_one_another_and_with_people(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,precision,f1\nABC_1,70,80\nABC_2,70,\n")
    with ScriptedModel([{"precision": 40}], "mild") as one, ScriptedModel([{"precision": 60}], "kind") as other:
        command = (folder, "--protocol", "georc", "--judge", one.url, "--judge", other.url, "--human", people)
        summary = chain(capsys, *command)[-1]["summary"]
    (pair,) = summary["judges"]
    assert (pair["figure"], pair["one"], pair["other"], pair["difference"]["value"]) == ("f1", "mild", "kind", 20)
    told = {(row["figure"], row["other"]): row["difference"] for row in summary["people"]}
    assert told["precision", "mild"]["value"] == 30
    assert (told["f1", "kind"]["value"], told["f1", "kind"]["n"]) == (20, 1)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("id,f1\na,high\n", "line 2: f1: 'high' is no number"), ("id,f1\n,3\n", "line 2: needs an id and one of"),
     ("id,f1\n", "no scores in it")],
)  # fmt: skip
def test_scores_of_people_that_are_none(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(ConfigError, match=fault):
        read_people(tmp_path / "p.csv")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--score", "rubric"], "asks a model: give its server with --judge URL"),
        (["--photos", "."], "only a model can look at them"),
        (["--photos", "nowhere", "--judge", "http://127.0.0.1:9/v1"], "no folder"),
        (["--judge", "http://127.0.0.1:9/v1", "--model", "a", "--model", "b"], "2 names for 1 servers"),
        (["--write-georc", "out"], "is a folder of GeoRC already"),
        (["--score", "grounded"], "no trace in it"),
        (["--system", "llama"], "no candidates of llama; there are: gpt4"),
    ],
)
def test_wrong_options_are_one_line(
    folder: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "chain", str(folder), *arguments]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert (len(shown.err.splitlines()), shown.out) == (1, "")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Red soil.\nConclusion: this is Kenya.", "KE"),
        ("Looks like Ghana.\nIt is the United Kingdom", "GB"),
        ("Botswana or Namibia", None),
        ("ke", "KE"),
        ("In Nairobi", None),
        ("So it is North Macedonia, in the Balkans", "MK"),
        ("", None),
    ],
)
def test_the_country_that_a_chain_ends_in(atlas: Atlas, answer: str, code: str | None) -> None:
    assert country_answered(answer, atlas) == code


def test_the_rounds_of_the_fixture_are_what_the_tests_say() -> None:
    assert [len(points) for points in ROUNDS] == [3, 3, 2, 2, 2]


def test_progress_is_told_after_every_ten_chains(caplog: pytest.LogCaptureFixture) -> None:
    rows = [ChainScore(str(number), 1.0, 1.0, 1.0) for number in range(30)]
    with caplog.at_level(logging.INFO):
        assert list(counted(iter(rows), 30, "chains scored by x")) == rows
    assert caplog.messages == ["10 of 30 chains scored by x", "20 of 30 chains scored by x"]
