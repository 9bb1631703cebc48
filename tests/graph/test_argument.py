"""The argument for an answer: what is told, in which order, and what of a model's words is believed."""

import re
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.case.evidence import LEVELS, ArgumentStep
from geoagent.graph.evidence_sentences import LONGEST
from geoagent.testing.scripted_model import Request, ScriptedModel, action, look, said

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
IDS = re.compile(r"\b[cetpvsk][0-9a-f]{12}\b")
MONORAIL = "A straddle-beam monorail on painted piers stands in the water"
SPAIN = {"country": "Spain", "region": "Aragon", "city": "Zaragoza", "probability": 0.7, "because": "green shutters"}
MAYBE = {"country": "Portugal", "probability": 0.3, "because": "green shutters"}
FRANCE = {"country": "France", "probability": 0.2, "because": "similar shutters"}
CLUES = ({"kind": "landmark", "value": MONORAIL, "view": 1, "box": [0.1, 0.1, 0.4, 0.4]},)


def solved(
    cache: Path, *script: Any, place: dict[str, Any] = MAYBE, direct: bool = False, photo: str = "spain_zaragoza.jpg"
) -> TraceFile:
    with ScriptedModel([look(place, FRANCE, clues=CLUES), *script]) as model:
        agent = GeoAgent(Settings(cache_dir=cache, vlm=model.url, model="scripted", max_steps=3))
        return agent.direct(PHOTOS / photo) if direct else agent.trace(PHOTOS / photo)


def concluding(*claims: dict[str, Any]) -> Any:
    """A conclusion that cites by the beginnings of what the situation says: "MONORAIL", "es"."""

    def answer(request: Request) -> dict[str, Any]:
        text = said(request)
        found = {
            "monorail": re.search(rf"(c[0-9a-f]{{12}})[^\n]*{MONORAIL}", text),
            "sign": re.search(r"(c[0-9a-f]{12})[^\n]*Calle del Molino", text),
            "domain": re.search(r"(e[0-9a-f]{12})[^\n]*the web address", text),
        }
        known = {name: match[1] for name, match in found.items() if match}
        cited = [{**claim, "cites": [known.get(i, i) for i in claim["cites"]]} for claim in claims]
        return action("conclude", claims=cited)

    return answer


def claim(
    statement: str, *cites: str, kind: str = "observation", level: str = "country", **more: Any
) -> dict[str, Any]:
    return {"kind": kind, "level": level, "stance": "for", "statement": statement, "cites": list(cites), **more}


def step(file: TraceFile, part: str) -> ArgumentStep:
    return next(item for item in file.prediction.argument if part in item.statement)


@pytest.fixture(scope="module")
def embedded(agent: GeoAgent) -> TraceFile:
    return agent.trace(PHOTOS / "spain_zaragoza.jpg")


def test_it_argues_from_coarse_to_fine_and_ends_with_the_answer(embedded: TraceFile) -> None:
    argument = embedded.prediction.argument
    assert 5 <= len(argument) <= 12
    levels = [LEVELS.index(item.level) for item in argument]
    assert levels == sorted(levels)
    assert (argument[-1].kind, bool(argument[-1].cites)) == ("conclusion", True)
    assert argument[-1].statement == "So the photo was almost certainly taken in Zaragoza, Aragon."
    assert {"observation", "knowledge", "elimination", "conclusion"} == {item.kind for item in argument}


def test_knowledge_is_said_in_sentences_the_strongest_first(embedded: TraceFile) -> None:
    told = [item for item in embedded.prediction.argument if item.kind == "knowledge" and item.level == "country"]
    assert told[0].statement == 'The web address "www.mueblesebrolino.es" ends in .es, the ending of Spain.'
    assert (told[0].weight, told[0].stance, told[0].support) == ("strong", "for", "record")
    assert [item.log_odds for item in told] == sorted((item.log_odds or 0 for item in told), reverse=True)


