"""What is read out of a belief: the levels of the answer, its point, radii and areas, and how each piece of evidence
changed the odds.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import CITY_REACH_KM, Mask
from geoagent.belief.alternatives import Label, path_of
from geoagent.belief.atlas_index import atlas_index
from geoagent.belief.belief import Belief, Term, once_per_belief
from geoagent.belief.best_point import point_of_highest_score
from geoagent.belief.density import SPOT_REACH
from geoagent.belief.probability_mass import Scattered, distances, scattered
from geoagent.belief.unlisted_places import NamedPlace, alternative_of, named_places, opinions, said_names
from geoagent.case.evidence import LevelName, Spot
from geoagent.case.prediction import Level, Region, deepest_stated, finest_area
from geoagent.geo import Area, Floats, Point, haversine_km, inner

STATED = 0.5
NEGLIGIBLE = 0.01
AS_PROBABLE = 0.75
"""A place that an opinion names is preferred to the best area of the atlas if it has this share of its probability."""
SCALES_KM = (1.0, 25.0, 200.0, 750.0)
"""The scales of street, city, region and country at which the field counts an answer as right (Im2GPS)."""
SPOT_LEVELS: tuple[LevelName, ...] = ("street", "point")
BINS = 4096
LEAST_LOG = -690.0
"""exp() of less is no ordinary number, and takes ten times as long."""


class Shift(NamedTuple):
    """By what factor one piece of evidence, given by its id, changed the odds of an area.

    Evidence is added in the belief's order, and the factor depends on that.
    """

    evidence: str
    odds_ratio: float


@once_per_belief
def mass(belief: Belief, area: Area) -> float:
    """The probability that a belief gives to an area, from 0 to 1; 0 where the atlas does not know the area."""
    return min(1.0, float(belief.probability[belief.atlas.rows(area)].sum()))


def mean_ratio(belief: Belief, term: Term, area: Area) -> float:
    """The likelihood ratio of one piece of evidence in an area: its mean over the area's rows under the prior.

    The discount of the piece (`Term.discount`) is not applied. The area must be known to the atlas.
    """
    rows = belief.atlas.rows(area)
    prior = belief.atlas.prior[rows]
    return float(prior @ np.exp(term.log_ratio[rows]) / prior.sum())


@once_per_belief
def mean_ratios(belief: Belief, area: Area) -> tuple[float, ...]:
    """For each term of a belief, in its order, the likelihood ratio in an area: the mean over the area's rows under the
    prior.

    The discounts of the terms are not applied. The area must be known to the atlas.
    """
    rows = np.flatnonzero(belief.atlas.rows(area))
    prior = belief.atlas.prior[rows]
    total = prior.sum()
    return tuple(float(prior @ np.exp(term.log_ratio[rows]) / total) for term in belief.terms)


def rank_countries(belief: Belief, count: int) -> list[Region]:
    """The `count` most probable countries with their probabilities, the most probable first."""
    codes = [belief.atlas.countries[i] for i in np.argsort(-country_masses(belief), kind="stable")[:count]]
    ranked = [(Area(code), belief.atlas.country_name(code)) for code in codes]
    return [Region(key=area, name=name, probability=mass(belief, area)) for area, name in ranked]


@once_per_belief
def country_masses(belief: Belief) -> Floats:
    """The probability of each country of the atlas, in its order."""
    atlas = belief.atlas
    return np.bincount(atlas_index(atlas).country, belief.probability, len(atlas.countries)).astype(np.float64)


def rank_divisions(belief: Belief, count: int) -> list[Region]:
    """The `count` most probable first-order divisions, the most probable first; a country without divisions stands for
    itself.
    """
    atlas = belief.atlas
    areas = atlas_index(atlas).areas
    masses = np.bincount(atlas_index(atlas).division, belief.probability, len(areas))
    near = np.flatnonzero((masses > 0) & (masses >= np.sort(masses)[-min(count, len(masses))]))
    best = sorted(((float(masses[i]), areas[i]) for i in near), key=lambda pair: (-pair[0], pair[1]))[:count]
    return [Region(key=area, name=str(atlas.path(area)), probability=min(m, 1.0)) for m, area in best]


def rank_regions(belief: Belief, count: int) -> list[Region]:
    """The `count` most probable regions: first-order divisions, and regions that opinions name, such as a county of a
    division.

    A region that is known by name alone has the key of the smallest area of the atlas that it lies in.
    """
    named = [place for place in named_places(belief) if place.level == "region"]
    told = [
        Region(key=around[-1], name=f"{place.name}, {belief.atlas.path(around[-1])}", probability=place.probability)
        for place in named
        if (around := [label for label in place.path if isinstance(label, Area)])
    ]
    return sorted([*rank_divisions(belief, count), *told], key=lambda region: -region.probability)[:count]


def rank_cities(belief: Belief, count: int) -> list[Region]:
    """The `count` most probable cities with their probabilities, the most probable first."""
    atlas = belief.atlas
    some = atlas.city >= 0
    masses = np.bincount(atlas.city[some], belief.probability[some])
    near = (
        np.flatnonzero(masses >= np.partition(masses, -count)[-count])
        if len(masses) > count
        else np.arange(len(masses))
    )
    best = [int(row) for row in near[np.argsort(-masses[near], kind="stable")[:count]]]
    cities = [(city, float(masses[row])) for row in best if (city := atlas.city_of(row))]
    return [Region(key=city, name=str(atlas.path(city)), probability=min(m, 1.0)) for city, m in cities]


def rank_spots(belief: Belief, count: int) -> list[Region]:
    """The `count` most probable streets and points, by name; the key of each is the area that it lies in."""
    masses: dict[str, tuple[float, Area]] = {}
    for spot, row, p in _own_spots(belief):
        area = belief.atlas.city_of(row) or belief.atlas.country_of(row)
        masses[spot.name] = (masses.get(spot.name, (0.0, area))[0] + p, area)
    for place in named_places(belief):
        if place.level == "street":
            area = [label for label in place.path if isinstance(label, Area)][-1]
            masses[place.name] = max(masses.get(place.name, (0.0, area)), (place.probability, area))
    best = sorted(masses.items(), key=lambda item: (-item[1][0], item[0]))[:count]
    return [Region(key=area, name=name, probability=min(p, 1.0)) for name, (p, area) in best]


def _own_spots(belief: Belief) -> Iterator[tuple[Spot, int, float]]:
    """The spots that have a name of their own, each with its row and probability: not the points of an opinion."""
    for spot, row, p in zip(belief.spots, belief.spot_rows, belief.spot_probability, strict=True):
        if spot.evidence not in belief.opinions:
            yield spot, int(row), float(p)


@once_per_belief
def levels(belief: Belief) -> tuple[Level, ...]:
    """The levels of the answer, from the country downwards: at each the most probable place inside the one before.

    A level is `stated` while its probability is at least one half. Countries without divisions skip the region; streets
    and points come from spots and from the names in opinions. Where a spot holds half of the probability, the levels
    are the areas that it lies in. A place that only an opinion knows by name is taken where it is about as probable as
    the best one of the atlas.
    """
    spot = best_spot(belief)
    if spot is not None:
        return tuple(_levels_to(belief, spot))
    atlas, named, called = belief.atlas, named_places(belief), said_names(belief)
    country = rank_countries(belief, 1)[0]
    found = [_level("country", country.name, country.key, country.probability)]
    inside, labels = atlas.rows(country.key), set[Label]({country.key})
    for level, column in (("region", atlas.division), ("city", atlas.city)):
        best = _best_area(belief, inside, column)
        around = labels | ({best[0]} if best is not None else set())
        told = next((place for place in named if place.level == level and place.lies_in(around)), None)
        if level == "region" and told is None and best is not None and _is_a_city(belief, inside, best[1]):
            continue
        if told is not None and (best is None or _is_shown(told, best)):
            part_of = best[0] if best is not None and best[0] in told.path else None
            found.append(_level(told.level, told.name, part_of, min(told.probability, found[-1].probability)))
            labels |= set(told.path)
            inside = inside & atlas.rows(part_of) if part_of else inside
        elif best is not None and (best[1] >= STATED or _may_follow(best[0], labels, belief)):
            area, p = best
            name = called.get(area) or atlas.path(area).city or atlas.division_name(area)
            found.append(_level("region" if level == "region" else "city", name, area, min(p, found[-1].probability)))
            inside, labels = inside & atlas.rows(area), labels | {area}
    streets = [place for place in named if place.level == "street" and place.lies_in(labels)]
    return (*found, *_spot_levels(belief, inside, found[-1].probability, streets))


def _is_shown(told: NamedPlace, best: tuple[Area, float]) -> bool:
    """Whether a place that only an opinion knows stands before the best area of the atlas.

    That is so where it is about as probable, or is a part of that area which can be stated: Kent, in England.
    """
    return told.probability >= AS_PROBABLE * best[1] or (best[0] in told.path and told.probability >= STATED)


def _is_a_city(belief: Belief, inside: Mask, probability: float) -> bool:
    """Whether a country is one city, which no division of it holds: a city is more probable than any division."""
    city = _best_area(belief, inside, belief.atlas.city)
    return city is not None and city[0].division is None and city[1] > probability


def _best_area(belief: Belief, inside: Mask, column: NDArray[np.int32]) -> tuple[Area, float] | None:
    """The most probable division or city of a mask of rows, and its probability; None where there is none."""
    usable = inside & (column >= 0)
    if not usable.any():
        return None
    masses = np.bincount(column[usable], belief.probability[usable])
    index = int(masses.argmax())
    area = belief.atlas.divisions[index] if column is belief.atlas.division else belief.atlas.city_of(index)
    return (area, float(masses[index])) if area is not None else None


def _may_follow(area: Area, labels: set[Label], belief: Belief) -> bool:
    """Whether an area of the atlas may stand below what was chosen.

    Where a region that only an opinion knows was chosen, only a city that the opinion puts there does.
    """
    if all(isinstance(label, Area) for label in labels):
        return True
    paths = [path_of(place) for _, said in opinions(belief) for place in said.places]
    return any(area in path and labels.issuperset(path[: path.index(area)]) for path in paths)


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


def _spot_levels(belief: Belief, inside: Mask, most: float, streets: Sequence[NamedPlace] = ()) -> list[Level]:
    """Street and point, from the spots inside the finest area of the path and from streets that opinions name.

    What is nearly impossible is left out.
    """
    found = []
    for level in SPOT_LEVELS:
        masses = {place.name: place.probability for place in reversed(streets) if place.level == level}
        for name in {spot.name for spot, _, _ in _own_spots(belief)}:
            own = [p for s, row, p in _own_spots(belief) if s.name == name and s.level == level and inside[row]]
            if own:
                masses[name] = max(masses.get(name, 0.0), sum(own))
        if masses and max(masses.values()) >= NEGLIGIBLE:
            best = max(sorted(masses), key=masses.__getitem__)
            most = min(most, masses[best])
            found.append(_level(level, best, None, most))
    return found


def best_spot(belief: Belief) -> Spot | None:
    """The spot (a street or point) that holds at least half of the probability; None without one.

    Points that a model states are left out.
    """
    best = max(_own_spots(belief), key=lambda item: item[2], default=None)
    return best[0] if best is not None and best[2] >= STATED else None


def best_point(belief: Belief) -> Point:
    """The best single point inside the finest stated level, or inside the first country where none is stated.

    A spot that holds half of the probability is the answer itself. Of a place that only an opinion knows by name the
    point is the opinion's. Otherwise that candidate is taken which is expected to be right at more of the scales
    `SCALES_KM`. Candidates are the points of highest expected GeoScore, in the stated place and in each finer one that
    the answer lists, and the spots there.
    """
    spot = best_spot(belief)
    if spot is not None:
        return spot.point
    atlas, path = belief.atlas, levels(belief)
    stated, area = deepest_stated(path), finest_area(path)
    area = area or path[0].code
    inside = atlas.rows(area) if area else np.ones(len(atlas), dtype=bool)
    finer = [level.code for level in path if level.code and not level.stated and atlas.knows(level.code)]
    within = [inside, *(inside & atlas.rows(code) for code in finer)]
    candidates = [_best_of(belief, rows) for rows in within if rows.any()]
    there = [spot.point for spot, row in zip(belief.spots, belief.spot_rows, strict=True) if inside[row]]
    if stated is not None and (own := [point for point in there if _is_of(point, stated, belief)]):
        candidates, there = [], own
    parts = scattered(belief)
    return max([*there, *candidates], key=lambda point: round(_expected(point, belief, parts), 2))


def _best_of(belief: Belief, rows: Mask) -> Point:
    """The point of highest expected GeoScore among some rows."""
    atlas, chosen = belief.atlas, np.flatnonzero(rows)
    return point_of_highest_score(atlas.lat[chosen], atlas.lon[chosen], belief.probability[chosen])


def _is_of(point: Point, place: Level, belief: Belief) -> bool:
    """Whether an opinion puts a place that it names at a point."""
    alternatives = [alternative_of(spot, belief) for spot in belief.spots if spot.point == point]
    return any(found is not None and place.name in found.names.values() for found in alternatives)


def _expected(point: Point, belief: Belief, parts: Scattered) -> float:
    """At how many of the scales a point is expected to be right: the sum of the probabilities within each of them."""
    distance, weight = distances(belief, parts, point)
    return float(sum(weight[distance <= scale].sum() for scale in SCALES_KM))


def radius_km(belief: Belief, point: Point, share: float) -> float:
    """The radius in km round `point` that holds `share`, from 0 to 1, of the probability.

    A row counts as far off as `distances` says: its own extent included.
    """
    distance, weight = distances(belief, scattered(belief), point)
    return float(distance[_until(distance, weight, share)[-1]])


def credible_area_km2(belief: Belief, share: float) -> float:
    """The smallest area in km² that holds `share`, from 0 to 1, of the probability: h3 cells of resolution 5, the
    densest first.
    """
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
    """The indices of the atlas's h3 cells, ordered by probability per km², the densest first."""
    inverse, area = belief.atlas.cells
    return np.argsort(-np.bincount(inverse, belief.probability, len(area)) / area, kind="stable")


def explain(belief: Belief, area: Area) -> list[Shift]:
    """For each piece of evidence, in the belief's order, the factor by which it changed the odds of an area.

    The factors multiply to posterior over prior odds. The evidence that alone moves the prior most comes first; a
    factor depends on the order.
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
