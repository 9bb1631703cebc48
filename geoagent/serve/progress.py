"""What the page and the API are told while a case is being solved, as plain data that can be written as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from geoagent.agent import Event
from geoagent.belief import Belief
from geoagent.belief.readout import levels, rank_countries
from geoagent.case.trace import Trace, TraceFile
from geoagent.case.views import PhotoRef
from geoagent.report.regions import ROUGHLY, belief_as_parts, different, packed_regions, regions
from geoagent.report.shown_clues import ShownClue, shown_clues

COUNTRIES = 5
UNMOVED = 1e-9
"""Nats by which rounding alone may move the prior."""


def opened(photos: Iterable[tuple[str, tuple[int, int]]]) -> dict[str, Any]:
    """The data of the event "opened", which says that the photos can be read.

    `photos` gives the name of each, and its (width, height) in pixels.
    """
    return {"photos": [{"name": n, "width": w, "height": h} for n, (w, h) in photos]}


def progress(event: Event, belief: Belief, trace: Trace, refs: Sequence[PhotoRef]) -> dict[str, Any]:
    """The data of the event "node": which node of the graph has finished, what it added to the trace, and the belief
    after it.

    `trace` is the whole trace up to there, and `refs` are the photos: each clue has the number that reports have too,
    the index of its photo and its box in that. `is_unknown` is True while no evidence has moved the belief: the belief
    is then only the prior over places, which must not be shown as a finding.
    """
    moved = any(term.moved > UNMOVED for term in belief.terms)
    return {"node": event.node, **_told(event.added, trace, refs), "is_unknown": not moved, **where(belief, moved)}


def answered(file: TraceFile, belief: Belief) -> dict[str, Any]:
    """The data of the event "done": the prediction of a solved case, and the belief that it was made from.

    `is_unknown` is True where the prediction says that the place is not known.
    """
    prediction, unknown = file.prediction, file.prediction.is_unknown
    return {"prediction": prediction.model_dump(mode="json"), "is_unknown": unknown, **where(belief, not unknown)}


def where(belief: Belief, moved: bool) -> dict[str, Any]:
    """A belief in a few figures: the place and probability of each level, the leading countries, and the areas on a map
    that hold 50 % and 90 % of the probability.

    `moved` says whether any evidence has moved the belief; without that the list of areas is empty.
    """
    found = packed_regions(different(regions(belief_as_parts(belief), ROUGHLY))) if moved else []
    return {
        "levels": [level.model_dump(mode="json") for level in levels(belief)],
        "countries": [region.model_dump(mode="json") for region in rank_countries(belief, COUNTRIES)],
        "regions": [region.model_dump() for region in found],
    }


def _told(added: Trace, trace: Trace, refs: Sequence[PhotoRef]) -> dict[str, Any]:
    new = {clue.id for clue in added.clues}
    return {
        "clues": [_shown(each) for each in shown_clues(trace, refs) if each.clue.id in new],
        "evidence": [{"id": item.id, "clues": list(item.clues), "call": item.call} for item in added.evidence],
        "calls": [{"id": call.id, "tool": call.tool, "status": call.status} for call in added.calls],
        "verdicts": [verdict.model_dump(mode="json") for verdict in added.verdicts],
        "steps": [step.model_dump(mode="json") for step in added.steps],
    }


def _shown(each: ShownClue) -> dict[str, Any]:
    place = each.box.model_dump(mode="json") if each.box else None
    return {**each.clue.model_dump(mode="json"), "number": each.number, "photo": each.photo, "in_photo": place}
