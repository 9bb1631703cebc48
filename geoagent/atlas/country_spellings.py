"""What countries are called beside their English and own names: usual spellings, and names in all languages (CLDR)."""

import csv
from functools import lru_cache
from importlib.resources import files

from geoagent.geo import Area
from geoagent.names import fold


def country_spelt(name: str) -> Area | None:
    """The country of a usual spelling: U.A.E., Korea, South, Hong Kong SAR."""
    code = _spellings().get(fold(name))
    return Area(code) if code else None


def country_in_any_language(name: str) -> Area | None:
    """The country that a name means in some language: Saksa, Deutschland, U.A.E.

    On a sign many such names are other words, so it is asked for where a country is expected.
    """
    code = _spellings().get(fold(name)) or _names().get(fold(name))
    return Area(code) if code else None


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    with (files("geoagent") / "data" / "country_spellings.csv").open(encoding="utf-8") as file:
        lines = file.read().splitlines()[1:]
    rows = (line.split(",", 1) for line in lines)
    return {fold(name): code for code, names in rows for name in names.split("|")}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    with (files("geoagent") / "data" / "country_names.csv").open(encoding="utf-8") as file:
        return {row["name"]: row["code"] for row in csv.DictReader(file)}
