"""The areas that a hint names, as options: regions of the world, countries, divisions and cities."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.reading.hints.mentions import LARGE, LINES, Mention, areas_of, find_mentions, with_capitals
from geoagent.reading.hints.words import hint_regions, region_named
from geoagent.reading.names.word_lists import common_words, word_grade

ALIKE, OUTSHONE = 5.0, 20.0
"""How many times as prominent one place of a name may be for another to be thought of; and how many, for it not to."""


class Option(NamedTuple):
    """One of the places that a user's hint names: how it is told to a reader (`label`), its areas, and its name in the
    hint.

    The areas of a region of the world are its countries; several areas may also bear one name.
    """

    label: str
    areas: tuple[Area, ...]
    is_region: bool = False
    name: str = ""


class Named(NamedTuple):
    """The places that a user's hint names, as options, and the names that look like places and that nobody knows."""

    options: list[Option]
    unknown: list[Mention]


def named_areas(text: str, atlas: Atlas) -> list[Area]:
    """The areas of all places that a hint names, each once.

    In a text without capitals, names in small letters count too.
    """
    return list(
        dict.fromkeys(
            area for option in named_options(with_capitals(text, atlas), atlas).options for area in option.areas
        )
    )


class _Names(NamedTuple):
    """The names in a text: where each stands, and its countries and divisions."""

    text: str
    mentions: dict[str, Mention]
    readings: dict[str, list[Area]]


class _Scope(NamedTuple):
    """Which of several places of one name is meant: one in these countries, one in or beside these divisions."""

    countries: set[Area]
    cities: list[set[Area]]


def named_options(text: str, atlas: Atlas) -> Named:
    """The places that a hint names, each name an option, and the names that nobody knows.

    A country or division that only locates another name is no option: of "Lyon, France" France is none. A name stands
    for the country or division of that name, else for the most prominent city inside those named, else for a large
    city.
    """
    text = LINES.sub(lambda line: "," * len(line[0]), text)
    mentions = {mention.name: mention for mention in find_mentions(text, atlas)}
    readings = {
        name: [] if region_named(name) else _as_kind(areas_of(name, atlas), text[: mention.start])
        for name, mention in mentions.items()
    }
    names = _Names(text, mentions, readings)
    scope = _scope(readings)
    options = {name: _read(name, names, scope, atlas) for name in mentions}
    found = [option for option in options.values() if option is not None]
    unknown = [mentions[name] for name in mentions if options[name] is None and fold(name) not in common_words()]
    return Named(_finest([_in_company(option, found, atlas) for option in found]), unknown)


def _scope(readings: Mapping[str, list[Area]]) -> _Scope:
    unambiguous = {areas[0] for areas in readings.values() if len(areas) == 1}
    parents = {area.country_area for area in unambiguous}
    free = [areas for areas in readings.values() if areas and (not _inside(areas, parents) or areas[0] in unambiguous)]
    countries = {area for areas in free for area in areas if area.level == "country"}
    divisions = {area for area in unambiguous if area.level == "region"}
    return _Scope(countries, [divisions or parents, parents or countries, set()])


def _read(name: str, names: _Names, scope: _Scope, atlas: Atlas) -> Option | None:
    """What a name stands for: a region of the world, countries and divisions, or cities; None if nothing is known."""
    region = region_named(name)
    if region is not None:
        return Option(region, tuple(hint_regions()[region]), is_region=True)
    mention, meant = names.mentions[name], _meant(names.readings[name], scope.countries)
    behind = _area_behind(mention, list(names.mentions.values()), names.text, atlas)
    if meant and not behind:
        return _option(tuple(meant), atlas, name)
    scopes = [behind] if behind else scope.cities
    cities = hinted_cities(name, scopes, atlas, at_start=mention.start == 0, is_told=bool(behind))
    return _option(tuple(cities), atlas, name) if cities else None


def _meant(areas: list[Area], countries: set[Area]) -> list[Area]:
    """The countries among the areas of a name; else those in one of the countries that are named, if any is."""
    own = [area for area in areas if area in countries]
    inside = own or [area for area in areas if not countries or area.country_area in countries]
    return inside or (areas if len(areas) == 1 else [])


def _as_kind(areas: list[Area], before: str) -> list[Area]:
    """The divisions among the areas, behind "the state of" and the like."""
    if not re.search(r"\b(?:state|province|region|county|prefecture|department|canton) of (?:the )?$", before):
        return areas
    return [area for area in areas if area.level == "region"] or areas


