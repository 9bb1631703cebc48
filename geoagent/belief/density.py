"""Evaluates likelihoods at the rows of the atlas and at spots (streets and points).

Areas are evaluated once for each country and division, kernels at the rows within their reach; what this leaves out
changes no ratio by more than `DROPPED`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Mask, Rows
from geoagent.belief.atlas_index import atlas_index, distances_km, squared_chords
from geoagent.belief.sun_fit import Sky, sun_fit
from geoagent.case.evidence import Id, LevelName, Spot
from geoagent.case.likelihood import Areas, Band, Gap, Kernel, Likelihood, Mixture, Patches, Ring, Sun, Surroundings
from geoagent.geo import (
    EARTH_RADIUS_KM,
    KM_PER_DEG,
    Area,
    Floats,
    Point,
    chord_to_km,
    haversine_km,
    inner,
    km_to_chord,
    unit_vectors,
)

MAX_SPOT_SHARE = 0.3
SPOT_REACH = 8.0
"""How far a row reaches, in footprints: only so far does a spot take a share of it."""
NARROW_KM = 32.0
"""Of kernels at most this wide search trees find the rows within reach; for wider ones looking at all costs less."""
REACH = 9.0
"""How far a kernel reaches, in standard deviations: there its density is 3·10^-18 of its peak."""
WIDE_KM = 2 * EARTH_RADIUS_KM / REACH
"""Kernels at least this wide reach every row: a chord is at most two radii."""
DROPPED = 1e-9
PATCH_REACH, LEAST_SPREAD_KM = 6.0, 0.01
"""How far beyond a rectangle places can spread over it, in their own spread, which is at least so much."""


SaidAreas = Mapping[tuple[Id, Point], Area]
"""The area that evidence says a point lies in, by the evidence and the point."""
NOTHING_SAID: SaidAreas = MappingProxyType({})


class AtlasPoints(NamedTuple):
    """Places at which likelihoods are evaluated: coordinates in degrees, how far what stands there spreads in km, and
    for each the row of the atlas that stands for it.
    """

    lat: Floats
    lon: Floats
    footprint_km: Floats
    rows: Rows


NO_PLACES = AtlasPoints(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))


class Near(NamedTuple):
    """The rows of the atlas within reach of a Gaussian kernel, and the distance of each from its centre in km."""

    rows: Rows
    distance_km: Floats


class ByArea(NamedTuple):
    """An area likelihood as ratios: one for each country's land outside divisions, then one for each division.

    In named cities, whose rows are `rows`, `beyond` is to be added to the ratio of their division.
    """

    by_division: Floats
    rows: Rows
    beyond: Floats


class Local(NamedTuple):
    """A Gaussian kernel as a likelihood ratio at the rows within its reach; at all other rows it is 0.

    A density at a spot divided by `scale` is a ratio too.
    """

    rows: Rows
    ratio: Floats
    scale: float


def sky(atlas: Atlas, places: AtlasPoints) -> Sky:
    """Places of the atlas with their time zones, as `sun_fit` takes them; a spot has the time zone of its row."""
    return Sky(places.lat, places.lon, places.footprint_km, atlas.timezone[places.rows], atlas.timezones)


def every_row(atlas: Atlas) -> AtlasPoints:
    """All rows of the atlas as places at which a likelihood can be evaluated."""
    return AtlasPoints(atlas.lat, atlas.lon, atlas.footprint_km, np.arange(len(atlas)))


def places_of_spots(atlas: Atlas, spots: Sequence[Spot], said: SaidAreas = NOTHING_SAID) -> AtlasPoints:
    """Spots (streets and points) as places at which a likelihood can be evaluated, each with the row of the atlas that
    stands for it (`parent_row`).

    `said` has the area that a spot is said to lie in, by its evidence and point. A spot of radius ρ counts as a
    Gaussian of standard deviation ρ/√2: a narrow Gaussian has over a disk of radius ρ the mean that one of that width
    has at its centre.
    """
    areas = [said.get((spot.evidence, spot.point)) for spot in spots]
    parents = [parent_row(atlas, spot, area) for spot, area in zip(spots, areas, strict=True)]
    lat = np.array([spot.point.lat for spot in spots], dtype=np.float64)
    lon = np.array([spot.point.lon for spot in spots], dtype=np.float64)
    spread_km = np.array([spot.radius_km for spot in spots], dtype=np.float64) / math.sqrt(2.0)
    return AtlasPoints(lat, lon, spread_km, np.array(parents, dtype=np.int64))


def parent_row(atlas: Atlas, spot: Spot, said: Area | None = None) -> int:
    """The row of the atlas that stands for a spot where a likelihood is known by area alone.

    It is the row that gives the spot most of its prior, in the city that gives most. That is seldom the nearest one: a
    city's streets lie nearer to its suburbs' rows than to the one in its middle. Where the spot is `said` to lie in an
    area, it is the nearest row of that area.
    """
    if said is not None and (own := np.flatnonzero(atlas.rows(said))).size:
        return int(own[distances_km(atlas, spot.point.lat, spot.point.lon)[own].argmin()])
    nearest = atlas.at(spot.point).row
    if nearest is None:
        found = atlas.nearest(spot.point)
        nearest = found[0] if found else 0
    distance_km = distances_km(atlas, spot.point.lat, spot.point.lon)
    own = atlas.country == atlas.country[nearest]
    footprint_km = footprints_km(atlas, distance_km, own)
    rows = np.flatnonzero(own & (distance_km < SPOT_REACH * footprint_km))
    if not len(rows):
        return nearest
    given = atlas.prior[rows] * covered(spot, distance_km[rows], footprint_km[rows])
    cities, city = np.unique(atlas_index(atlas).city_or_row[rows], return_inverse=True)
    most = np.bincount(city, given, len(cities)).argmax()
    return int(rows[np.where(city == most, given, -1.0).argmax()])


def covered(spot: Spot, distance_km: Floats, footprint_km: Floats) -> Floats:
    """The part of each row's footprint that a spot covers, at most 0.3.

    `distance_km` is how far each row lies from the spot, and `footprint_km` how far it spreads.
    """
    share = 0.5 * (spot.radius_km / footprint_km) ** 2 * np.exp(-0.5 * (distance_km / footprint_km) ** 2)
    return np.asarray(np.minimum(share, MAX_SPOT_SHARE), dtype=np.float64)


def likelihood_ratio(likelihood: Likelihood, atlas: Atlas, spots: AtlasPoints) -> tuple[Floats, Floats]:
    """A likelihood as ratios: at each row of the atlas, with mean 1 under the prior, and on the same scale at each
    spot.

    A likelihood that is 0 everywhere in the atlas says nothing: all its ratios are 1.
    """
    if isinstance(likelihood, Mixture):
        return _mixture(likelihood, atlas, spots)
    if isinstance(likelihood, Band | Ring | Gap | Sun | Surroundings | Patches) or (
        isinstance(likelihood, Kernel) and likelihood.sigma_km >= WIDE_KM
    ):
        return _everywhere(likelihood, atlas, spots)
    return _mixture(Mixture(parts=((1.0, likelihood),)), atlas, spots)


def _mixture(mixture: Mixture, atlas: Atlas, spots: AtlasPoints) -> tuple[Floats, Floats]:
    rest = max(0.0, 1.0 - sum(weight for weight, _ in mixture.parts))
    by_division, division = np.full(len(atlas_index(atlas).division_prior), rest), atlas_index(atlas).division
    areas = [(weight, _by_area(part, atlas)) for weight, part in mixture.parts if isinstance(part, Areas)]
    for weight, found in areas:
        by_division += weight * found.by_division
    at_rows = by_division[division]
    for weight, found in areas:
        at_rows[found.rows] += weight * found.beyond
    at_spots = at_rows[spots.rows]
    kernels = [(weight, part) for weight, part in mixture.parts if isinstance(part, Kernel)]
    for (weight, kernel), local in zip(kernels, _local([kernel for _, kernel in kernels], atlas), strict=True):
        if local is not None:
            at_rows[local.rows] += weight * local.ratio
            at_spots += weight * _evaluate(kernel, atlas, spots) / local.scale
        else:
            _add(at_rows, at_spots, weight, _everywhere(kernel, atlas, spots))
    for weight, part in mixture.parts:
        if isinstance(part, Band | Ring | Gap | Sun | Surroundings | Patches | Mixture):
            _add(at_rows, at_spots, weight, likelihood_ratio(part, atlas, spots))
    return at_rows, at_spots


def _add(at_rows: Floats, at_spots: Floats, weight: float, ratio: tuple[Floats, Floats]) -> None:
    at_rows += weight * ratio[0]
    at_spots += weight * ratio[1]


def weights_by_division(areas: Areas, atlas: Atlas) -> Floats:
    """The weight that a likelihood by area gives to each country outside its divisions and, after these, to each
    division; weights of cities are left out.
    """
    where = atlas_index(atlas)
    countries = np.full(len(atlas.countries), areas.elsewhere)
    named = {where.number[area]: weight for area, weight in areas.weights.items() if area in where.number}
    for number, weight in named.items():
        if number < len(countries):
            countries[number] = weight
    by_division: Floats = countries[where.country_of_division]
    for number, weight in named.items():
        by_division[number] = weight if number >= len(countries) else by_division[number]
    return by_division


def _by_area(areas: Areas, atlas: Atlas) -> ByArea:
    where, by_division = atlas_index(atlas), weights_by_division(areas, atlas)
    finest = [(area, weight) for area, weight in areas.weights.items() if area.level == "city"]
    cities = [(np.flatnonzero(atlas.rows(area)), weight) for area, weight in finest]
    rows = np.concatenate([rows for rows, _ in cities] or [np.zeros(0, np.int64)])
    weights = np.concatenate([np.full(len(rows), weight) for rows, weight in cities] or [np.zeros(0)])
    beyond = weights - by_division[where.division[rows]]
    scale = float(where.division_prior @ by_division + atlas.prior[rows] @ beyond)
    if scale <= 0:
        return ByArea(np.ones(len(by_division)), rows, np.zeros(len(rows)))
    return ByArea(by_division / scale, rows, beyond / scale)


def _everywhere(
    likelihood: Kernel | Ring | Gap | Band | Sun | Surroundings | Patches, atlas: Atlas, spots: AtlasPoints
) -> tuple[Floats, Floats]:
    """The ratios of a shape by its plain formula, at every row."""
    rows = every_row(atlas)
    if isinstance(likelihood, Kernel) and likelihood.within is not None:
        distance = distances_km(atlas, likelihood.lat, likelihood.lon)
        rows = rows._replace(footprint_km=footprints_km(atlas, distance, atlas.rows(likelihood.within)))
    at_rows = _evaluate(likelihood, atlas, rows)
    scale = inner(atlas.prior, at_rows)
    if scale <= 0:
        return np.ones(len(atlas)), np.ones(len(spots.rows))
    return at_rows / scale, _evaluate(likelihood, atlas, spots) / scale


def footprints_km(atlas: Atlas, distance_km: Floats, own: Mask) -> Floats:
    """How far each row of the atlas spreads in km, for the likelihoods round one point.

    `distance_km` is the distance of each row from that point, and `own` marks the rows of its country. These are the
    atlas's footprints; but a remote island may lie out of reach of all rows of its country, and then the nearest of
    these reaches as far as the point.
    """
    if not own.any() or (distance_km[own] < SPOT_REACH * atlas.footprint_km[own]).any():
        return atlas.footprint_km
    nearest = np.flatnonzero(own)[distance_km[own].argmin()]
    footprints = atlas.footprint_km.copy()
    footprints[nearest] = distance_km[nearest]
    return footprints


def _local(kernels: Sequence[Kernel], atlas: Atlas) -> Iterator[Local | None]:
    """Each kernel at the rows within its reach; None where it has to be evaluated everywhere.

    That is where what lies out of reach might count: far from all rows, or from those of its country.
    """
    narrow = _near([kernel for kernel in kernels if kernel.sigma_km <= NARROW_KM], atlas)
    for kernel in kernels:
        near = next(narrow) if kernel.sigma_km <= NARROW_KM else _scanned(kernel, atlas)
        footprint = atlas.footprint_km[near.rows]
        density = _gaussian(near.distance_km, np.maximum(kernel.sigma_km, footprint))
        if kernel.within is not None:
            own = atlas.rows(kernel.within)[near.rows]
            density[~own] = 0.0
            if not (own & (near.distance_km < SPOT_REACH * footprint)).any():
                density[:] = 0.0
        scale = inner(atlas.prior[near.rows], density)
        dropped = math.exp(-0.5 * REACH**2) / max(kernel.sigma_km, float(atlas.footprint_km.min())) ** 2
        yield Local(near.rows, density / scale, scale) if scale * DROPPED > dropped else None


def _near(kernels: Sequence[Kernel], atlas: Atlas) -> Iterator[Near]:
    """The rows within reach of each kernel, by search trees."""
    from scipy.spatial import KDTree

    if not kernels:
        return
    centres = KDTree(unit_vectors([kernel.lat for kernel in kernels], [kernel.lon for kernel in kernels]))
    widest = max(kernel.sigma_km for kernel in kernels)
    found = []
    for net in atlas_index(atlas).nets:
        chord = km_to_chord(REACH * max(widest, net.footprint_km))
        pairs = centres.sparse_distance_matrix(net.tree, chord, output_type="ndarray")
        found.append((pairs["i"].astype(np.int32), net.rows[pairs["j"]], chord_to_km(pairs["v"])))
    kernel, rows, distance_km = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(kernel, kind="stable")
    ends = np.cumsum(np.bincount(kernel, minlength=len(kernels)))
    for members in np.split(order, ends[:-1]):
        yield Near(rows[members], distance_km[members])


def _scanned(kernel: Kernel, atlas: Atlas) -> Near:
    """The rows within reach of a kernel, by looking at all; a chord is shorter than the way on the sphere."""
    square = squared_chords(atlas, kernel.lat, kernel.lon)
    reach = np.maximum(kernel.sigma_km, atlas.footprint_km)
    reach *= REACH / EARTH_RADIUS_KM
    reach *= reach
    rows = np.flatnonzero(square <= reach)
    return Near(rows, chord_to_km(np.sqrt(square[rows])))


def _gaussian(distance_km: Floats, sigma_km: Floats) -> Floats:
    """The density of a Gaussian on the plane, up to a factor, at distances from its centre."""
    density: Floats = distance_km / sigma_km
    density *= density
    density *= -0.5
    np.exp(density, out=density)
    density /= sigma_km
    density /= sigma_km
    return density


def coarsened(ratio: Floats, atlas: Atlas, level: LevelName) -> Floats:
    """A likelihood ratio at each row replaced by its mean, under the prior, over the row's country, region or city.

    A row without a region takes the mean over its country's rows without one; a row without a city keeps its own ratio.
    """
    where = atlas_index(atlas)
    if level == "country":
        return country_means(ratio, atlas)[where.country]
    if level == "region":
        areas, mass = where.division, where.division_prior
    else:
        areas, mass = where.city_or_row, where.city_or_row_prior
    means: Floats = np.bincount(areas, atlas.prior * ratio, len(mass)) / np.where(mass > 0, mass, 1.0)
    return means[areas]


def country_means(ratio: Floats, atlas: Atlas) -> Floats:
    """The mean under the prior of a likelihood ratio over each country of the atlas; 1 for one without rows."""
    where = atlas_index(atlas)
    weighted = np.bincount(where.country, atlas.prior * ratio, len(atlas.countries))
    return np.divide(weighted, where.country_prior, out=np.ones(len(weighted)), where=where.country_prior > 0)


def by_surroundings(said: Surroundings, atlas: Atlas) -> Floats:
    """The weight that a likelihood by surroundings gives to each row of the atlas."""
    kinds, kind = atlas.surroundings(said.by)
    return np.array([said.weights.get(name, said.elsewhere) for name in kinds])[kind]


def in_patches(said: Patches, places: AtlasPoints) -> Floats:
    """The weights of rectangles at places, as far as each spreads over them."""
    from scipy.special import ndtr

    found = np.full(len(places.lat), said.elsewhere)
    high = np.maximum(places.footprint_km, LEAST_SPREAD_KM) / KM_PER_DEG
    wide = high / np.maximum(np.cos(np.radians(places.lat)), 0.01)
    for patch in said.parts:
        near = (places.lat > patch.south - PATCH_REACH * high) & (places.lat < patch.north + PATCH_REACH * high)
        near &= (places.lon > patch.west - PATCH_REACH * wide) & (places.lon < patch.east + PATCH_REACH * wide)
        rows = np.flatnonzero(near)
        lat, lon, up, across = places.lat[rows], places.lon[rows], high[rows], wide[rows]
        inside = ndtr((patch.north - lat) / up) - ndtr((patch.south - lat) / up)
        inside *= ndtr((patch.east - lon) / across) - ndtr((patch.west - lon) / across)
        found[rows] += (patch.weight - said.elsewhere) * inside
    weights: Floats = np.maximum(found, 0.0)
    return weights


def _distances_km(at: Kernel | Ring | Gap, atlas: Atlas, places: AtlasPoints) -> Floats:
    if places.lat is atlas.lat:
        return distances_km(atlas, at.lat, at.lon)
    return haversine_km(at.lat, at.lon, places.lat, places.lon)


def _evaluate(
    likelihood: Kernel | Ring | Gap | Band | Sun | Surroundings | Patches, atlas: Atlas, places: AtlasPoints
) -> Floats:
    if isinstance(likelihood, Ring):
        across = np.hypot(likelihood.sigma_km, places.footprint_km)
        off = _distances_km(likelihood, atlas, places) - likelihood.radius_km
        ring: Floats = np.exp(-0.5 * (off / across) ** 2) / across
        return ring
    if isinstance(likelihood, Kernel):
        distance = _distances_km(likelihood, atlas, places)
        density = _gaussian(distance, np.maximum(likelihood.sigma_km, places.footprint_km))
        if likelihood.within is not None:
            density[~atlas.rows(likelihood.within)[places.rows]] = 0.0
        return density
    if isinstance(likelihood, Gap):
        square, spread = likelihood.sigma_km**2, likelihood.sigma_km**2 + places.footprint_km**2
        off_km = _distances_km(likelihood, atlas, places)
        gap: Floats = 1.0 - (1.0 - likelihood.left) * square / spread * np.exp(-0.5 * off_km**2 / spread)
        return gap
    if isinstance(likelihood, Sun):
        return sun_fit(likelihood, sky(atlas, places)).density
    if isinstance(likelihood, Surroundings):
        return by_surroundings(likelihood, atlas)[places.rows]
    if isinstance(likelihood, Patches):
        return in_patches(likelihood, places)
    outside = np.maximum(likelihood.south - places.lat, places.lat - likelihood.north)
    shoulder: Floats = np.exp(-0.5 * (np.maximum(outside, 0.0) / likelihood.soft_deg) ** 2)
    return shoulder
