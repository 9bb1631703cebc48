"""What the page and the API are told while a case is solved, as plain data."""

from collections.abc import Iterable
from typing import Any

from geoagent.agent import Event
from geoagent.belief import Belief
from geoagent.belief.readout import levels, rank_countries
from geoagent.case.trace import Trace, TraceFile
from geoagent.report.regions import ROUGHLY, belief_as_parts, packed_regions, regions

COUNTRIES = 5
UNMOVED = 1e-9
"""Nats by which rounding alone may move the prior."""


def opened(photos: Iterable[tuple[str, tuple[int, int]]]) -> dict[str, Any]:
    """The event that the photos can be read: name, and width and height in pixels, of each."""
    return {"photos": [{"name": n, "width": w, "height": h} for n, (w, h) in photos]}


def progress(event: Event, belief: Belief) -> dict[str, Any]:
    """The event that a node of the graph has finished: what it added, and where the belief stands.

    While `is_unknown` nothing has moved the belief: it is the prior, and not to be shown as a finding.
    """
    moved = any(term.moved > UNMOVED for term in belief.terms)
    return {"node": event.node, **_told(event.added), "is_unknown": not moved, **where(belief, moved)}


def answered(file: TraceFile, belief: Belief) -> dict[str, Any]:
    """The event that a case is solved: the answer, and the belief behind it."""
    prediction, unknown = file.prediction, file.prediction.is_unknown
    return {"prediction": prediction.model_dump(mode="json"), "is_unknown": unknown, **where(belief, not unknown)}


def where(belief: Belief, moved: bool) -> dict[str, Any]:
    """A belief in a few figures: levels, leading countries, and, once evidence has moved it, the areas that hold 90
    % and 50 %.
    """
    found = packed_regions(regions(belief_as_parts(belief), ROUGHLY)) if moved else []
    return {
        "levels": [level.model_dump(mode="json") for level in levels(belief)],
        "countries": [region.model_dump(mode="json") for region in rank_countries(belief, COUNTRIES)],
        "regions": [region.model_dump() for region in found],
    }


def _told(added: Trace) -> dict[str, Any]:
    return {
        "clues": [clue.model_dump(mode="json") for clue in added.clues],
        "evidence": [{"id": item.id, "clues": list(item.clues), "call": item.call} for item in added.evidence],
        "calls": [{"id": call.id, "tool": call.tool, "status": call.status} for call in added.calls],
        "verdicts": [verdict.model_dump(mode="json") for verdict in added.verdicts],
        "steps": [step.model_dump(mode="json") for step in added.steps],
    }
