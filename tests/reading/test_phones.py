from pathlib import Path

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue
from geoagent.geo import Area
from geoagent.reading.phones import area_codes, chinese_mobile_area, find_phones
from geoagent.reading.texts import read_clues


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("00 49 30 123456", "DE"), ("0049 30 123456", "DE"), ("011 44 1534 888888", "JE"), ("+7 727 250 00 00", "KZ"),
        ("+7 495 123-45-67", "RU"), ("+1 876 555 1234", "JM"), ("+1 212 555 0123", "US"), ("+44 1534 888888", "JE"),
        ("+44 20 7946 0018", "GB"), ("+39 06 698 12345", "VA"), ("+599 9 461 1234", "CW"),
        ("Tel: 00 33 4 72 00 00 12", "FR"),
    ],
)  # fmt: skip
def test_a_calling_code_names_one_country(text: str, country: str) -> None:
    (found,) = find_phones(text)
    assert country in found.countries
    assert found.certain
    assert text[slice(*found.span)] == found.text


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["电话 0316-5181234", "五金店"], "Langfang"), (["Tel. 976 22 00 00", "Zapatería"], "Zaragoza"),
        (["+34 976 22 00 00"], "Zaragoza"), (["(212) 555-0123"], "New York City"),
        (["Tel. +48 61 855 12 34"], "Poznań"), (["联系电话13908001234", "五金店"], "Chengdu"),
        (["15902012345", "水果"], "Guangzhou"),
        (["+81 11 222 3333"], "Sapporo"), (["+55 41 3333-4444"], "Curitiba"), (["+90 232 444 12 34"], "İzmir"),
    ],
)  # fmt: skip
def test_an_area_code_names_the_town(lines: list[str], place: str, atlas: Atlas, beliefs: Beliefs) -> None:
    clues = [Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.98) for line in lines]
    belief = beliefs.of(read_clues(clues, atlas))
    city = atlas.city_of(atlas.rows_named(place)[0])
    assert city is not None
    assert city.division_area is not None
    assert mass(belief, city) > 0.15
    assert mass(belief, city.division_area) > 5 * mass(beliefs.of([]), city.division_area)


def test_a_chinese_mobile_number_names_where_it_was_issued(atlas: Atlas) -> None:
    (found,) = find_phones("+86 158 2322 1112")
    assert found.mobile
    assert [str(atlas.path(area)) for _, area in found.places] == ["Chongqing, Chongqing, China"]
    assert chinese_mobile_area(1_000_000) is None
    areas = [area for first in range(1_300_000, 2_000_000, 997) if (area := chinese_mobile_area(first))]
    assert len(set(areas)) > 50
    assert all(area.country == "CN" and (atlas.knows(area) or atlas.row_of(area) is not None) for area in areas)


@pytest.mark.parametrize(
    "text",
    ["Tel 18005551234", "1-800-555-1234", "1888 555 1234", "1-305-374-5000", "1860 266 2666", "Tel. (19) 99876-5432",
     "1500 1800 250"],
)  # fmt: skip
def test_eleven_digits_that_are_grouped_otherwise_are_no_chinese_mobile(text: str) -> None:
    assert not any(phone.mobile or "CN" in phone.written for phone in find_phones(text))


def test_a_number_abroad_of_a_national_plan_is_no_calling_code() -> None:
    assert "IN" in {code for phone in find_phones("Tel. 011 2616 0000") for code in phone.countries}


def test_every_area_code_lies_in_the_atlas(atlas: Atlas) -> None:
    areas = {Area.parse(text) for text in area_codes().values()}
    assert len(areas) > 15_000
    assert [area for area in areas if not (atlas.knows(area) or atlas.row_of(area) is not None)] == []


def test_the_table_of_area_codes_is_made_of_the_version_that_is_installed() -> None:
    from importlib.metadata import version

    import geoagent.reading

    file = Path(geoagent.reading.__file__).with_name("area_codes.txt")
    assert f"phonenumbers@{version('phonenumbers')}" in file.read_text(encoding="utf-8").splitlines()[0]
