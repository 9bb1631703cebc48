"""Names of first-order divisions in other languages than English, and names of their parts, such as departments
(CLDR).

Look them up only in a country that is known: on a sign many of them would be other words.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from geoagent.files.package_data import data_rows
from geoagent.geo import Area
from geoagent.plain_text import fold

ByName = Mapping[str, list[Area]]


def division_names() -> ByName:
    """First-order divisions by their folded names in other languages than English (CLDR)."""
    return _read()[0]


def division_parts() -> ByName:
    """First-order divisions by the folded names of the departments, provinces and counties that lie in them:
    "finistere" gives Brittany.
    """
    return _read()[1]


@lru_cache(maxsize=1)
def _read() -> tuple[ByName, ByName]:
    names, parts = defaultdict[str, list[Area]](list), defaultdict[str, list[Area]](list)
    for row in data_rows("division_names.csv"):
        (parts if row["part"] else names)[fold(row["name"])].append(Area.parse(row["key"]))
    return dict(names), dict(parts)
