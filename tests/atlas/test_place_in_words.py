"""The one place that a name or coordinates mean."""

import pytest

from geoagent.atlas import Atlas
from geoagent.atlas.place_in_words import one_place
from geoagent.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lisbon", "Lisbon, Lisbon, Portugal"),
        ("New York", "New York City, New York, United States"),
        ("Mexico", "Mexico"),
        ("San Marino", "San Marino"),
        ("California", "California, United States"),
        ("Aragon", "Aragon, Spain"),
        ("Georgia, US", "Georgia, United States"),
        ("Paris, Texas", "Paris, Texas, United States"),
        ("東京", "Tokyo, Tokyo, Japan"),
        ("38.7,-9.1", "38.7, -9.1 (Lisbon, Lisbon, Portugal)"),
        ("33.9S 151.2E", "-33.9, 151.2 (Sydney, New South Wales, Australia)"),
        ("0, 0", "0, 0 (the open sea)"),
    ],
)
def test_a_place_is_found(text: str, name: str, atlas: Atlas) -> None:
    assert one_place(atlas, text).name == name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Georgia", "may be Georgia, United States; Georgia; write which"),
        ("Birmingham", "England, United Kingdom; Birmingham, Alabama"),
        ("Springfield", "Springfield, Missouri"),
        ("Xqzwvkj", "there is no place"),
        ("Lisbon, Europe", '"Europe" holds'),
        ("95,3", "latitudes go from -90"),
        (" ", "there is no place"),
    ],
)
def test_what_is_not_one_place_is_told_with_the_candidates(text: str, told: str, atlas: Atlas) -> None:
    with pytest.raises(ConfigError, match=told):
        one_place(atlas, text)
