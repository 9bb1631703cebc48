"""Verify: test each leading candidate against all the evidence, and ask for more while something decisive is open."""

import math

from geoagent.belief import Belief
from geoagent.belief.belief import Term
from geoagent.belief.consistency import check_photos
from geoagent.belief.readout import mass, mean_ratio, rank_countries
from geoagent.case.evidence import Candidate, Step, Verdict
from geoagent.case.trace import State, Trace
from geoagent.geo import Area
from geoagent.graph.resources import Resources

TELLING = math.log(2.0)
DAMNING = math.log(4.0)
TESTED = 3
WORTH_TESTING = 0.02
CLOSE_RATIO = 0.5


def verify(state: State, resources: Resources) -> State:
    """Add a verdict on each leading candidate, and at the end name photos that contradict others.

    Neither moves the belief.
    """
    belief = resources.belief(state)
    trace = state["trace"]
    verdicts = [weigh(candidate, belief) for candidate in leading(trace.candidates, belief)]
    areas = {candidate.id: candidate.place.key for candidate in trace.candidates if candidate.place.key}
    steps = tuple(
        Step(
            node="verify",
            statement=f"{belief.atlas.path(areas[verdict.candidate])}: {verdict.outcome}, {_why(verdict)}",
            cites=(verdict.id, *verdict.supporting, *verdict.opposing),
            renders=verdict.id,
        )
        for verdict in verdicts
    )
    reopened = _is_open(state, resources, belief)
    if reopened:
        reopening = Step(node="verify", statement="Two countries are still close: back to the investigation")
        return {
            "trace": Trace(verdicts=tuple(verdicts), steps=(*steps, reopening)),
            "reopened": True,
            "next": "investigate",
        }
    misfits = check_photos(trace, state["photos"], belief, resources.beliefs)
    return {
        "trace": Trace(verdicts=tuple(verdicts), steps=(*steps, *misfits)),
        "notes": tuple(step.statement for step in misfits),
        "next": "conclude",
    }


def leading(candidates: tuple[Candidate, ...], belief: Belief) -> list[Candidate]:
    """The most probable candidates, one for each place; places that are next to impossible are left out."""
    by_area = {candidate.place.key: candidate for candidate in candidates if candidate.place.key}
    masses = {area: mass(belief, area) for area in by_area if area}
    worth = sorted((area for area in masses if masses[area] >= WORTH_TESTING), key=lambda area: (-masses[area], area))
    return [by_area[area] for area in worth[:TESTED]]


def weigh(candidate: Candidate, belief: Belief) -> Verdict:
    """Weigh what each piece of evidence says about the candidate's place against what it says on average.

    *Contradicted*: some evidence is at least four times less probable there, and the rest does not make up for it.
    *Confirmed*: a witness that did not propose the candidate makes it at least twice as probable, and more so than its
    country, where it is finer than that. *Plausible*: only its proposer does. Else *unverified*, as is a place that the
    atlas does not know.
    """
    area = candidate.place.key
    if area is None:
        return Verdict(candidate=candidate.id, outcome="unverified")
    supporting, opposing, total, damned = list[str](), list[str](), 0.0, False
    independent = False
    for term in belief.terms:
        weight = _weight(belief, term, area)
        total += weight
        if weight > TELLING:
            supporting.append(term.evidence.id)
            finer = weight - (0.0 if area.level == "country" else _weight(belief, term, area.country_area))
            independent = independent or (term.evidence.witness != candidate.proposer and finer > TELLING)
        elif weight < -TELLING:
            opposing.append(term.evidence.id)
            damned = damned or weight < -DAMNING
    outcome = "unverified"
    if damned and total < 0:
        outcome = "contradicted"
    elif supporting and total > 0:
        outcome = "confirmed" if independent else "plausible"
    return Verdict.model_validate({
        "candidate": candidate.id, "outcome": outcome, "supporting": supporting, "opposing": opposing
    })  # fmt: skip


def _weight(belief: Belief, term: Term, area: Area) -> float:
    """The log ratio of what a piece of evidence says of an area to what it says on average, as it counts."""
    return term.discount * math.log(mean_ratio(belief, term, area))


def _is_open(state: State, resources: Resources, belief: Belief) -> bool:
    """Whether two countries are close, budget is left, and a model that has not been asked again yet can be."""
    can_be_asked = resources.reasoner.able.can_be_asked_again and not state.get("reopened")
    if state.get("status") or not can_be_asked or resources.spent(state):
        return False
    first, second = rank_countries(belief, 2)
    return second.probability > CLOSE_RATIO * first.probability


def _why(verdict: Verdict) -> str:
    if not verdict.supporting and not verdict.opposing:
        return "no evidence tells it from other places"
    return f"{len(verdict.supporting)} for and {len(verdict.opposing)} against"
