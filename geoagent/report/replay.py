"""How a belief moved: computed again from the evidence of a trace, in the order in which the evidence came."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from geoagent.belief import Belief, Beliefs
from geoagent.belief.readout import levels, rank_countries
from geoagent.belief.trace_beliefs import judged_with
from geoagent.case.evidence import Evidence
from geoagent.case.prediction import Region
from geoagent.case.trace import TraceFile
from geoagent.geo import Floats

MOMENTS = 24
"""More pieces of evidence than this share moments."""
LEADERS = 5
AGREEMENT = 0.02


class Moment(NamedTuple):
    """The belief at one moment of a case.

    `evidence` is what came last, `probability` that of each row (place) of the atlas, `leaders` are the five most
    probable countries.
    """

    evidence: tuple[Evidence, ...]
    probability: Floats
    leaders: list[Region]


class History(NamedTuple):
    """The beliefs of a case from the prior to the end.

    `agrees` says whether the `final` one gives the recorded answer.
    """

    moments: list[Moment]
    final: Belief
    agrees: bool


def history(file: TraceFile, beliefs: Beliefs) -> History:
    """The beliefs of a case after each piece of evidence in turn, computed again with `beliefs` in at most 25 moments.

    `file` is the trace of the case. A trace may have been made with another atlas or other reliabilities, or without
    some of its evidence: then the end may not agree with its answer.
    """
    evidence = file.trace.evidence
    reliabilities = judged_with(file, beliefs).reliabilities
    own = Beliefs(beliefs.atlas, reliabilities, remembered=len(evidence) + 1)
    moments = [_moment((), own.of(()))]
    for until, new in _portions(evidence):
        moments.append(_moment(new, own.of(evidence[:until])))
    final = own.of(evidence, file.trace.spots)
    return History(moments, final, gives(file, final))


def _moment(evidence: tuple[Evidence, ...], belief: Belief) -> Moment:
    return Moment(evidence, belief.probability, rank_countries(belief, LEADERS))


def _portions(evidence: Sequence[Evidence]) -> list[tuple[int, tuple[Evidence, ...]]]:
    """Where each moment ends, and the evidence that is new in it."""
    ends = np.unique(np.rint(np.linspace(0, len(evidence), min(len(evidence), MOMENTS) + 1)).astype(int)).tolist()
    return [(end, tuple(evidence[start:end])) for start, end in pairwise(ends)]


def gives(file: TraceFile, belief: Belief) -> bool:
    """Whether a belief leads to the answer that a trace records: the same country, its probability within 0.02."""
    said, found = file.prediction.levels, levels(belief)
    return said[0].code == found[0].code and abs(said[0].probability - found[0].probability) <= AGREEMENT
