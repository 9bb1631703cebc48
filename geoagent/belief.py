"""The belief: a posterior over places, as a pure function of the evidence.

With the likelihood ratio L of each piece of evidence (mean 1 under the prior) and its reliability r,

    log p(place) = log prior(place) + Σ_groups Σ_k γ^k · log(r·L + 1 − r)

where r may fall from country to city: r·L is then Σ_levels (r_level − r_finer)·L_level, L_level being the mean of L
over the area of that level round the place. The members of a group, which arose from one observation, are sorted by how
far each alone moves the prior (Kullback-Leibler divergence): the strongest counts in full, each further one γ times the
one before.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Mask, Rows
from geoagent.evidence import Case, Evidence, LevelName
from geoagent.geo import Floats, haversine_km
from geoagent.likelihood import Areas, Band, Kernel, Likelihood, Mixture
from geoagent.reliability import Reliabilities

MAX_CASE_SHARE = 0.3
MAX_CASES_SHARE = 0.5
CASE_REACH = 8.0
"""How far a row reaches, in footprints: only so far does a case take a share of it."""


Ratios = Mapping[str, tuple[Floats, Floats]]
"""By the id of the evidence: its log ratio at each row and at each case."""


class Places(NamedTuple):
    """Where a likelihood is evaluated: coordinates, the spread of what stands there in km, and the atlas rows."""

    lat: Floats
    lon: Floats
    footprint_km: Floats
    rows: Rows


class Term(NamedTuple):
    """One piece of evidence in the sum: its discount γ^k and its log ratio at each row and at each case."""

    evidence: Evidence
    discount: float
    log_ratio: Floats
    log_ratio_cases: Floats


class Belief(NamedTuple):
    """A posterior: over the rows of the atlas, summing to 1, and over the cases, whose mass is part of the rows'.

    `case_rows` is the row that each case lies nearest to; `rest` what each row keeps when the cases have taken their
    parts.
    """

    atlas: Atlas
    probability: Floats
    cases: tuple[Case, ...]
    case_rows: Rows
    case_probability: Floats
    rest: Floats
    terms: tuple[Term, ...]


def places_of_atlas(atlas: Atlas) -> Places:
    """The rows of the atlas themselves."""
    return Places(atlas.lat, atlas.lon, atlas.footprint_km, np.arange(len(atlas)))


def places_of_cases(atlas: Atlas, cases: Sequence[Case]) -> Places:
    """Cases, each with the row that it lies nearest to within its country."""
    parents = []
    for case in cases:
        row = atlas.at(case.point).row
        if row is None:
            found = atlas.nearest(case.point)
            row = found[0] if found else 0
        parents.append(row)
    lat = np.array([case.point.lat for case in cases], dtype=np.float64)
    lon = np.array([case.point.lon for case in cases], dtype=np.float64)
    return Places(lat, lon, np.zeros(len(cases)), np.array(parents, dtype=np.int64))


def likelihood_ratio(likelihood: Likelihood, atlas: Atlas, cases: Places) -> tuple[Floats, Floats]:
    """L at each row, with mean 1 under the prior, and on the same scale at each case.

    A likelihood that is 0 everywhere in the atlas says nothing: it comes back as 1.
    """
    if isinstance(likelihood, Mixture):
        rest = max(0.0, 1.0 - sum(weight for weight, _ in likelihood.parts))
        at_rows, at_cases = np.full(len(atlas), rest), np.full(len(cases.rows), rest)
        for weight, part in likelihood.parts:
            part_rows, part_cases = likelihood_ratio(part, atlas, cases)
            at_rows += weight * part_rows
            at_cases += weight * part_cases
        return at_rows, at_cases
    rows = places_of_atlas(atlas)
    if isinstance(likelihood, Kernel) and likelihood.within is not None:
        distance = haversine_km(likelihood.lat, likelihood.lon, atlas.lat, atlas.lon)
        rows = rows._replace(footprint_km=_footprints_km(atlas, distance, atlas.rows(likelihood.within)))
    at_rows = _evaluate(likelihood, atlas, rows)
    scale = float(atlas.prior @ at_rows)
    if scale <= 0:
        return np.ones(len(atlas)), np.ones(len(cases.rows))
    return at_rows / scale, _evaluate(likelihood, atlas, cases) / scale


def _footprints_km(atlas: Atlas, distance: Floats, own: Mask) -> Floats:
    """The footprints of the rows as they count for a point, given how far off it they lie and which are its own.

    A remote island may lie out of reach of all of its country: then the nearest row extends as far as that.
    """
    if not own.any() or (distance[own] < CASE_REACH * atlas.footprint_km[own]).any():
        return atlas.footprint_km
    nearest = np.flatnonzero(own)[distance[own].argmin()]
    footprints = atlas.footprint_km.copy()
    footprints[nearest] = distance[nearest]
    return footprints


def coarsened(ratio: Floats, atlas: Atlas, level: LevelName) -> Floats:
    """A ratio at each row as its mean, under the prior, over the row's country, region or city."""
    areas = atlas.country.astype(np.int64)
    if level != "country":
        areas = np.where(atlas.division >= 0, atlas.division + len(atlas.countries), areas)
    if level not in ("country", "region"):
        finest = len(atlas.countries) + len(atlas.divisions)
        areas = finest + np.where(atlas.city >= 0, atlas.city, np.arange(len(atlas)))
    mass = np.bincount(areas, atlas.prior)
    means: Floats = np.bincount(areas, atlas.prior * ratio) / np.where(mass > 0, mass, 1.0)
    return means[areas]


