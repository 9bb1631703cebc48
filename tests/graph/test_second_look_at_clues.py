"""A second look: what of a model's clues it confirms, and what happens to the rest.

The photo has a patch of its own colour for each clue, and the scripted model, shown the parts alone, tells by the
colour in the middle of each what is there.
"""

import base64
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.belief import Beliefs, current
from geoagent.case.trace import Trace
from geoagent.graph.second_look_at_clues import look_again
from geoagent.report.markdown import as_markdown
from geoagent.runs.trace_files import load_trace, save_trace
from geoagent.testing import Failure
from geoagent.testing.scripted_model import Request, ScriptedModel, action, look, said
from tests.opened import Opening, clue

RED, GREEN, BLUE, YELLOW, BLACK, CYAN = (220, 0, 0), (0, 160, 0), (0, 0, 220), (220, 220, 0), (0, 0, 0), (0, 200, 200)
CLAIMED = {
    RED: ("text", "Calle Mayor"),
    GREEN: ("vegetation", "coconut palms along the kerb"),
    BLUE: ("landmark", "a straddle-beam monorail on painted piers"),
    YELLOW: ("text", "Zagreb"),
    BLACK: ("architecture", "red-tiled roofs"),
    CYAN: ("object", "concrete utility pole with holes"),
}
THERE = {
    RED: {"text": "CALLE MAYOR", "shows": "a blue sign, a street sign"},
    GREEN: {"text": "", "shows": "a birch, white-barked tree, in snow"},
    BLUE: {"text": "", "shows": "an elevated railway, a monorail, on round piers of concrete"},
    YELLOW: {"text": "Hotel", "shows": "a sign of a hotel"},
    BLACK: {"text": "", "shows": "houses with roofs of red tiles"},
    CYAN: {"text": "", "shows": "an electricity pole, a utility pole, of concrete with round holes"},
}
PHANTOMS = {"coconut palms along the kerb", "Zagreb"}
CROATIA = {"country": "Croatia", "probability": 0.4, "because": "the sign to Zagreb"}
SPAIN = {"country": "Spain", "probability": 0.5, "because": "the name of the street"}


