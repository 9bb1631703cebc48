"""Whether a second look confirms a clue."""

import pytest

from geoagent.reading.confirmation import of_answer, of_description, of_text


@pytest.mark.parametrize(
    ("claimed", "read", "outcome"),
    [
        ("Calle del Molino 8", "CALLE DEL MOLINO 8", "confirmed"),
        ("Calle del Molino", "Farmacia / Calle de1 Molino / 8", "confirmed"),
        ("Škoda", "SKODA", "confirmed"),
        ("APOTEK", "Mercado", "different"),
        ("Calle del Molino 8, 50003 Zaragoza", "8", "different"),
        ("CH", "CHOCOLAT", "different"),
        ("CH", "a sign CH", "confirmed"),
        ("Zagreb", "Sagres", "different"),
        ("Zagreb", "", "not_visible"),
    ],
)
def test_a_text_is_compared_letter_by_letter(claimed: str, read: str, outcome: str) -> None:
    assert of_text(claimed, read, "") == outcome


def test_a_text_may_be_quoted_in_what_is_seen() -> None:
    assert of_text("APOTEK", "", 'a green sign that reads "Apotek"') == "confirmed"
    assert of_text("APOTEK", "", "a wall of bricks") == "not_visible"


@pytest.mark.parametrize(
    ("claimed", "seen", "outcome"),
    [
        ("a straddle-beam monorail on painted piers", "an elevated railway, a monorail, on pillars", "confirmed"),
        ("a straddle-beam monorail on painted piers", "a row of red brick houses with slate roofs", "different"),
        ("coconut palms along the beach", "tall palm trees, palms, beside sand", "confirmed"),
        ("coconut palms along the beach", "birches, a wood, in snow", "different"),
        ("yellow bollard with a red stripe", "a yellow wall of a house", "different"),
        ("double yellow lines along the kerb", "a white dashed line on asphalt", "different"),
        ("red-tiled roofs", "houses with roofs of red tiles", "confirmed"),
        ("red telephone box", "a red car", "different"),
        (
            "tower with a green copper dome",
            "a tower of grey stone with a dome of green copper",
            "confirmed",
        ),
        ("olive trees and a cypress", "olive trees, a grove, beside a tall dark cypress-like tree", "confirmed"),
        ("bare fields, winter without snow", "brown bare fields; no snow", "confirmed"),
        ("flat land without hills: a plain such as Flanders", "a flat green field with cows", "confirmed"),
        ("white-painted picket fence", "a wooden fence, painted white, of pickets", "confirmed"),
        ("yellow number plate", "a white number plate on a grey car", "different"),
        ("yellow licence plate", "white licence plate, a yellow bus", "different"),
        ("left-hand traffic, cars drive on the left", "cars drive on the right, a shop at the left", "different"),
        ("red car", "white car beside a red house", "different"),
        ("a plant such as agave", "an agave by the road", "confirmed"),
        ("tower with a green copper dome", "a red brick church with a slate spire", "different"),
        ("red telephone box", "", "not_visible"),
    ],
)
def test_a_description_is_compared_by_what_it_names(claimed: str, seen: str, outcome: str) -> None:
    assert of_description(claimed, "", seen) == outcome


def test_the_script_of_what_is_written_there_counts() -> None:
    assert of_description("Cyrillic lettering", "Аптека", "a sign, white on green") == "confirmed"
    assert of_description("Chinese characters", "北京饭店", "a red sign") == "confirmed"
    assert of_description("Thai script", "Hotel", "a red sign") == "different"


def test_an_answer_is_compared_as_an_answer() -> None:
    assert of_answer("red_tile", "Red tile") == "confirmed"
    assert of_answer("red_tile", "flat") == "different"
    assert of_answer("red_tile", "cannot tell") == of_answer("red_tile", "") == "not_visible"
