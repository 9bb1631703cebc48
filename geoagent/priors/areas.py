"""What a prior says, by the areas of the atlas: the form in which it becomes evidence.

The likelihood ratio of an area is the mean ratio of the prior's places in it. Few places make a poor mean: each area
is given one more place, which says what the area around it says. Countries without any place say nothing.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import h3
import numpy as np
from scipy.spatial import KDTree

from geoagent.atlas import Atlas, Mask, Rows
from geoagent.case.likelihood import Areas
from geoagent.geo import Area, Floats, km_to_chord, unit_vectors
from geoagent.priors.prior import GeoDistribution

CITIES, DIVISIONS = 150, 400
"""So many are named, those that hold most; the others go by the area around them."""
NEAR_KM = 100.0
DIGITS = 4
CELL = 4
"""The h3 resolution of the cells: some 1,800 km², about 45 km wide."""


class AreaNumbers(NamedTuple):
    """For each place of a prior's distribution the numbers of its country, division and city; -1 where there is none.

    `areas` has the areas by number. `cell` is the number of the h3 cell of each place, `cells` their addresses.
    """

    country: Rows
    division: Rows
    city: Rows
    areas: list[Area]
    cell: Rows
    cells: list[str]


class Share(NamedTuple):
    """An area and the probability that a learned prior gives it, the density of its training data being the prior."""

    area: Area
    probability: float


def area_numbers(lat_deg: Floats, lon_deg: Floats, atlas: Atlas) -> AreaNumbers:
    """The country, division and city of each of some places (m,) in degrees: those of the nearest row of the atlas
    within 100 km.
    """
    tree = KDTree(unit_vectors(atlas.lat, atlas.lon))
    nearest = tree.query(unit_vectors(lat_deg, lon_deg), distance_upper_bound=km_to_chord(NEAR_KM))
    rows: Rows = np.asarray(nearest[1], dtype=np.int64)
    found = np.flatnonzero(rows < len(atlas))
    numbers: dict[Area, int] = {}
    columns = np.full((3, len(lat_deg)), -1, dtype=np.int64)
    known: dict[int, tuple[int, int, int]] = {}
    for place in found:
        row = int(rows[place])
        if row not in known:
            areas = (atlas.country_of(row), atlas.division_of(row), atlas.city_of(row))
            a, b, c = (-1 if area is None else numbers.setdefault(area, len(numbers)) for area in areas)
            known[row] = (a, b, c)
        columns[:, place] = known[row]
    addresses = [h3.latlng_to_cell(lat, lon, CELL) for lat, lon in zip(lat_deg.tolist(), lon_deg.tolist(), strict=True)]
    cells, cell = np.unique(addresses, return_inverse=True)
    return AreaNumbers(columns[0], columns[1], columns[2], list(numbers), cell.astype(np.int64), cells.tolist())


def as_areas(found: GeoDistribution, photo: int, numbers: AreaNumbers) -> Areas:
    """What a learned prior says of one photo, as a likelihood by area with mean 1 over the training data.

    The weight of an area is that of its places outside the areas in it that have weights of their own.
    """
    log_ratio = found.log_ratio[photo]
    ratio = np.exp(log_ratio - log_ratio.max())
    mass = found.weight * ratio / (found.weight @ ratio)
    count = len(numbers.areas)
    columns = (numbers.country, numbers.division, numbers.city)
    named = _named(mass, columns, count)
    weights, whole, parent = np.ones(count), np.ones(count), np.full(len(mass), -1)
    finest = np.max([np.where(np.isin(column, named), depth, -1) for depth, column in enumerate(columns)], axis=0)
    for depth, column in enumerate(columns):
        around = np.ones(count)
        both = (column >= 0) & (parent >= 0)
        around[column[both]] = whole[parent[both]]
        inside = column >= 0
        whole = np.where(np.isin(np.arange(count), column[inside]), _means(column, inside, mass, found, around), whole)
        own = inside & (finest == depth)
        weights = np.where(np.isin(np.arange(count), column[inside]), _means(column, own, mass, found, around), weights)
        parent = np.where(inside, column, parent)
    return Areas(weights={numbers.areas[n]: float(f"{weights[n]:.{DIGITS}g}") for n in named}, elsewhere=1.0)


def _means(column: Rows, members: Mask, mass: Floats, found: GeoDistribution, around: Floats) -> Floats:
    """The mean ratio of the members of each area, with one more place that says what the area around it says."""
    count, one = len(around), 1 / len(mass)
    held = np.bincount(column[members], mass[members], count)
    share = np.bincount(column[members], found.weight[members], count)
    means: Floats = (held + one * around) / (share + one)
    return means


def _named(mass: Floats, columns: tuple[Rows, ...], count: int) -> list[int]:
    """The numbers of all countries, and of the divisions and cities that hold most."""
    named: set[int] = set()
    for column, most in zip(columns, (count, DIVISIONS, CITIES), strict=True):
        inside = column >= 0
        held = np.bincount(column[inside], mass[inside], count)
        present = np.unique(column[inside])
        named |= set(present[np.argsort(-held[present], kind="stable")[:most]].tolist())
    return sorted(named)


def leading(found: GeoDistribution, photo: int, numbers: AreaNumbers) -> Mapping[str, list[Share]]:
    """The five countries, five divisions and five cities that a learned prior finds most probable for one photo, in
    that order.
    """
    p, count = found.probability()[photo], len(numbers.areas)
    return {
        level: _most(np.bincount(column[column >= 0], p[column >= 0], count).astype(np.float64), numbers.areas)
        for level, column in (("country", numbers.country), ("region", numbers.division), ("city", numbers.city))
    }


def _most(held: Floats, areas: list[Area], count: int = 5) -> list[Share]:
    first: Iterable[int] = np.argsort(-held)[:count].tolist()
    return [Share(areas[n], float(held[n])) for n in first if held[n] > 0]
