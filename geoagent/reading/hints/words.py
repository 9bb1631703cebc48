"""What hints are worded with: adjectives of countries, regions of the world, and common forms in other languages."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.names import fold
from geoagent.reading.countries import world_regions

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,}")
_KINDS = r"(?:big|small|large|old|major|minor|coastal|rural|\w+-?tier|\w+ern|provincial|capital)"
_PLACES = (
    r"(?:cit(?:y|ies)|towns?|villages?|countr(?:y|ies)|provinces?|states?|regions?|islands?|isles?|coasts?|capital|suburbs?"
    r"|count(?:y|ies)|districts?|prefectures?|municipalit(?:y|ies)|countryside|territor(?:y|ies)|ports?|harbours?|street"
    r"|road|highway|motorway|landscape|mountains?|lake|locations?|places?|side|border|mainland|metropolis|Alps|nation)"
)
_PLATZ = (
    r"(?:Stadt|Großstadt|Kleinstadt|Land|Dorf|Ort|Region|Provinz|Insel|Küste|Hauptstadt|Gemeinde|Landschaft|Straße)"
)
_LUGAR = (
    r"(?:ville|pays|village|région|province|île|côte|capitale|commune|ciudad|país|pueblo|provincia|región|isla|costa"
    r"|capital|aldea|municipio)"
)
CITY_IN_HAN = 200_000


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return dict(json.loads((files("geoagent.reading.hints") / "words.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def hint_regions() -> dict[str, list[Area]]:
    """The areas in each region of the world that hints name: UN M49, others in common use, and aliases."""
    known: dict[str, list[str]] = {**world_regions(), **_words()["regions"]}
    regions = {name: [Area.parse(text) for text in parts] for name, parts in known.items()}
    return {**regions, **{alias: regions[name] for alias, name in _words()["region_aliases"].items()}}


@lru_cache(maxsize=1)
def language_tags() -> dict[str, str]:
    """The ISO 639 code of each language by its English name (CLDR)."""
    return {name: tag for tag, name in Locale("en").languages.items() if len(tag) <= 3}


@lru_cache(maxsize=1)
def _demonyms() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, words in _words()["demonyms"].items():
        for word in words.split():
            found.setdefault(word.replace("-", " "), []).append(place)
    return found


def in_plain_english(text: str, atlas: Atlas) -> str:
    """A hint with the forms that are known of other languages in English, and adjectives of places as their names.

    "Which Chinese city?" becomes "Which China city?"; an adjective counts only before what is a place, so that a
    Chinese restaurant says nothing.
    """
    text = _HAN.sub(lambda match: _han_names(match[0], atlas), text)
    for pattern, english in _words()["phrases"]:
        text = re.sub(pattern, english, text)
    return _adjectives(text, atlas)


def _adjectives(text: str, atlas: Atlas) -> str:
    def named(place: str) -> str:
        if place in hint_regions():
            return place
        names = atlas.path(Area.parse(place))
        return str(names.region or names.country)

    table = _demonyms()
    forms = "|".join(re.escape(word).replace(r"\ ", "[ -]") for word in sorted(table, key=len, reverse=True))
    one = rf"(?<![\w.])(?P<word>{forms})(?![\w-])"
    ahead = rf"(?=(?:\s+(?:{_KINDS}|(?:or|and|/)\s+(?:{forms}))){{0,3}}\s+{_PLACES}\b)"

    def english(match: re.Match[str]) -> str:
        return " or ".join(named(place) for place in table[match["word"].replace("-", " ")])

    text = re.sub(one + ahead, english, text)
    for place, stems in _words()["adjectives"].items():
        text = re.sub(
            rf"\b(?:{stems})(?:en|er|es|em|e)?\s+(?={_PLATZ}\b)", f"{named(place)} ", text, flags=re.IGNORECASE
        )
        text = re.sub(
            rf"\b({_LUGAR})\s+(?:{stems})(?:ne|e|es|s|a|as|o|os)?\b", rf"\1, {named(place)}", text, flags=re.IGNORECASE
        )
    return text


def _han_names(run: str, atlas: Atlas) -> str:
    """A stretch of Chinese characters with the names of countries and large cities in English."""
    for length in range(min(len(run), 8), 1, -1):
        for start in range(len(run) - length + 1):
            part = run[start : start + length]
            name = _name_of(part, atlas)
            if name:
                rest = _han_names(run[start + length :], atlas)
                return f"{_han_names(run[:start], atlas)} {name} {rest}"
    return run


def _name_of(part: str, atlas: Atlas) -> str | None:
    countries = [area.country for area in atlas.areas_named(part) if area.level == "country"]
    if len(countries) == 1:
        return atlas.country_name(countries[0])
    bare = part.removesuffix("市")
    rows = [row for row in atlas.rows_named(bare) if atlas.population[row] >= CITY_IN_HAN] if len(bare) > 1 else []
    return atlas.name(rows[0]) if rows and not fold(bare).isascii() else None