def _in_company(option: Option, options: list[Option], atlas: Atlas) -> Option:
    """An ambiguous name, in the country of the others if a large city bears it there: "Sevilla o Córdoba"."""
    if option.is_region or len({area.country for area in option.areas}) < 2:
        return option
    others = {other.areas[0].country_area for other in options if len(other.areas) == 1}
    cities = hinted_cities(option.name, [others], atlas) if others else []
    inside = [city for city in cities if city.country_area in others]
    return _option(tuple(inside), atlas, option.name) if inside else option


def _option(areas: tuple[Area, ...], atlas: Atlas, name: str) -> Option:
    told = " or ".join(str(atlas.path(area)) for area in areas[:3])
    return Option(told + (f" or {len(areas) - 3} more" if len(areas) > 3 else ""), areas, name=name)


def _finest(options: list[Option]) -> list[Option]:
    """The options, each once, without those that only locate another."""
    areas = {area for option in options for area in option.areas if not option.is_region}
    kept = list[Option]()
    for option in dict.fromkeys(options):
        if option.is_region:
            around = set(option.areas)
            others = [set(other.areas) for other in options if other.is_region and other != option]
            finer = any(own.contains(area) for own in around for area in areas)
            if not finer and not any(around > other for other in others):
                kept.append(option)
            continue
        larger = [area for area in option.areas if any(o != area and area.contains(o) for o in areas)]
        own = () if larger and len(option.areas) > 2 else tuple(area for area in option.areas if area not in larger)
        if own and not any(set(own) == set(other.areas) for other in kept):
            kept.append(option if own == option.areas else option._replace(areas=own))
    return kept


def whole_regions(text: str, areas: set[Area]) -> dict[str, list[Area]]:
    """The regions of the world that a text names and all of whose countries are among `areas`, each with its
    countries.
    """
    found: dict[str, list[Area]] = {}
    for name, parts in sorted(hint_regions().items(), key=lambda item: -len(item[1])):
        told = {area for others in found.values() for area in others}
        if areas.issuperset(parts) and not told.issuperset(parts) and re.search(rf"\b{name}\b", text, re.IGNORECASE):
            found[name] = parts
    return found


def _inside(areas: list[Area], countries: set[Area]) -> list[Area]:
    return [area for area in areas if area.level == "region" and area.country_area in countries]


def _area_behind(mention: Mention, mentions: list[Mention], text: str, atlas: Atlas) -> set[Area]:
    """The country or division that follows a name to say where it lies: "Paris, Texas"; "Ronda in Spain"."""
    for other in mentions:
        if other.start > mention.end and re.fullmatch(
            r"\s*(?:,|,? in(?: the)?|\()\s*", text[mention.end : other.start]
        ):
            areas = set(areas_of(other.name, atlas))
            inside = [atlas.city_of(row) for row in atlas.rows_named(mention.name)]
            return {area for area in areas if any(city and area.contains(city) for city in inside)}
    return set()


def hinted_cities(
    name: str, scopes: list[set[Area]], atlas: Atlas, *, at_start: bool = False, is_told: bool = False
) -> list[Area]:
    """The cities that a name in a hint may mean: the most prominent in the first of `scopes` that has one, and others
    about as large; empty where there is none.

    A scope is a set of areas; the empty set is everywhere. Inside one a city may be small, unless a far larger one lies
    elsewhere and the scope is not told of this name (`is_told`). Everywhere it must be large, or the only one of a name
    that is no word and does not owe its capital to the start of a sentence (`at_start`).
    """
    if fold(name) in common_words() or (len(name) < 4 and name.isascii() and name != name.upper()):
        return []
    places = atlas.named(name)
    large = [place for place in places if atlas.population[place.row] >= LARGE]
    alone = places if len(places) == 1 and not at_start and not word_grade(name) else []
    for scope in scopes:
        found = [place for place in [*large, *places] if _lies_in(place.row, scope, atlas)] if scope else large or alone
        if found and not is_told and large and large[0].prominence > OUTSHONE * found[0].prominence:
            found = large
        alike = [place.row for place in found if place.prominence * ALIKE >= found[0].prominence]
        cities = [city for row in alike if (city := atlas.city_of(row))]
        if cities:
            return list(dict.fromkeys(cities))
    return []


def _lies_in(row: int, scope: set[Area], atlas: Atlas) -> bool:
    city = atlas.city_of(row)
    return city is not None and any(area.contains(city) for area in scope)
