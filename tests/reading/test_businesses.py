from collections import Counter

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass, rank_countries
from geoagent.case.evidence import Clue
from geoagent.geo import Area
from geoagent.reading.businesses import businesses, find_businesses
from geoagent.reading.tables import tables
from geoagent.reading.texts import read_clues

WORDY = ("dishes", "lexicon", "road_words", "usage")


def clues(*lines: str) -> list[Clue]:
    return [Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.98) for line in lines]


@pytest.mark.parametrize(
    ("line", "area", "least"),
    [
        ("BVG", "DE.16", 0.4), ("Stadtwerke Münster", "DE.07", 0.8), ("東武バス", "JP", 0.8),
        ("Abbotsford School District", "US.WI", 0.8), ("全家便利商店", "TW", 0.8),
        ("Росреестр", "RU", 0.5), ("RATP", "FR", 0.4),
    ],
)  # fmt: skip
def test_a_business_says_where_it_is_found(line: str, area: str, least: float, atlas: Atlas, beliefs: Beliefs) -> None:
    found = [item for item in read_clues(clues(line), atlas) if item.kind == "business"]
    assert found
    assert all(item.quote in line for item in found)
    assert mass(beliefs.of(read_clues(clues(line), atlas)), Area.parse(area)) > least


@pytest.mark.parametrize("line", ["ATM", "Samsung", "McDonald's", "OPEN", "Privat", "Pastel de nata", "Benvenuti"])
def test_a_brand_of_the_world_or_a_word_names_no_area(line: str) -> None:
    assert [business for business in find_businesses(line) if business.areas] == []


def test_words_of_signs_in_other_countries_are_no_businesses() -> None:
    """The tables of language hold 5,500 words and phrases of signs; none names a business where it is not written."""
    wrong, seen = list[tuple[str, str]](), 0
    for table in WORDY:
        for answer in tables()[table].answers.values():
            weights = answer.likelihood().weights
            for word in answer.words:
                seen += 1
                for business in find_businesses(word):
                    there = (weights.get(a, weights.get(a.country_area, 0.0)) > 0.05 for a in business.areas)
                    wrong += [(word, business.name)] if business.areas and not any(there) else []
    assert seen > 5000
    assert wrong == []


def test_all_areas_of_businesses_are_in_the_atlas(atlas: Atlas) -> None:
    texts = {text for areas in businesses().values() if areas != "*" for text in areas.split(";")}
    areas = Counter(Area.parse(text).level for text in texts)
    unknown = [t for t in texts if not (atlas.knows(Area.parse(t)) or atlas.row_of(Area.parse(t)) is not None)]
    assert areas["country"] > 150
    assert areas["city"] > 30
    assert unknown == []


def test_several_names_share_one_group(atlas: Atlas, beliefs: Beliefs) -> None:
    one, two = clues("Mercadona"), clues("Mercadona", "Consum")
    p = [rank_countries(beliefs.of(read_clues(given, atlas)), 1)[0].probability for given in (one, two)]
    assert p[1] < 0.97
    assert {item.group for item in read_clues(two, atlas) if item.kind in ("business", "shops")} == {"shops"}
