"""How alike the errors of several priors are, and how much each therefore counts.

Two priors that were trained on the same photos, or look through the same encoder, err alike: what both say counts about
once. Two that err independently add up, also where they agree on the truth. So it is their errors that are compared,
photo by photo: away from the places that they favour, what a prior says is noise. The correlation of their log ratios
there, division by division, is ρ; a prior then counts 1 / Σρ over all priors, itself among them (ρ = 1). For two with
errors of one size that is the weight at which the sum of their log ratios is calibrated, 1 / (1 + ρ); of n copies each
counts 1 / n.
"""

from collections.abc import Mapping

import numpy as np

from geoagent.atlas import Atlas
from geoagent.belief.atlas_index import atlas_index
from geoagent.case.evidence import Evidence
from geoagent.geo import Floats, inner

WITNESS = "prior:"
FAVOURED = 0.5
"""The countries that hold this share of what one of the priors believes are left out."""
FLAT = 1e-9
"""Below this variance of a log ratio there is nothing to compare, and it is taken for a copy."""


def is_of_prior(item: Evidence) -> bool:
    """Whether a piece of evidence comes from a learned prior such as GeoCLIP."""
    return item.witness.startswith(WITNESS)


def shares(said: Mapping[str, Floats], atlas: Atlas) -> dict[str, float]:
    """The weight from 0 to 1 of each learned prior, by its name: the more alike the errors of several priors are, the
    less each counts.

    `said` has the log ratio of each prior at every row of the atlas.
    """
    names = sorted(said)
    means = np.array([by_division(said[name], atlas) for name in names])
    return dict(zip(names, counts(means, atlas).tolist(), strict=True))


def counts(means: Floats, atlas: Atlas) -> Floats:
    """The weight from 0 to 1 of each of several learned priors: the more alike their errors are, the less each
    counts.

    `means` is the mean log ratio of each prior in each division (see `by_division`), in the shape (priors, divisions).
    """
    weight = _away(means, atlas)
    alike = np.array([[_correlation(one, other, weight) for other in means] for one in means])
    np.fill_diagonal(alike, 1.0)
    found: Floats = 1 / alike.sum(axis=1)
    return found


def by_division(log_ratio: Floats, atlas: Atlas) -> Floats:
    """The means of a log ratio by area, under the prior: first over each country's rows outside divisions, then over
    each first-order division.

    `log_ratio` has a value for each row of the atlas. An area without rows has 0.
    """
    where = atlas_index(atlas)
    prior = where.division_prior
    total = np.bincount(where.division, atlas.prior * log_ratio, len(prior))
    means: Floats = np.divide(total, prior, out=np.zeros(len(prior)), where=prior > 0)
    return means


def _away(means: Floats, atlas: Atlas) -> Floats:
    """The prior of each division, 0 in the countries that a prior favours; all of it where nothing else is left."""
    where = atlas_index(atlas)
    weight = where.division_prior.copy()
    for one in means:
        believed = where.division_prior * np.exp(one - one.max())
        held = np.bincount(where.country_of_division, believed, len(atlas.countries))
        order = np.argsort(-held, kind="stable")
        before = np.cumsum(held[order]) - held[order]
        favoured = order[before < FAVOURED * held.sum()]
        weight[np.isin(where.country_of_division, favoured)] = 0.0
    return weight if weight.any() else where.division_prior


def _correlation(one: Floats, other: Floats, weight: Floats) -> float:
    """The weighted correlation of two log ratios, at least 0."""
    a, b = (x - inner(weight, x) / float(weight.sum()) for x in (one, other))
    variances = [inner(weight, x * x) / float(weight.sum()) for x in (a, b)]
    if min(variances) < FLAT:
        return 1.0
    covariance = inner(weight, a * b) / float(weight.sum())
    return min(max(covariance / float(np.sqrt(variances[0] * variances[1])), 0.0), 1.0)
