"""What the names in a hint say together: options of equal shares, or a place relative to them, and what is not
understood.
"""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.case.evidence import LevelName
from geoagent.case.likelihood import Areas, Band, Likelihood, Mixture
from geoagent.geo import AREA_LEVELS, Area, Floats
from geoagent.reading.hints.areas import Option, named_options
from geoagent.reading.hints.mentions import LINES, find_mentions
from geoagent.reading.hints.relative import (
    RelativePlace,
    Side,
    find_natural,
    find_sides,
    find_spots,
    take_beside,
    take_positions,
    told_apart,
)
from geoagent.reading.hints.unknown_names import unknown_names, unknown_options

Weights = dict[Area, float]


class HintPlaces(NamedTuple):
    """What the names in a hint say together, in words and as a likelihood; None where they say nothing.

    `level` is how fine that is, and `unknown` has the parts that were not understood. `band` has the latitudes beyond a
    city that the place is said to lie north or south of.
    """

    statement: str = ""
    likelihood: Likelihood | None = None
    level: LevelName = "country"
    unknown: tuple[str, ...] = ()
    band: Band | None = None


class Choice(NamedTuple):
    """One of the options of a hint, which all have equal shares: how it is told to a reader, and the weight of each of
    its areas.
    """

    label: str
    weights: Weights


def find_places(text: str, excluded: Sequence[Area], atlas: Atlas) -> HintPlaces:
    """What the names in a hint say of where: the place lies relative to them (near, between), or it is one of them.

    `excluded` are areas that the hint rules out.
    """
    text = told_apart(text)
    bare, _, vague = take_beside(text, set(), atlas)
    natural = find_natural(bare, _countries(named_options(bare, atlas).options), atlas)
    bare = reduce(lambda left, spot: left.replace(spot.name, ","), natural, bare)
    named = named_options(take_positions(bare, atlas), atlas)
    options = [option for one in named.options if (option := _without(one, excluded)).areas]
    scope = _countries(options)
    spots = [*natural, *take_beside(text, scope, atlas)[1], *find_spots(bare, scope, atlas)]
    unknown = unknown_names(bare, named.unknown, atlas)
    said = (*vague, *(line[0] for line in LINES.finditer(bare)), *(mention.name for mention in unknown))
    if spots:
        return _relative(spots, options, atlas)._replace(unknown=said)
    choices = [choice for option in options for choice in _choices(option, bare, atlas)]
    if not choices:
        return HintPlaces(unknown=said)
    mentions = find_mentions(bare, atlas)
    likelihood = equal_shares([choice.weights for choice in choices], unknown_options(bare, unknown, mentions), atlas)
    level = coarsest([area for choice in choices for area in choice.weights])
    return HintPlaces(f"the hint names {_told(choices, excluded, named.options, atlas)}", likelihood, level, said)


def _countries(options: Sequence[Option]) -> set[Area]:
    return {area.country_area for option in options for area in option.areas}


def _without(option: Option, excluded: Sequence[Area]) -> Option:
    """An option without what is excluded."""
    return option._replace(areas=tuple(area for area in option.areas if not any(o.contains(area) for o in excluded)))


def _told(choices: list[Choice], excluded: Sequence[Area], options: list[Option], atlas: Atlas) -> str:
    labels = list(dict.fromkeys(choice.label for choice in choices))
    more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
    around = {area for option in options if option.is_region for area in option.areas}
    less = [str(atlas.path(area)) for area in excluded if area in around]
    return "; ".join(labels[:6]) + more + (f", except {'; '.join(less)}" if less else "")


def _relative(spots: list[RelativePlace], options: list[Option], atlas: Atlas) -> HintPlaces:
    """Places near others, as options beside those that are not round them."""
    where = "; ".join(spot.statement for spot in spots)
    around = [(atlas.city_of(spot.row) or atlas.country_of(spot.row)) for spot in spots]
    apart = [option for option in options if not any(own.contains(area) for own in option.areas for area in around)]
    share = 1 / (len(spots) + len(apart))
    parts: list[tuple[float, Likelihood]] = [(share, spot.kernel) for spot in spots]
    parts += [(share, Areas(weights=dict.fromkeys(option.areas, 1.0))) for option in apart]
    likelihood = parts[0][1] if len(parts) == 1 else Mixture(parts=tuple(parts))
    named = "".join(f", or names {option.label}" for option in apart)
    level = coarsest([area for option in apart for area in option.areas]) if apart else spots[0].level
    band = spots[0].band if len(parts) == 1 else None
    return HintPlaces(f"the hint puts it {where}{named}", likelihood, level, band=band)


def _choices(option: Option, text: str, atlas: Atlas) -> list[Choice]:
    """An option, or the parts of it that the text names: the south and the west of one country are two."""
    sides = find_sides(text, set(option.areas), atlas) if not option.is_region else list[Side]()
    if not sides:
        return [Choice(option.label, dict.fromkeys(option.areas, 1.0))]
    return [Choice(side.label, side.weights) for side in sides]


def equal_shares(options: Sequence[Weights], unknown: int, atlas: Atlas) -> Areas:
    """A likelihood by area under which each option has the same share of the prior.

    An option has a weight for each of its areas. `unknown` options, which nobody knows, have such a share each outside
    of all areas.
    """
    if len(options) == 1 and not unknown:
        return Areas(weights=options[0])
    masses = [float(atlas.prior @ _at_rows(option, atlas)) or 1.0 for option in options]
    areas = sorted({area for option in options for area in option})
    weights = {
        area: sum(_weight(area, option) / mass for option, mass in zip(options, masses, strict=True)) for area in areas
    }
    outside = float(atlas.prior @ (_at_rows(dict.fromkeys(areas, 1.0), atlas) == 0))
    elsewhere = unknown / outside if outside > 0 else 0.0
    least = min(weight for weight in (*weights.values(), elsewhere) if weight > 0)
    shares = {area: float(f"{weight / least:.6g}") for area, weight in weights.items()}
    return Areas(weights=shares, elsewhere=float(f"{elsewhere / least:.6g}"))


def _at_rows(weights: Weights, atlas: Atlas) -> Floats:
    """The weight of each row: that of the finest area round it."""
    found = np.zeros(len(atlas))
    for area in sorted(weights, key=lambda area: AREA_LEVELS.index(area.level)):
        found[atlas.rows(area)] = weights[area]
    return found


def _weight(area: Area, weights: Weights) -> float:
    """The weight that an option gives to an area: its own, or that of the finest round it."""
    around = (area, area.division_area, area.country_area)
    return next((weights[own] for own in around if own in weights), 0.0)


def coarsest(areas: Sequence[Area]) -> LevelName:
    """The level of the largest of some areas, at which a hint that names them all is told; "country" where there is
    none.
    """
    return min((area.level for area in areas), key=AREA_LEVELS.index, default="country")
