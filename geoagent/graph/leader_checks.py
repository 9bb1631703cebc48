"""Checks that could topple a leading place: which there are, and how the one that would hurt it most is made.

A check is a call of a tool that the run offers; what it finds becomes evidence as at any other call. Where no such tool
is offered nothing is called.
"""

from collections.abc import Iterator
from typing import NamedTuple

from geoagent.belief import Belief
from geoagent.belief.leader_and_rival import Contest, Place, contests
from geoagent.belief.questions import LANGUAGE, answered, differences
from geoagent.case.evidence import Check, Clue
from geoagent.case.trace import State, Trace, extend
from geoagent.graph.budget import seconds_left, used_up
from geoagent.graph.resources import Resources
from geoagent.plain_text import fold
from geoagent.reading.streets import StreetText, find_streets
from geoagent.reasoners.rules.street import Question, address_question, map_questions, names_question
from geoagent.tools.core.call import call_tool

MOST_CHECKS = 2
SURE = 0.995
"""From which probability on a place is not checked any more."""
HARMS = {"find_address": 4.0, "address_at": 3.0, "map_features": 2.0, "search_web": 0.5}
"""How much, in log odds, a result that speaks against a place can take from it, by tool; set by judgement."""
SURE_TOWN = 0.97
"""From which probability on a town is not doubted."""
LEAST_SECONDS = 5.0
QUESTIONS = 2
SEARCHED_LETTERS = 8
EDGE = 0.04
SURE_TEXT = 0.8


class Option(NamedTuple):
    """A tool call that could contradict a leading place. `harm` is the most log odds that it is expected to take from
    the place.
    """

    harm: float
    check: Check


def make_checks(state: State, resources: Resources) -> Trace:
    """Call the tools that could hurt the leading places most, as far as tools and budget allow; return what the calls
    add to the trace.

    Each call is chosen after the one before it has had its effect. A case makes two such calls at most, also if it is
    verified again.
    """
    added = Trace()
    offered = resources.tools_for(state)
    if not HARMS.keys() & offered.keys() or state.get("status") == "out_of_budget":
        return added
    made = _made(state["trace"])
    left = min(MOST_CHECKS - made, resources.settings.max_steps - state["usage"].steps)
    for _ in range(max(left, 0)):
        now: State = {**state, "trace": extend(state["trace"], added)}
        seconds = seconds_left(state, resources.settings) - sum(call.elapsed_s for call in added.calls)
        if used_up(state, resources.settings) or seconds < LEAST_SECONDS:
            break
        options = [o for o in worst_first(now["trace"], resources.belief(now)) if o.check.tool in offered]
        if not options:
            break
        check = options[0].check
        said = call_tool(offered, check.tool, check.arguments, resources.tool_context(now))
        steps = tuple(step.replace(node="verify") for step in said.steps)
        added = _joined(added, said.model_copy(update={"steps": steps}))
    return added


def settling(contest: Contest, trace: Trace, belief: Belief) -> tuple[Check, ...]:
    """Up to two things that would tell the leader of a contest from its rival and were not done yet.

    First come questions about the photo that the two places answer differently, then tool calls.
    """
    return (*_questions(contest, trace, belief), *(o.check for o in _options(contest, trace, belief)))[:QUESTIONS]


def worst_first(trace: Trace, belief: Belief) -> list[Option]:
    """The checks that were not made yet of all leading places that are not certain, those first that could take most
    from their leader.
    """
    if not belief.terms:
        return []
    held = [contest for contest in contests(belief) if contest.probability < SURE]
    found = [option for contest in held for option in _options(contest, trace, belief)]
    return sorted(found, key=lambda option: (-option.harm, option.check.tool))


def _options(contest: Contest, trace: Trace, belief: Belief) -> list[Option]:
    """The calls that could speak against the leader of a contest and were not made, what would hurt most first."""
    found = {"country": _searches, "region": _searches, "city": _at_the_city}.get(contest.level, _at_the_street)
    asked = [(call.tool, call.arguments) for call in trace.calls]
    checks = [check for check in found(contest, trace, belief) if (check.tool, check.arguments) not in asked]
    options = [Option(contest.probability * HARMS[check.tool], check) for check in checks]
    return sorted(options, key=lambda option: -option.harm)


