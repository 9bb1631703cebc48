"""Addresses: a town with its postal code, its division or its country."""

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue
from geoagent.geo import Area
from geoagent.reading.postal import by_division, code_beside, divisions_of, has_shape
from geoagent.reading.tables import tables
from geoagent.reading.texts import read_clues


def believed(text: str, area: Area, atlas: Atlas, beliefs: Beliefs) -> float:
    clue = Clue(kind="text", value=text, view=1, witness="ocr", confidence=0.98)
    return mass(beliefs.of(read_clues([clue], atlas)), area)


@pytest.mark.parametrize(
    ("text", "country", "town", "least"),
    [
        ("Calle del Molino 8, 50003 Zaragoza", "ES", "Zaragoza", 0.95),
        ("12 rue de la République, 69003 Lyon", "FR", "Lyon", 0.95),
        ("Hauptstraße 5, 04109 Leipzig", "DE", "Leipzig", 0.95),
        ("Rua XV de Novembro 100, Curitiba - PR, 80020-310", "BR", "Curitiba", 0.95),
        ("45 Hazratganj, Lucknow, Uttar Pradesh 226001, India", "IN", "Lucknow", 0.9),
        ("50003 Zaragoza", "ES", "Zaragoza", 0.75), ("1010 Wien", "AT", "Vienna", 0.75),
        ("80-851 Gdańsk", "PL", "Gdańsk", 0.75),
        ("Austin, TX 78701", "US", "Austin", 0.75), ("Lima, Peru", "PE", "Lima", 0.5),
        ("Moi Avenue, Nairobi, Kenya", "KE", "Nairobi", 0.5),
        ("Lucknow, Uttar Pradesh, India", "IN", "Lucknow", 0.6),
    ],
)  # fmt: skip
def test_an_address_gives_its_town(
    text: str, country: str, town: str, least: float, atlas: Atlas, beliefs: Beliefs
) -> None:
    row = next(row for row in atlas.rows_named(town) if atlas.country_of(row) == Area(country))
    city = atlas.city_of(row)
    assert city is not None
    assert believed(text, city, atlas, beliefs) > least


@pytest.mark.parametrize(
    ("text", "wrong"), [("Lucknow, Uttar Pradesh, India", "RS"), ("226010, India", "RS"), ("50003 Zaragoza", "MX")]
)
def test_an_address_is_no_other_place_of_one_of_its_names(
    text: str, wrong: str, atlas: Atlas, beliefs: Beliefs
) -> None:
    assert believed(text, Area(wrong), atlas, beliefs) < 0.03


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Iran, Islamic Republic of", "IR"), ("Hong Kong SAR", "HK"), ("U.A.E.", "AE"), ("Korea, South", "KR"),
        ("Viet Nam", "VN"), ("Russian Federation", "RU"), ("Burma (Myanmar)", "MM"),
        ("Lao PDR", "LA"),
        ("Türkiye", "TR"),
        ("Congo, Democratic Republic of the", "CD"), ("Macau SAR", "MO"), ("Syrian Arab Republic", "SY"),
    ],
)  # fmt: skip
def test_a_usual_spelling_names_its_country(text: str, code: str, atlas: Atlas, beliefs: Beliefs) -> None:
    assert atlas.areas_named(text)[0] == Area(code)
    assert believed(text, Area(code), atlas, beliefs) > 0.5


@pytest.mark.parametrize(
    ("name", "code"), [("Saksa", "DE"), ("Németország", "DE"), ("Япония", "JP"), ("英国", "GB"), ("Hispania", "ES")]
)
def test_where_a_country_is_expected_its_name_may_be_in_any_language(name: str, code: str, atlas: Atlas) -> None:
    assert atlas.resolve(name) == Area(code)


def test_a_postal_code_names_its_division(atlas: Atlas) -> None:
    answer = tables()["postal_codes"].answers["99999"].evidence(atlas)
    told = by_division(answer, "50003", atlas)
    assert told.weights[Area.parse("ES.52")] > 5 * told.weights[Area("ES")]
    assert divisions_of("150-0043", "JP") == (Area("JP", "40"),)
    assert divisions_of("78701", "US") == (Area("US", "TX"),)
    assert divisions_of("1010", "XX") is None
    assert has_shape("SW1A 1AA", "GB")
    assert not has_shape("50003", "AT")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("Calle 8, 50003 ", "", "50003"), ("", ", TX 78701", "78701"), ("D-10115 ", "", "10115"),
        ("", " 226 010", "226 010"),
        ("", ", 2", None), ("tel. 976 22 00 00 ", "", None),
    ],
)  # fmt: skip
def test_a_postal_code_stands_before_a_town_or_behind_it(before: str, after: str, code: str | None) -> None:
    assert code_beside(before, after) == code
