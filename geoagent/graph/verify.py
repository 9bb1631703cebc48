"""The node verify: it makes the check that would hurt the leader most, looks again at what a model saw, and weighs the
leading places.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from geoagent.belief import Belief
from geoagent.belief.leader_and_rival import Contest, Place, contest_between, contest_of, contests, speaks_at
from geoagent.belief.misfit_photos import check_photos
from geoagent.belief.readout import mass, rank_countries
from geoagent.case.evidence import Candidate, Check, Evidence, Leaning, PlacePath, Step, Verdict
from geoagent.case.prediction import Usage
from geoagent.case.trace import State, Trace, extend
from geoagent.geo import Area
from geoagent.graph.budget import used_up
from geoagent.graph.leader_checks import make_checks, settling
from geoagent.graph.rerank import rerank
from geoagent.graph.resources import Resources
from geoagent.graph.second_look_at_clues import look_again
from geoagent.tools.core.call_words import check_in_words

TELLING = math.log(2.0)
DAMNING = math.log(4.0)
WORTH_KEEPING = math.log(1.05)
"""The log odds from which on a verdict records that a piece of evidence favours one of two places."""
TESTED = 3
WORTH_TESTING = 0.02
CLOSE_RATIO = 0.5
TOLD = 3


class Tested(NamedTuple):
    """A candidate that was tested: the contest that it was weighed in, and the candidate for its rival, None where
    nobody is.
    """

    candidate: Candidate
    contest: Contest
    rival: Candidate | None


def verify(state: State, resources: Resources) -> State:
    """The node that tests the leading places: it makes checks, looks again at clues of the model, adds a verdict on
    each leader, and names photos that contradict others.

    A check is a tool call like any other and moves the belief by its evidence; so do the model's order of the leading
    places and a second look, which are taken once no more turns follow. Verdicts never move it. Where checks leave two
    countries newly close, the case goes back to the loop, once.
    """
    checked = make_checks(state, resources)
    now: State = {**state, "trace": extend(state["trace"], checked)}
    usage = Usage(steps=len(checked.calls))
    before, belief = resources.belief(state), resources.belief(now)
    if newly_close(before, belief) and _can_go_back(now, resources):
        added, verdicts, steps = _verdicts(now["trace"], belief)
        reopening = Step(node="verify", statement="The checks leave two countries close: back to the investigation")
        steps = (*checked.steps, *steps, reopening)
        again = checked.model_copy(update={"candidates": added, "verdicts": verdicts, "steps": steps})
        return {"trace": again, "usage": usage, "reopened": True, "next": "investigate"}
    seconds = sum(call.elapsed_s for call in checked.calls)
    looked = _asked_again({**now, "usage": state["usage"] + usage + Usage(seconds=seconds)}, resources)
    again = looked["trace"]
    trace = extend(now["trace"], again)
    belief = resources.beliefs.of(trace.evidence, trace.spots)
    added, verdicts, steps = _verdicts(trace, belief)
    misfits = check_photos(trace, state["photos"], belief, resources.beliefs)
    found = checked.model_copy(
        update={
            "evidence": (*checked.evidence, *again.evidence), "second_looks": again.second_looks,
            "candidates": added, "verdicts": verdicts, "steps": (*checked.steps, *again.steps, *steps, *misfits),
        }
    )  # fmt: skip
    return {
        **looked,
        "trace": found,
        "usage": usage + looked["usage"],
        "notes": (*looked["notes"], *(step.statement for step in misfits)),
        "next": "conclude",
    }


def _asked_again(now: State, resources: Resources) -> State:
    """What the model adds when it orders the leading places and then looks at its clues again."""
    ranked = rerank(now, resources)
    one, spent = ranked.get("trace", Trace()), ranked.get("usage", Usage())
    then: State = {**now, **ranked, "trace": extend(now["trace"], one), "usage": now["usage"] + spent}
    looked = look_again(then, resources)
    other = looked.get("trace", Trace())
    both = {name: getattr(one, name) + getattr(other, name) for name in ("evidence", "steps")}
    return {
        **ranked,
        **looked,
        "trace": other.model_copy(update=both),
        "usage": spent + looked.get("usage", Usage()),
        "notes": (*ranked.get("notes", ()), *looked.get("notes", ())),
    }


def _verdicts(trace: Trace, belief: Belief) -> tuple[tuple[Candidate, ...], tuple[Verdict, ...], tuple[Step, ...]]:
    """The candidates that nobody had put forward, the verdicts, and a step for each verdict."""
    tested = _tested(trace, belief)
    known = {candidate.id for candidate in trace.candidates}
    all_of_them = {c.id: c for item in tested for c in (item.candidate, item.rival) if c is not None}
    verdicts = [_verdict(item, settling(item.contest, trace, belief) if _leads(item) else ()) for item in tested]
    names = {i: str(candidate.place) for i, candidate in all_of_them.items()}
    told = {item.id: item.statement for item in trace.evidence}
    steps = tuple(
        Step(
            node="verify",
            statement=_rendered(verdict, names, told)[:4000],
            cites=(verdict.id, *verdict.supporting, *verdict.opposing),
            renders=verdict.id,
        )
        for verdict in verdicts
    )
    return tuple(c for i, c in all_of_them.items() if i not in known), tuple(verdicts), steps


def _leads(item: Tested) -> bool:
    return item.contest.log_odds >= 0


def _tested(trace: Trace, belief: Belief) -> list[Tested]:
    """The leader of each level and its rival, where that was put forward or is probable; then other candidates.

    Where nothing is known there are no contests.
    """
    if not belief.terms:
        return []
    found, seen = list[Tested](), set[Place]()
    for contest in contests(belief):
        leader = _candidate(contest.leader, trace.candidates, belief)
        rival = _candidate(contest.rival, trace.candidates, belief) if contest.rival else None
        found.append(Tested(leader, contest, rival))
        seen.add(contest.leader)
        if contest.rival and rival and (_is_worth_it(contest) or rival in trace.candidates):
            back = contest_between(contest.rival, contest.leader, belief)
            found.append(Tested(rival, back, leader))
            seen.add(contest.rival)
    for candidate in leading(trace.candidates, belief):
        area = candidate.place.key
        if area and Place(area) not in seen:
            first = next((t for t in found if t.contest.level == area.level and t.contest.leader.area != area), None)
            against = first.contest.leader if first else None
            found.append(
                Tested(candidate, contest_between(Place(area), against, belief), first.candidate if first else None)
            )
    return found


def _is_worth_it(contest: Contest) -> bool:
    return contest.probability * math.exp(-contest.log_odds) >= WORTH_TESTING


def _candidate(place: Place, candidates: Sequence[Candidate], belief: Belief) -> Candidate:
    """The candidate that stands for a place; where nobody has put it forward, one by the evidence that speaks most."""
    for candidate in reversed(candidates):
        if place.spot is None and candidate.place.key == place.area and not candidate.place.street:
            return candidate
        if place.spot is not None and candidate.point == place.spot.point and candidate.place.street:
            return candidate
    if place.spot is not None:
        return _spot_candidate(place, belief)
    leans = contest_of(place, belief).leans
    strongest = max(leans, key=lambda item: item.log_odds).evidence
    return Candidate(place=belief.atlas.path(place.area), proposer=strongest.witness, evidence=(strongest.id,))


def _spot_candidate(place: Place, belief: Belief) -> Candidate:
    assert place.spot is not None
    around = belief.atlas.path(place.area)
    names = {"country": around.country, "region": around.region, "city": around.city}
    found = next(term.evidence for term in belief.terms if term.evidence.id == place.spot.evidence)
    path = PlacePath.model_validate({**names, "street": place.spot.name, "key": place.area})
    return Candidate(place=path, point=place.spot.point, proposer=found.witness, evidence=(found.id,))


def leading(candidates: tuple[Candidate, ...], belief: Belief) -> list[Candidate]:
    """The three most probable places that candidates name, the most probable first, each as its latest candidate.

    Places of less than 2 % are left out, and so are those that the atlas does not know.
    """
    by_area = {candidate.place.key: candidate for candidate in candidates if candidate.place.key}
    masses = {area: mass(belief, area) for area in by_area if area}
    worth = sorted((area for area in masses if masses[area] >= WORTH_TESTING), key=lambda area: (-masses[area], area))
    return [by_area[area] for area in worth[:TESTED]]


def weigh(candidate: Candidate, belief: Belief) -> Verdict:
    """The verdict on a candidate: its area compared with the strongest rival.

    - *Contradicted*: some evidence of another witness than the proposer is at least four times less probable there than
      at the rival, and the rest does not make up for it.
    - *Confirmed*: evidence of another witness makes it at least twice as probable as the rival, and speaks of places as
      fine.
    - *Plausible*: only its proposer's evidence does.
    - *Unverified*: all else, and a place that the atlas does not know.
    """
    area: Area | None = candidate.place.key
    if area is None:
        return Verdict(candidate=candidate.id, outcome="unverified")
    return _verdict(Tested(candidate, contest_of(Place(area), belief), None), ())


def _verdict(item: Tested, settles: Iterable[Check]) -> Verdict:
    contest, proposer = item.contest, item.candidate.proposer
    kept = [lean for lean in contest.leans if abs(lean.log_odds) >= WORTH_KEEPING]
    total = sum(lean.log_odds for lean in kept)
    for_it = [lean.evidence for lean in kept if lean.log_odds > TELLING and speaks_at(lean.evidence, contest.level)]
    against = [lean.evidence for lean in kept if lean.log_odds < -TELLING]
    outcome = "unverified"
    if total < 0 and any(lean.log_odds < -DAMNING and not _is_own(lean.evidence, proposer) for lean in kept):
        outcome = "contradicted"
    elif for_it and total > 0:
        outcome = "plausible" if all(_is_own(item, proposer) for item in for_it) else "confirmed"
    return Verdict.model_validate({
        "candidate": item.candidate.id, "outcome": outcome, "level": contest.level,
        "supporting": [e.id for e in for_it], "opposing": [e.id for e in against],
        "rival": item.rival.id if item.rival else None, "log_odds": round(contest.log_odds, 3),
        "leanings": [Leaning(evidence=lean.evidence.id, log_odds=round(lean.log_odds, 3)) for lean in kept],
        "settles": list(settles),
    })  # fmt: skip


def _is_own(item: Evidence, proposer: str) -> bool:
    """Whether evidence is the word of who proposed the candidate, or what rests on that alone."""
    return item.witness == proposer or item.group == f"opinion:{proposer}"


def newly_close(before: Belief, after: Belief) -> bool:
    """Whether two countries are close after the checks that were not close before, which a model that concluded cannot
    know.

    Close means that the second has more than half the probability of the first.
    """
    return _are_close(after) and not _are_close(before)


def _are_close(belief: Belief) -> bool:
    first, second = rank_countries(belief, 2)
    return second.probability > CLOSE_RATIO * first.probability


def _can_go_back(state: State, resources: Resources) -> bool:
    """Whether budget is left, and a model that has not been asked again yet can be."""
    can_be_asked = resources.reasoner.able.can_be_asked_again and not state.get("reopened")
    return can_be_asked and not state.get("status") and not used_up(state, resources.settings)


def _rendered(verdict: Verdict, names: dict[str, str], told: dict[str, str]) -> str:
    """A verdict in words: the outcome, against what, what favours which by how much, and what would settle it."""
    against = f" against {names[verdict.rival]}" if verdict.rival else ""
    said = f"{names[verdict.candidate]}{against}: {verdict.outcome}"
    leans = [_times(leaning, told) for leaning in verdict.leanings[:TOLD]]
    said += f"; {'; '.join(leans)}" if leans else ", no evidence tells it from other places"
    if not verdict.settles:
        return said
    check, both = verdict.settles[0], (names[verdict.candidate], names.get(verdict.rival or "", "the rival"))
    words = check_in_words(check.tool, check.arguments, (check.expected, check.rival_expected), both)
    return f"{said}. What would settle it: {words}"


def _times(leaning: Leaning, told: dict[str, str]) -> str:
    than = "likelier" if leaning.log_odds > 0 else "less likely"
    statement = " ".join(told[leaning.evidence].split())
    shown = f"{statement[:90]}{'…' if len(statement) > 90 else ''}"
    return f"{math.exp(abs(leaning.log_odds)):.3g} times {than}, since {shown}"
