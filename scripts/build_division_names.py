"""Names of first-order divisions and of their parts: geoagent/data/division_names.csv. Run by maintainers.

The source is CLDR 41 (Unicode License v3), Debian's package unicode-cldr-core: names of the subdivisions of ISO 3166-2.
A subdivision is a division of the atlas if some of its names is the division's, and no name is another's. Kept are
names in the languages of its country and in a few that are read everywhere, where the atlas does not know them yet; the
same of the parts of such a division (departments, provinces, counties), marked as parts.

Usage: build_division_names.py FOLDER, which holds the folders `subdivisions` and `supplemental`
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

from babel.languages import get_official_languages

from geoagent.atlas import Atlas, open_atlas
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.settings import Settings

NAMES = Path(__file__).parent.parent / "geoagent" / "data" / "division_names.csv"
EVERYWHERE = ("en", "de", "fr", "es", "it", "pt", "zh", "ru")
LETTERS_OF_COUNTRY = 2
Names = dict[str, dict[str, list[str]]]


def main(folder: Path) -> None:
    """Read the names and write those that the atlas lacks."""
    atlas = open_atlas(Settings().cache)
    names = _names(folder / "subdivisions")
    known = {code: division for code in names if (division := _division(code, names[code], atlas)) is not None}
    parts = {part: known[whole] for part, whole in _parts(folder / "supplemental").items() if whole in known}
    rows = set[tuple[str, str, str]]()
    for code, division in (parts | known).items():
        spoken = {*EVERYWHERE, *get_official_languages(division.country, regional=True)}
        kept = {name for language in spoken for name in names.get(code, {}).get(language.split("_")[0], [])}
        part = "" if code in known else "part"
        rows |= {(name, str(division), part) for name in kept if not _known(name, division, atlas)}
    with NAMES.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("name", "key", "part"), *sorted(rows)])


def _known(name: str, division: Area, atlas: Atlas) -> bool:
    return division in atlas.areas_named(name)


def _parts(folder: Path) -> dict[str, str]:
    """The subdivision that each smaller one lies in, by its code."""
    groups = ElementTree.parse(folder / "subdivisions.xml").iter("subgroup")
    return {part: str(group.get("type")) for group in groups for part in str(group.get("contains")).split()}


def _names(folder: Path) -> Names:
    """The names of each subdivision, by the code of CLDR and by language."""
    found: Names = defaultdict(dict)
    for path in sorted(folder.glob("*.xml")):
        for item in ElementTree.parse(path).iter("subdivision"):
            if item.get("alt") is None and item.text and item.get("type"):
                found[str(item.get("type"))].setdefault(path.stem.split("_")[0], []).append(item.text.strip())
    return found


def _division(code: str, names: dict[str, list[str]], atlas: Atlas) -> Area | None:
    """The one division of its country that bears one of the names of a subdivision."""
    each = {fold(name): name for known in names.values() for name in known}
    found = {area for name in each.values() for area in atlas.areas_named(name) if area.level == "region"}
    own = [area for area in found if area.country == code[:LETTERS_OF_COUNTRY].upper()]
    return own[0] if len(own) == 1 else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
