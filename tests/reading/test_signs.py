import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass, rank_countries
from geoagent.case.evidence import Clue
from geoagent.geo import Area
from geoagent.reading.signs import find_signs, read_signs


def shown(*values: str) -> list[list[Clue]]:
    return [[Clue(kind="text", value=value, witness="ocr", confidence=0.98)] for value in values]


def found(text: str) -> set[tuple[str, str]]:
    return {(match.entry.table, match.entry.answer) for match in find_signs(text)}


@pytest.mark.parametrize(
    ("lines", "country"),
    [
        (["Apotek Hjärtat"], "SE"),
        (["Biedronka"], "PL"),
        (["BR-116"], "BR"),
        (["NH 44"], "IN"),
        (["Rendőrség"], "HU"),
        (["ECZANE", "Ziraat Bankası"], "TR"),
        (["출입금지"], "KR"),
        (["ห้ามจอด"], "TH"),
        (["Злая собака"], "RU"),
        (["ვ. პოლიცია"], "GE"),
        (["Dilarang parkir", "Indomaret"], "ID"),
        (["zł 5", "9,99 zł"], "PL"),
        (["FM 1960"], "US"),
    ],
)
def test_signs_point_to_their_country(atlas: Atlas, beliefs: Beliefs, lines: list[str], country: str) -> None:
    assert rank_countries(beliefs.of(list(read_signs(shown(*lines), atlas))), 1)[0].key == Area(country)


@pytest.mark.parametrize(
    ("text", "area", "country"),
    [
        ("Generalitat de Catalunya", "ES.56", "ES"),
        ("RJ-116", "BR.21", "BR"),
        ("MH 12 AB 1234", "IN.16", "IN"),
        ("Desjardins", "CA.10", "CA"),
        ("Heddlu", "GB.WLS", "GB"),
    ],
)
def test_some_signs_tell_the_region(atlas: Atlas, beliefs: Beliefs, text: str, area: str, country: str) -> None:
    belief = beliefs.of(list(read_signs(shown(text), atlas)))
    assert mass(belief, Area.parse(area)) > 0.5 * mass(belief, Area(country))


def test_accents_may_be_missing_but_are_not_made_up() -> None:
    assert ("lexicon", "pâtisserie") in found("PATISSERIE")
    assert ("lexicon", "farmácia") in found("Farmácia Central")
    assert ("lexicon", "farmácia") not in found("FARMACIA")
    assert ("lexicon", "farmacia") not in found("Fármacía")
    assert ("letters", "ł") not in found("Lodz") and ("letters", "ı ş İ") not in found("PISCINA")


@pytest.mark.parametrize(
    "text",
    ["HOTEL", "Pizza", "TAXI", "Toyota", "WC", "Palo Alto", "the total power of coop", "A", "2024", "Dia de los"],
)
def test_common_texts_say_nothing(text: str) -> None:
    assert {table for table, _ in found(text)} - {"lexicon", "letters"} == set()
    assert ("stop_word", "ALTO") not in found(text)


def test_a_phrase_is_not_read_as_its_words() -> None:
    assert {answer for table, answer in found("Vorsicht Hund") if table == "lexicon"} == {"vorsicht hund"}


def test_what_speaks_of_the_language_is_one_group_and_cites_every_text(atlas: Atlas) -> None:
    evidence = list(read_signs(shown("Apotek", "Vägen", "Apotek Vägen"), atlas))
    by_kind = {item.kind for item in evidence}
    assert by_kind >= {"lexicon", "letters"}
    assert {item.group for item in evidence} == {"language"}
    assert max(len(item.clues) for item in evidence) == 2
    assert all(item.statement.startswith('"') for item in evidence)