@pytest.mark.parametrize(
    "name", ["spain_zaragoza", "france_lyon", "sweden_uppsala", "brazil_curitiba", "nowhere_plain"]
)
def test_no_sentence_shows_an_id_a_call_or_false_precision(agent: GeoAgent, name: str) -> None:
    file = agent.trace(PHOTOS / f"{name}.jpg")
    held = file.trace.ids()
    for item in file.prediction.argument:
        assert len(item.statement) <= LONGEST
        assert not IDS.search(item.statement)
        assert not re.search(r"\w\(|\[|%|×|\d{3}|\d\.\d", re.sub(r'"[^"]*"', "", item.statement))
        assert set(item.cites) <= held


def test_where_nothing_is_known_it_says_so_and_no_place(agent: GeoAgent) -> None:
    argument = agent.trace(PHOTOS / "nowhere_plain.jpg").prediction.argument
    assert [item.statement for item in argument] == [
        "No writing was found in the photo.", "Nothing in the photo tells where it was taken."
    ]  # fmt: skip


@pytest.mark.slow
def test_what_the_model_saw_and_why_it_named_a_place_are_told(cache: Path) -> None:
    for file in (solved(cache, place=SPAIN), solved(cache, place=SPAIN, direct=True)):
        seen = step(file, MONORAIL)
        assert (seen.kind, seen.support) == ("observation", "seen")
        assert [clue.value for clue in file.trace.clues if clue.id in seen.cites] == [MONORAIL]
        assert step(file, "Zaragoza: green shutters").stance == "for"
        assert step(file, "France: similar shutters").stance == "against"


@pytest.mark.slow
def test_a_conclusion_of_the_model_is_the_argument(cache: Path) -> None:
    file = solved(
        cache,
        concluding(
            claim("The monorail of the landmark stands in the water, as nowhere else.", "monorail"),
            claim('The sign reads "Calle del Molino".', "sign", "domain", kind="knowledge"),
            claim("That leaves the town.", "domain", kind="conclusion", level="city", place="Zaragoza"),
        ),
    )
    told = [(item.statement, item.support) for item in file.prediction.argument]
    assert ("The monorail of the landmark stands in the water, as nowhere else.", "seen") in told
    assert ('The sign reads "Calle del Molino".', "cited") in told
    assert told[-1] == ("That leaves the town.", "cited")
    assert not any("The web address" in statement for statement, _ in told)  # a sentence of the model cites it


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        claim("A tower stands behind it.", "domain"),  # an observation cites a clue
        claim('The sign reads "Rua do Moinho".', "sign"),
        claim("The sign gives house number 17.", "sign"),
        claim("The address is one of Portugal.", "domain", kind="knowledge"),
        claim("A map has the street.", "sign", kind="check"),
        claim("That leaves it.", "domain", kind="conclusion", level="city", place="Madrid"),
        claim("A tower stands behind it.", "c0123456789ab"),
        claim("The plates are white in front and yellow behind.", "monorail"),
        claim("France falls.", "sign", kind="elimination", place="Spain"),
    ],
    ids=["kind", "quote", "number", "name", "check", "place", "id", "another thing", "the answer falls"],
)
def test_a_false_sentence_with_a_real_citation_is_told_as_the_models_word(cache: Path, said: dict[str, Any]) -> None:
    file = solved(cache, concluding(said))
    assert step(file, said["statement"]).support == "unsupported"


@pytest.mark.parametrize(
    "said",
    [
        claim('The sign reads "Calle del Molino", the word for a street in Spanish.', "sign"),
        claim("Spain, like Mexico and Peru, writes such addresses.", "domain", kind="knowledge"),
        claim("The web address rules out Portugal, where 1 of 100 ends so.", "domain", kind="elimination"),
    ],
    ids=["observation", "knowledge", "elimination"],
)
def test_what_a_model_knows_at_large_may_name_more_than_it_cites(cache: Path, said: dict[str, Any]) -> None:
    assert step(solved(cache, concluding(said)), said["statement"]).support == "cited"


