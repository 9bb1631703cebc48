import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue
from geoagent.geo import Area
from geoagent.reading.coordinates import find_positions
from geoagent.reading.phones import find_phones
from geoagent.reading.texts import read_clues
from geoagent.reading.written_coordinates import without_stamps


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("Lat 26.84 Long 80.94", 26.84, 80.94), ("Latitude: -33.8688, Longitude: 151.2093", -33.8688, 151.2093),
        ("26.8467° N, 80.9462° E", 26.8467, 80.9462), ("S 33.8688 W 70.6693", -33.8688, -70.6693),
        ("48.8566, 2.3522", 48.8566, 2.3522), ("26°50'48\"N 80°56'46\"E", 26.8467, 80.9461),
        ("N 59°51.500' E 017°38.400'", 59.8583, 17.64), ("18S UJ 23480 06470", 38.8895, -77.0353),
        ("4QFJ 1234 6789", 21.4098, -157.9162),
        ("31U 448251 5411932", 48.8582, 2.2945),
        ("8FVC9G8F+6X", 47.3656, 8.5249),
        ("Широта 55.7558 Долгота 37.6173", 55.7558, 37.6173), ("Lat 12.9716 N Lon 77.5946 E", 12.9716, 77.5946),
    ],
)  # fmt: skip
def test_coordinates_are_read_in_each_form(text: str, lat: float, lon: float) -> None:
    (found,) = find_positions(text)
    assert (found.point.lat, found.point.lon) == pytest.approx((lat, lon), abs=2e-3)
    assert find_phones(text) == ()


@pytest.mark.parametrize(
    "text",
    ["12.50, 14.90", "1.2345", "3.5 km", "Lat 95.1 Long 12.2", "0.0000, 0.0000", "26.50 N", "99Z AB 123 456", "C+C"],
)
def test_other_numbers_are_no_coordinates(text: str) -> None:
    assert find_positions(text) == []


@pytest.mark.parametrize(
    "lines", [["Lat 26.84 Long 80.94"], ["GPS Map Camera", "Lat 26.8467°", "Long 80.9462°", "12/05/23 10:20 AM"]]
)
def test_a_stamp_gives_its_place_and_is_told_as_one(lines: list[str], atlas: Atlas, beliefs: Beliefs) -> None:
    clues = [Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.98) for line in lines]
    evidence = read_clues(clues, atlas)
    assert [item.kind for item in evidence] == ["stamp"]
    assert mass(beliefs.of(evidence), Area.parse("IN.36")) > 0.9
    assert {clue for item in evidence for clue in item.clues} <= {clue.id for clue in clues}


def test_no_shortcuts_leaves_out_what_a_camera_stamped(atlas: Atlas) -> None:
    texts = [Clue(kind="text", value="Lat 41.656060 Long -0.877340", witness="ocr")]
    found = read_clues(texts, atlas)
    assert "stamp" in {item.kind for item in found}
    assert "stamp" not in {item.kind for item in without_stamps(found, no_shortcuts=True)}
    assert without_stamps(found, no_shortcuts=False) == found
