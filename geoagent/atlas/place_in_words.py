"""The one place that a person names, by words or by coordinates. What may mean several places is refused with a message
that lists them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from geoagent.atlas.atlas import Atlas
from geoagent.atlas.place_path import Found, find_path
from geoagent.errors import ConfigError
from geoagent.geo import Area, Point
from geoagent.plain_text import printable

FAR_MORE = 10.0
"""A name means the place that has so many times the people of the next that bears it; nearer ones leave it open."""
SHOWN = 5
_DEGREES = r"([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*"
_POINT = re.compile(rf"{_DEGREES}([NS]?)\s*[,;\s]\s*{_DEGREES}([EW]?)", re.IGNORECASE)


class OnePlace(NamedTuple):
    """The place that a text names: its name, the smallest area of the atlas that it is or lies in, a point in it, and
    the row of the atlas for that point.

    `exact` says that the text named the point itself, by coordinates. On the open sea `area` and `row` are None.
    """

    name: str
    area: Area | None
    point: Point
    row: int | None
    exact: bool = False


class _Meant(NamedTuple):
    """An area that a name may mean, how many people live there, and the row that stands for it."""

    area: Area
    people: float
    row: int


def one_place(atlas: Atlas, text: str) -> OnePlace:
    """The one place that a text names, by words ("Lyon, France"), a code ("SE") or coordinates ("48.86, 2.35").

    Of several places that bear the name it is the one with at least ten times the people of the next. Raises
    ConfigError, with the places that may be meant, where no place or no single one bears the name, or where coordinates
    are out of range.
    """
    point = _point(text)
    if point is not None:
        here = atlas.at(point)
        name = str(here.place) if here.place.key else "the open sea"
        return OnePlace(f"{point.lat:g}, {point.lon:g} ({name})", here.place.key, point, here.row, exact=True)
    shown = f'"{printable(text.strip())[:80]}"'
    found = find_path(atlas, text.strip()) if text.strip(" ,;") else Found("", [], [])
    meant = sorted(_meant(atlas, found), key=lambda item: (-item.people, item.area))
    names = "; ".join(dict.fromkeys(str(atlas.path(item.area)) for item in meant[:SHOWN]))
    if not meant:
        raise ConfigError(f"there is no place {shown} in the atlas; write it as City, Region, Country, or as LAT,LON")
    if found.corrected:
        raise ConfigError(f"there is no place {shown} in the atlas; like it is {names}")
    if found.unknown:
        left_out = ", ".join(f'"{printable(part)}"' for part in found.unknown)
        raise ConfigError(f"{shown}: nothing called {left_out} holds such a place; of that name there is {names}")
    if len(meant) > 1 and meant[0].people < FAR_MORE * meant[1].people:
        raise ConfigError(f"{shown} may be {names}; write which")
    best = meant[0]
    return OnePlace(str(atlas.path(best.area)), best.area, atlas.point(best.row), best.row)


def _point(text: str) -> Point | None:
    """Coordinates in degrees; None for what has not their form. Raises ConfigError for what is out of range."""
    found = _POINT.fullmatch(text.strip())
    if found is None:
        return None
    lat, lon = float(found[1]), float(found[3])
    if abs(lat) > 90 or abs(lon) > 180:
        raise ConfigError(f"{printable(text)!r}: latitudes go from -90 to 90, longitudes from -180 to 180")
    south, west = found[2].upper() == "S", found[4].upper() == "W"
    return Point(lat=-abs(lat) if south else lat, lon=-abs(lon) if west else lon)


def _meant(atlas: Atlas, found: Found) -> Iterator[_Meant]:
    """What a name may mean: areas but those that a city of that name stands for better, and cities.

    A country's name means no town. A part of a city is meant only where no city bears the name.
    """
    cities = _cities(atlas, found)
    countries = [area for area in found.areas if area.level == "country"]
    for area in found.areas:
        people = max(float(atlas.population[atlas.rows(area)].sum()), 1.0)
        inner = max((atlas.population[city.row] for city in cities if area.contains(city.area)), default=0)
        is_capital = area.level == "region" and inner * FAR_MORE >= people
        if not is_capital and not any(other.contains(area) for other in countries if other != area):
            yield _Meant(area, people, int((atlas.prior * atlas.rows(area)).argmax()))
    yield from () if countries else cities


def _cities(atlas: Atlas, found: Found) -> list[_Meant]:
    """The cities that bear a name, else those of which a part does; other names of cities fall behind usual ones."""
    own, parts = dict[Area, _Meant](), dict[Area, _Meant]()
    for place in found.places:
        if (area := atlas.city_of(place.row)) is not None:
            bearers = own if atlas.row_of(area) == place.row else parts
            bearers.setdefault(area, _Meant(area, max(place.prominence, 1.0), place.row))
    cities = list((own or parts).values())  # the most prominent first
    usual = [city for city in cities if city.people >= atlas.population[city.row]]
    return usual if cities[:1] == usual[:1] else cities
