import pytest

from geoagent.atlas import Atlas
from geoagent.reading.credits import without_credit
from geoagent.reading.names.chances import as_written
from geoagent.reading.names.contexts import Distance, Role, distance_beside
from geoagent.reading.names.toponyms import Toponym, find_toponyms
from geoagent.reading.names.word_lists import common_words, word_grade


def only(line: str, atlas: Atlas) -> Toponym:
    (found,) = find_toponyms(line, atlas)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "HOTEL",
        "Pizza",
        "SHELL",
        "Police",
        "Taxi",
        "The Most",
        "OPEN",
        "a",
        "123",
        "Toyota",
        "March",
        "Lundi",
        "开通服务",
        "保护生态环城",
        "-",
    ],
)
def test_common_words_are_no_place_names(atlas: Atlas, line: str) -> None:
    assert find_toponyms(line, atlas) == []


def test_the_longest_name_wins(atlas: Atlas) -> None:
    assert [found.text for found in find_toponyms("Welcome to Los Angeles", atlas)] == ["Los Angeles"]
    assert [found.text for found in find_toponyms("Curitiba-PR", atlas)] == ["Curitiba"]
    assert find_toponyms("北京市朝阳区", atlas)[0].text == "北京市"


@pytest.mark.parametrize(
    ("line", "name", "role"),
    [
        ("Stadt Essen", "Essen", "here"),
        ("Mairie de Nice", "Nice", "here"),
        ("Mairie d'Avignon", "Avignon", "here"),
        ("Comune di Siena", "Siena", "here"),
        ("Prefeitura de Curitiba", "Curitiba", "here"),
        ("City of Portland", "Portland", "here"),
        ("Reading Town Hall", "Reading", "here"),
        ("г. Москва", "Москва", "here"),
        ("بلدية القاهرة", "القاهرة", "here"),
        ("上海市", "上海市", "here"),
        ("长沙站", "长沙", "address"),
        ("서울역", "서울역", "address"),
        ("Leipzig Hbf", "Leipzig", "address"),
        ("06000 NICE", "NICE", "address"),
        ("Rue de Lyon", "Lyon", "street"),
        ("南京路", "南京", "street"),
        ("Richtung Hamburg", "Hamburg", "towards"),
        ("→ Bonn", "Bonn", "towards"),
        ("大阪方面", "大阪", "towards"),
        ("Pizzeria Napoli", "Napoli", "namesake"),
        ("重庆火锅", "重庆", "namesake"),
        ("Dr. Hamilton", "Hamilton", "person"),
        ("J. Hamilton", "Hamilton", "person"),
        ("Bäckerei Schmidt Leipzig", "Leipzig", "name"),
        ("Αθήνα", "Αθήνα", "name"),
        ("San Cristóbal de las Casas", "San Cristóbal de las Casas", "name"),
        ("Villeneuve-sur-Lot", "Villeneuve-sur-Lot", "name"),
        ("L'Aquila", "L'Aquila", "name"),
    ],
)
def test_what_a_name_does_in_its_line(line: str, name: str, role: Role, atlas: Atlas) -> None:
    found = only(line, atlas)
    assert (found.text, found.role) == (name, role)


@pytest.mark.parametrize(
    ("line", "distance"),
    [
        ("Paris 240 km", Distance(240, "km")),
        ("London 25 miles", Distance(25, "mi")),
        ("240 km Paris", Distance(240, "km")),
        ("Warszawa 5,5 km", Distance(5.5, "km")),
        ("济南 32公里", Distance(32, "km")),
        ("Uppsala 12", Distance(12, None)),
        ("Nice 12 km", Distance(12, "km")),
        ("Berlin 2024", None),
        ("Berlin 10115", None),
        ("Zaragoza", None),
        ("open in Zaragoza 24", None),
    ],
)
def test_the_distance_beside_a_name(line: str, distance: Distance | None, atlas: Atlas) -> None:
    assert only(line, atlas).away == distance


def test_several_distances_in_one_line(atlas: Atlas) -> None:
    found = find_toponyms("Torino 120 Milano 45", atlas)
    assert [(name.text, name.away and name.away.value) for name in found] == [("Torino", 120), ("Milano", 45)]
    assert distance_beside("", " 12:30", alone=True) is None


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("Stadt Leipzig", "Leipzig"),
        ("Zaragoza", "Rue de Zaragoza"),
        ("Zaragoza", "Hotel Zaragoza"),
        ("Zaragoza", "J. Zaragoza"),
        ("Leipzig", "Paris"),
        ("Leipzig", "Markkleeberg"),
        ("Leipzig", "fresh food in Leipzig every day"),
        ("长沙", "开通"),
        ("上海", "上海银行"),
        ("长沙市", "长沙"),
        ("Leipzig", "Pasta"),
        ("Firenze", "Verde"),
        ("Markkleeberg", "Tinto"),
    ],
)
def test_one_name_is_likelier_meant_than_another(more: str, less: str, atlas: Atlas) -> None:
    assert only(more, atlas).weight > 1.1 * only(less, atlas).weight


def test_the_area_behind_a_name_says_which_is_meant(atlas: Atlas) -> None:
    for line in ("Portland, Oregon", "Portland, OR"):
        assert {str(atlas.division_of(place.row)) for place in only(line, atlas).places} == {"US.OR"}


def test_words_of_a_language_are_graded() -> None:
    assert [word_grade(word) for word in ("PASTA", "Tinto", "Leipzig", "Москва", "Lyon")] == [3, 2, 0, 0, 0]


def test_another_spelling_of_a_small_place_counts_less() -> None:
    assert as_written("Tinto", "Tinoto", 300) < as_written("Tinoto", "Tinoto", 3_000) == 1
    assert as_written("Firenze", "Florence", 38_000) == as_written("Орёл", "Orel", 3_000) == 1


def test_words_of_calendars_are_common() -> None:
    assert {"march", "lundi", "juli"} <= common_words()
    assert "leipzig" not in common_words()


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("Bakery Leipzig", "Bakery Leipzig"),
        ("© 2023 Google", ""),
        ("Google Street View", ""),
        ("高德地图", ""),
        ("Lisbon, Portugal. Photo: A. Name", "Lisbon, Portugal."),
        ("John Doe/AFP", ""),
        ("PHOTO STUDIO LEIPZIG", "PHOTO STUDIO LEIPZIG"),
        ("Bilder sind ggf. urheberrechtlich geschützt", ""),
        ("图片可能受版权保护", ""),
        ("저작권 보호를 받는 이미지입니다", ""),
        ("ХОТЯТ ПРАВА", "ХОТЯТ ПРАВА"),
    ],
)
def test_credits_and_viewers(line: str, rest: str) -> None:
    assert without_credit(line) == rest
