"""What is asked in words: what the grammar understands, and what it hands back."""

import pytest

from geoagent.errors import ConfigError
from geoagent.osm.phrase import read_phrase


@pytest.mark.parametrize(
    ("phrase", "read"),
    [
        (
            "a mosque within 200 m of a tram stop, beside a river, no building over 10 storeys",
            "mosque, tram stop within 200 m, river within 60 m, no building over 10 storeys within 300 m",
        ),
        ("pharmacies near metro stations", "pharmacy, subway entrance within 300 m"),
        (
            "Church next to a bridge and without any supermarket nearby",
            "church, bridge within 60 m, no supermarket within 300 m",
        ),
        ('a cafe named "Central" opposite a town hall', 'cafe named "Central", town hall within 60 m'),
        ("lighthouse on a cliff that is by the sea", "lighthouse, cliff within 60 m, coast within 60 m"),
        (
            "a tall building over 36 m with a swimming pool within 1 km",
            "building over 12 storeys, swimming pool within 1000 m",
        ),
        ("a windmill", "windmill"),
    ],
)  # fmt: skip
def test_english_becomes_a_query(phrase: str, read: str) -> None:
    found = read_phrase(phrase)
    assert str(found) == read
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("phrase", "left_out"),
    [
        ("a church with a red door, near a bridge", ("a red door",)),
        ("a water tower between two hills near a railway", ("between two hills",)),
        ("a lighthouse without any trees nearby and a purple cow", ("without any trees nearby", "a purple cow")),
    ],
)
def test_what_is_not_understood_is_quoted(phrase: str, left_out: tuple[str, ...]) -> None:
    assert read_phrase(phrase).not_understood == left_out


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("a green wall near a river", "begin with a thing that maps know"),
        ("", "1 to 400 characters"),
        ("a house near a river", "say how high"),
        ("a church over 10 storeys", "only of buildings"),
        ("a church within 900 km of a river", "from 5 m to 5 km"),
    ],
)
def test_what_cannot_be_asked_is_told(phrase: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_phrase(phrase)


@pytest.mark.parametrize(
    ("phrase", "read"),
    [
        ("a mosque near a rıver", "mosque, river within 300 m"),
        ("a mosque within 2 mileſ of a river", "mosque, river within 3219 m"),
        ('a moſque named "Beyazıt" near a river', 'mosque named "Beyazıt", river within 300 m'),
    ],
)
def test_letters_that_pass_for_english_ones_are_read_as_these(phrase: str, read: str) -> None:
    assert str(read_phrase(phrase)) == read


@pytest.mark.parametrize("phrase", ["a building over 999 storeys", "a cafe near a building over 301 floors"])
def test_a_building_higher_than_any_is_refused(phrase: str) -> None:
    with pytest.raises(ConfigError, match="at most 300 storeys"):
        read_phrase(phrase)
