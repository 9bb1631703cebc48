"""Scores of one sample: functions from what was answered and what is true to a value and a reason in words.

Nothing here averages. A sample that was not answered is told apart from one that was answered wrongly.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from geoagent.errors import ConfigError
from geoagent.geo import Area, AreaLevel, Point, distance_km

Outcome = Literal["right", "wrong", "abstained", "unlabelled", "measured"]

ACCURACY_KM: tuple[float, ...] = (1.0, 25.0, 200.0, 750.0, 2500.0)
"""Street, city, region, country and continent: the radii customary since Im2GPS."""
GEOSCORE_MAX = 5000.0
GEOSCORE_SCALE_KM = 1492.7
GEOSCORE_DECAY = 10.0


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one sample, and the reason for it in words.

    `value` is what counts in a mean; None means that the sample does not count. `outcome` is "right", "wrong",
    "abstained" (nothing was answered), "unlabelled" (the truth says nothing) or "measured" (a quantity, such as a
    distance).
    """

    value: float | None
    reason: str
    outcome: Outcome = "measured"


def distance(answer: Point | None, truth: Point) -> Score:
    """The great-circle distance in km from the answered to the true point; None where no point was answered."""
    if answer is None:
        return Score(None, "no point was answered", "abstained")
    d_km = distance_km(answer, truth)
    return Score(d_km, f"{d_km:.3f} km from the true point")


def within(answer: Point | None, truth: Point, radius_km: float) -> Score:
    """Acc@k of one sample (Hays and Efros 2008): 1 where the answer lies within `radius_km` of the truth, else 0.

    No answer counts 0. With the centre and radius of a place, the score says whether the point lies in that place.
    """
    if answer is None:
        return Score(0.0, "no point was answered", "abstained")
    d_km = distance_km(answer, truth)
    if d_km <= radius_km:
        return Score(1.0, f"{d_km:.3f} km ≤ {radius_km:g} km", "right")
    return Score(0.0, f"{d_km:.3f} km > {radius_km:g} km", "wrong")


def geoscore(answer: Point | None, truth: Point, diagonal_km: float | None = None) -> Score:
    """The score of a point as in the game GeoGuessr, 0 to 5000; no answer scores 0.

    On the world map it is 5000·exp(−d / 1492.7 km) at the distance d from the truth. Raises ConfigError for a diagonal
    that is not above 0.

    Args:
        answer: the point answered, or None.
        truth: the true point.
        diagonal_km: the diagonal D of a smaller map's bounds; the score is then 5000·exp(−10·d / D).
    """
    if diagonal_km is not None and not diagonal_km > 0:
        raise ConfigError(f"the diagonal of a map must be above 0 km, not {diagonal_km}")
    if answer is None:
        return Score(0.0, "no point was answered", "abstained")
    scale_km = GEOSCORE_SCALE_KM if diagonal_km is None else diagonal_km / GEOSCORE_DECAY
    d_km = distance_km(answer, truth)
    return Score(GEOSCORE_MAX * math.exp(-d_km / scale_km), f"{d_km:.3f} km from the true point")


def code_at(area: Area | None, level: AreaLevel) -> str | None:
    """The code by which areas are compared at a level, such as "SE" (country), "SE.28" (region) or "#2711537" (city).

    The level "region" is the first-order division. None where the area is coarser than the level.
    """
    if area is None:
        return None
    if level == "country":
        return area.country
    if level == "region":
        return str(area.division_area) if area.division_area else None
    return f"#{area.city}" if area.city is not None else None


def level_right(answer: Area | None, truth: Area | Collection[Area] | None, level: AreaLevel) -> Score:
    """Whether the answered country, region (first-order division) or city is right, by code, not by spelling.

    The value is 1 where it is right and 0 where it is wrong; an answer coarser than the level also has 0, with the
    outcome "abstained". A truth that is coarser than the level says nothing about it: the value is None.

    Args:
        answer: the area answered, or None.
        truth: the true area, or several that all count as right.
        level: the level to compare at.
    """
    areas = [truth] if isinstance(truth, Area) else list(truth or ())
    accepted = sorted({code for area in areas if (code := code_at(area, level)) is not None})
    if not accepted:
        return Score(None, f"the truth names no {level}", "unlabelled")
    wanted = " or ".join(accepted)
    given = code_at(answer, level)
    if given is None:
        return Score(0.0, f"no {level} was answered, the truth is {wanted}", "abstained")
    if given in accepted:
        return Score(1.0, f"{given} is right", "right")
    return Score(0.0, f"{given} is wrong, the truth is {wanted}", "wrong")


def bits_over_prior(posterior: float, prior: float, floor: float = 1e-12) -> Score:
    """How much an answer tells of the truth, in bits: log2(posterior / prior).

    This is the log score (Good 1952) less the prior's. Both are probabilities of the same place, or densities at the
    same point. Below 0 means that looking made it worse. Raises ConfigError unless the prior is above 0, the posterior
    not below 0, and both are finite.

    Args:
        posterior: the belief in the truth after looking.
        prior: the belief in the truth before looking.
        floor: a posterior below `floor` × prior counts as that, so one flat denial costs 40 bits at most by default.
    """
    if not prior > 0 or not posterior >= 0 or math.isinf(prior) or math.isinf(posterior):
        raise ConfigError(f"needs a finite prior > 0 and posterior ≥ 0, not {prior} and {posterior}")
    ratio = posterior / prior
    note = "" if ratio >= floor else f", floored at {floor:g}"
    bits = math.log2(max(ratio, floor))
    return Score(bits, f"posterior {posterior:.4g}, prior {prior:.4g} at the truth{note}")


def radius_covers(answer: Point | None, radius_km: float | None, truth: Point) -> Score:
    """Whether the radius that a system states round its answered point reaches the true point: 1 or 0.

    The value is None where no point or no radius was answered.
    """
    if answer is None or radius_km is None:
        return Score(None, "no point with a radius was answered", "abstained")
    d_km = distance_km(answer, truth)
    if d_km <= radius_km:
        return Score(1.0, f"the truth is {d_km:.3f} km off, inside the stated {radius_km:g} km", "right")
    return Score(0.0, f"the truth is {d_km:.3f} km off, outside the stated {radius_km:g} km", "wrong")
