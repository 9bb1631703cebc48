"""Regenerate `geoagent/reading/businesses.txt`: brands, operators and transit networks, and where each is found.

From name-suggestion-index (npm, BSD-3-Clause). A line is a list of areas of the atlas, or * for the whole world, and
the folded names that are found there. A shape of the index (GeoJSON, or a circle round a point) stands for the town
that has most of its people, or for the divisions that it covers. What the index calls generic, words of a language,
names of towns, and names of one or two letters are left out.

Usage: build_businesses.py FOLDER (an unpacked name-suggestion-index)
"""

import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from shapely import contains_xy
from shapely.geometry import shape
from wordfreq import available_languages, zipf_frequency

from geoagent.atlas import Atlas, open_atlas
from geoagent.geo import Area, Point
from geoagent.plain_text import fold
from geoagent.reading.countries import country_codes
from geoagent.reading.names.word_lists import common_words, names_elsewhere, word_grade
from geoagent.reading.spoken import listed_words
from geoagent.reading.tables import tables
from geoagent.settings import read_settings

FILE = Path(__file__).parent.parent / "geoagent" / "reading" / "businesses.txt"
WORDY = ("dishes", "lexicon", "letters", "road_words", "stop_word", "street_suffixes", "usage")
KINDS = ("brands", "operators", "transit")
NAMES = re.compile(r"(?:name|brand|operator|network|official_name|short_name|alt_name)(?::[a-z-]+)?(?::short)?")
ALIASES = {
    "gb-eng": "GB.ENG", "gb-sct": "GB.SCT", "gb-wls": "GB.WLS", "gb-nir": "GB.NIR", "us-hi": "US.HI", "us-ak": "US.AK",
    "conus": "US", "fx": "FR", "gb": "GB", "uk": "GB", "mainland china": "CN", "northern cyprus": "CY", "crimea": "UA",
    "es-ib": "ES.07", "au-tas": "AU.06", "khm": "KH", "eth": "ET",
}  # fmt: skip
SPACED = sorted(set(available_languages()) - {"ja", "ko", "zh"})
A_WORD = 4.0
"""The frequency of a word (Zipf's scale, wordfreq) from which a name of one word is more than a name."""
WORLD, MANY, COVERED, OF_TOWN, LARGE = "001", 45, 0.1, 0.6, 15_000


def places_of(location: Any, features: dict[str, Any], atlas: Atlas) -> frozenset[Area] | None:
    """The areas of one part of a location set; None where they are not known."""
    if isinstance(location, list):
        lon, lat, *radius = location
        rows = atlas.rows_within(Point(lat=lat, lon=lon), float(radius[0]) if radius else 25.0)
        return covered(rows, atlas)
    if location in features:
        return features[location]
    text = ALIASES.get(location, location.upper())
    return frozenset({Area.parse(text)}) if text in country_codes() or "." in text else None


def covered(rows: Sequence[int], atlas: Atlas) -> frozenset[Area]:
    """The town that has most of the people of some rows, or the divisions of which they are a part worth telling."""
    if not len(rows):
        return frozenset()
    index = np.asarray(rows)
    mass = atlas.prior[index]
    cities, inverse = np.unique(atlas.city[index], return_inverse=True)
    shares = np.bincount(inverse, mass) / mass.sum()
    best = int(shares.argmax())
    if shares[best] >= OF_TOWN and cities[best] >= 0 and (city := atlas.city_of(int(cities[best]))):
        return frozenset({city})
    divisions, inverse = np.unique(atlas.division[index], return_inverse=True)
    inside = np.bincount(inverse, mass)
    wholes = np.bincount(atlas.division[atlas.division >= 0], atlas.prior[atlas.division >= 0])
    pairs = [(int(d), m) for d, m in zip(divisions, inside, strict=True) if d >= 0]
    most = max((m for _, m in pairs), default=0.0)
    return frozenset(atlas.divisions[d] for d, m in pairs if m / wholes[d] >= COVERED or m >= OF_TOWN * most)


def shapes(folder: Path, atlas: Atlas) -> dict[str, frozenset[Area]]:
    """The areas of each shape of the index."""
    found = {}
    for feature in json.loads((folder / "featureCollection.json").read_text(encoding="utf-8"))["features"]:
        outline = shape(feature["geometry"])
        west, south, east, north = outline.bounds
        near = np.flatnonzero((atlas.lat >= south) & (atlas.lat <= north) & (atlas.lon >= west) & (atlas.lon <= east))
        inside = near[contains_xy(outline, atlas.lon[near], atlas.lat[near])]
        found[feature["id"]] = covered(inside, atlas)
    return found


