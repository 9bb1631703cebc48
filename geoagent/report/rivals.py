"""Why an answer is not elsewhere: what the evidence says of the most probable other countries against the answer."""

import math
from typing import NamedTuple

from geoagent.belief import Belief
from geoagent.belief.readout import mean_ratio
from geoagent.case.trace import TraceFile
from geoagent.report.chain import owners

RIVALS = 4
WORTH_NAMING = 0.005
TELLING = math.log(1.2)
REASONS = 4


class Reason(NamedTuple):
    """One piece of evidence that speaks for or against a rival country.

    `ratio` is by what factor it changed the rival's odds against the answer's country. `link` is the number of the
    log's step that tells it, or None.
    """

    ratio: float
    statement: str
    link: int | None


class Rival(NamedTuple):
    """A rival country: its probability now and before any evidence (`prior`), and the evidence against it and for it.

    `leader_prior` is what the answer's country had before any evidence.
    """

    name: str
    probability: float
    prior: float
    leader_prior: float
    against: list[Reason]
    for_it: list[Reason]


def rivals(file: TraceFile, belief: Belief) -> list[Rival]:
    """The most probable countries besides the answer's, at most four, with the evidence that tells each from it.

    `file` is the answer's trace. `belief` is the one at the end of the case. [] where the answer leads to no country.
    """
    prediction, own = file.prediction, owners(file)
    leader = prediction.levels[0].code
    others = [region for region in prediction.alternatives if region.key != leader]
    if leader is None:
        return []
    atlas = belief.atlas
    rivals = []
    for region in [other for other in others if other.probability >= WORTH_NAMING][:RIVALS]:
        reasons = []
        for term in belief.terms:
            shift = term.discount * math.log(mean_ratio(belief, term, region.key) / mean_ratio(belief, term, leader))
            reasons.append(Reason(math.exp(shift), term.evidence.statement, own.get(term.evidence.id)))
        against = sorted((r for r in reasons if r.ratio < math.exp(-TELLING)), key=lambda r: r.ratio)
        for_it = sorted((r for r in reasons if r.ratio > math.exp(TELLING)), key=lambda r: -r.ratio)
        prior, leading = (float(atlas.prior[atlas.rows(area)].sum()) for area in (region.key, leader))
        rivals.append(Rival(region.name, region.probability, prior, leading, against[:REASONS], for_it[:REASONS]))
    return rivals


def times(ratio: float) -> str:
    """An odds ratio in words: 0.25 is "4 times less likely", 3 is "3 times likelier"."""
    if ratio < 1:
        return f"{1 / ratio:.3g} times less likely"
    return f"{ratio:.3g} times likelier"
