"""The areas that a sentence names: world regions, countries, divisions and cities, as options."""

import re

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.names import fold
from geoagent.reading.hints.words import hint_regions
from geoagent.reading.names.word_lists import common_words

HINT_POPULATION = 50_000
NAME = r"[A-ZÀ-Þ][^\s,.;!?]*(?: (?:(?:of|de|del|da|do|di|du|la|le|les|los|las|el) )*[A-ZÀ-Þ][^\s,.;!?]*){0,3}"
LINES = re.compile(
    r"\b[A-ZÀ-Þ][^\s,.;]*(?: [A-ZÀ-Þ][^\s,.;]*){0,3} (?:[Rr]ailway|[Rr]ailroad|[Ll]ine|[Rr]iver|[Rr]oad|[Ss]treet"
    r"|[Aa]venue|[Hh]ighway|[Ee]xpressway|[Ff]reeway|[Mm]otorway|[Ss]ea|[Oo]cean|[Ss]trait|[Mm]ountains|[Rr]ange)\b"
)
"""What bears the name of a place and runs far beyond it."""


def named_areas(text: str, atlas: Atlas) -> list[Area]:
    """The areas that a text names, each an option; a country or division that only locates another is not.

    A name stands for the country or division of that name, else for the most prominent city inside those named, else
    for a large city. Without any capital but the first, the countries that are written in small letters count.
    """
    text = text if re.search(r"\B.*[A-ZÀ-Þ]", text) else _with_capitals(text, atlas)
    text, found = _take_regions(LINES.sub(",", text))
    readings = {name: atlas.areas_named(name) for name in _proper_names(text, atlas)}
    unambiguous = {areas[0] for areas in readings.values() if len(areas) == 1}
    parents = {area.country_area for area in unambiguous}
    open_readings = [areas for areas in readings.values() if not _inside(areas, parents) or areas[0] in unambiguous]
    countries = [area for areas in open_readings for area in areas if area.level == "country"]
    found = countries or found
    for name, areas in readings.items():
        if not areas:
            divisions = {area for area in unambiguous if area.level == "region"}
            found += hinted_city(name, [divisions or parents, parents or set(countries)], atlas)
        elif not set(areas) & set(countries):
            found += [area for area in areas if not countries or area.country_area in countries]
    unique = list(dict.fromkeys(found))
    return [area for area in unique if not any(other != area and area.contains(other) for other in unique)]


def _take_regions(text: str) -> tuple[str, list[Area]]:
    found: list[Area] = []
    for name, areas in sorted(hint_regions().items(), key=lambda item: -len(item[0])):
        pattern = rf"\b{name}\b"
        if re.search(pattern, text, re.IGNORECASE):
            found += areas
            text = re.sub(pattern, ",", text, flags=re.IGNORECASE)
    return text, found


def whole_regions(text: str, areas: set[Area]) -> dict[str, list[Area]]:
    """The regions of the world that a text names and that are among the areas as a whole, with their countries."""
    found: dict[str, list[Area]] = {}
    for name, parts in sorted(hint_regions().items(), key=lambda item: -len(item[1])):
        told = {area for others in found.values() for area in others}
        if areas.issuperset(parts) and not told.issuperset(parts) and re.search(rf"\b{name}\b", text, re.IGNORECASE):
            found[name] = parts
    return found


def _with_capitals(text: str, atlas: Atlas) -> str:
    """A text in small letters with capitals on the names of countries in it."""
    words = text.split(" ")
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length]).strip(".,;:?!")
            known = len(name) > 3 and any(area.level == "country" for area in atlas.areas_named(name))
            if known and fold(name) not in common_words() - {"china", "france", "italia"}:
                words[start : start + length] = [w[:1].upper() + w[1:] for w in words[start : start + length]]
    return " ".join(words)


def _inside(areas: list[Area], countries: set[Area]) -> list[Area]:
    return [area for area in areas if area.level == "region" and area.country_area in countries]


def hinted_city(name: str, scopes: list[set[Area]], atlas: Atlas) -> list[Area]:
    """The most prominent city of that name in the first scope, a set of areas, that has one; {} is everywhere."""
    if fold(name) in common_words() or (len(name) < 4 and name.isascii()):
        return []
    large = [row for row in atlas.rows_named(name) if atlas.population[row] >= HINT_POPULATION]
    named = [row for row in atlas.rows_named(name) if row not in large]
    for scope in scopes:
        divisions = {area for area in scope if area.level == "region"}
        for row in [*large, *named] if divisions else large:
            city = atlas.city_of(row)
            if city and (not scope or any(area.contains(city) for area in divisions or scope)):
                return [city]
    return []


def _proper_names(text: str, atlas: Atlas) -> list[str]:
    """Names in a sentence: stretches of up to four words that begin and end with a capital and name a place.

    The longest first; words that are part of a name that is known are not tried again.
    """
    raw = re.split(r"[\s/]+|(?<=,)", text)
    words = [word.strip(".,;:()[]«»\"'!?") for word in raw]
    ends = [bool(re.search(r"[.,;:!?)]$", word)) for word in raw]
    names, taken = [], set[int]()
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            part = [words[i] for i in span]
            if taken & set(span) or any(ends[i] for i in list(span)[:-1]) or not all(part):
                continue
            name = " ".join(part)
            if part[0][0].isupper() and part[-1][0].isupper() and (atlas.areas_named(name) or atlas.named(name)):
                taken |= set(span)
                names.append(name)
    return names