@pytest.mark.parametrize(
    ("said", "support"),
    [
        (
            claim("France falls, since none stands in its water.", "monorail", kind="elimination", place="France"),
            "seen",
        ),
        (claim('The address "Calle del Molino" is a street in Spanish.', "domain", "sign"), "cited"),
        (claim("The monorail on painted piers crosses the water as in Chongqing and Sydney.", "monorail"), "seen"),
        (claim("That leaves Spain, ahead of Portugal.", "monorail", kind="conclusion", place="Spain"), "seen"),
    ],
    ids=["another place falls", "a quotation", "told well", "the answer and a rival"],
)
def test_what_a_sentence_may_say_of_what_it_cites(cache: Path, said: dict[str, Any], support: str) -> None:
    file = solved(cache, concluding({**said, "level": "country"}))
    assert step(file, said["statement"]).support == support


def test_beside_three_sentences_of_a_model_stands_why_it_named_the_place(cache: Path) -> None:
    said = [claim(f"Thing {word} of the monorail is a pier.", "monorail") for word in "one two three".split()]
    file = solved(cache, concluding(*said), place=SPAIN, photo="nowhere_plain.jpg")
    told = [item.statement for item in file.prediction.argument]
    assert any("green shutters" in statement for statement in told)
    assert not any("similar shutters" in statement for statement in told)


@pytest.mark.slow
def test_calls_and_fine_coordinates_are_left_out_of_a_models_sentence(cache: Path) -> None:
    said = 'lookup_place("Zaragoza", limit=3) puts the sign(s) at 41.65606, -0.87734.'
    file = solved(cache, concluding(claim(said, "sign", kind="knowledge")))
    assert step(file, "the sign(s)").statement == "Lookup place puts the sign(s) at 41.65, -0.87."


def test_a_town_beside_the_answer_is_no_fallen_rival(embedded: TraceFile) -> None:
    fallen = [item.statement for item in embedded.prediction.argument if item.kind == "elimination"]
    assert fallen == [
        'Not Mexico: the town "Zaragoza" of the address lies elsewhere and its own web addresses do not end in .es.'
    ]


@pytest.mark.slow
def test_a_quotation_is_told_once_and_an_area_code_names_its_town(agent: GeoAgent) -> None:
    argument = agent.trace(PHOTOS / "sweden_uppsala.jpg").prediction.argument
    assert sum('"APOTEK"' in item.statement and item.kind == "knowledge" for item in argument) == 1
    assert 'The phone number "018-00 00 12" has the area code of Uppsala.' in {item.statement for item in argument}


def test_where_a_model_has_argued_enough_nothing_more_of_what_it_thought_is_told(cache: Path) -> None:
    number = "one two three four five".split()
    said = [claim(f"Thing {word} of the monorail is a pier.", "monorail") for word in number]
    file = solved(cache, concluding(*said))
    told = [item.statement for item in file.prediction.argument]
    assert all(f"Thing {word} of the monorail is a pier." in told for word in number)
    assert not any("green shutters" in statement for statement in told)


def test_ids_and_digits_that_mean_nothing_are_left_out_of_a_models_sentence(cache: Path) -> None:
    file = solved(cache, concluding(claim("The monorail (c0123456789ab) makes it 97.35 % sure.", "monorail")))
    assert step(file, "The monorail").statement == "The monorail makes it 97 % sure."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "support"),
    [
        ("Such a monorail on painted piers stands in Portugal's towns alone.", "seen"),
        ("A monorail like that is Portuguese.", "seen"),
        ("Such a monorail is one of Chongqing's.", "unsupported"),
    ],
)
def test_what_the_model_saw_may_speak_for_any_place_that_it_weighed(cache: Path, statement: str, support: str) -> None:
    assert step(solved(cache, concluding(claim(statement, "monorail"))), statement).support == support


def test_a_model_that_has_argued_is_not_followed_by_rivals_that_fell(cache: Path) -> None:
    said = [claim(f"Thing {word} of the monorail is a pier.", "monorail") for word in "one two three four".split()]
    told = solved(cache, concluding(*said)).prediction.argument
    assert not [item for item in told if item.kind == "elimination" and item.stance == "for"]