def _questions(contest: Contest, trace: Trace, belief: Belief) -> Iterator[Check]:
    """What can be seen and differs between two areas."""
    if contest.rival is None or contest.level == "street":
        return
    known = answered(trace)
    for found in differences(belief.atlas, contest.leader.area, contest.rival.area):
        if found.name not in known:
            tool = "read_text" if found.name == LANGUAGE else "observe"
            yield Check(
                tool=tool, arguments={"question": found.name}, expected=found.first[0], rival_expected=found.second[0]
            )


def _at_the_street(contest: Contest, trace: Trace, belief: Belief) -> Iterator[Check]:
    """The address at the point, where a text names a street; where on the map the texts of the photo are."""
    streets = find_streets(trace.clues)
    spot = contest.leader.spot
    if spot is not None and streets and not _is_from_a_map_by(streets[0], contest.leader, trace):
        point = {"lat": round(spot.point.lat, 6), "lon": round(spot.point.lon, 6)}
        yield Check(tool="address_at", arguments={**point, "clue": streets[0].clue.id}, expected=streets[0].street)
    yield from _at_the_city(contest, trace, belief)


def _is_from_a_map_by(street: StreetText, leader: Place, trace: Trace) -> bool:
    """Whether a spot is where the map has the street: what is at the point was asked for then."""
    assert leader.spot is not None
    return any(
        e.id == leader.spot.evidence and e.kind == "address" and street.clue.id in e.clues for e in trace.evidence
    )


def _at_the_city(contest: Contest, trace: Trace, belief: Belief) -> Iterator[Check]:
    """Where on the map the texts of the photo are: they may lie in another street, or another town."""
    questions = [*_of_the_country(contest, trace, belief), *map_questions(trace, belief)]
    questions += _of_the_rival(contest, trace, belief)
    for question in questions:
        yield Check(tool=question.tool, arguments=question.arguments)
    yield from _searches(contest, trace, belief)


def _of_the_country(contest: Contest, trace: Trace, belief: Belief) -> Iterator[Question]:
    """In which towns of the country a street is, where the town is doubted: a search in one town cannot tell."""
    if contest.level == "city" and contest.probability < SURE_TOWN:
        placed = {i for e in trace.evidence if e.kind == "address" for i in e.clues}
        streets = [street for street in find_streets(trace.clues) if street.clue.id not in placed]
        yield from (address_question(s, belief.atlas.country_name(contest.leader.area.country)) for s in streets[:1])


def _of_the_rival(contest: Contest, trace: Trace, belief: Belief) -> Iterator[Question]:
    """Whether the rival has the names that the map of the leader has not."""
    if contest.level == "city" and contest.rival and any(e.kind == "map_feature_missing" for e in trace.evidence):
        yield from names_question(trace, str(belief.atlas.path(contest.rival.area)))


def _searches(contest: Contest, trace: Trace, belief: Belief) -> Iterator[Check]:
    """Which places pages name beside the longest text that was not searched for."""
    searched = {call.arguments.get("clue") for call in trace.calls if call.tool == "search_web"}
    texts = [clue for clue in trace.clues if _is_telling(clue) and clue.id not in searched]
    if texts and not searched:
        best = max(texts, key=lambda clue: (len(fold(clue.value)), clue.id))
        yield Check(tool="search_web", arguments={"words": best.value[:200], "clue": best.id})


def _is_telling(clue: Clue) -> bool:
    """Whether a text is worth a search; at the upper and lower edge are captions and what an app writes."""
    read = clue.kind == "text" and clue.witness == "ocr" and clue.confidence >= SURE_TEXT
    caption = clue.box is not None and (clue.box.y1 > 1 - EDGE or clue.box.y0 < EDGE)
    return read and not caption and sum(ch.isalpha() for ch in clue.value) >= SEARCHED_LETTERS


def _made(trace: Trace) -> int:
    """How many checks were made before: calls that verify has put into words."""
    calls = {call.id for call in trace.calls}
    return len({step.renders for step in trace.steps if step.node == "verify" and step.renders in calls})


def _joined(one: Trace, other: Trace) -> Trace:
    """What two calls add, in their order."""
    names = ("views", "clues", "calls", "evidence", "spots", "steps")
    return one.model_copy(update={name: getattr(one, name) + getattr(other, name) for name in names})
