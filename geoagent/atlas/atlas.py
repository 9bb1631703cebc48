"""The atlas as one table of places in memory; names are looked up in SQLite, countries at a point by polygon."""

import json
import logging
import sqlite3
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import build
from geoagent.atlas.borders import Borders
from geoagent.atlas.country_names import (
    country_aliases,
    country_forms,
    country_in_any_language,
    country_spelt,
    name_parts,
    territories,
)
from geoagent.atlas.division_names import division_names, division_parts
from geoagent.atlas.gazetteer import Gazetteer, Similar
from geoagent.atlas.surroundings import CLIMATES, COASTS, SETTLEMENTS, settlements
from geoagent.case.evidence import PlacePath
from geoagent.errors import ConfigError
from geoagent.geo import Area, Floats, Point, chord_to_km, km_to_chord, unit_vectors
from geoagent.plain_text import fold, sound, without_kind

log = logging.getLogger(__name__)

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


CITY_REACH_KM = 25.0
LARGE_CITY = 100_000
"""The inhabitants from which on a city's name, where a region's is asked for, means the region of that city."""
SOUNDS = 3
"""How many consonants a name has at least that is known by its sound."""
REGION_REACH_KM = 600.0
"""How near the nearest row must be for a point to be in its region: islands off a coast mostly belong to its region."""


class Nearby(NamedTuple):
    """What lies at a point: the names of its areas, the nearest row of the atlas in its country, and the distance to
    that row in km.

    On the open sea, and in a country without rows, `row` is None and `distance_km` infinite.
    """

    place: PlacePath
    row: int | None
    distance_km: float


class Named(NamedTuple):
    """A populated place that bears a name, by its row in the atlas, with its `prominence` in inhabitants by which the
    bearers are ranked.
    """

    row: int
    prominence: float


