import json
from typing import TypeVar

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import BaseModel

from geoagent.case.evidence import Turn
from geoagent.errors import ModelError
from geoagent.reasoners.vlm.answer_models import (
    Action,
    FirstLook,
    SeenClue,
    action_schema,
    first_look_schema,
    native_tools,
    strict_schema,
)
from geoagent.reasoners.vlm.chat_completion import Reply
from geoagent.reasoners.vlm.chosen_answer import read
from geoagent.reasoners.vlm.field_names import tool_arguments
from geoagent.tools import TOOLS

PLACES = {"places": [{"country": "Sweden", "probability": 0.6}], "elsewhere": 0.4, "clues": []}
T = TypeVar("T", bound=BaseModel)


def parse(text: str, answer: type[T]) -> T:
    return read(Reply(text), answer)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PLACES),
        f"```json\n{json.dumps(PLACES, indent=2)}\n```",
        f"Let me think. {{not json}} Here it is: {json.dumps(PLACES)} I hope that helps.",
        json.dumps({**PLACES, "note": "extra keys are ignored"}),
        json.dumps(PLACES).replace("Sweden", "Swe\tden\n"),  # raw control characters inside a string
    ],
)
def test_answers_are_read_with_tolerance(text: str) -> None:
    assert parse(text, FirstLook).places[0].country is not None


@pytest.mark.parametrize(
    "text",
    ["", "Sweden", '{"places": ', '{"places": "Sweden"}', "[1, 2]", '{"a": ' * 5000, '{"elsewhere": ' + "7" * 5000],
)
def test_what_is_no_answer_says_so(text: str) -> None:
    with pytest.raises(ModelError):
        parse(text, FirstLook)


def test_the_last_look_counts_and_the_first_action() -> None:
    """A look is corrected by what follows it; an action that follows another rests on a result that was made up."""
    other = {**PLACES, "places": [{"country": "Norway", "probability": 0.6}]}
    assert parse(f"{json.dumps(other)} or rather {json.dumps(PLACES)}", FirstLook).places[0].country == "Sweden"
    text = '{"action": "zoom", "arguments": {}} It shows a tram. {"action": "conclude", "arguments": {"claims": []}}'
    assert parse(text, Action).action == "zoom"


def test_what_models_send_for_nothing_is_nothing() -> None:
    place = {"country": "Italy", "region": None, "city": "", "street": None, "lat": None, "lon": None}
    clue = {"kind": "text", "value": "HOTEL", "view": None, "box": None}
    given = {"clues": [clue], "places": [{**place, "probability": 0.6, "because": None}], "elsewhere": None}
    found = parse(json.dumps(given), FirstLook)
    assert (found.places[0].region, found.places[0].city, found.elsewhere) == (None, None, 0.0)
    assert parse('{"action": "zoom", "thought": null, "arguments": {"within": null}}', Action).thought == ""


def test_one_bad_item_does_not_cost_the_others() -> None:
    places = [{"country": "Italy", "probability": 0.6, "lat": 91.0}, {"country": "Spain"}, "France", None]
    clues = [{"value": ""}, {"value": "x" * 900, "view": "photo 1", "kind": "smell"}, 7, *[{"value": "a"}] * 20]
    found = parse(json.dumps({"places": places, "clues": clues}), FirstLook)
    assert [(place.country, place.lat) for place in found.places] == [("Italy", None)]
    assert (len(found.clues), found.clues[0].kind, found.clues[0].view) == (10, "other", 1)


@pytest.mark.parametrize(
    ("box", "x1"),
    [([0.1, 0.2, 0.3, 0.4], 0.3), ([100, 200, 300, 400], 0.3), ([10, 20, 30, 40], 0.3), ([0.3, 0, 0.1, 1], None),
     ([1, 2], None), ("left", None), (None, None)],
)  # fmt: skip
def test_boxes_in_other_units(box: object, x1: float | None) -> None:
    area = SeenClue.model_validate({"value": "sign", "box": box}).area()
    assert (area.x1 if area else None) == x1


def test_schemas_are_bounded_and_strict() -> None:
    form = action_schema(TOOLS)
    assert list(form["properties"]) == ["thought", "seen", "action"]
    names = [call["properties"]["name"]["enum"] for call in form["properties"]["action"]["anyOf"]]
    assert names == [[name] for name in (*TOOLS, "revise_opinion", "conclude")]
    for tool in TOOLS.values():
        strict = strict_schema(tool)
        assert set(strict["required"]) == set(strict["properties"])
        assert strict["additionalProperties"] is False
    assert all(tool["function"]["strict"] for tool in native_tools(TOOLS))
    assert "$ref" not in json.dumps([form, native_tools(TOOLS)])


def test_only_of_several_photos_it_is_asked_which_does_not_belong() -> None:
    assert "misfits" not in first_look_schema(1)["properties"]
    several = first_look_schema(3)
    assert several["properties"]["misfits"]["items"] == {"type": "integer", "minimum": 1, "maximum": 3}
    assert "misfits" in several["required"]
    for sent, kept in (([2], [2]), (None, []), ("2", []), ([True, 1.5, "3", 4], [4])):
        assert parse(json.dumps({**PLACES, "misfits": sent}), FirstLook).misfits == kept


ODD = [
    '{"action": "whats_at", "arguments": {"lat": 1' + "0" * 30 + "}}",
    '{"action": "whats_at", "arguments": {"lat": -' + "9" * 400 + ', "lon": 1e999}}',
    '{"thought": "\\ud800", "action": "whats_at", "arguments": {"a\\ud800": "\\udfff"}}',
    "whats_at(lat=1j)", 'whats_at(lat=b"x")', "whats_at(lat={1, 2})", "whats_at(lat=...)", "whats_at(lat=(1, (2, 3)))",
    '{"seen": [{"kind": "text", "value": "\\ud800a", "view": ' + "9" * 400 + ', "box": [' + "9" * 400
    + ', 1, 2, 3]}], "action": "whats_at", "arguments": {}}',
    '{"seen": [{"kind": "text", "value": "a", "view": 1e999}], "action": "whats_at", "arguments": {}}',
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_an_odd_answer_can_be_kept(text: str) -> None:
    """What a checkpoint cannot hold ended a run: integers beyond 64 bits, what Python knows and JSON does not."""
    action = read(Reply(text), Action, ("whats_at",))
    turn = Turn(thought=action.thought, action=action.action, arguments=action.arguments, observation="x")
    JsonPlusSerializer().dumps_typed((turn, action.seen))
    assert json.loads(turn.model_dump_json())["action"] == "whats_at"
    assert [clue.area() for clue in action.seen] == [None] * len(action.seen)


def test_the_name_of_an_action_is_bounded() -> None:
    assert len(parse(json.dumps({"action": "whats\x1b[31m" * 900, "arguments": {}}), Action).action) == 100


@pytest.mark.parametrize("number", ["1e30", "1e999", "7" * 400])
def test_an_odd_number_in_a_text_stays_a_text(number: str) -> None:
    form = {"properties": {"view": {"type": "integer"}}}
    assert tool_arguments({"view": number}, form) == {"view": number}
