"""The leading place of each level against its strongest rival: which of the two each piece of evidence favours, and by
how much.

A contest is held among places of one kind: countries, then divisions and cities of the leading country, then spots. So
what tells countries apart says nothing between two cities of one.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoagent.belief.atlas_index import distances_km
from geoagent.belief.belief import Belief, once_per_belief
from geoagent.belief.readout import levels, mass, mean_ratios
from geoagent.belief.unlisted_places import alternative_of
from geoagent.case.evidence import LEVELS, Evidence, LevelName, Spot
from geoagent.geo import Area, distance_km

LEAST = 1e-300
APART_KM = 0.15
"""Spots that lie nearer to each other than this, or overlap, are one place: no rivals."""


class Place(NamedTuple):
    """One side of a comparison between two places: an area of the atlas, or a spot (a street or point) in it."""

    area: Area
    spot: Spot | None = None

    @property
    def level(self) -> LevelName:
        """The level at which the place is compared; a point counts as a street."""
        return "street" if self.spot else self.area.level


class Leans(NamedTuple):
    """How far one piece of evidence favours the leader of a contest over its rival, in log odds (natural logarithm).

    A negative value favours the rival.
    """

    evidence: Evidence
    log_odds: float


class Contest(NamedTuple):
    """The leading place of a level compared with its strongest rival; where `rival` is None, with the rest of its
    country, or for a spot of its area.

    `probability` is that of the leader; `log_odds` are those of the leader against the rival in the belief. `leans` has
    every piece of evidence, those that tell most first.
    """

    leader: Place
    rival: Place | None
    probability: float
    log_odds: float
    leans: tuple[Leans, ...]

    @property
    def level(self) -> LevelName:
        """The level of the two places that are compared; a point counts as a street."""
        return self.leader.level


@once_per_belief
def contests(belief: Belief) -> tuple[Contest, ...]:
    """The leading place of each level of the answer with its strongest rival, from the country down.

    Last comes the most probable spot (a street or thing), where there is one.
    """
    found = [contest_of(Place(area), belief) for area in _leading_areas(belief)]
    spot = leading_spot(belief)
    return (*found, contest_of(spot, belief)) if spot else tuple(found)


def contest_of(leader: Place, belief: Belief) -> Contest:
    """A place compared with its strongest rival of the same kind in the belief."""
    rival = _rival_spot(leader, belief) if leader.spot else _rival_area(leader.area, belief)
    return contest_between(leader, rival, belief)


def contest_between(leader: Place, rival: Place | None, belief: Belief) -> Contest:
    """A place compared with a given rival; where that is None, with the rest of the country of the place, or for a spot
    with the rest of its area.
    """
    p = probability(leader, belief)
    q = probability(rival, belief) if rival else _rest(leader, belief, p)
    here, there = _weights(leader, belief), _weights(rival, belief, leader)
    leans = [Leans(t.evidence, one - other) for t, one, other in zip(belief.terms, here, there, strict=True)]
    ordered = sorted(leans, key=lambda item: (-abs(item.log_odds), item.evidence.id))
    return Contest(leader, rival, p, math.log(max(p, LEAST) / max(q, LEAST)), tuple(ordered))


def probability(place: Place, belief: Belief) -> float:
    """The probability that the belief gives to a place, which is an area or a spot of the belief."""
    if place.spot is None:
        return mass(belief, place.area)
    return float(belief.spot_probability[_number(place.spot, belief)])


def speaks_at(item: Evidence, level: LevelName) -> bool:
    """Whether a piece of evidence speaks of places as fine as a level: "it is in Japan" says nothing of Kyoto."""
    return LEVELS.index(item.level) >= LEVELS.index(level)


def _leading_areas(belief: Belief) -> list[Area]:
    """The areas of the answer that the atlas has at their own level."""
    return [level.code for level in levels(belief) if level.code and level.code.level == level.level]


def _rival_area(leader: Area, belief: Belief) -> Place | None:
    """The most probable other country; below that, the most probable other of the level in the same country.

    What lies within a city's own extent, such as a quarter that the atlas has as a town, is no rival of it.
    """
    atlas = belief.atlas
    inside = np.ones(len(atlas), dtype=bool) if leader.level == "country" else atlas.rows(leader.country_area)
    columns: dict[str, NDArray[np.integer[Any]]] = {"country": atlas.country, "region": atlas.division}
    column = columns.get(leader.level, atlas.city)
    usable = inside & (column >= 0) & ~atlas.rows(leader)
    for seat in np.flatnonzero(atlas.geonameid == leader.city).tolist() if leader.city else ():
        centre = atlas.point(seat)
        usable &= distances_km(atlas, centre.lat, centre.lon) > atlas.extent_km[seat]
    if not usable.any():
        return None
    masses = np.bincount(column[usable], belief.probability[usable])
    row = int(np.flatnonzero(usable & (column == masses.argmax()))[0])
    if leader.level == "country":
        return Place(atlas.country_of(row))
    area = atlas.division_of(row) if leader.level == "region" else atlas.city_of(row)
    return Place(area) if area else None


def leading_spot(belief: Belief) -> Place | None:
    """The most probable spot that is a street or a thing; None where there is none.

    A point that a model states without naming a street does not count.
    """
    named = [number for number, spot in enumerate(belief.spots) if _is_named(spot, belief)]
    return _place(max(named, key=lambda n: float(belief.spot_probability[n])), belief) if named else None


def _rival_spot(leader: Place, belief: Belief) -> Place | None:
    assert leader.spot is not None
    others = [
        number
        for number, spot in enumerate(belief.spots)
        if _is_named(spot, belief) and not is_together(spot, leader.spot)
    ]
    return _place(max(others, key=lambda n: float(belief.spot_probability[n])), belief) if others else None


def is_together(one: Spot, other: Spot) -> bool:
    """Whether two spots (streets or points) count as one place: one reaches the other, or they lie at most 150 m
    apart.
    """
    return distance_km(one.point, other.point) <= max(APART_KM, one.radius_km, other.radius_km)


def _is_named(spot: Spot, belief: Belief) -> bool:
    if spot.evidence not in belief.opinions:
        return True
    said = alternative_of(spot, belief)
    return said is not None and "street" in said.names


def _place(number: int, belief: Belief) -> Place:
    row = int(belief.spot_rows[number])
    atlas = belief.atlas
    area = atlas.city_of(row) or atlas.division_of(row) or atlas.country_of(row)
    return Place(area, belief.spots[number])


def _number(spot: Spot, belief: Belief) -> int:
    return next(number for number, other in enumerate(belief.spots) if other.id == spot.id)


def _rest(leader: Place, belief: Belief, taken: float) -> float:
    return mass(belief, leader.area if leader.spot else leader.area.country_area) - taken


def _weights(place: Place | None, belief: Belief, inside: Place | None = None) -> list[float]:
    """What each piece of evidence counts for a place; without one, for the area that another lies in."""
    if place is not None and place.spot is not None:
        number = _number(place.spot, belief)
        return [term.discount * float(term.log_ratio_spots[number]) for term in belief.terms]
    area = place.area if place else inside.area if inside and inside.spot else None
    if area is None:
        assert inside is not None
        area = inside.area.country_area
    return [t.discount * math.log(ratio) for t, ratio in zip(belief.terms, mean_ratios(belief, area), strict=True)]
