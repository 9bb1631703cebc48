"""Small countries win when they are named: every country of the atlas, by phone, web address and name."""

from collections.abc import Callable

import phonenumbers
import pytest
from babel import Locale

from geoagent.atlas import Atlas
from geoagent.atlas.own_names import own_names
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.geo import Area
from geoagent.reading.contacts import DOUBTFUL, GLOBAL_USE
from geoagent.reading.false_hits import false_hits
from geoagent.reading.tables import tables
from geoagent.reading.texts import read_clues

pytestmark = pytest.mark.slow

Sign = Callable[[str, str], float]

UNINHABITED = {"BV", "HM", "UM"}
"""No place of the atlas lies in them."""
DISSOLVED = {"AN", "CS"}
WITHOUT_NUMBERS = {"AQ", "GS", "PN", "TF"}
"""phonenumbers knows no numbering plan of theirs."""
SHARED = {
    "BL": {"BL", "MF"},
    "MF": {"BL", "MF"},
    "EH": {"EH", "MA"},
}
"""Countries whose example number lies in the plan of others too: they are named together."""

SHARED_NAMES = {"GE": "GE+US", "SH": "EC+SH"}
"""Countries whose name a large region of another bears too: Georgia, Santa Elena."""


@pytest.fixture
def sign(atlas: Atlas, beliefs: Beliefs) -> Sign:
    """How probable the countries, joined by "+", are once a text is read."""

    def probability(text: str, countries: str) -> float:
        clue = Clue(kind="text", value=text, witness="ocr", confidence=0.98)
        belief = beliefs.of(read_clues([clue], atlas))
        return sum(mass(belief, Area(country)) for country in countries.split("+"))

    return probability


@pytest.fixture
def inhabited(atlas: Atlas) -> list[str]:
    found = [code for code in atlas.countries if code not in UNINHABITED | DISSOLVED]
    assert len(found) >= 247
    return found


def test_a_calling_code_names_its_country(inhabited: list[str], sign: Sign) -> None:
    weak = {}
    for code in inhabited:
        number = phonenumbers.example_number(code)
        assert (number is None) == (code in WITHOUT_NUMBERS)
        if number is not None:
            text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
            found = sign(text, "+".join(sorted(SHARED.get(code, {code}))))
            weak |= {code: (text, found)} if found < 0.5 else {}
    assert weak == {}


def test_a_web_address_names_its_country(inhabited: list[str], sign: Sign) -> None:
    """Endings that the whole world uses do below the name of an official body."""
    weak = {}
    for code in inhabited:
        ending = "uk" if code == "GB" else code.lower()
        body = "www.gov." if ending in GLOBAL_USE | DOUBTFUL else "www.xqz."
        found = sign(f"{body}{ending}", code)
        weak |= {code: found} if found < 0.5 else {}
    assert weak == {}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_name_of_a_country_names_it(language: str, inhabited: list[str], sign: Sign) -> None:
    names = {code: Locale(language).territories[code] for code in inhabited}
    found = {code: sign(name, SHARED_NAMES.get(code, code)) for code, name in names.items()}
    assert {code: (names[code], p) for code, p in found.items() if p < 0.5} == {}


def test_the_name_of_a_country_at_home_names_it(inhabited: list[str], sign: Sign) -> None:
    found = {(code, name): sign(name, SHARED_NAMES.get(code, code)) for code in inhabited for name in own_names(code)}
    assert {key: p for key, p in found.items() if p < 0.5} == {}


@pytest.mark.parametrize("ending", sorted(GLOBAL_USE | DOUBTFUL))
def test_an_ending_that_the_whole_world_uses_says_little(ending: str, sign: Sign) -> None:
    assert sign(f"www.xqz.{ending}", ending.upper()) < 0.4
    assert sign(f"xqz.{ending}", ending.upper()) < 0.4


def test_two_sentences_make_no_web_address_of_iceland(sign: Sign) -> None:
    assert sign("xqzzk.is", "IS") < 0.2
    assert sign("info@xqzzk.is", "IS") > 0.5 < sign("www.xqzzk.is", "IS")


def test_no_answer_of_a_table_leaves_a_small_country_far_behind(atlas: Atlas, beliefs: Beliefs) -> None:
    """An answer that names one country gives it a tenth at least of what the same answer gives a large one."""

    def given(kind: str, likelihood: Areas, country: Area) -> float:
        item = Evidence(kind=kind, witness="ocr", statement="x", likelihood=likelihood, group="x")  # type: ignore[arg-type]
        return mass(beliefs.of([item]), country)

    weak, seen = {}, 0
    for table in tables().values():
        for name, answer in table.answers.items():
            if len(answer.areas) == 1 and not answer.languages and next(iter(answer.areas)).level == "country":
                ((country, weight),) = answer.areas.items()
                large = Areas(
                    weights={Area("US"): weight},
                    elsewhere=false_hits({Area("US"): weight}, answer.elsewhere, atlas),
                )
                small = given(table.kind, answer.evidence(atlas), country)
                seen += 1
                weak |= {(table.name, name): small} if small < 0.1 * given(table.kind, large, Area("US")) else {}
    assert seen > 100
    assert weak == {}


def test_what_names_much_of_the_world_or_excludes_stays_as_it_is(atlas: Atlas) -> None:
    many = dict.fromkeys(map(Area, ("US", "IN", "CN", "DE")), 0.5)
    assert false_hits(many, 0.02, atlas) == 0.02
    assert false_hits({Area("IS"): 0.0}, 1.0, atlas) == 1.0
    assert false_hits({Area("IS"): 1.0}, 0.02, atlas) < 0.001
