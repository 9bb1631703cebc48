"""A claimed place against elsewhere: how far what was found favours it, level by level.

Elsewhere is what is left round the place at each level: the rest of its city, of its region, of its country, and the
other countries. Who names a wrong place may be wrong at any of these; so each has an equal share of elsewhere, inside
which the prior decides. With L the mean likelihood of all that was found, and P the probability that the claim is given
beforehand,

    odds = P / (1 − P) · factor,    factor = L(place) / mean over levels of L(rest at the level)
"""

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from geoagent.atlas import Atlas
from geoagent.atlas.place_in_words import OnePlace
from geoagent.belief.atlas_index import distances_km
from geoagent.belief.belief import Belief
from geoagent.belief.probability_mass import scattered
from geoagent.case.evidence import Evidence, LevelName
from geoagent.geo import Area, Floats, Point, distance_km, haversine_km

Outcome = Literal["supported", "possible", "contradicted"]
STRONG = 10.0
"""The factor from which on evidence is strong (Jeffreys): the claim is supported, or by the inverse contradicted."""
LEAST, MOST = 1e-12, 1e12
EVEN = 0.5
NONE = 1e-9
"""The prior of what is no place to be wrong about: the rest of Singapore's country."""


class WeighedPart(NamedTuple):
    """A part of the world, such as a claimed city, with its probability before and after the evidence.

    `share` says how much of each row of the atlas lies in it, from 0 to 1.
    """

    share: Floats
    before: float
    after: float

    @property
    def likelihood(self) -> float:
        """How likely all that was found is if the photo was taken in this part: its probability after the evidence over
        that before.

        It is kept between 10^-12 and 10^12; 1 for a part of probability 0.
        """
        return min(max(self.after / self.before, LEAST), MOST) if self.before > 0 else 1.0


class Standing(NamedTuple):
    """How a claimed place stands at one level, such as its country, against the rest of the next larger area.

    `factor` says how many times likelier the evidence is in the place than in that rest, which `rest` names. `outcome`
    is never better than that of a coarser level. `leans` says of each piece of evidence how far it alone favours the
    place over the rest, as a natural logarithm.
    """

    level: LevelName
    name: str
    rest: str
    area: Area | None
    factor: float
    outcome: Outcome
    leans: tuple[tuple[Evidence, float], ...]


class Weighed(NamedTuple):
    """A claimed place compared with elsewhere: its standing at each level from the country down, and the factor by
    which the evidence changes its odds.

    `beforehand` is the probability of the claim before the evidence.
    """

    standings: tuple[Standing, ...]
    factor: float
    beforehand: float

    @property
    def probability(self) -> float:
        """The probability of the claim after the evidence: the odds beforehand times `factor`, as a probability."""
        odds = self.beforehand / (1.0 - self.beforehand) * self.factor
        return odds / (1.0 + odds)

    @property
    def outcome(self) -> Outcome:
        """Whether the claim is "supported" (every level supports it, and its odds are at least 10), "contradicted" (a
        level contradicts it, and its probability is below one half), or only "possible".
        """
        found = self.standings[-1].outcome if self.standings else "possible"
        if found == "supported" and self.probability < STRONG / (1.0 + STRONG):
            return "possible"
        return "possible" if found == "contradicted" and self.probability >= EVEN else found


def outcome_of(factor: float) -> Outcome:
    """The outcome for one factor of odds: "supported" from 10 on, "contradicted" up to 1/10, else "possible".

    These bounds are Jeffreys' strong evidence.
    """
    if factor >= STRONG:
        return "supported"
    return "contradicted" if factor <= 1 / STRONG else "possible"


Ring = tuple[LevelName, Area | None, WeighedPart, WeighedPart]
"""A level of a claim, its area, what lies in that, and what of the next larger one lies outside."""
ORDER: tuple[Outcome, ...] = ("contradicted", "possible", "supported")


def weigh(place: OnePlace, within_km: float | None, belief: Belief, beforehand: float | None) -> Weighed:
    """A claimed place compared with elsewhere, level by level.

    `within_km` is how near the place's point the photo must have been taken; where it is None the place's area counts.
    `beforehand` is the probability of the claim before the evidence; where it is None the prior of the atlas counts.
    """
    nested = list(_nested(place, within_km, belief))
    rings = [(level, area, part, rest) for level, area, part, rest in _rings(nested, belief) if rest.before > NONE]
    if not rings:  # the whole world is no claim
        return Weighed((), 1.0, EVEN)
    innermost = rings[-1][2]
    elsewhere = float(np.mean([rest.likelihood for *_, rest in rings]))
    factor = min(max(innermost.likelihood / elsewhere, LEAST), MOST)
    if beforehand is None:
        outside = (1.0 - innermost.after) / (1.0 - innermost.before)
        factor, beforehand = innermost.likelihood / max(outside, LEAST), innermost.before
    return Weighed(tuple(_standings(rings, within_km, belief)), factor, beforehand)


