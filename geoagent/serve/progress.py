"""What the page and the API are told while a case is solved, as plain data."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from geoagent.agent import Event
from geoagent.belief import Belief
from geoagent.belief.readout import levels, rank_countries
from geoagent.case.trace import Trace, TraceFile

CELL_DEG = 2
MOST_CELLS = 240
LEAST_MASS = 0.0005
COUNTRIES = 5
UNMOVED = 1e-9
"""Nats by which rounding alone may move the prior."""


def opened(photos: Iterable[tuple[str, tuple[int, int]]]) -> dict[str, Any]:
    """The photos can be read: the name, width and height in pixels of what is shown of each."""
    return {"photos": [{"name": n, "width": w, "height": h} for n, (w, h) in photos]}


def progress(event: Event, belief: Belief) -> dict[str, Any]:
    """A node has finished: what it added, and where the belief stands now.

    While `is_unknown` nothing has moved the belief: it is the prior, and not to be shown as a finding.
    """
    moved = any(term.moved > UNMOVED for term in belief.terms)
    return {"node": event.node, **_told(event.added), "is_unknown": not moved, **where(belief)}


def answered(file: TraceFile, belief: Belief) -> dict[str, Any]:
    """The case is solved: the answer, and the belief that it was read out of."""
    prediction = file.prediction
    return {"prediction": prediction.model_dump(mode="json"), "is_unknown": prediction.is_unknown, **where(belief)}


def where(belief: Belief) -> dict[str, Any]:
    """The belief in a few figures: the levels, the leading countries, and the mass of cells of 2° by 2°."""
    return {
        "levels": [level.model_dump(mode="json") for level in levels(belief)],
        "countries": [region.model_dump(mode="json") for region in rank_countries(belief, COUNTRIES)],
        "cells": _cells(belief),
    }


def _cells(belief: Belief) -> list[tuple[int, int, float]]:
    """South and west edge in degrees, and probability, the heaviest first."""
    atlas, columns = belief.atlas, 360 // CELL_DEG
    row = np.clip((atlas.lat + 90) // CELL_DEG, 0, 180 // CELL_DEG - 1)
    column = np.clip((atlas.lon + 180) // CELL_DEG, 0, columns - 1)
    held = np.bincount((row * columns + column).astype(np.int64), belief.probability, 180 // CELL_DEG * columns)
    heaviest = [int(i) for i in np.argsort(-held, kind="stable")[:MOST_CELLS] if held[i] >= LEAST_MASS]
    return [(i // columns * CELL_DEG - 90, i % columns * CELL_DEG - 180, round(float(held[i]), 5)) for i in heaviest]


def _told(added: Trace) -> dict[str, Any]:
    return {
        "clues": [clue.model_dump(mode="json") for clue in added.clues],
        "evidence": [{"id": item.id, "clues": list(item.clues), "call": item.call} for item in added.evidence],
        "calls": [{"id": call.id, "tool": call.tool, "status": call.status} for call in added.calls],
        "verdicts": [verdict.model_dump(mode="json") for verdict in added.verdicts],
        "steps": [step.model_dump(mode="json") for step in added.steps],
    }
