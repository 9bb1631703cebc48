"""Makes a sample small for fitting: places (rows) of the atlas that no evidence tells apart become one atom.

So a fit has far fewer atoms to compute with than the atlas has rows.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, Mask, Rows
from geoagent.belief import Beliefs, current
from geoagent.belief.alike_priors import is_of_prior, shares
from geoagent.belief.alternatives import as_mixture
from geoagent.belief.atlas_index import atlas_index
from geoagent.belief.density import coarsened, likelihood_ratio, places_of_spots
from geoagent.case.evidence import LEVELS, Evidence, LevelName
from geoagent.case.likelihood import Alternatives, Areas
from geoagent.geo import Floats

FITTED_LEVELS: tuple[LevelName, ...] = ("country", "region", "city")
STEP = 0.1
"""How far log L may differ inside an atom."""
LEAST_L, MOST_L = 1e-4, 1e6
Kind = tuple[str, str]
"""A witness and a kind of statement."""


class Atoms(NamedTuple):
    """A sample made small for fitting: m atoms, each of them rows of the atlas that no evidence tells apart.

    A row is a place. There are k pieces of evidence. `kinds` (witness and kind), `depths` (index of the finest level
    that it speaks of), `groups` and `counts` have an entry for each piece of evidence; `counts` is below 1 where
    several priors err alike. `gains`, of shape (k, 3, m), tells for country, region and city by how much the likelihood
    ratio exceeds that of the coarser level (1 above the country), and 0 below a piece's own level. For each atom
    `prior` is its probability without this evidence, `truth` the share of it that is true, `country` the index of its
    country.
    """

    kinds: tuple[Kind, ...]
    depths: tuple[int, ...]
    groups: tuple[str, ...]
    counts: Floats
    gains: Floats
    prior: Floats
    truth: Floats
    country: Rows


def atoms(evidence: Sequence[Evidence], truth: Mask, beliefs: Beliefs) -> Atoms:
    """A sample made small for fitting: its evidence and its true place as atoms.

    `truth` is the mask of the true rows of the atlas. What a model states of places is calibrated apart
    (`geoagent.eval.calibration.opinions`); here it counts as the `beliefs` have it, as part of the prior.
    """
    atlas, none = beliefs.atlas, places_of_spots(beliefs.atlas, [])
    standing, prior_at, ratios = list[Evidence](), atlas.prior, list[Floats]()
    for item in current(evidence):
        if isinstance(item.likelihood, Alternatives):
            prior_at = prior_at * likelihood_ratio(as_mixture(beliefs.opinion_parts(item)), atlas, none)[0]
        else:
            standing.append(item)
            ratios.append(likelihood_ratio(item.likelihood, atlas, none)[0])
    prior_at = prior_at / prior_at.sum()
    atom = 2 * atlas_index(atlas).division + truth
    for item, ratio in zip(standing, ratios, strict=True):
        if not isinstance(item.likelihood, Areas) or any(area.level == "city" for area in item.likelihood.weights):
            step = np.round(np.log(np.clip(ratio, LEAST_L, MOST_L)) / STEP).astype(np.int64)
            _, atom = np.unique(atom * 1000 + step, return_inverse=True)
    if prior_at is not atlas.prior:
        step = np.round(np.log(np.clip(prior_at / atlas.prior, LEAST_L, MOST_L)) / STEP).astype(np.int64)
        _, atom = np.unique(atom * 1000 + step, return_inverse=True)
    _, first, atom = np.unique(atom, return_index=True, return_inverse=True)
    prior: Floats = np.bincount(atom, prior_at).astype(np.float64)
    mass: Floats = np.bincount(atom, atlas.prior).astype(np.float64)
    depths = tuple(min(LEVELS.index(item.level), len(FITTED_LEVELS) - 1) for item in standing)
    gains = np.zeros((len(standing), len(FITTED_LEVELS), len(prior)))
    for k, (ratio, depth) in enumerate(zip(ratios, depths, strict=True)):
        coarser: Floats = np.ones(len(prior))
        for level in range(depth + 1):
            at_level = ratio if level == depth else coarsened(ratio, atlas, FITTED_LEVELS[level])
            mean = np.bincount(atom, atlas.prior * at_level) / mass
            gains[k, level] = mean - coarser
            coarser = mean
    shown = {i: item.group for item in standing for i in item.seen}
    return Atoms(
        kinds=tuple((item.witness, item.kind) for item in standing),
        depths=depths,
        groups=tuple(shown.get(item.id, item.group) for item in standing),
        counts=_counts(standing, ratios, atlas),
        gains=gains,
        prior=prior,
        truth=truth[first].astype(np.float64),
        country=atlas_index(atlas).country[first],
    )


def _counts(evidence: Sequence[Evidence], ratios: Sequence[Floats], atlas: Atlas) -> Floats:
    """How much each piece counts because several priors err alike; 1 for whatever no prior says."""
    said: dict[str, Floats] = {}
    for item, ratio in zip(evidence, ratios, strict=True):
        if is_of_prior(item):
            said[item.witness] = said.get(item.witness, 0.0) + np.log(np.clip(ratio, LEAST_L, MOST_L))
    each = shares(said, atlas) if len(said) > 1 else {}
    return np.array([each.get(item.witness, 1.0) for item in evidence], dtype=np.float64)