class Atlas:
    """The places of the Earth as columns with a row for each: first populated places, then lattice points on land.

    - `lat`, `lon` in degrees; `prior` is the probability that a photo was taken there, as long as nothing is known, and
      sums to 1.
    - `country`, `division` and `timezone` are indices of `countries`, `divisions` and `timezones` (-1: none); `city` is
      the row of the city that the place belongs to (-1: none).
    - `spacing_km` is the mean distance to the three nearest rows; `extent_km` the radius within which the row stands
      for its surroundings.
    - `geonameid` and `population` are 0 for lattice points; `cell` is an h3 cell of resolution 5; `climate` an index of
      `surroundings.CLIMATES` (0: unknown); `coastal` means the sea within 10 km.
    """

    def __init__(self, folder: Path) -> None:
        columns = np.load(folder / "columns.npz", allow_pickle=False)
        self.geonameid: Rows = columns["geonameid"]
        self.lat: Floats = columns["lat"]
        self.lon: Floats = columns["lon"]
        self.population: Rows = columns["population"]
        self.country: NDArray[np.int16] = columns["country"]
        self.division: NDArray[np.int32] = columns["division"]
        self.city: NDArray[np.int32] = columns["city"]
        self.spacing_km: NDArray[np.float32] = columns["spacing_km"]
        self.prior: Floats = columns["prior"]
        self.cell: NDArray[np.uint64] = columns["cell"]
        self.timezone: NDArray[np.int16] = columns["timezone"]
        self.climate: NDArray[np.uint8] = columns["climate"]
        self.coastal: Mask = columns["coastal"]
        areas = json.loads((folder / "areas.json").read_text(encoding="utf-8"))
        self.countries: list[str] = areas["countries"]
        self.divisions: list[Area] = [Area.parse(text) for text in areas["divisions"]]
        self.timezones: list[str] = areas["timezones"]
        self._country_names: dict[str, str] = areas["country_names"]
        self._division_names: dict[str, str] = areas["division_names"]
        self._populated = int(np.count_nonzero(self.geonameid))
        self._names = Gazetteer(folder / "names.sqlite")
        self._borders = Borders()

    def __len__(self) -> int:
        return len(self.prior)

    @cached_property
    def extent_km(self) -> Floats:
        """For each row the radius in km within which it stands for its surroundings: half its spacing, or the radius of
        the town itself where that is larger; at least 1.
        """
        town = np.sqrt(self.population / (np.pi * 3000.0))
        return np.maximum(np.maximum(self.spacing_km / 2, town), 1.0)

    @cached_property
    def footprint_km(self) -> Floats:
        """For each row how far its own people and land spread: the standard deviation in km of a Gaussian round it."""
        return np.maximum(self.spacing_km, self.extent_km)

    def rows_within(self, point: Point, km: float) -> Rows:
        """The rows that lie at most `km` kilometres from a point, in ascending order; empty where there is none."""
        found = self._tree.query_ball_point(unit_vectors(point.lat, point.lon)[0], km_to_chord(km))
        return np.array(sorted(found), dtype=np.int64)

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import KDTree

        return KDTree(unit_vectors(self.lat, self.lon))

    @cached_property
    def cells(self) -> tuple[NDArray[np.int64], Floats]:
        """The h3 cells that the rows lie in, as a pair: for each row the index of its cell, and for each cell its area
        in km².
        """
        import h3

        unique, inverse = np.unique(self.cell, return_inverse=True)
        area = [h3.cell_area(h3.int_to_str(int(cell)), unit="km^2") for cell in unique]
        return inverse.astype(np.int64), np.array(area)

    def surroundings(self, by: Literal["climate", "settlement", "coast"]) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
        """The kinds of climate, of settlement or of coast, and for each row the index of its own kind among them."""
        if by == "coast":
            return COASTS, self.coastal.astype(np.uint8)
        return (CLIMATES, self.climate) if by == "climate" else (SETTLEMENTS, self._settlement)

    @cached_property
    def _settlement(self) -> NDArray[np.uint8]:
        return settlements(self.lat, self.lon, self.population)

    # Areas

    def rows(self, area: Area) -> Mask:
        """A mask of the rows, True for those that lie in an area; all False where the atlas has no such area."""
        if area.city is not None:
            row = self._row_of_id(area.city)
            mask: Mask = self.city == (row if row is not None else -2)
        elif area.division is not None:
            mask = self.division == self._division_index.get(area, -2)
        else:
            mask = self.country == self._country_index.get(area.country, -2)
        return mask

    def knows(self, area: Area) -> bool:
        """Whether the atlas has a country or first-order division; False for any city."""
        return area in self._division_index or (area.level == "country" and area.country in self._country_index)

    def country_name(self, code: str) -> str:
        """The English name of a country, given its ISO 3166-1 alpha-2 code; the code itself where no name is known."""
        return self._country_names.get(code, code)

    def division_name(self, division: Area) -> str:
        """The English name of a first-order division; its code, such as "SE.26", where no name is known."""
        return self._division_names.get(str(division), str(division))

    def city_of(self, row: int) -> Area | None:
        """The city that a row belongs to, or that it is itself; None where it belongs to none."""
        city = int(self.city[row])
        if city < 0:
            return None
        around = self.division_of(city) or self.country_of(city)
        return Area(around.country, around.division, int(self.geonameid[city]))

    def division_of(self, row: int) -> Area | None:
        """The first-order division that a row lies in; None where it lies in none."""
        division = int(self.division[row])
        return self.divisions[division] if division >= 0 else None

    def country_of(self, row: int) -> Area:
        """The country that a row of the atlas lies in."""
        return self._country_areas[int(self.country[row])]

    def path(self, area: Area) -> PlacePath:
        """The English names of the country and division that an area lies in, and the usual name of its city, with the
        area as `key`.
        """
        row = self._row_of_id(area.city) if area.city is not None else None
        return PlacePath(
            country=self.country_name(area.country),
            region=self.division_name(area.division_area) if area.division_area else None,
            city=self.name(row) if row is not None else None,
            key=area,
        )

    def at_row(self, row: int) -> PlacePath:
        """The names of the country, division and city that a row lies in; None for those that it lies in none of."""
        return self.path(self.city_of(row) or self.division_of(row) or self.country_of(row))

    @cached_property
    def _country_areas(self) -> list[Area]:
        return [Area(code) for code in self.countries]

    @cached_property
    def _country_index(self) -> dict[str, int]:
        return {code: i for i, code in enumerate(self.countries)}

    @cached_property
    def _division_index(self) -> dict[Area, int]:
        return {division: i for i, division in enumerate(self.divisions)}

    def row_of(self, area: Area) -> int | None:
        """The row of the atlas that is a city; None for a larger area, or one that the atlas does not know."""
        return self._row_of_id(area.city) if area.city is not None else None

    def _row_of_id(self, geonameid: int) -> int | None:
        row = int(np.searchsorted(self.geonameid[: self._populated], geonameid))
        return row if row < self._populated and self.geonameid[row] == geonameid else None

    # Names

    def point(self, row: int) -> Point:
        """The point at which a row of the atlas lies."""
        return Point(lat=float(self.lat[row]), lon=float(self.lon[row]))

    def name(self, row: int) -> str:
        """The usual name, in Latin letters, of the place that a row is; empty for a lattice point."""
        return self._names.name(row)

    def rows_named(self, name: str) -> list[int]:
        """The rows of the populated places that bear a name, in any script and usual or not, the most prominent
        first.
        """
        return [found.row for found in self.named(name)]

    def named(self, name: str) -> list[Named]:
        """The populated places that bear a name, in any script, each with its prominence, the most prominent first.

        The prominence is the population, and a tenth of it where the name is not the usual one of the place.
        """
        return self._named(fold(name))

    def _named(self, folded: str) -> list[Named]:
        found = self._names.named(folded)
        rows = [Named(row, float(self.population[row]) * (1.0 if usual else 0.1)) for row, usual in found]
        return sorted(rows, key=lambda named: (-named.prominence, named.row))

    def similar(self, name: str, limit: int = 8) -> list[Similar]:
        """At most `limit` populated places whose name is like `name`, a misspelling or another transliteration of it;
        the best first.

        Likeness decides, and among similar names prominence: ten times the inhabitants make up for 0.015 of likeness.
        See `Gazetteer.like`.
        """
        best: dict[int, Similar] = {}
        for folded, likeness in self._names.like(name):
            for row, prominence in self._named(folded):
                best.setdefault(row, Similar(row, prominence, folded, likeness))
        return sorted(best.values(), key=lambda found: (-found.worth, found.row))[:limit]

    def areas_named(self, name: str) -> list[Area]:
        """The countries and first-order divisions that bear a name, or a usual other spelling of it, countries
        first.
        """
        found = sorted(map(Area.parse, self._names.areas(fold(name))), key=lambda area: (area.level != "country", area))
        spelt = None if found else country_spelt(name)
        return [spelt] if spelt and self.knows(spelt) else found

    def divisions_named(self, name: str) -> list[Area]:
        """The first-order divisions that bear a name in any language, written with or without a word such as
        "Province".
        """
        spoken = division_names()
        found = [*self.areas_named(name), *self.areas_named(without_kind(name))]
        found += [area for said in (name, without_kind(name)) for area in spoken.get(fold(said), ())]
        return [area for area in dict.fromkeys(found) if area.level == "region" and self.knows(area)]

    def _divisions_like(self, name: str, country: Area) -> list[Area]:
        """The divisions of a country that sound like a name: "Ras al-Khaimah" is Raʼs al Khaymah."""
        sounds = self._division_sounds.get(country.country, [])
        said = sound(without_kind(name))
        return [area for known, area in sounds if known == said] if len(said) >= SOUNDS else []

    @cached_property
    def _division_sounds(self) -> dict[str, list[tuple[str, Area]]]:
        found: dict[str, list[tuple[str, Area]]] = {}
        for area in self.divisions:
            said = sound(without_kind(self.division_name(area)))
            found.setdefault(area.country, []).append((said, area))
        return found

    def divisions_with(self, name: str) -> list[Area]:
        """The first-order divisions that hold a department, province or county of a name: for "Finistère" that is
        Brittany.
        """
        parts = division_parts()
        return [area for said in (name, without_kind(name)) for area in parts.get(fold(said), ()) if self.knows(area)]

    def resolve(self, country: str | None, region: str | None = None, city: str | None = None) -> Area | None:
        """The smallest area that the names of a country, a region and a city lead to; None where not even the country
        is known.

        The country may be a name in many languages or an ISO 3166-1 alpha-2 code. A city is sought in the region first,
        then in the country. For a region that is only a part of a division (Finistère, Cornwall) that division counts.
        A large city given for a region stands for its division, and a city of its region's name may lie beside that. A
        name that is not known is passed over.
        """
        named = self.country_named(country)
        if named is None:
            return None
        named = self._territory(named, region, city) or named
        whole = named.country_area
        divisions = self.divisions_named(region) + self.divisions_with(region) if region else []
        rows = [row for row in self.rows_named(city or "") if self.country_of(row) == whole]
        there = {self.division_of(row) for row in rows}
        of_city = self.divisions_of_city(region, whole) if region and not divisions else []
        divisions = divisions or [area for area in of_city if not city or area in there]
        divisions = divisions or (self._divisions_like(region, whole) if region else [])
        division = next((area for area in divisions if whole.contains(area)), None) or named.division_area
        if city and not rows and (other := self._other_meaning(named, country, city)):
            return other
        inside = [row for row in rows if division is not None and self.division_of(row) == division]
        of_one_name = without_kind(region or "") == without_kind(city or "")
        beside = [row for row in rows if of_one_name and self.population[row] >= LARGE_CITY]  # Minsk, beside its region
        if rows and (inside or division is None or beside):
            return self.city_of((inside or beside or rows)[0])
        parts = [] if division or not city else self.divisions_named(city) + self.divisions_with(city)
        return division or next((area for area in parts if whole.contains(area)), whole)

    def divisions_of_city(self, name: str, country: Area) -> list[Area]:
        """The division of the large city of a country that bears a name; empty where none does, or where such cities
        lie in several divisions.
        """
        rows = [row for row in self.rows_named(name) if self.country_of(row) == country]
        found = {self.division_of(row) for row in rows if self.population[row] >= LARGE_CITY}
        return [area for area in found if area is not None] if len(found) == 1 else []

    def _other_meaning(self, named: Area, country: str | None, city: str) -> Area | None:
        """A city in another place that bears the name of the country: Atlanta, in the Georgia that is no country."""
        others = [area for area in self._called(country or "") if area != named]
        rows = [row for row in self.rows_named(city) for area in others if self.rows(area)[row]]
        return self.city_of(rows[0]) if rows else None

    def _territory(self, named: Area, region: str | None, city: str | None) -> Area | None:
        """The territory of a country that is named as its region or city, where the country has none of that name."""
        own = territories().get(named.country, frozenset())
        for name in (region, city) if own and named.level == "country" else ():
            areas = self._called(name) if name else []
            found = next((area for area in areas if area in own), None)
            if found is not None and not any(named.contains(area) for area in areas):
                return found
        return None

    def country_named(self, country: str | None) -> Area | None:
        """The country that is meant by a name or ISO code, or a part of a country that people write as one, such as
        England; None where none is meant.

        Titles, brackets and inverted names are understood. Of several parts of the name the smallest area that lies in
        the others counts: "China (Hong Kong)", "Georgia, USA".
        """
        if not country:
            return None
        whole = self._of_whole_name(country)
        if whole is not None:
            return whole
        found = list[Area]()
        for part in name_parts(country):
            areas = self._called(part)
            finer = [area for area in areas if any(_holds(other, area) for other in found)]
            coarser = [area for area in found if any(_holds(other, area) for other in areas)]
            found = finer or coarser or found or areas
        if found and (found[0].level == "country" or len(found) == 1):
            return found[0]
        return country_in_any_language(country)

    def country_of_whole_name(self, name: str) -> Area | None:
        """The country that a text as a whole names; None where it names none.

        "Korea, North" names one; "Zaragoza, Spain" is a city in a country, and so names none.
        """
        area = self._of_whole_name(name) or country_in_any_language(name)
        return area if area and area.level == "country" else None

    def _of_whole_name(self, name: str) -> Area | None:
        """The country of one of the forms of a name, or the one division."""
        for form in country_forms(name):
            areas = self._called(form)
            if areas and (areas[0].level == "country" or len(areas) == 1):
                return areas[0]
        return None

    def _called(self, name: str) -> list[Area]:
        """Countries and divisions of a name in the place of a country, countries first; else the country of a code."""
        alias = country_aliases().get(fold(name))
        if alias is not None:
            return [alias]
        code = [Area(name.upper())] if name.upper() in self._country_index else []
        return self.areas_named(name) or code

    # Points

    def nearest(self, point: Point, country: str | None = None) -> tuple[int, float] | None:
        """The row nearest to a point and its distance in km; with `country` (ISO code) the nearest row of that
        country.

        None where the country has no row.
        """
        rows, km = self._near(point, country, 1)
        return (rows[0], km[0]) if rows else None

    def _near(self, point: Point, country: str | None, least: int) -> tuple[list[int], list[float]]:
        """The nearest rows of a country, at least that many if it has any, and their distances in km; nearest first."""
        wanted = None if country is None else self._country_index.get(country, -2)
        vector = unit_vectors(point.lat, point.lon)[0]
        for k in (8, 64):
            chords, rows = self._tree.query(vector, k=k)
            own = slice(None) if wanted is None else self.country[rows] == wanted
            if len(rows[own]) >= least:
                return rows[own].tolist(), chord_to_km(chords[own]).tolist()
        rows = np.flatnonzero(self.country == wanted)
        chords = np.linalg.norm(unit_vectors(self.lat[rows], self.lon[rows]) - vector, axis=1)
        order = chords.argsort()[: max(least, 8)]
        return rows[order].tolist(), chord_to_km(chords[order]).tolist()

    def at(self, point: Point) -> Nearby:
        """What is at a point: its country by polygons, then region and city by the nearest rows of that country.

        The region is named only where a row of the country lies within 600 km; the city only where the nearest
        populated place lies within 25 km or is so large that it reaches the point. The open sea has no country: all
        names are then None.
        """
        code = self._borders.country_code(point.lat, point.lon)
        if code is None:
            return Nearby(PlacePath(), None, float("inf"))
        rows, km = self._near(point, code, 1)
        if not rows:
            return Nearby(self.path(Area(code)), None, float("inf"))
        area: Area | None = None
        if km[0] <= REGION_REACH_KM:
            area = self._city_near(rows, km) or self.division_of(rows[0])
        return Nearby(self.path(area or Area(code)), rows[0], km[0])

    def _city_near(self, rows: list[int], km: list[float]) -> Area | None:
        """The city of the nearest populated one of the rows, if it is near enough."""
        for row, distance in zip(rows, km, strict=True):
            if row < self._populated:
                near = distance <= CITY_REACH_KM or distance <= self.extent_km[row]
                return self.city_of(row) if near else None
        return None


def _holds(outer: Area, inner: Area) -> bool:
    """Whether an area contains another, or counts it among its territories."""
    return outer.contains(inner) or (outer.level == "country" and inner in territories().get(outer.country, ()))


_OPENED: "WeakValueDictionary[Path, Atlas]" = WeakValueDictionary()
"""The atlases in use, by folder: what they and others have worked out of them (cells, questions) takes a second."""


def open_atlas(cache: Path) -> Atlas:
    """The atlas in the folder `cache`, built there first where it is missing or damaged, which takes about half a
    minute.

    As long as it is in use, opening it again gives the one that is open. Raises ConfigError where it cannot be read or
    built.
    """
    folder = cache / build.cache_name()
    opened = _OPENED.get(folder)
    if opened is not None:
        return opened
    try:
        if folder.exists() and not build.is_whole(folder):
            log.info(f"the atlas in {folder} is damaged; it is built anew")
            build.remove(folder)
        if not folder.exists():
            log.info("building the atlas of places; this is done once and takes about half a minute")
            build.build(folder)
        return _OPENED.setdefault(folder, Atlas(folder))
    except (OSError, sqlite3.Error, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(
            f"the atlas in {folder} cannot be used ({error}); remove that folder, or check its rights"
        ) from error
