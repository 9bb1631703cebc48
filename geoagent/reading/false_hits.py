"""How often what names a country is a false hit: the rarer, the smaller the country.

A misread code, a word that was borrowed, an address on a lorry from abroad: whatever names a country by mistake names
it about as often as the country is met at all. So the weight of everywhere else follows the share of the world that a
statement names. Without that, a fixed weight would outweigh the whole prior of a small country.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from geoagent.atlas import Atlas
from geoagent.geo import Area

LARGE_SHARE = 0.1
"""The share of the prior from which on a country counts as large."""


def false_hits(weights: Mapping[Area, float], elsewhere: float, atlas: Atlas) -> float:
    """The weight that a likelihood by area should give to all places that it does not name.

    `weights` are those of the areas that it names; `elsewhere` is the weight that would be right for a large country.
    The smaller the named areas, the smaller it is, so that naming a small country counts about as much as naming a
    large one.
    """
    return float(f"{elsewhere * proportion(weights, elsewhere, atlas):.6g}")


def proportion(weights: Mapping[Area, float], elsewhere: float, atlas: Atlas) -> float:
    """The share of the prior that the named areas have, relative to the share from which on a country counts as large;
    at most 1.

    An area counts by its weight relative to the greatest one; only one above `elsewhere` is named. A likelihood that
    names none, such as an exclusion, gives 1.
    """
    named = {area: weight for area, weight in weights.items() if weight > elsewhere}
    shares = area_masses(atlas)
    own = {area: shares.get(area, 0.0) for area in named}
    for area in weights:
        if area.division and area.country_area in own:
            own[area.country_area] -= shares.get(area, 0.0)
    mass = sum(weight * max(own[area], 0.0) for area, weight in named.items())
    if mass <= 0:
        return 1.0
    return min(1.0, mass / max(named.values()) / LARGE_SHARE)


@lru_cache(maxsize=1)
def country_masses(atlas: Atlas) -> dict[Area, float]:
    """The share of the prior of the atlas that each country has."""
    return {area: share for area, share in area_masses(atlas).items() if area.level == "country"}


@lru_cache(maxsize=1)
def area_masses(atlas: Atlas) -> dict[Area, float]:
    """The share of the prior of the atlas that each country and each first-order division has."""
    countries = np.bincount(atlas.country, atlas.prior, len(atlas.countries))
    divided = atlas.division >= 0
    divisions = np.bincount(atlas.division[divided], atlas.prior[divided], len(atlas.divisions))
    areas = [*map(Area, atlas.countries), *atlas.divisions]
    return dict(zip(areas, [*countries.tolist(), *divisions.tolist()], strict=True))
