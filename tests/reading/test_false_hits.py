"""What says nothing of where a photo was taken, and yet looks as if it did."""

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import rank_countries
from geoagent.case.evidence import Clue, Evidence
from geoagent.reading.contacts import find_domains
from geoagent.reading.phones import find_phones
from geoagent.reading.signs import find_signs
from geoagent.reading.spoken import spoken
from geoagent.reading.texts import read_clues


def read(atlas: Atlas, *lines: str) -> list[Evidence]:
    return read_clues([Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.98) for line in lines], atlas)


@pytest.mark.parametrize(
    "text",
    [
        "08.00-12.00", "Mo-Fr 08.00-12.00 13.00-17.30", "08 00 - 18 30", "0800-1700", "lun-ven 9h30-12h 14h-19h",
        "2 450 000 kr", "2 450 000", "12.500.000", "1 299 000 Ft", "Rs. 12 50 000", "1920 x 1080", "12.05.2024 07:41",
        "2019-2024", "CNPJ 12.345.678/0001-95", "ISBN 978-3-16-148410-0", "450 000 km", "№ 123-456-78",
    ],
)  # fmt: skip
def test_digits_of_hours_amounts_dates_and_codes_are_no_phone_number(text: str) -> None:
    assert find_phones(text) == ()


@pytest.mark.parametrize(
    "text", ["+46 8 123 45 67", "Tel 976 22 00 00", "+7 727 250 00 00", "8 800 555 35 35", "020 7946 0018"]
)
def test_the_digits_of_a_phone_number_are_no_postal_code_nor_plate(text: str) -> None:
    assert find_phones(text)
    assert not {match.entry.table for match in find_signs(text)} & {"postal_codes", "plates", "roads"}


def test_a_postal_code_beside_a_phone_number_is_read() -> None:
    tables = {match.entry.table for match in find_signs("123 45 Uppsala, tel. +46 18 12 34 56")}
    assert "postal_codes" in tables


@pytest.mark.parametrize(
    "text",
    [
        "qrco.de/bdXYZ1", "youtu.be/dQw4w9WgXcQ", "linktr.ee/cafe", "bit.ly/3x", "www.shop.co", "crew.io", "crew.tv",
        "studio.me", "t.me/crew", "kahoot.it", "menti.com", "lin.ee/abc", "redd.it/x", "spoti.fi/3abc", "instagr.am/p",
    ],
)  # fmt: skip
def test_links_of_the_whole_world_name_no_country_and_no_language(text: str, atlas: Atlas) -> None:
    assert list(find_domains(text)) == []
    assert read(atlas, text) == []


def test_a_short_link_on_an_unknown_host_is_doubted() -> None:
    assert [(d.country, d.doubtful) for d in find_domains("zqx.se/aB3dE")] == [("SE", True)]
    assert [(d.country, d.doubtful) for d in find_domains("zqxkiosk.se/meny")] == [("SE", False)]
    assert [d.country for d in find_domains("www.zqx.com.co")] == ["CO"]


@pytest.mark.parametrize(
    "lines",
    [
        ["HUAWEI"], ["HUAWEI Mate 40 Pro"], ["LEICA TRIPLE CAMERA"], ["Coca-Cola", "Nescafé"], ["L'Oréal", "Hermès"],
        ["SUBSCRIBE", "1:23 / 10:45", "1080p"], ["抖音号: maria92"], ["@travel.daily", "1.2M views"], ["OPEN", "WiFi"],
        ["黑屏"], ["点我"], ["Compartir", "Omitir anuncios"], ["Später ansehen"], ["もっと見る"], ["Подписаться"],
        ["Les images peuvent être soumises à des droits d'auteur"], ["REC 00:12:41", "4K 60fps"],
        ["2023/05/14 12:33:01"], ["TikTok @maria_92"],
    ],
)  # fmt: skip
def test_brands_and_what_lies_over_the_picture_say_nothing(lines: list[str], atlas: Atlas) -> None:
    assert read(atlas, *lines) == []


def test_a_word_beside_a_brand_keeps_its_language() -> None:
    assert spoken("HUAWEI Kundtjänst och reparation www.huawei.se") == "Kundtjänst och reparation"


@pytest.mark.parametrize("text", ["珠江", "珠江啤酒", "长江", "人民", "新世界", "泰山"])
def test_a_river_or_a_good_word_is_no_district_of_a_city(text: str, atlas: Atlas, beliefs: Beliefs) -> None:
    names = [item for item in read(atlas, text) if item.kind == "toponym"]
    prior, leader = (rank_countries(beliefs.of(found), 1)[0].probability for found in ([], names))
    assert leader < prior + 0.1


@pytest.mark.parametrize("text", ["Dream big, work hard", "Live music tonight"])
def test_a_few_words_of_english_are_anybodys(text: str, atlas: Atlas, beliefs: Beliefs) -> None:
    assert rank_countries(beliefs.of(read(atlas, text)), 1)[0].probability < 0.45
