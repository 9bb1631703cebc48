"""Questions are answered from the records, corrections change the answer from where the case stood."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoagent.serve.corrections import reads_as_correction
from geoagent.testing.scripted_model import ScriptedModel, action, look, said
from tests.serve.conftest import Served
from tests.serve.pictures import picture
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
SIGNS = picture("Calle del Molino 8, 50003 Zaragoza", "www.mueblesebrolino.es", size=(900, 400))


@pytest.fixture
def solved(service: Served) -> str:
    return str(service.solve(SIGNS)["id"])


def statements(remark: dict[str, Any]) -> str:
    return "\n".join(sentence["statement"] for sentence in remark["answer"])


def clue(service: Served, case: str, text: str) -> str:
    clues = service.client.get(f"/api/cases/{case}/trace").json()["trace"]["clues"]
    return str(next(clue["id"] for clue in clues if text in clue["value"]))


def nodes_after(service: Served, case: str, before: int) -> list[str]:
    return [data["node"] for _, kind, data in service.events(case, before) if kind == "node"]


def test_why_not_another_place_cites_what_speaks_against_it(service: Served, solved: str) -> None:
    before = service.client.get(f"/api/cases/{solved}").json()["prediction"]
    remark = service.say(solved, "question", "why not Mexico?")
    assert statements(remark).startswith("Mexico has ")
    against = next(s for s in remark["answer"] if "mueblesebrolino" in s["statement"])
    assert against["statement"].startswith("Against it: ")
    assert clue(service, solved, "mueblesebrolino") in against["cites"]
    held = service.client.get(f"/api/cases/{solved}/trace").json()["trace"]
    ids = {item["id"] for kind in ("clues", "evidence") for item in held[kind]}
    assert {i for sentence in remark["answer"] for i in sentence["cites"]} <= ids
    assert service.client.get(f"/api/cases/{solved}").json()["prediction"] == before


def test_what_would_settle_it_asks_what_tells_the_leaders_apart(service: Served) -> None:
    case = service.solve(picture(), hint="Norway or Sweden")["id"]
    remark = service.say(case, "question", "What would settle it?")
    assert re.search("It would tell (Sweden|Norway) .* from (Sweden|Norway) ", statements(remark))


def test_a_sign_is_looked_at_again(service: Served, solved: str) -> None:
    remark = service.say(solved, "question", "look at the mueblesebrolino sign again")
    assert statements(remark).startswith("text reading: ")
    assert "mueblesebrolino" in statements(remark)


def test_what_cannot_be_answered_says_what_can(service: Served, solved: str) -> None:
    remark = service.say(solved, "question", "who are you")
    assert remark["status"] == "failed"
    assert "The record does not answer that" in statements(remark)
    told = statements(service.say(solved, "correction", "hello"))
    assert "say it such as" in told and "it says “Bäckerei”" in told and "\\" not in told


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("exclude Europe", True),
        ("that sign is Hungarian", True),
        ("it says “Bäckerei”", True),
        ("it is in Portugal", True),
        ("this is wrong", True),
        ("why not Slovenia", False),
        ("is it in Portugal?", False),
        ("why exclude Europe", False),
        ("the sign is in shadow, look again", False),
    ],
)
def test_a_correction_is_told_from_a_question_by_its_form(said: str, reads: bool) -> None:
    assert reads_as_correction(said) is reads


def test_a_correction_that_is_asked_is_called_one(service: Served, solved: str) -> None:
    remark = service.say(solved, "question", "exclude Europe")
    assert [sentence["statement"] for sentence in remark["answer"]] == [
        "This reads as a correction: send it with Correct, and the case is decided again from it."
    ]
    corrected = statements(service.say(solved, "correction", "exclude Europe"))
    assert "understood: the user says that it is not Europe" in corrected
    assert "Andorra" not in corrected


def test_the_later_word_counts_where_two_exclude_each_other(service: Served) -> None:
    case = service.solve(picture())["id"]
    for word in ("exclude Europe", "it is in Portugal", "exclude Spain"):
        service.say(case, "correction", word)
    country = service.client.get(f"/api/cases/{case}").json()["prediction"]["levels"][0]
    assert country["name"] == "Portugal" and country["probability"] > 0.99


def test_a_correction_is_taken_back_and_made_again(service: Served, solved: str) -> None:
    def country() -> dict[str, Any]:
        return dict(service.client.get(f"/api/cases/{solved}").json()["prediction"]["levels"][0])

    before = country()
    remark = service.say(solved, "correction", "exclude Spain")
    without = country()
    assert without["code"] != "ES"
    taken_back = service.client.delete(f"/api/cases/{solved}/corrections/{remark['id']}")
    assert taken_back.status_code == 202
    wait_until(lambda: country() == before)
    service.say(solved, "correction", "exclude Spain")
    again = country()
    assert again["code"] == without["code"]
    assert again["probability"] == pytest.approx(without["probability"])
    assert service.client.delete(f"/api/cases/{solved}/corrections/999999").status_code == 404


def test_what_a_misread_clue_had_implied_counts_again_once_that_is_taken_back(service: Served, solved: str) -> None:
    before = service.client.get(f"/api/cases/{solved}").json()["prediction"]["levels"]
    remark = service.say(solved, "correction", "wrong", clue(service, solved, "50003"))
    assert service.client.get(f"/api/cases/{solved}").json()["prediction"]["levels"] != before
    service.client.delete(f"/api/cases/{solved}/corrections/{remark['id']}")
    wait_until(lambda: service.client.get(f"/api/cases/{solved}").json()["prediction"]["levels"] == before)


def test_what_is_left_out_of_a_region_is_told_by_name(service: Served) -> None:
    case = service.solve(picture())["id"]
    corrected = statements(service.say(case, "correction", "Europe but not Spain"))
    assert "understood: the user names Europe, except Spain\n" in corrected
    shown = service.client.get(f"/api/cases/{case}/markdown").text
    assert "No country stands out." in shown and "too little" not in shown


def test_a_correction_decides_again_and_reads_nothing_again(service: Served, solved: str) -> None:
    last = service.events(solved)[-1][0]
    remark = service.say(solved, "correction", "exclude Spain")
    after = service.client.get(f"/api/cases/{solved}").json()
    assert after["prediction"]["levels"][0]["code"] != "ES"
    assert "Decided again" in statements(remark) and not re.search(r"\d%", statements(remark))
    nodes = nodes_after(service, solved, last)
    assert nodes[0] == "user" and "perceive" not in nodes and nodes[-1] == "conclude"
    trace = service.client.get(f"/api/cases/{solved}/trace").json()["trace"]
    cited = remark["answer"][0]["cites"]
    assert set(cited) <= {item["id"] for kind in ("clues", "evidence") for item in trace[kind]}


def test_a_misread_clue_no_longer_counts(service: Served, solved: str) -> None:
    before = service.client.get(f"/api/cases/{solved}").json()["prediction"]["levels"][0]["probability"]
    wrong = clue(service, solved, "mueblesebrolino")
    remark = service.say(solved, "correction", 'it says "www.mueblesebrolino.mx"', wrong)
    assert 'is "www.mueblesebrolino.mx"' in statements(remark)
    after = service.client.get(f"/api/cases/{solved}").json()["prediction"]
    spain = sum(country["probability"] for country in after["alternatives"] if country["key"] == "ES")
    assert spain < before


def test_the_language_of_a_sign_is_taken_from_the_user(service: Served) -> None:
    case = service.solve(picture("Xanthor Milvek"))["id"]
    service.say(case, "correction", "that sign is Hungarian")
    assert service.client.get(f"/api/cases/{case}").json()["prediction"]["levels"][0]["code"] == "HU"


def test_a_clue_that_the_case_does_not_hold_is_refused(service: Served, solved: str) -> None:
    remark = service.say(solved, "correction", "wrong", "c0123456789ab")
    assert remark["status"] == "failed" and "there is no clue" in statements(remark)


def test_only_answered_cases_are_talked_about(service: Served) -> None:
    failed = service.solve(SIGNS[:3000])["id"]
    answer = service.client.post(f"/api/cases/{failed}/questions", json={"text": "why?"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "this case has no answer yet")


def test_a_model_answers_a_question_and_hears_a_correction(
    serve: Callable[..., Served], tmp_path: Path, photos: Path
) -> None:
    claim = {"statement": "The web address ends in .es, so not Slovenia.", "cites": []}
    script = [
        look({"country": "Spain", "probability": 0.8}),
        action("lookup_place", name="Ljubljana"),
        action("conclude", claims=[claim]),
        action("conclude", claims=[]),
    ]
    with ScriptedModel(script) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        case = service.solve(SIGNS)["id"]
        first_looks = len([r for r in model.requests if len(r["messages"]) == 2])
        remark = service.say(case, "question", "why not Slovenia?")
        assert "Slovenia has" in statements(remark)
        claimed = next(s for s in remark["answer"] if "so not Slovenia" in s["statement"])
        assert claimed["support"] == "unsupported"
        assert "wants to know: 'why not Slovenia?'" in said(model.requests[1])
        service.say(case, "correction", "exclude Spain")
        assert "now corrects: 'exclude Spain'" in said(model.requests[-1])
        assert service.client.get(f"/api/cases/{case}").json()["prediction"]["levels"][0]["code"] != "ES"
        assert len([r for r in model.requests if len(r["messages"]) == 2]) == first_looks == 1


@pytest.mark.slow
def test_a_question_asked_again_is_asked_again(serve: Callable[..., Served], tmp_path: Path) -> None:
    with ScriptedModel([look({"country": "Spain", "probability": 0.8}), action("conclude", claims=[])]) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        case = service.solve(SIGNS)["id"]
        service.say(case, "question", "why not Slovenia?")
        once = len(model.requests)
        assert service.say(case, "question", "why not Slovenia?")["status"] == "done"
        assert len(model.requests) > once
        assert said(model.requests[-1]).count("wants to know: 'why not Slovenia?'") == 2
