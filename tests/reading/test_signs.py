import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass, rank_countries
from geoagent.case.evidence import Clue
from geoagent.case.views import Box
from geoagent.geo import Area
from geoagent.reading.signs import find_signs, read_signs
from geoagent.reading.texts import read_clues


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


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("京A·12345", "CN.22"), ("M-AB 1234", "DE.02"), ("W 12345 A", "AT.09"), ("ZH 123456", "CH.ZH"),
        ("AB-123-CD 75", "FR.11"), ("34 ABC 123", "TR.34"), ("А123ВС77", "RU.48"), ("品川 330", "JP.40"),
        ("MH 12 AB 1234", "IN.16"), ("CJ 12 ABC", "RO.13"), ("29A-123.45", "VN.01"),
        ("12-G-1234", "IE.C"), ("SA12 BCD", "GB.SCT"), ("1A2 3456", "CZ.52"), ("WA 1234A", "PL.78"),
    ],
)  # fmt: skip
def test_a_plate_tells_its_division(text: str, area: str, atlas: Atlas, beliefs: Beliefs) -> None:
    belief, before = beliefs.of(list(read_signs(shown(text), atlas))), beliefs.of([])
    assert mass(belief, Area.parse(area)) > 5 * mass(before, Area.parse(area))


@pytest.mark.parametrize("text", ["20 CM 30", "札幌 45", "WC 24", "MP 3", "GE 2024", "20 KM 75"])
def test_what_is_not_as_long_as_a_plate_tells_no_division(text: str) -> None:
    assert [answer for table, answer in found(text) if table == "plates" and "." in answer] == []


def stacked(*values: str, confidence: float = 0.98) -> list[list[Clue]]:
    boxes = [Box(x0=0.4, y0=0.2 + 0.06 * i, x1=0.6, y1=0.25 + 0.06 * i) for i in range(len(values))]
    return [
        [Clue(kind="text", value=value, view=1, box=box, witness="ocr", confidence=confidence)]
        for value, box in zip(values, boxes, strict=True)
    ]


@pytest.mark.parametrize(
    ("lines", "phrase"), [(("DO NOT", "ENTER"), "do not enter"), (("DIVIETO", "DI", "SOSTA"), "divieto di sosta")]
)
def test_a_phrase_may_run_over_the_lines_of_a_sign(lines: tuple[str, ...], phrase: str, atlas: Atlas) -> None:
    assert phrase in {item.answer for item in read_signs(stacked(*lines), atlas)}
    assert phrase not in {item.answer for item in read_signs(stacked(*lines[::-1]), atlas)}


def test_a_long_phrase_that_was_read_with_doubt_may_lack_letters(atlas: Atlas) -> None:
    doubtful, sure = (
        {item.answer for item in read_signs(stacked("PROHIBDO ESTACIONR", confidence=p), atlas)} for p in (0.7, 0.98)
    )
    assert (doubtful, sure) == ({"prohibido estacionar"}, set())


def test_words_of_a_menu_are_no_towns(atlas: Atlas) -> None:
    lines = [clues[0] for clues in stacked("LOMO SALTADO", "PERROS CALIENTES")]
    assert "toponym" not in {item.kind for item in read_clues(lines, atlas)}
