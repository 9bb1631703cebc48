"""The belief: the probability of each place, as a pure function of the evidence.

With the likelihood ratio L of each piece of evidence (mean 1 under the prior) and its reliability r,

    log p(place) = log prior(place) + Σ_groups Σ_k γ^k / T · log(r·L + 1 − r)

where T ≥ 1 is the temperature of the witness. Where r falls from country to city, r·L is Σ_levels (r_level −
r_finer)·L_level, L_level being the mean of L over the area of that level round the place. The members of a group, which
arose from one observation, are sorted by how far each alone moves the prior (Kullback-Leibler divergence): the
strongest counts in full, each further one γ times the one before. Several learned priors count the less, the more alike
they err (`alike_priors`).

A witness that states probabilities of its own (`Alternatives`) has them calibrated, and counts in full: caution counts
once. It stands first in its group, so that a surer opinion never weakens itself by changing the order; nor does a surer
revision weaken what was known of its country before (`_terms`).
"""

import math
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

import numpy as np

from geoagent.atlas import Atlas, Rows
from geoagent.atlas.build import cache_name
from geoagent.belief.alike_priors import is_of_prior, shares
from geoagent.belief.alternatives import OpinionPart, as_mixture
from geoagent.belief.alternatives import parts as parts_of
from geoagent.belief.atlas_index import distances_km
from geoagent.belief.density import (
    SPOT_REACH,
    AtlasPoints,
    SaidAreas,
    coarsened,
    country_means,
    covered,
    footprints_km,
    likelihood_ratio,
    places_of_spots,
)
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import TAKEN_BACK, Evidence, Id, Spot, superseded
from geoagent.case.likelihood import Alternatives, Areas, Mixture, Statement
from geoagent.geo import Area, Floats, distance_km, inner

MAX_SPOTS_SHARE = 0.5
MOST_TAKEN = 0.98
NARROWER = 0.5
"""A spot of less than this part of another's radius may be a part of it."""
LEAST_LEFT = 0.02
"""What a piece of evidence leaves of a place at least, whatever the spots in it take."""
MOST_LOG = 600.0


class LogRatio(NamedTuple):
    """The natural logarithm of one piece of evidence's likelihood ratio, at each row of the atlas and at each spot.

    `moved` is how far the piece alone moves the prior (Kullback-Leibler divergence, in nats).
    """

    at_rows: Floats
    at_spots: Floats
    moved: float


Ratios = Mapping[str, LogRatio]
"""By the id of the evidence."""
Firsts = Mapping[Id, Evidence]
"""The first word of the witness of each opinion that is a revision, by the id of the revision."""


class Term(NamedTuple):
    """One piece of evidence in the sum that gives the belief: its log ratio at each row and spot, and the factor for
    these.

    `discount` is that factor: γ^k divided by the temperature of the witness, and for learned priors times their
    `alike_priors.shares`. `moved` is how far the evidence alone moves the prior (Kullback-Leibler divergence, in nats).
    """

    evidence: Evidence
    discount: float
    log_ratio: Floats
    log_ratio_spots: Floats
    moved: float


class Belief(NamedTuple):
    """The probability of each row of the atlas, summing to 1, and of each spot, whose probability is part of the
    rows'.

    - `spot_rows` is the row that stands for each spot (`density.parent_row`); `rest` the probability of each row
      without its spots.
    - `terms` are the pieces of evidence as they count; `ratios` what each says by itself, without its `discount`, by
      the id of the evidence.
    - `opinions` has the weighted parts of each model's opinion, by the id of the evidence.
    - `worked_out` keeps what `once_per_belief` functions have found.
    """

    atlas: Atlas
    probability: Floats
    spots: tuple[Spot, ...]
    spot_rows: Rows
    spot_probability: Floats
    rest: Floats
    terms: tuple[Term, ...]
    ratios: Ratios
    opinions: Mapping[Id, Sequence[OpinionPart]]
    worked_out: dict[object, Any]


Given = TypeVarTuple("Given")
Found = TypeVar("Found")


def once_per_belief(function: Callable[[Belief, *Given], Found]) -> Callable[[Belief, *Given], Found]:
    """A pure function of a belief that is called once for each belief and the values given with it; what it found is
    returned again.

    Its result must not be changed, and the values given with the belief must be hashable.
    """

    @wraps(function)
    def looked_up(belief: Belief, /, *given: *Given) -> Found:
        key = (function, given)
        if key not in belief.worked_out:
            belief.worked_out[key] = function(belief, *given)
        found: Found = belief.worked_out[key]
        return found

    return looked_up