def _standings(rings: Sequence[Ring], within_km: float | None, belief: Belief) -> Iterator[Standing]:
    """How the claim stands at each level; a place is at least as likely as the finer one in it that is claimed."""
    worst: Outcome = "supported"
    around = "all other countries" if rings[0][1] is not None else "everywhere else"
    for number, (level, area, part, rest) in enumerate(rings):
        best = max(inner.likelihood for _, _, inner, _ in rings[number:])
        own = part.likelihood / rest.likelihood
        factor = own if own >= STRONG else best / rest.likelihood
        worst = min(worst, outcome_of(factor), key=ORDER.index)
        name = _name(belief.atlas, level, area, within_km)
        yield Standing(level, name, around, area, factor, worst, tuple(_leans(belief, part, rest)))
        around = f"the rest of {name}"


def _nested(
    place: OnePlace, within_km: float | None, belief: Belief
) -> list[tuple[LevelName, Area | None, WeighedPart]]:
    """The claim at each level, from its country downwards."""
    areas: list[Area] = []
    area = place.area
    while area is not None:
        areas.insert(0, area)
        area = area.parent
    found: list[tuple[LevelName, Area | None, WeighedPart]] = [(a.level, a, _of_area(a, belief)) for a in areas]
    if within_km is not None:
        around = found[-1][2].share if found else np.ones(len(belief.atlas))
        found.append(("point", None, _of_circle(place.point, within_km, around, belief)))
    return found


def _rings(nested: Sequence[tuple[LevelName, Area | None, WeighedPart]], belief: Belief) -> list[Ring]:
    """Each level of a claim with the rest of the next larger one, the largest being the world."""
    around, found = WeighedPart(np.ones(len(belief.atlas)), 1.0, 1.0), list[Ring]()
    for level, area, part in nested:
        share = around.share * (1.0 - part.share)
        before = float(belief.atlas.prior @ share)
        after = around.after - part.after if level != "point" else float(belief.probability @ share)
        found.append((level, area, part, WeighedPart(share, before, max(after, 0.0))))
        around = part
    return found


def _of_area(area: Area, belief: Belief) -> WeighedPart:
    share = belief.atlas.rows(area).astype(np.float64)
    return WeighedPart(share, float(belief.atlas.prior @ share), float(belief.probability @ share))


def _of_circle(point: Point, within_km: float, around: Floats, belief: Belief) -> WeighedPart:
    """What of an area lies so near a point: of each row and each Gaussian its share, of spots those that do."""
    from scipy.stats import ncx2

    def inside(off_km: Floats, spread_km: Floats) -> Floats:
        return np.asarray(ncx2.cdf((within_km / spread_km) ** 2, 2, (off_km / spread_km) ** 2), dtype=np.float64)

    atlas, parts = belief.atlas, scattered(belief)
    off_km = distances_km(atlas, point.lat, point.lon)
    share = np.zeros(len(atlas))
    near = np.flatnonzero(off_km <= within_km + 8.0 * atlas.footprint_km)
    share[near] = around[near] * inside(off_km[near], atlas.footprint_km[near])
    after = float(parts.rows @ share)
    for spot, held in zip(belief.spots, parts.spots, strict=True):
        after += float(held) * (distance_km(point, spot.point) <= within_km)
    for kernel, held in parts.kernels:
        off = haversine_km(point.lat, point.lon, np.array([kernel.lat]), np.array([kernel.lon]))
        after += held * float(inside(off, np.array([kernel.sigma_km]))[0])
    return WeighedPart(share, float(atlas.prior @ share), after)


def _leans(belief: Belief, part: WeighedPart, rest: WeighedPart) -> list[tuple[Evidence, float]]:
    """How far each piece of evidence favours a part of the world over another, as it counts."""
    prior = belief.atlas.prior
    here, there = (np.flatnonzero(side.share) for side in (part, rest))
    weights = [(prior[rows] * side.share[rows], rows) for rows, side in ((here, part), (there, rest))]
    found = []
    for term in belief.terms:
        means = [
            float(weight @ np.exp(term.log_ratio[rows])) / max(float(weight.sum()), 1e-300) for weight, rows in weights
        ]
        log = math.log(max(means[0], 1e-300) / max(means[1], 1e-300))
        found.append((term.evidence, term.discount * log))
    return sorted(found, key=lambda lean: (-abs(lean[1]), lean[0].id))


def _name(atlas: Atlas, level: LevelName, area: Area | None, within_km: float | None) -> str:
    if area is None:
        return f"within {within_km:g} km"
    path = atlas.path(area)
    return {"country": path.country, "region": path.region, "city": path.city}.get(level) or str(path)
