"""Read-outs of a belief: levels, point, radii, areas, and the explanation by sequential odds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import CITY_REACH_KM, Mask
from geoagent.belief.belief import Belief, Term
from geoagent.belief.density import SPOT_REACH
from geoagent.belief.ground import distances_km, ground
from geoagent.belief.pointing import point_of_highest_score
from geoagent.case.evidence import LevelName, Spot
from geoagent.case.prediction import Level, Region, finest_area
from geoagent.geo import Area, Floats, Point, haversine_km, inner

STATED = 0.5
NEGLIGIBLE = 0.01
SPOT_LEVELS: tuple[LevelName, ...] = ("street", "point")
BINS = 4096
LEAST_LOG = -690.0
"""exp() of less is no ordinary number, and takes ten times as long."""


class Shift(NamedTuple):
    """What one piece of evidence did to the odds of a place, in the fixed order of the explanation."""

    evidence: str
    odds_ratio: float


def mass(belief: Belief, area: Area) -> float:
    """The probability of an area."""
    return float(belief.probability[belief.atlas.rows(area)].sum())


def mean_ratio(belief: Belief, term: Term, area: Area) -> float:
    """What a piece of evidence says of an area, on average under the prior, before it is discounted."""
    rows = belief.atlas.rows(area)
    prior = belief.atlas.prior[rows]
    return float(prior @ np.exp(term.log_ratio[rows]) / prior.sum())


def rank_countries(belief: Belief, count: int) -> list[Region]:
    """The most probable countries."""
    masses = np.bincount(belief.atlas.country, belief.probability, len(belief.atlas.countries))
    codes = [belief.atlas.countries[i] for i in np.argsort(-masses, kind="stable")[:count]]
    ranked = [(Area(code), belief.atlas.country_name(code)) for code in codes]
    return [Region(key=area, name=name, probability=mass(belief, area)) for area, name in ranked]


def rank_divisions(belief: Belief, count: int) -> list[Region]:
    """The most probable first-order divisions; a country that has none stands for itself."""
    atlas = belief.atlas
    areas = ground(atlas).areas
    masses = np.bincount(ground(atlas).division, belief.probability, len(areas))
    near = np.flatnonzero((masses > 0) & (masses >= np.sort(masses)[-min(count, len(masses))]))
    best = sorted(((float(masses[i]), areas[i]) for i in near), key=lambda pair: (-pair[0], pair[1]))[:count]
    return [Region(key=area, name=str(atlas.path(area)), probability=min(m, 1.0)) for m, area in best]


def rank_cities(belief: Belief, count: int) -> list[Region]:
    """The most probable cities."""
    atlas = belief.atlas
    some = atlas.city >= 0
    masses = np.bincount(atlas.city[some], belief.probability[some])
    best = [int(row) for row in np.argsort(-masses, kind="stable")[:count]]
    cities = [(city, float(masses[row])) for row in best if (city := atlas.city_of(row))]
    return [Region(key=city, name=str(atlas.path(city)), probability=min(m, 1.0)) for city, m in cities]


def rank_spots(belief: Belief, count: int) -> list[Region]:
    """The most probable streets and points, by name; each with the area that it lies in."""
    masses: dict[str, tuple[float, Area]] = {}
    for spot, row, p in zip(belief.spots, belief.spot_rows, belief.spot_probability, strict=True):
        area = belief.atlas.city_of(int(row)) or belief.atlas.country_of(int(row))
        masses[spot.name] = (masses.get(spot.name, (0.0, area))[0] + float(p), area)
    best = sorted(masses.items(), key=lambda item: (-item[1][0], item[0]))[:count]
    return [Region(key=area, name=name, probability=min(p, 1.0)) for name, (p, area) in best]


def levels(belief: Belief) -> list[Level]:
    """The greedy path from country downwards: at each level the most probable place inside the one before.

    A level is `stated` while its probability is at least one half. Countries without divisions skip the region; street
    and point come from spots alone. Where a spot holds half of the belief, the path leads to it.
    """
    spot = best_spot(belief)
    if spot is not None:
        return _levels_to(belief, spot)
    atlas, found = belief.atlas, list[Level]()
    country = rank_countries(belief, 1)[0]
    found.append(_level("country", country.name, country.key, country.probability))
    inside = atlas.rows(country.key)
    for level, column in (("region", atlas.division), ("city", atlas.city)):
        usable = inside & (column >= 0)
        if not usable.any():
            continue
        masses = np.bincount(column[usable], belief.probability[usable])
        index = int(masses.argmax())
        if level == "region":
            division = atlas.divisions[index]
            found.append(_level("region", atlas.division_name(division), division, float(masses[index])))
        else:
            found.append(_level("city", atlas.name(index), atlas.city_of(index), float(masses[index])))
        inside = inside & (column == index)
    return found + _spot_levels(belief, inside, found[-1].probability)


def _levels_to(belief: Belief, spot: Spot) -> list[Level]:
    """The areas that a spot lies in, each at least as probable as the spot, and the spot.

    The city is the one whose row speaks for the spot, in its suburbs not the nearest. Out of reach of every row, on a
    remote island, only the country is known. On the open sea there are none: the most probable country is then what
    the spot leaves over.
    """
    atlas, p = belief.atlas, float(belief.spot_probability.max())
    area, row, distance_km = atlas.at(spot.point)
    parent = int(belief.spot_rows[belief.spots.index(spot)])
    off_km = haversine_km(spot.point.lat, spot.point.lon, atlas.lat[parent], atlas.lon[parent])
    if area.city and off_km < CITY_REACH_KM and atlas.city_of(parent):
        area = atlas.at_row(parent)
    if area.key is None:
        leader = rank_countries(belief, 1)[0]
        country = _level("country", leader.name, leader.key, min(leader.probability, 1 - p))
        return [country, _level(spot.level, spot.name, None, p)]
    parts: list[tuple[LevelName, str | None, Area]] = [("country", area.country, area.key.country_area)]
    reached = row is not None and distance_km < SPOT_REACH * atlas.footprint_km[row]
    parts += [("region", area.region, area.key.division_area)] if area.key.division_area and reached else []
    parts += [("city", area.city, area.key)] if area.city else []
    found = [_level(level, name or str(part), part, max(p, mass(belief, part))) for level, name, part in parts]
    inside = atlas.rows(area.key) if row is not None else np.ones(len(atlas), dtype=bool)
    inside[parent] = True
    return found + _spot_levels(belief, inside, found[-1].probability)


def _level(level: LevelName, name: str, code: Area | None, probability: float) -> Level:
    probability = min(max(probability, 0.0), 1.0)
    return Level(level=level, name=name, code=code, probability=probability, stated=probability >= STATED)


def _spot_levels(belief: Belief, inside: Mask, most: float) -> list[Level]:
    """Street and point, from the spots inside the finest area of the path; what is nearly impossible is left out."""
    found = []
    for level in SPOT_LEVELS:
        masses: dict[str, float] = {}
        for spot, row, p in zip(belief.spots, belief.spot_rows, belief.spot_probability, strict=True):
            if spot.level == level and inside[row]:
                masses[spot.name] = masses.get(spot.name, 0.0) + float(p)
        if masses and max(masses.values()) >= NEGLIGIBLE:
            best = max(sorted(masses), key=masses.__getitem__)
            most = min(most, masses[best])
            found.append(_level(level, best, None, most))
    return found


def best_spot(belief: Belief) -> Spot | None:
    """The spot that holds at least half of the belief, if there is one."""
    if not belief.spots or belief.spot_probability.max() < STATED:
        return None
    return belief.spots[int(belief.spot_probability.argmax())]


def best_point(belief: Belief) -> Point:
    """The point of highest expected GeoScore inside the deepest stated level (see `pointing`).

    A spot that holds half of the belief is the answer itself.
    """
    spot = best_spot(belief)
    if spot is not None:
        return spot.point
    atlas, area = belief.atlas, finest_area(levels(belief))
    rows = np.flatnonzero(atlas.rows(area)) if area else np.arange(len(atlas))
    return point_of_highest_score(atlas.lat[rows], atlas.lon[rows], belief.probability[rows])


def radius_km(belief: Belief, point: Point, share: float) -> float:
    """The radius round `point` that holds `share` of the belief, in km.

    A row counts as lying as far away as its distance and its own extent together, since the photo was taken somewhere
    around it; a spot counts with its distance alone.
    """
    atlas = belief.atlas
    distance = np.hypot(distances_km(atlas, point.lat, point.lon), atlas.extent_km)
    weight = belief.rest
    if belief.spots:
        spot_lat = np.array([spot.point.lat for spot in belief.spots])
        spot_lon = np.array([spot.point.lon for spot in belief.spots])
        spot_distance = np.maximum(haversine_km(point.lat, point.lon, spot_lat, spot_lon), 0.05)
        distance, weight = np.append(distance, spot_distance), np.append(weight, belief.spot_probability)
    return float(distance[_until(distance, weight, share)[-1]])


def credible_area_km2(belief: Belief, share: float) -> float:
    """The smallest area in km² that holds `share` of the belief: h3 cells of resolution 5, the densest first."""
    cell, area = belief.atlas.cells
    held = np.bincount(cell, belief.probability, len(area)).astype(np.float64)
    return float(area[_until(-np.log(np.maximum(held, 1e-300) / area), held, share)].sum())


def _until(value: Floats, weight: Floats, share: float) -> NDArray[np.int64]:
    """The members of smallest value, in ascending order of bins of value, that hold a share of the weight.

    Only the bin in which the share is reached has to be sorted; of equal values the first come first.
    """
    low, high = float(value.min()), float(value.max())
    bins = np.zeros(len(value), np.int64) if low == high else ((value - low) * (BINS / (high - low))).astype(np.int64)
    held = np.cumsum(np.bincount(bins, weight, BINS + 1))
    wanted = share * held[-1]
    reached = min(int(np.searchsorted(held, wanted)), BINS)
    below, inside = np.flatnonzero(bins < reached), np.flatnonzero(bins == reached)
    order = inside[np.argsort(value[inside], kind="stable")]
    rest = np.cumsum(weight[order]) + (held[reached - 1] if reached else 0.0)
    return np.concatenate((below, order[: int(np.searchsorted(rest, wanted)) + 1]))


def cell_ranking(belief: Belief) -> NDArray[np.int64]:
    """The cells of the atlas by density of belief, the densest first."""
    inverse, area = belief.atlas.cells
    return np.argsort(-np.bincount(inverse, belief.probability, len(area)) / area, kind="stable")


def explain(belief: Belief, area: Area) -> list[Shift]:
    """How each piece of evidence in turn moved the odds of an area: the ratios multiply to posterior over prior odds.

    The order is the belief's own, the evidence that alone moves the prior most coming first; a ratio depends on it.
    """
    inside = belief.atlas.rows(area).astype(np.float64)
    log_p = np.log(belief.atlas.prior)
    before = _log_odds(log_p, inside)
    shifts = []
    for term in belief.terms:
        log_p += term.discount * term.log_ratio
        after = _log_odds(log_p, inside)
        shifts.append(Shift(term.evidence.id, float(np.exp(after - before))))
        before = after
    return shifts


def _log_odds(log_p: Floats, inside: Floats) -> float:
    p = log_p - log_p.max()
    np.maximum(p, LEAST_LOG, out=p)
    np.exp(p, out=p)
    tiny = 1e-300
    return float(np.log(inner(p, inside) + tiny) - np.log(inner(p, 1.0 - inside) + tiny))