def current(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that counts: each piece once, without those that a later piece supersedes, sorted by id.

    A correction that was taken back supersedes nothing.
    """
    fallen = taken_back(evidence)
    replaced = {i for item in evidence if item.id not in fallen for i in superseded(item)}
    return sorted({item.id: item for item in evidence if item.id not in replaced}.values(), key=lambda item: item.id)


def taken_back(evidence: Sequence[Evidence]) -> set[Id]:
    """The ids of the evidence that came of corrections which were taken back."""
    return {i for item in evidence if item.kind == TAKEN_BACK for i in superseded(item)}


def first_words(evidence: Sequence[Evidence]) -> dict[Id, Evidence]:
    """The first opinion of each witness that has revised its opinion, by the id of the revision that counts now."""
    by_id = {item.id: item for item in evidence}
    found: dict[Id, Evidence] = {}
    for item in filter(_is_opinion, current(evidence)):
        first = item
        while earlier := [by_id[i] for i in superseded(first) if i in by_id]:
            first = earlier[0]
        if first is not item and _is_opinion(first):
            found[item.id] = first
    return found


class Beliefs:
    """Computes beliefs (the probability of each place) from evidence, with one atlas and one table of reliabilities.

    Thread-safe. It remembers the log ratios of the last `remembered` pieces of evidence, 8 bytes a row each: 48 MB for
    24 of them over 250,000 rows.
    """

    def __init__(self, atlas: Atlas, reliabilities: Reliabilities, remembered: int = 24) -> None:
        self.atlas = atlas
        self.reliabilities = reliabilities
        self._remembered = remembered
        self._ratios: OrderedDict[tuple[str, ...], LogRatio] = OrderedDict()
        self._last: tuple[tuple[str, ...], Belief] | None = None
        self._lock = threading.Lock()

    def of(self, evidence: Sequence[Evidence], spots: Sequence[Spot] = ()) -> Belief:
        """The belief given the evidence, in any order; superseded evidence does not count, and neither do its spots."""
        standing, firsts = current(evidence), first_words(evidence)
        stands = {item.id: item for item in standing}
        unique = {spot.id: spot for spot in spots if spot.evidence in stands}
        ordered_spots = tuple(unique[i] for i in sorted(unique))
        known = (f"{later}<{first.id}" for later, first in sorted(firsts.items()))
        key = (*(item.id for item in standing), "|", *(spot.id for spot in ordered_spots), "|", *known)
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        belief = self._compute(standing, firsts, ordered_spots)
        self._last = (key, belief)
        return belief

    def forget(self) -> None:
        """Forget what was worked out for earlier cases."""
        with self._lock:
            self._ratios.clear()
            self._last = None

    def part(self, belief: Belief, evidence: Sequence[Evidence]) -> Belief:
        """The belief that some of the evidence of `belief` gives by itself, without spots; what was computed for it is
        reused.

        Evidence that `belief` does not hold is passed over.
        """
        at_hand = {term.evidence.id for term in belief.terms}
        kept, nowhere = [item for item in current(evidence) if item.id in at_hand], places_of_spots(self.atlas, ())
        ratios = {item.id: belief.ratios[item.id]._replace(at_spots=np.zeros(0)) for item in kept}
        return self._sum(kept, {}, (), nowhere, ratios)

    def _compute(self, evidence: Sequence[Evidence], firsts: Firsts, spots: tuple[Spot, ...]) -> Belief:
        places = places_of_spots(self.atlas, spots, _said_areas(evidence))
        named = _named_areas(evidence)
        ratios = {
            item.id: self._log_ratio(_as_limits(item, named), spots, places) for item in (*evidence, *firsts.values())
        }
        return self._sum(evidence, firsts, spots, places, ratios)

    def _sum(
        self, evidence: Sequence[Evidence], firsts: Firsts, spots: tuple[Spot, ...], places: AtlasPoints, ratios: Ratios
    ) -> Belief:
        log_p, log_spot = np.log(self.atlas.prior), np.zeros(len(spots))
        terms = self._terms(evidence, firsts, ratios, places)
        log_rows = np.zeros(len(self.atlas))
        for term in terms:
            log_rows += term.discount * term.log_ratio
            log_spot += term.discount * term.log_ratio_spots
        log_p += log_rows
        probability = np.exp(log_p - log_p.max())
        probability /= probability.sum()
        parts, rest = _split(self.atlas, probability, log_rows, spots, places.rows, log_spot, terms)
        opinions = {item.id: self.opinion_parts(item) for item in evidence if _is_opinion(item)}
        return Belief(self.atlas, probability, spots, places.rows, parts, rest, terms, ratios, opinions, {})

    def _terms(
        self, evidence: Sequence[Evidence], firsts: Firsts, ratios: Ratios, places: AtlasPoints
    ) -> tuple[Term, ...]:
        """The terms of the sum, those that move the prior most first.

        A revision counts as the present word of its witness, in one group with what that had been shown. Where the
        first word, before anything was shown, and all that was found make its country more probable, they count for
        the country, and the revision for what lies in it.
        """
        shown = {i: item.group for item in evidence for i in item.seen}
        terms = self._grouped(evidence, shown, ratios)
        if firsts:
            unshown = {**ratios, **{later: ratios[first.id] for later, first in firsts.items()}}
            before = self._grouped(evidence, {}, unshown)
            kept = [with_countries_of(*pair, self.atlas, places) for pair in zip(before, terms, strict=True)]
            present, other = self._countries(terms), self._countries(kept)
            leader = int(present.argmax())
            terms = kept if other[leader] > present[leader] else terms
        return tuple(sorted(terms, key=lambda term: (-term.moved, term.evidence.id)))

    def _grouped(self, evidence: Sequence[Evidence], shown: Mapping[Id, str], ratios: Ratios) -> list[Term]:
        """The terms by id: in each group opinions first, then by how far each moves the prior, each counting less."""
        groups: dict[str, list[Evidence]] = defaultdict(list)
        for item in evidence:
            groups[shown.get(item.id, item.group)].append(item)
        terms = []
        for members in groups.values():
            members.sort(key=lambda item: (not _is_opinion(item), -ratios[item.id].moved, item.id))
            for k, item in enumerate(members):
                temperature = 1.0 if _is_opinion(item) else self.reliabilities.temperature(item)
                terms.append(Term(item, self.reliabilities.gamma**k / temperature, *ratios[item.id]))
        return sorted(self._heeding_minds(self._heeding_alike(terms)), key=lambda term: term.evidence.id)

    def _heeding_minds(self, terms: list[Term]) -> list[Term]:
        """The terms, the opinions of several models counting the less, the more alike these err."""
        minds = sorted({term.evidence.witness for term in terms if _is_opinion(term.evidence)})
        if len(minds) < 2:
            return terms
        counts = {one: 1 / sum(self.reliabilities.correlation(one, other) for other in minds) for one in minds}
        return [
            term._replace(discount=term.discount * counts[term.evidence.witness])
            if _is_opinion(term.evidence)
            else term
            for term in terms
        ]

    def _heeding_alike(self, terms: list[Term]) -> list[Term]:
        """The terms, those of several priors counting the less, the more alike these err."""
        said: dict[str, Floats] = {}
        for term in terms:
            if is_of_prior(term.evidence):
                before = said.get(term.evidence.witness, 0.0)
                said[term.evidence.witness] = before + term.discount * term.log_ratio
        if len(said) < 2:
            return terms
        counts = shares(said, self.atlas)
        return [term._replace(discount=term.discount * counts.get(term.evidence.witness, 1.0)) for term in terms]

    def _countries(self, terms: Sequence[Term]) -> Floats:
        """The probability of each country."""
        log_p = np.log(self.atlas.prior) + sum(term.discount * term.log_ratio for term in terms)
        probability = np.exp(log_p - log_p.max())
        masses = np.bincount(self.atlas.country, probability, len(self.atlas.countries))
        return np.asarray(masses / masses.sum(), dtype=np.float64)

    def _log_ratio(self, item: Evidence, spots: tuple[Spot, ...], places: AtlasPoints) -> LogRatio:
        key = (item.id, *(spot.id for spot in spots))
        with self._lock:
            if key in self._ratios:
                self._ratios.move_to_end(key)
                return self._ratios[key]
        found = self._evaluate(item, places)
        with self._lock:
            self._ratios[key] = found
            while len(self._ratios) > self._remembered:
                self._ratios.popitem(last=False)
        return found

    def opinion_parts(self, item: Evidence) -> list[OpinionPart]:
        """The weighted parts of a model's opinion, calibrated for its witness; `item` must be evidence whose likelihood
        is `Alternatives`.
        """
        assert isinstance(item.likelihood, Alternatives)
        worth = partial(self.reliabilities.calibrated, item.witness)
        return parts_of(item.likelihood, worth, self.reliabilities.scatters, self.atlas)

    def _evaluate(self, item: Evidence, places: AtlasPoints) -> LogRatio:
        if isinstance(item.likelihood, Alternatives):
            at_rows, at_spots = likelihood_ratio(as_mixture(self.opinion_parts(item)), self.atlas, places)
            log_rows = np.log(at_rows)
            return LogRatio(log_rows, np.log(at_spots), inner(self.atlas.prior, at_rows * log_rows))
        shares = self.reliabilities.shares(item)
        at_rows, at_spots = likelihood_ratio(item.likelihood, self.atlas, places)
        mixed_rows, mixed_spots = (np.full(len(ratio), 1.0 - sum(shares.values())) for ratio in (at_rows, at_spots))
        for level, share in shares.items():
            if level == item.level:
                mixed_rows += share * at_rows
                mixed_spots += share * at_spots
            else:
                coarse = coarsened(at_rows, self.atlas, level)
                mixed_rows += share * coarse
                mixed_spots += share * coarse[places.rows]
        log_rows = np.log(mixed_rows)
        return LogRatio(log_rows, np.log(mixed_spots), inner(self.atlas.prior, mixed_rows * log_rows))


def _is_opinion(item: Evidence) -> bool:
    return isinstance(item.likelihood, Alternatives)


def _as_limits(item: Evidence, named: Sequence[Area]) -> Evidence:
    """A hint as it counts beside the opinion of a model, which was formed in knowledge of it: it says which of several
    areas are possible, and how probable each of them is, is the opinion's to say.

    By itself a hint makes the areas that it names equally probable, weighing the rarer ones up; an opinion on them
    would be weighed by that a second time. A hint stays as it is where none of the areas `named` in opinions is one of
    its own, where it weighs nothing up ("the south of Italy"), and where it speaks of anything but areas. So does all
    other evidence.
    """
    if item.kind != "hint" or item.group != "hint":
        return item
    return item.replace(likelihood=_flat(item.likelihood, named))


def _flat(said: Statement, named: Sequence[Area]) -> Statement:
    """What is said of areas of which opinions name one, all that are possible being equally so."""
    if isinstance(said, Areas) and not said.elsewhere and max(said.weights.values()) > 1:
        possible = [area for area, weight in said.weights.items() if weight]
        if any(area.contains(other) or other.contains(area) for area in possible for other in named):
            return Areas(weights={area: float(weight > 0) for area, weight in said.weights.items()})
    if isinstance(said, Mixture):
        return Mixture(parts=tuple((share, _flat(part, named)) for share, part in said.parts))
    return said


def _named_areas(evidence: Sequence[Evidence]) -> list[Area]:
    """The areas that opinions name."""
    opinions = [item.likelihood for item in evidence if isinstance(item.likelihood, Alternatives)]
    return list(dict.fromkeys(place.area for said in opinions for place in said.places if place.probability > 0))


def _said_areas(evidence: Sequence[Evidence]) -> SaidAreas:
    """The area that an opinion puts each of its points in, by its evidence and the point."""
    return {
        (item.id, place.point): place.area
        for item in evidence
        if isinstance(item.likelihood, Alternatives)
        for place in item.likelihood.places
        if place.point is not None
    }


def with_countries_of(first: Term, later: Term, atlas: Atlas, places: AtlasPoints) -> Term:
    """One term made of two opinions of a witness: between countries it has the ratios of `first`, inside each country
    those of `later`.

    `places` are the spots of the belief. The discounts of both are worked into the ratios, so the term's own is 1.
    """
    log_first = _by_country(first, atlas)
    log_later = log_first if first.log_ratio is later.log_ratio else _by_country(later, atlas)
    off = first.discount * log_first - later.discount * log_later
    at_rows = later.discount * later.log_ratio + off[atlas.country]
    at_spots = later.discount * later.log_ratio_spots + off[atlas.country[places.rows]]
    return Term(later.evidence, 1.0, at_rows, at_spots, later.moved)


def _by_country(term: Term, atlas: Atlas) -> Floats:
    """The logarithm of the mean ratio of a term in each country, without its discount."""
    return np.log(country_means(np.exp(term.log_ratio), atlas))


def made_with(beliefs: Beliefs) -> dict[str, str]:
    """What a belief depends on besides the evidence: the version of the atlas under "atlas", and under "reliabilities"
    the hash of the table of how far each witness is believed.
    """
    return {"atlas": cache_name(), "reliabilities": beliefs.reliabilities.digest}


def _split(
    atlas: Atlas,
    probability: Floats,
    log_rows: Floats,
    spots: tuple[Spot, ...],
    spot_rows: Rows,
    log_spot: Floats,
    terms: Sequence[Term],
) -> tuple[Floats, Floats]:
    """Divide each row's mass among the spots inside its footprint and the rest of it; no row's mass changes.

    A spot's share of a row's prior is the share of the footprint that it covers, at most 30 %, all spots of a row
    together at most half. A likelihood at a row is its mean over the footprint: so a spot takes its share times the
    likelihood there over that mean, and what is left of each mean is that of the rest. All spots of a row take at most
    `MOST_TAKEN`.
    """
    shares: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for number, spot in enumerate(spots):
        for row, share in _shares(atlas, spot, int(spot_rows[number])):
            shares[row].append((number, share))
    taken, rest = np.zeros(len(spots)), probability.copy()
    for row, members in shares.items():
        numbers = np.array([number for number, _ in members])
        prior = np.array([share for _, share in members])
        prior *= min(1.0, MAX_SPOTS_SHARE / prior.sum())
        log_weights = np.log(prior) + log_spot[numbers] - log_rows[row] + _less_narrower(terms, spots, numbers)
        weights = np.exp(np.minimum(log_weights, MOST_LOG))
        total = weights.sum()
        whole = max(total + _left_over(terms, row, numbers, prior), total / MOST_TAKEN)
        parts = probability[row] * weights / whole
        taken[numbers] += parts
        rest[row] -= parts.sum()
    return taken, rest


def _left_over(terms: Sequence[Term], row: int, spots: Rows, prior: Floats) -> float:
    """What the rest of a row has of its mass, its spots having these shares of its prior."""
    whole = [float(term.log_ratio[row]) for term in terms]
    outside = 1.0 - float(prior.sum())
    return outside * math.exp(_log_left(terms, whole, spots, prior))


def _log_left(terms: Sequence[Term], whole: Sequence[float], spots: Rows, shares: Floats) -> float:
    """How the likelihood of a place changes when spots in it, with these shares of its prior, are taken out.

    Each piece of evidence leaves what the spots do not take of its mean: two that speak for different spots leave
    little.
    """
    outside, log_left = 1.0 - float(shares.sum()), 0.0
    for term, mean in zip(terms, whole, strict=True):
        at_spots = np.exp(np.minimum(term.discount * (term.log_ratio_spots[spots] - mean), MOST_LOG))
        log_left += math.log(max(1.0 - float(shares @ at_spots), LEAST_LEFT) / outside)
    return log_left


def _less_narrower(terms: Sequence[Term], spots: tuple[Spot, ...], numbers: Rows) -> Floats:
    """By spot, how its likelihood changes when the much narrower spots within its reach are taken out of it."""
    change = np.zeros(len(numbers))
    for k, number in enumerate(numbers):
        wide = spots[number]
        narrow = [n for n in numbers if spots[n].radius_km < NARROWER * wide.radius_km]
        spread_km = np.array([wide.radius_km / math.sqrt(2.0)])
        off_km = [np.array([distance_km(wide.point, spots[n].point)]) for n in narrow]
        shares = [float(covered(spots[n], off, spread_km)[0]) for n, off in zip(narrow, off_km, strict=True)]
        if narrow and sum(shares) < MAX_SPOTS_SHARE:
            whole = [float(term.log_ratio_spots[number]) for term in terms]
            change[k] = _log_left(terms, whole, np.array(narrow), np.array(shares))
    return change


def _shares(atlas: Atlas, spot: Spot, parent: int) -> list[tuple[int, float]]:
    """The rows whose footprint a spot lies in, each with the part of that footprint that the spot covers.

    `parent` is a row of its country.
    """
    distance = distances_km(atlas, spot.point.lat, spot.point.lon)
    footprint_km = footprints_km(atlas, distance, atlas.country == atlas.country[parent])
    rows = np.flatnonzero(distance < SPOT_REACH * footprint_km)
    return list(zip(rows.tolist(), covered(spot, distance[rows], footprint_km[rows]).tolist(), strict=True))
