"""The areas that a sentence names, as options: regions of the world, countries, divisions and cities."""

import re
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.names import fold
from geoagent.reading.hints.mentions import LARGE, LINES, Mention, areas_of, find_mentions, with_capitals
from geoagent.reading.hints.words import hint_regions, region_named
from geoagent.reading.names.word_lists import common_words, word_grade


class Option(NamedTuple):
    """One of the places that a text names: how it is told, and its areas; of a region of the world its countries."""

    label: str
    areas: tuple[Area, ...]
    is_region: bool = False


class Named(NamedTuple):
    """The options that a text names, and the mentions for which no place was found."""

    options: list[Option]
    unknown: list[Mention]


def named_areas(text: str, atlas: Atlas) -> list[Area]:
    """The areas of all the options that a text names, each once."""
    return list(dict.fromkeys(area for option in named_options(text, atlas).options for area in option.areas))


def named_options(text: str, atlas: Atlas) -> Named:
    """What a text names, each name an option; a country, division or region that only locates another is none.

    A name stands for the country or division of that name, else for the most prominent city inside those named, else
    for a large city. Without any capital but the first, names in small letters count.
    """
    text = LINES.sub(lambda line: "," * len(line[0]), with_capitals(text, atlas))
    mentions = {mention.name: mention for mention in find_mentions(text, atlas)}
    readings = {name: [] if region_named(name) else areas_of(name, atlas) for name in mentions}
    unambiguous = {areas[0] for areas in readings.values() if len(areas) == 1}
    parents = {area.country_area for area in unambiguous}
    free = [areas for areas in readings.values() if areas and (not _inside(areas, parents) or areas[0] in unambiguous)]
    countries = {area for areas in free for area in areas if area.level == "country"}
    divisions = {area for area in unambiguous if area.level == "region"}
    found, unknown = list[Option](), list[Mention]()
    for name, areas in readings.items():
        region = region_named(name)
        if region is not None:
            found.append(Option(region, tuple(hint_regions()[region]), is_region=True))
        elif not areas:
            cities = hinted_city(
                name, [divisions or parents, parents or countries], atlas, at_start=not mentions[name].start
            )
            found += [_option((city,), atlas) for city in cities]
            unknown += [] if cities or fold(name) in common_words() else [mentions[name]]
        else:
            own = [area for area in areas if area in countries]
            meant = own or [area for area in areas if not countries or area.country_area in countries]
            found += [_option(tuple(meant), atlas)] if meant else []
    return Named(_finest(found), unknown)


def _option(areas: tuple[Area, ...], atlas: Atlas) -> Option:
    return Option(" or ".join(str(atlas.path(area)) for area in areas), areas)


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
        own = tuple(area for area in option.areas if not any(o != area and area.contains(o) for o in areas))
        if own and not any(set(own) == set(other.areas) for other in kept):
            kept.append(option if own == option.areas else option._replace(areas=own))
    return kept


def whole_regions(text: str, areas: set[Area]) -> dict[str, list[Area]]:
    """The regions of the world that a text names and that are among the areas as a whole, with their countries."""
    found: dict[str, list[Area]] = {}
    for name, parts in sorted(hint_regions().items(), key=lambda item: -len(item[1])):
        told = {area for others in found.values() for area in others}
        if areas.issuperset(parts) and not told.issuperset(parts) and re.search(rf"\b{name}\b", text, re.IGNORECASE):
            found[name] = parts
    return found


def _inside(areas: list[Area], countries: set[Area]) -> list[Area]:
    return [area for area in areas if area.level == "region" and area.country_area in countries]


def hinted_city(name: str, scopes: list[set[Area]], atlas: Atlas, *, at_start: bool = False) -> list[Area]:
    """The most prominent city of that name in the first scope, a set of areas, that has one; {} is everywhere.

    Inside a scope a city may be small. Elsewhere it is large, or the only one of a name that is no word, and that does
    not owe its capital to the start of a sentence.
    """
    if fold(name) in common_words() or (len(name) < 4 and name.isascii() and name != name.upper()):
        return []
    rows = atlas.rows_named(name)
    large = [row for row in rows if atlas.population[row] >= LARGE]
    alone = rows if len(rows) == 1 and not at_start and not word_grade(name) else []
    for scope in scopes:
        for row in [*large, *rows] if scope else large or alone:
            city = atlas.city_of(row)
            if city and (not scope or any(area.contains(city) for area in scope)):
                return [city]
    return []