def areas_of(item: dict[str, Any], features: dict[str, Any], atlas: Atlas) -> frozenset[Area] | None:
    """Where an entry is found; empty for the whole world, None where that is not known."""
    included = item["locationSet"]["include"]
    if WORLD in included:
        return frozenset()
    parts = [places_of(part, features, atlas) for part in included]
    if any(part is None for part in parts):
        return None
    areas = frozenset(area for part in parts if part for area in part)
    whole = frozenset(area for area in areas if not (area.level != "country" and area.country_area in areas))
    return frozenset() if len({area.country for area in whole}) >= MANY else whole or None


def names_of(item: dict[str, Any], generic: Sequence[re.Pattern[str]], atlas: Atlas) -> Iterator[str]:
    """The folded names of an entry that are nothing else."""
    said = [value for key, value in item["tags"].items() if NAMES.fullmatch(key)]
    for name in dict.fromkeys(map(fold, [*said, *item.get("matchNames", ())])):
        letters = sum(ch.isalpha() for ch in name)
        if letters < 3 or any(pattern.search(name) for pattern in generic) or ";" in name or "|" in name:
            continue
        if not is_word_or_town(name, atlas):
            yield name


def is_word_or_town(name: str, atlas: Atlas) -> bool:
    """Whether a name is also a word, a town of some size, a division or a country."""
    words = name.split()
    if len(words) == 1 and max(zipf_frequency(name, language) for language in SPACED) >= A_WORD:
        return True
    if name in listed_words() or name in words_of_tables():
        return True
    if all(word in common_words() or word_grade(word) or len(word) < 3 for word in words):
        return True
    if name in names_elsewhere() or word_grade(name) or atlas.areas_named(name):
        return True
    towns = atlas.named(name)
    usual = bool(towns) and fold(atlas.name(towns[0].row)) == name
    return bool(towns) and ((usual and len(words) == 1) or towns[0].prominence >= LARGE)


@lru_cache(maxsize=1)
def words_of_tables() -> frozenset[str]:
    """The words of signs that the tables of language hold, each by itself and in its phrase."""
    said = (words for name in WORDY for answer in tables()[name].answers.values() for words in answer.words)
    return frozenset(part for words in said for part in (fold(words), *fold(words).split()))


def entries(folder: Path, atlas: Atlas) -> dict[str, frozenset[Area]]:
    """The areas of each name, all entries of that name together; empty for the whole world."""
    index = json.loads((folder / "nsi.json").read_text(encoding="utf-8"))["nsi"]
    words = json.loads((folder / "genericWords.json").read_text(encoding="utf-8"))["genericWords"]
    features = shapes(folder, atlas)
    found: dict[str, set[Area]] = defaultdict(set)
    worldwide, unknown = set[str](), set[str]()
    for path, group in index.items():
        if not path.startswith(KINDS):
            continue
        said = [*words, *group["properties"].get("exclude", {}).get("generic", ())]
        generic = [re.compile(pattern, re.IGNORECASE) for pattern in said]
        for item in group["items"]:
            areas = areas_of(item, features, atlas)
            for name in names_of(item, generic, atlas):
                if areas is None:
                    unknown.add(name)
                elif areas:
                    found[name] |= areas
                elif path.startswith("brands"):
                    worldwide.add(name)
    told = {name: frozenset(areas) for name, areas in found.items() if name not in unknown}
    return {name: frozenset() for name in worldwide} | told


def main() -> None:
    """Write the file."""
    folder = Path(sys.argv[1])
    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    found = entries(folder / "dist" / "json", open_atlas(read_settings({}).cache))
    by_areas: dict[str, list[str]] = defaultdict(list)
    for name, areas in found.items():
        by_areas[";".join(sorted(map(str, areas))) or "*"].append(unicodedata.normalize("NFC", name))
    lines = [
        f"# name-suggestion-index@{version} (BSD-3-Clause): where brands, operators and transit networks are found"
    ]
    lines += [f"{areas}\t{'|'.join(sorted(names))}" for areas, names in sorted(by_areas.items())]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(found), "names of", len(by_areas), "lists of areas")


if __name__ == "__main__":
    main()
