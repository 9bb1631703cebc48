"""The words of hints: adjectives of countries, regions of the world, and common forms in other languages."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.countries import world_regions

_SIDES = {"Nord": "northern", "Süd": "southern", "Ost": "eastern", "West": "western"}
_JOINED_SIDE = re.compile(r"\b(?P<side>Nord|Süd|Ost|West)(?P<name>[a-zäöü]{4,})\b")
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
    """The areas in each region of the world that hints name, by its name: those of UN M49, others in common use, and
    aliases.
    """
    known: dict[str, list[str]] = {**world_regions(), **_words()["regions"]}
    regions = {name: [Area.parse(text) for text in parts] for name, parts in known.items()}
    return {**regions, **{alias: regions[name] for alias, name in _words()["region_aliases"].items()}}


@lru_cache(maxsize=1)
def _regions_folded() -> dict[str, str]:
    return {fold(name): name for name in hint_regions()}


def region_named(name: str) -> str | None:
    """The region of the world that a name means, in whatever case and accents, as `hint_regions` calls it; None for any
    other name.
    """
    return _regions_folded().get(fold(name))


@lru_cache(maxsize=1)
def other_names() -> dict[str, str]:
    """The areas, as text, that abbreviations mean, and names that divisions bear at home or in other languages than
    English.
    """
    return dict(_words()["other_names"])


@lru_cache(maxsize=1)
def passing_words() -> dict[str, str]:
    """The words by which a hint names a place in passing, by kind ("journeys", "likenesses"), each kind as alternatives
    of a regular expression.
    """
    return {kind: "|".join(words) for kind, words in _words()["passing"].items()}


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


@lru_cache(maxsize=1)
def _languages_and_peoples() -> frozenset[str]:
    return frozenset(map(fold, (*_demonyms(), *language_tags())))


def is_adjective(word: str) -> bool:
    """Whether a word is an adjective of a place, such as "Chinese"."""
    return word.replace("-", " ") in _demonyms()


def is_language_or_people(word: str) -> bool:
    """Whether a folded word is the English name of a language or an adjective of a place."""
    return word in _languages_and_peoples()


def in_plain_english(text: str, atlas: Atlas) -> str:
    """A hint in which known forms of other languages are put into English, and adjectives of places into their
    names.

    "Which Chinese city?" becomes "Which China city?". An adjective counts only before what is a place, so that a
    Chinese restaurant says nothing.
    """
    text = _HAN.sub(lambda match: _han_names(match[0], atlas), text)
    text = _JOINED_SIDE.sub(lambda match: _side_apart(match, atlas), text)
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

    text = re.sub(rf"\b({forms})[-–]({forms}) (?=border|frontier)", r"\1 and \2 ", text)
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


def _side_apart(match: re.Match[str], atlas: Atlas) -> str:
    """ "Westchina" as "western China", where the atlas has no place of the whole name but a country of its end."""
    name = match["name"].capitalize()
    if atlas.areas_named(match[0]) or not any(area.level == "country" for area in atlas.areas_named(name)):
        return match[0]
    return f"{_SIDES[match['side']]} {name}"


def _name_of(part: str, atlas: Atlas) -> str | None:
    division = _words()["han_divisions"].get(part.removesuffix("省"))
    if division is not None:
        return str(division)
    countries = [area.country for area in atlas.areas_named(part) if area.level == "country"]
    if len(countries) == 1:
        return atlas.country_name(countries[0])
    bare = part.removesuffix("市")
    rows = [row for row in atlas.rows_named(bare) if atlas.population[row] >= CITY_IN_HAN] if len(bare) > 1 else []
    return atlas.name(rows[0]) if rows and not fold(bare).isascii() else None
