"""Facts on countries: the side on which they drive, speed unit and calling codes (country-coder), languages and
currency (CLDR).
"""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    return dict(json.loads((files("geoagent.reading") / "countries.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def world_regions() -> dict[str, list[str]]:
    """The ISO codes of the countries in each region of the world (UN M49), by its name, such as "Caribbean"."""
    return dict(json.loads((files("geoagent.reading") / "regions.json").read_text(encoding="utf-8")))


def country_codes() -> list[str]:
    """The ISO 3166-1 alpha-2 codes of all countries that there are facts of."""
    return list(_table())


@lru_cache(maxsize=512)
def country_facts(code: str) -> dict[str, str]:
    """Facts in words that tell a country (ISO code) from another at the roadside, by name.

    The names are "traffic", "speed unit", "calling code", "official languages" and "currency"; what is not known is
    "unknown" or "none".
    """
    from babel.languages import get_official_languages
    from babel.numbers import get_territory_currencies

    row = _table().get(code, {})
    return {
        "traffic": f"drives on the {row.get('drives', 'unknown side')}",
        "speed unit": str(row.get("speed", "unknown")),
        "calling code": ", ".join(f"+{c}" for c in row.get("calling_codes", ())[:3]) or "none",
        "official languages": ", ".join(get_official_languages(code, de_facto=True)) or "unknown",
        "currency": ", ".join(get_territory_currencies(code)) or "unknown",
    }
