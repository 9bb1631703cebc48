"""The node conclude: it reads the answer out of the belief, and says where the evidence ends."""

from collections.abc import Sequence

from geoagent.belief import Belief, Beliefs, taken_back
from geoagent.belief.questions import Question, answered, rank_questions
from geoagent.belief.readout import (
    best_point,
    credible_area_km2,
    explain,
    levels,
    radius_km,
    rank_countries,
    rank_divisions,
)
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import LEVELS, Verdict
from geoagent.case.prediction import Influence, Level, Prediction, Undetermined, Usage, deepest_stated
from geoagent.case.trace import State, Trace
from geoagent.case.views import PhotoRef
from geoagent.geo import Point
from geoagent.graph.argument import argue
from geoagent.graph.position_check import with_position_checked
from geoagent.graph.resources import Resources
from geoagent.plain_text import percent

ALTERNATIVES = 5
REGIONS = 10


def conclude(state: State, resources: Resources) -> State:
    """The last node: it reads the answer out of the belief, and adds the prediction to the state."""
    return {"prediction": read_out(state, resources.beliefs, resources.reasoner.able.name, state["usage"])}


def read_out(state: State, beliefs: Beliefs, reasoner: str, usage: Usage) -> Prediction:
    """The prediction for a state: levels, point and radii out of the belief, the argument, costs and notes.

    `reasoner` is the name of who reasoned, `usage` what the case has cost.
    """
    trace = state["trace"]
    belief = beliefs.of(trace.evidence, trace.spots)
    path = levels(belief)
    point = best_point(belief)
    shifts = explain(belief, path[0].code) if path[0].code else []
    influences = tuple(Influence(evidence=s.evidence, odds_ratio=s.odds_ratio) for s in shifts)
    moved = any(influence.moves for influence in influences)
    settling = _settling(belief, beliefs.reliabilities, trace) if moved else None
    return Prediction(
        photo=state["photos"][0].id if state["photos"] else "",
        photos=tuple(ref.id for ref in state["photos"]),
        reasoner=reasoner,
        status=state.get("status") or "complete",
        failure=state.get("failure"),
        notes=tuple(dict.fromkeys(state.get("notes", ()))),
        levels=tuple(path),
        point=point,
        radius_km_50=round(radius_km(belief, point, 0.5), 3),
        radius_km_90=round(radius_km(belief, point, 0.9), 3),
        area_km2_50=round(credible_area_km2(belief, 0.5), 1),
        area_km2_90=round(credible_area_km2(belief, 0.9), 1),
        regions=tuple(rank_divisions(belief, REGIONS)),
        alternatives=tuple(rank_countries(belief, ALTERNATIVES)),
        chain=trace.steps,
        argument=with_position_checked(argue(trace, belief, path, shifts, settling), trace, beliefs),
        verdicts=last_verdicts(trace),
        influences=influences,
        undetermined=tuple(_undetermined(path, trace, moved, settling, _is_the_models(point, belief))),
        unused_positions=_unused_positions(state["photos"], trace),
        usage=usage,
    )


def last_verdicts(trace: Trace) -> tuple[Verdict, ...]:
    """The last verdict on each place, whoever proposed it, but for those that rest on a correction that was taken
    back.
    """
    places = {candidate.id: str(candidate.place) for candidate in trace.candidates}
    last = {places.get(verdict.candidate, verdict.candidate): verdict for verdict in trace.verdicts}
    fallen = taken_back(trace.evidence)
    return tuple(verdict for verdict in last.values() if not fallen & {*verdict.supporting, *verdict.opposing})


def _unused_positions(photos: tuple[PhotoRef, ...], trace: Trace) -> tuple[int, ...]:
    """The numbers of the photos whose file holds a position that no evidence rests on."""
    views = {clue.id: clue.view for clue in trace.clues}
    used = {views.get(i) for item in trace.evidence if item.kind == "position" for i in item.clues}
    return tuple(number for number, ref in enumerate(photos, 1) if ref.has_position and number not in used)


def _settling(belief: Belief, reliabilities: Reliabilities, trace: Trace) -> Question | None:
    """What would best tell the leading countries apart; None where nothing is expected to."""
    return next(iter(rank_questions(belief, reliabilities, answered(trace), count=1)), None)


def _in_words(question: Question | None) -> str:
    if question is None:
        return ""
    first, second = question.leaders
    return f"; what would tell most: {question.text[0].lower()}{question.text[1:-1]} ({first.name} or {second.name})"


def _is_the_models(point: Point, belief: Belief) -> bool:
    """Whether a point is one that an opinion gives."""
    return any(spot.point == point and spot.evidence in belief.opinions for spot in belief.spots)


def _undetermined(
    path: Sequence[Level], trace: Trace, moved: bool, settling: Question | None, by_model: bool
) -> list[Undetermined]:
    stated = deepest_stated(path)
    reached = LEVELS.index(stated.level) if stated else -1
    by_level = {level.level: level for level in path}
    missing = []
    if stated and stated.level == "point" and "street" not in by_level:
        missing.append(Undetermined(level="street", reason="no map was asked which street lies at the point"))
    for name in LEVELS[reached + 1 :]:
        level = by_level.get(name)
        if (name == "region" and level is None and "city" in by_level) or (level is not None and level.stated):
            continue
        if not moved:
            read = any(clue.kind in ("text", "post") for clue in trace.clues)
            reason = "nothing that was read tells where" if read else "nothing in the photo tells where"
        elif level is not None:
            reason = f"the most probable, {level.name}, has only {percent(level.probability)}"
            reason += _in_words(settling) if name == "country" else ""
        elif name == "point" and by_model:
            reason = "the point is where the model puts it; nothing else that was found is this fine"
        else:
            reason = "no evidence is this fine"
        missing.append(Undetermined(level=name, reason=reason))
    return missing
