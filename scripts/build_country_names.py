"""Regenerate `geoagent/data/country_names.csv`: what countries are called in all languages of CLDR (through Babel).

A folded name that means different countries in different languages is left out, and so is what the atlas has anyway:
the names in English and in each country's own languages.

Usage: build_country_names.py
"""

import csv
from collections import defaultdict
from pathlib import Path

from babel import Locale, localedata

from geoagent.atlas.own_names import own_names
from geoagent.plain_text import fold
from geoagent.reading.countries import country_codes

FILE = Path(__file__).parent.parent / "geoagent" / "data" / "country_names.csv"
SHORTEST = 3


def names() -> dict[str, str]:
    """The country of each folded name."""
    codes = {code for code in country_codes() if code not in ("EU", "UN")}
    found: dict[str, set[str]] = defaultdict(set)
    for language in sorted({tag.split("_")[0] for tag in localedata.locale_identifiers()}):
        for code, name in Locale.parse(language).territories.items():
            if code in codes:
                found[fold(name)].add(code)
    own = {fold(name) for code in codes for name in own_names(code)}
    return {
        name: next(iter(named))
        for name, named in sorted(found.items())
        if len(named) == 1 and name not in own and len(name) >= SHORTEST and not name.isdigit()
    }


def main() -> None:
    """Write the file."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("name", "code"))
        rows.writerows(names().items())
    print(len(names()), "names")


if __name__ == "__main__":
    main()
