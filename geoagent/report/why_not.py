"""Answers from the record of a case: why not another place, and what would settle the country."""

import math
from collections.abc import Iterator

from geoagent.belief import Belief
from geoagent.belief.belief import Term
from geoagent.belief.questions import answered, rank_questions
from geoagent.belief.readout import levels, mass, mean_ratio, rank_countries
from geoagent.belief.reliability import Reliabilities
from geoagent.case.trace import Trace
from geoagent.geo import Area
from geoagent.graph.argument import WEIGHTS
from geoagent.plain_text import percent

TOLD = 4
TELLING = math.log(1.25)
Said = tuple[str, tuple[str, ...]]


def why_not(area: Area, belief: Belief) -> Iterator[Said]:
    """Sentences on what speaks against an area and for it, each with the ids that it rests on.

    The area is compared with the leading country, or, if it is a part of a country, with the finest place that the
    belief states; where that contains the area, with the next country.
    """
    rival = next(region for region in rank_countries(belief, 2) if not region.key.contains(area))
    if area.division_area:
        finest = next((level for level in levels(belief)[::-1] if level.stated and level.code), None)
        rival = rival if finest is None or finest.code is None or finest.code.contains(area) else rival.model_copy(
            update={"key": finest.code, "name": finest.name, "probability": finest.probability}
        )  # fmt: skip
    name = str(belief.atlas.path(area))
    yield f"{name} has {percent(mass(belief, area))}, {rival.name} {percent(rival.probability)}.", ()
    weighed = sorted((_weight(belief, term, area, rival.key), term.evidence.id, term) for term in belief.terms)
    telling = [(weight, term) for weight, _, term in weighed if abs(weight) > TELLING]
    against, speaks_for = [item for item in telling if item[0] < 0], [item for item in telling if item[0] > 0][::-1]
    for word, side in (("Against it", against), ("For it", speaks_for)):
        for weight, term in side[:TOLD]:
            cites = (term.evidence.id, *term.evidence.clues)
            strength = next(word for least, word in WEIGHTS if abs(weight) >= least)
            yield f"{word}: {term.evidence.statement} ({strength})", cites
    if not telling:
        yield "No evidence tells the two apart; what is left is how many people live there.", ()


def what_would_settle(belief: Belief, reliabilities: Reliabilities, trace: Trace) -> Iterator[Said]:
    """The questions whose answers are expected to tell most about the country, in words, the best first.

    `belief` is the one at the end of the case, `reliabilities` are those behind it, `trace` tells what was asked
    already. Where none would tell anything, one sentence says that the country is settled as far as it can be.
    """
    best = rank_questions(belief, reliabilities, answered(trace))
    for question in best:
        first, second = question.leaders
        yield (
            f"{question.text} It would tell {first.name} ({percent(first.probability)}) from {second.name} "
            f"({percent(second.probability)}); expected gain {question.gain_bits:.2f} bits.",
            (),
        )
    if not best:
        leader = rank_countries(belief, 1)[0]
        yield f"The country is settled as far as it can be: {leader.name} has {percent(leader.probability)}.", ()


def _weight(belief: Belief, term: Term, area: Area, rival: Area) -> float:
    """The log odds that a piece of evidence gives an area against another, as it counts in the belief."""
    return term.discount * (math.log(mean_ratio(belief, term, area)) - math.log(mean_ratio(belief, term, rival)))