def place_of(number: int) -> tuple[float, float, float, float]:
    left, top = 0.05 + 0.32 * (number % 3), 0.15 + 0.45 * (number // 3)
    return left, top, left + 0.2, top + 0.25


def clues() -> list[dict[str, Any]]:
    told = enumerate(CLAIMED.values())
    return [{"kind": kind, "value": value, "view": 1, "box": list(place_of(number))} for number, (kind, value) in told]


def shown(request: Request) -> list[tuple[int, int, int]]:
    """The colour in the middle of each picture of the last message, as the nearest of those that were painted."""
    parts = [part for part in request["messages"][-1]["content"] if part["type"] == "image_url"]
    found = []
    for part in parts:
        image = Image.open(io.BytesIO(base64.b64decode(part["image_url"]["url"].partition(",")[2]))).convert("RGB")
        middle: Any = image.getpixel((image.width // 2, image.height // 2))
        found.append(min(CLAIMED, key=lambda colour: sum(abs(a - b) for a, b in zip(colour, middle, strict=True))))
    return found


def seeing(request: Request) -> dict[str, Any]:
    """What is really there."""
    return {"pictures": [{"picture": n, **THERE[colour], "answer": ""} for n, colour in enumerate(shown(request), 1)]}


def concluding(request: Request) -> dict[str, Any]:
    """One sentence for each clue, and a conclusion that cites them all."""
    text = said(request)
    ids = {value: re.search(rf"(c[0-9a-f]{{12}})[^\n]*{value}", text) for _, value in CLAIMED.values()}
    known = {value: match[1] for value, match in ids.items() if match}
    claims = [{"kind": "observation", "statement": f"To be seen: {v}.", "cites": [i]} for v, i in known.items()]
    last = {"kind": "conclusion", "level": "country", "place": "Spain", "statement": "That leaves Spain."}
    return action("conclude", claims=[*claims, {**last, "cites": list(known.values())}])


def solved(cache: Path, photo: Path, *script: Any, **settings: Any) -> tuple[TraceFile, list[Request]]:
    with ScriptedModel([look(SPAIN, CROATIA, clues=clues()), *script]) as model:
        given: Mapping[str, Any] = {"max_steps": 1, **settings}
        return GeoAgent(Settings(cache_dir=cache, vlm=model.url, model="scripted", **given)).trace(
            photo
        ), model.requests


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = Image.new("RGB", (600, 400), "white")
    for number, colour in enumerate(CLAIMED):
        x0, y0, x1, y1 = place_of(number)
        ImageDraw.Draw(image).rectangle((x0 * 600, y0 * 400, x1 * 600, y1 * 400), fill=colour)
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    image.save(path)
    return path


@pytest.fixture(scope="module")
def looked(cache: Path, photo: Path) -> tuple[TraceFile, list[Request]]:
    return solved(cache, photo, concluding, seeing)


def test_of_six_things_exactly_the_two_that_are_not_there_fall(looked: tuple[TraceFile, list[Request]]) -> None:
    file, requests = looked
    values = {item.id: item.value for item in file.trace.clues}
    assert len(file.trace.second_looks) == 6
    assert {values[i] for i in file.trace.unconfirmed()} == PHANTOMS
    assert (len(requests), file.prediction.usage.model_calls) == (3, 3)


def test_the_model_is_shown_the_parts_alone_and_told_no_claim(looked: tuple[TraceFile, list[Request]]) -> None:
    asked = looked[1][-1]
    assert sorted(shown(asked)) == sorted(CLAIMED)
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert not any(value in said(asked) for _, value in CLAIMED.values())


def test_what_is_not_confirmed_loses_its_weight(looked: tuple[TraceFile, list[Request]]) -> None:
    file, _ = looked
    fallen = file.trace.unconfirmed()
    gave = [e for e in file.trace.evidence if e.kind == "toponym" and set(e.clues) & fallen]
    assert gave
    standing = current(file.trace.evidence)
    assert not any(set(e.clues) & fallen for e in standing if e.kind not in ("opinion", "correction"))
    assert not {influence.evidence for influence in file.prediction.influences} & {item.id for item in gave}


def test_the_argument_tells_it_and_rests_on_nothing_that_fell(looked: tuple[TraceFile, list[Request]]) -> None:
    file, _ = looked
    steps = file.prediction.argument
    told = next(step for step in steps if step.statement.startswith("Not counted, as a second look did not confirm it"))
    assert all(value in told.statement for value in PHANTOMS)
    assert set(told.cites) == file.trace.unconfirmed()
    others = [step for step in steps if step is not told]
    assert not any(set(step.cites) & file.trace.unconfirmed() for step in others)
    assert not any(value in step.statement for step in others for value in PHANTOMS)
    observed = {step.statement: step.support for step in steps if step.statement.startswith("To be seen")}
    there = {value for _, value in CLAIMED.values()} - PHANTOMS
    assert observed == {f"To be seen: {value}.": "seen" for value in there}
    assert next(step.support for step in steps if step.statement == "That leaves Spain.") == "seen"


def test_a_reason_that_quotes_what_fell_is_the_models_word(cache: Path, photo: Path) -> None:
    file, _ = solved(cache, photo, action("conclude", claims=[]), seeing)
    reasons = {step.statement: step.support for step in file.prediction.argument if step.kind == "knowledge"}
    assert reasons["Croatia: the sign to Zagreb."] == "unsupported"
    assert reasons["Spain: the name of the street."] == "seen"


def test_the_report_tells_it_and_the_trace_is_read_back(
    looked: tuple[TraceFile, list[Request]], beliefs: Beliefs, tmp_path: Path
) -> None:
    file, _ = looked
    told = as_markdown(file, beliefs)
    assert told.count("not confirmed: a second look shows something different") == 2
    assert told.count(", confirmed by a second look") == 4
    save_trace(file, tmp_path / "trace.json")
    assert load_trace(tmp_path / "trace.json", lambda: beliefs).file.prediction == file.prediction


def test_it_can_be_switched_off(cache: Path, photo: Path) -> None:
    file, requests = solved(cache, photo, concluding, seeing, no_second_look=True)
    assert (file.trace.second_looks, len(requests)) == ((), 2)
    assert file.settings["no_second_look"] is True


@pytest.mark.parametrize(
    ("script", "settings", "note"),
    [
        ((concluding, "no idea"), {}, "what the model saw was not looked at again: "),
        ((concluding, seeing), {"max_tokens": 10}, "not looked at again: as many tokens were used as a case may use"),
        ((Failure(401),), {}, "not looked at again: the model had failed"),
        ((concluding, Failure(401)), {}, "the model server refuses the key"),
    ],
    ids=["unusable", "budget", "failed before", "fails now"],
)
def test_where_it_fails_nothing_falls_and_a_note_says_so(
    cache: Path, photo: Path, script: tuple[Any, ...], settings: dict[str, Any], note: str
) -> None:
    file, requests = solved(cache, photo, *script, **settings)
    assert file.trace.second_looks == ()
    assert any(note in said for said in file.prediction.notes)
    assert len(requests) <= 3


def test_the_answer_to_a_table_is_asked_for_as_a_question(cache: Path, photo: Path) -> None:
    def seen(request: Request) -> dict[str, Any]:
        assert "What roofs do most houses have?" in said(request)
        return {"pictures": [{"picture": 1, "text": "", "shows": "houses", "answer": "flat"}]}

    noted = action("observe", question="roof", answer="red_tile", view=1, box=list(place_of(4)))
    done = action("conclude", claims=[])
    with ScriptedModel([look(SPAIN), noted, done, seen]) as model:
        file = GeoAgent(Settings(cache_dir=cache, vlm=model.url, model="scripted", max_steps=5)).trace(photo)
    assert [item.outcome for item in file.trace.second_looks] == ["different"]
    assert not any(item.kind == "roof" for item in current(file.trace.evidence))


def test_a_clue_without_a_box_and_one_that_was_read_alike_ask_nothing(open_case: Opening) -> None:
    case = open_case([seeing])
    own = case.reasoner.witness
    case.add(Trace(clues=(clue("Mayor"), clue("MAYOR", own), clue("roofs", own, kind="architecture", box=None))))
    assert look_again(case.state, case.resources) == {}
    assert case.requests == []


@pytest.mark.slow
def test_two_clues_in_one_box_are_shown_as_one_picture_and_judged_each(cache: Path, photo: Path) -> None:
    box = list(place_of(0))
    two = [{"kind": kind, "value": value, "view": 1, "box": box} for kind, value in (CLAIMED[RED], CLAIMED[YELLOW])]
    with ScriptedModel([look(SPAIN, CROATIA, clues=two), action("conclude", claims=[]), seeing]) as model:
        settings = Settings(cache_dir=cache, vlm=model.url, model="scripted", max_steps=1)
        file = GeoAgent(settings).trace(photo)
    assert shown(model.requests[-1]) == [RED]
    assert [look.outcome for look in file.trace.second_looks] == ["confirmed", "different"]
