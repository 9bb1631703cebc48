"""Islands, coasts, valleys, counties and parts of countries that neither the divisions nor the towns of the atlas
hold.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from geoagent.files.package_data import data_rows
from geoagent.geo import Point
from geoagent.plain_text import fold, without_kind


class NaturalRegion(NamedTuple):
    """An island, coast, valley or county: its name, its country (ISO code), its centre, and the radius in km that holds
    most of it.
    """

    name: str
    country: str
    centre: Point
    radius_km: float


def natural_region(name: str, country: str) -> NaturalRegion | None:
    """The island, coast, valley or county of a name in a country (ISO code), written with or without a word such as
    "Island"; None where none is known.
    """
    said = (fold(name), without_kind(name))
    return next((region for form in said for region in _by_name().get(form, ()) if region.country == country), None)


def natural_regions(name: str) -> list[NaturalRegion]:
    """The islands, coasts, valleys and counties that bear a name, in any country; empty where there is none."""
    return list(_by_name().get(fold(name), ()))


@lru_cache(maxsize=1)
def natural_names() -> tuple[str, ...]:
    """The names of all natural regions as they are written, the longest first, so that the longest one in a text is
    found first.
    """
    names = {region.name for regions in _by_name().values() for region in regions}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, list[NaturalRegion]]:
    found = defaultdict[str, list[NaturalRegion]](list)
    for row in data_rows("natural_regions.csv"):
        centre = Point(lat=float(row["lat"]), lon=float(row["lon"]))
        for name in {fold(row["name"]), without_kind(row["name"])}:
            found[name].append(NaturalRegion(row["name"], row["country"], centre, float(row["radius_km"])))
    return dict(found)