def _evaluate(likelihood: Areas | Kernel | Band, atlas: Atlas, places: Places) -> Floats:
    if isinstance(likelihood, Areas):
        weights = np.full(len(atlas), likelihood.elsewhere)
        for key in sorted(likelihood.weights, key=_depth):
            weights[atlas.rows(key)] = likelihood.weights[key]
        return weights[places.rows]
    if isinstance(likelihood, Kernel):
        sigma = np.maximum(likelihood.sigma_km, places.footprint_km)
        distance = haversine_km(likelihood.lat, likelihood.lon, places.lat, places.lon)
        density: Floats = np.exp(-0.5 * (distance / sigma) ** 2) / sigma**2
        if likelihood.within is not None:
            density[~atlas.rows(likelihood.within)[places.rows]] = 0.0
        return density
    outside = np.maximum(likelihood.south - places.lat, places.lat - likelihood.north)
    shoulder: Floats = np.exp(-0.5 * (np.maximum(outside, 0.0) / likelihood.soft_deg) ** 2)
    return shoulder


def _depth(key: str) -> tuple[int, str]:
    return (2 if "#" in key else 1 if "." in key else 0, key)


def current(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that stands: what no other piece supersedes, each once, sorted by id."""
    replaced = {item.supersedes for item in evidence}
    return sorted({item.id: item for item in evidence if item.id not in replaced}.values(), key=lambda item: item.id)


class Beliefs:
    """Computes beliefs over one atlas with one table of reliabilities, and remembers the recent ones. Thread-safe."""

    def __init__(self, atlas: Atlas, reliabilities: Reliabilities, remembered: int = 24) -> None:
        self.atlas = atlas
        self.reliabilities = reliabilities
        self._remembered = remembered
        self._ratios: OrderedDict[tuple[str, ...], tuple[Floats, Floats]] = OrderedDict()
        self._last: tuple[tuple[str, ...], Belief] | None = None
        self._lock = threading.Lock()

    def of(self, evidence: Sequence[Evidence], cases: Sequence[Case] = ()) -> Belief:
        """The posterior given the evidence, in whatever order it comes. Cases of evidence that fell are left out."""
        standing = current(evidence)
        stands = {item.id for item in standing}
        unique = {case.id: case for case in cases if case.evidence in stands}
        ordered_cases = tuple(unique[i] for i in sorted(unique))
        key = (*(item.id for item in standing), "|", *(case.id for case in ordered_cases))
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        belief = self._compute(standing, ordered_cases)
        self._last = (key, belief)
        return belief

    def part(self, belief: Belief, evidence: Sequence[Evidence]) -> Belief:
        """The posterior that some of the evidence of a belief gives by itself, from the ratios at hand; no cases."""
        at_hand = {term.evidence.id: (term.log_ratio, np.zeros(0)) for term in belief.terms}
        kept = [item for item in current(evidence) if item.id in at_hand]
        return self._sum(kept, (), places_of_cases(self.atlas, ()), at_hand)

    def _compute(self, evidence: Sequence[Evidence], cases: tuple[Case, ...]) -> Belief:
        places = places_of_cases(self.atlas, cases)
        ratios = {item.id: self._log_ratio(item, cases, places) for item in evidence}
        return self._sum(evidence, cases, places, ratios)

    def _sum(self, evidence: Sequence[Evidence], cases: tuple[Case, ...], places: Places, ratios: Ratios) -> Belief:
        log_p, log_case = np.log(self.atlas.prior), np.zeros(len(cases))
        terms = self._terms(evidence, ratios)
        log_rows = np.zeros(len(self.atlas))
        for term in terms:
            log_rows += term.discount * term.log_ratio
            log_case += term.discount * term.log_ratio_cases
        log_p += log_rows
        probability = np.exp(log_p - log_p.max())
        probability /= probability.sum()
        parts, rest = _split(self.atlas, probability, log_rows, cases, places.rows, log_case)
        return Belief(self.atlas, probability, cases, places.rows, parts, rest, terms)

    def _terms(self, evidence: Sequence[Evidence], ratios: Ratios) -> tuple[Term, ...]:
        groups: dict[str, list[tuple[float, Evidence, Floats, Floats]]] = defaultdict(list)
        shown = {i: item.group for item in evidence for i in item.seen}
        for item in evidence:
            at_rows, at_cases = ratios[item.id]
            moved = float(self.atlas.prior @ (np.exp(at_rows) * at_rows))
            groups[shown.get(item.id, item.group)].append((moved, item, at_rows, at_cases))
        terms: list[tuple[float, Term]] = []
        for members in groups.values():
            members.sort(key=lambda member: (-member[0], member[1].id))
            for k, (moved, item, at_rows, at_cases) in enumerate(members):
                terms.append((moved, Term(item, self.reliabilities.gamma**k, at_rows, at_cases)))
        terms.sort(key=lambda pair: (-pair[0], pair[1].evidence.id))
        return tuple(term for _, term in terms)

    def _log_ratio(self, item: Evidence, cases: tuple[Case, ...], places: Places) -> tuple[Floats, Floats]:
        key = (item.id, *(case.id for case in cases))
        with self._lock:
            if key in self._ratios:
                self._ratios.move_to_end(key)
                return self._ratios[key]
        shares = self.reliabilities.shares(item)
        at_rows, at_cases = likelihood_ratio(item.likelihood, self.atlas, places)
        mixed_rows, mixed_cases = (np.full(len(ratio), 1.0 - sum(shares.values())) for ratio in (at_rows, at_cases))
        for level, share in shares.items():
            if level == item.level:
                mixed_rows += share * at_rows
                mixed_cases += share * at_cases
            else:
                coarse = coarsened(at_rows, self.atlas, level)
                mixed_rows += share * coarse
                mixed_cases += share * coarse[places.rows]
        found = np.log(mixed_rows), np.log(mixed_cases)
        with self._lock:
            self._ratios[key] = found
            while len(self._ratios) > self._remembered:
                self._ratios.popitem(last=False)
        return found


def _split(
    atlas: Atlas, probability: Floats, log_rows: Floats, cases: tuple[Case, ...], case_rows: Rows, log_case: Floats
) -> tuple[Floats, Floats]:
    """Divide each row's mass among the cases inside its footprint and the rest of it; no row's mass changes.

    A case's share of a row's prior is the share of the footprint that it covers, at most 30 %, all cases of a row
    together at most half; the parts go by the likelihoods at the case against those at the row.
    """
    shares: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for number, case in enumerate(cases):
        for row, share in _shares(atlas, case, int(case_rows[number])):
            shares[row].append((number, share))
    taken, rest = np.zeros(len(cases)), probability.copy()
    for row, members in shares.items():
        numbers = np.array([number for number, _ in members])
        prior = np.array([share for _, share in members])
        prior *= min(1.0, MAX_CASES_SHARE / prior.sum())
        log_weights = np.append(np.log(prior) + log_case[numbers] - log_rows[row], np.log(1 - prior.sum()))
        weights = np.exp(log_weights - log_weights.max())
        parts = probability[row] * weights / weights.sum()
        taken[numbers] += parts[:-1]
        rest[row] = parts[-1]
    return taken, rest


def _shares(atlas: Atlas, case: Case, parent: int) -> list[tuple[int, float]]:
    """The rows whose footprint a case lies in, each with the part of that footprint that the case covers.

    `parent` is the row that it lies nearest to in its country.
    """
    distance = haversine_km(case.point.lat, case.point.lon, atlas.lat, atlas.lon)
    footprint_km = _footprints_km(atlas, distance, atlas.country == atlas.country[parent])
    widths_off = distance / footprint_km
    rows = np.flatnonzero(widths_off < CASE_REACH)
    covered = 0.5 * (case.radius_km / footprint_km[rows]) ** 2 * np.exp(-0.5 * widths_off[rows] ** 2)
    return list(zip(rows.tolist(), np.minimum(covered, MAX_CASE_SHARE).tolist(), strict=True))
