"""Tables that are worked out once for an atlas: unit vectors, search trees, and the areas that its rows lie in, as
numbers.
"""

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Rows
from geoagent.geo import Area, Floats, chord_to_km, unit_vectors

if TYPE_CHECKING:
    from scipy.spatial import KDTree

NET_FOOTPRINTS_KM = (8.0, 32.0, 128.0)


class Net(NamedTuple):
    """Rows of the atlas whose footprints are about equally wide, `footprint_km` at most, with a search tree over their
    unit vectors.
    """

    rows: Rows
    footprint_km: float
    tree: "KDTree"


class AtlasIndex:
    """Tables about the rows of an atlas that computing a belief needs again and again: unit vectors, search trees, and
    the country, division and city of each row as numbers.

    Areas are numbered through: first all countries, then all first-order divisions, each in the atlas's order.
    """

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas

    @cached_property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """The x, y and z of the unit vectors of the atlas's rows (see `geo.unit_vectors`), an array each."""
        x, y, z = np.ascontiguousarray(unit_vectors(self._atlas.lat, self._atlas.lon).T)
        return x, y, z

    @cached_property
    def nets(self) -> list[Net]:
        """The rows of the atlas in classes of about equally wide footprints, each with a search tree."""
        from scipy.spatial import KDTree

        classes = np.searchsorted(NET_FOOTPRINTS_KM, self._atlas.footprint_km)
        members = [np.flatnonzero(classes == number) for number in np.unique(classes)]
        vectors = np.column_stack(self.axes)
        return [Net(rows, float(self._atlas.footprint_km[rows].max()), KDTree(vectors[rows])) for rows in members]

    @cached_property
    def division(self) -> Rows:
        """For each row the number of its first-order division, or of its country where it lies in no division.

        Numbers are those of `areas`: countries come first.
        """
        atlas = self._atlas
        return np.where(atlas.division >= 0, atlas.division + len(atlas.countries), atlas.country).astype(np.int64)

    @cached_property
    def city_or_row(self) -> Rows:
        """For each row of the atlas the row of its city, or its own where it belongs to none."""
        atlas = self._atlas
        return np.where(atlas.city >= 0, atlas.city, np.arange(len(atlas))).astype(np.int64)

    @cached_property
    def country(self) -> Rows:
        """For each row of the atlas the number of its country, an index of `atlas.countries`."""
        return self._atlas.country.astype(np.int64)

    @cached_property
    def country_prior(self) -> Floats:
        """The prior probability of each country."""
        mass: Floats = np.bincount(self.country, self._atlas.prior, len(self._atlas.countries)).astype(float)
        return mass

    @cached_property
    def city_or_row_prior(self) -> Floats:
        """For each row of the atlas the prior probability of the city that it stands for, or of itself."""
        mass: Floats = np.bincount(self.city_or_row, self._atlas.prior, len(self._atlas)).astype(float)
        return mass

    @cached_property
    def division_prior(self) -> Floats:
        """The prior probability of each area of `areas`; a country has only that of its land outside divisions."""
        atlas = self._atlas
        mass: Floats = np.bincount(self.division, atlas.prior, len(atlas.countries) + len(atlas.divisions)).astype(
            float
        )
        return mass

    @cached_property
    def country_of_division(self) -> Rows:
        """For each area of `areas` the number of its country; a country has its own."""
        atlas = self._atlas
        number = {code: i for i, code in enumerate(atlas.countries)}
        return np.array([*range(len(number)), *(number[area.country] for area in atlas.divisions)], dtype=np.int64)

    @cached_property
    def areas(self) -> list[Area]:
        """All countries of the atlas and, after them, all its first-order divisions."""
        return [*map(Area, self._atlas.countries), *self._atlas.divisions]

    @cached_property
    def number(self) -> dict[Area, int]:
        """The index of each country and division in `areas`."""
        return {area: i for i, area in enumerate(self.areas)}


@lru_cache(maxsize=1)
def atlas_index(atlas: Atlas) -> AtlasIndex:
    """The tables about an atlas (see `AtlasIndex`); those of the atlas asked for last are kept."""
    return AtlasIndex(atlas)


def distances_km(atlas: Atlas, lat: float, lon: float) -> Floats:
    """Great-circle distance in km from the point `lat`, `lon` (degrees) to every row of the atlas."""
    return chord_to_km(np.sqrt(squared_chords(atlas, lat, lon)))


def squared_chords(atlas: Atlas, lat: float, lon: float) -> Floats:
    """The square of the chord, on the sphere of radius 1, from the point `lat`, `lon` (degrees) to every row of the
    atlas.

    Cheaper than distances where only an order or a bound is needed.
    """
    square, off = np.zeros(len(atlas)), np.empty(len(atlas))
    for axis, value in zip(atlas_index(atlas).axes, unit_vectors(lat, lon)[0], strict=True):
        np.subtract(axis, value, out=off)
        off *= off
        square += off
    return square
