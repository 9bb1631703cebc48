"""What the exports of an answer (GeoJSON, KML, GPX, CSV) are made of: its point, regions and tested places."""

from collections.abc import Iterator
from typing import NamedTuple

import shapely

from geoagent.belief import Beliefs
from geoagent.case.prediction import Prediction
from geoagent.case.summary import Summary, names, summary
from geoagent.case.trace import TraceFile
from geoagent.report.answer import ShownCandidate, answer
from geoagent.report.regions import belief_as_parts, split_at_180
from geoagent.report.regions import regions as outlines_of
from geoagent.report.replay import history
from geoagent.report.unknown_answer import Unknown


class CredibleRegion(NamedTuple):
    """The area that holds a share of the belief, 0.5 or 0.9, as polygons in degrees, longitude first.

    None of the polygons crosses the 180th meridian.
    """

    share: float
    polygons: list[shapely.Polygon]


class Placed(NamedTuple):
    """An answer as the exports (GeoJSON, KML, GPX, CSV) need it.

    `files` are the names of its photos, `title` its finest stated names, `summary` the answer in two sentences.
    `unknown` is set where nothing tells where. `regions` is empty then, or where the belief cannot be computed again.
    `candidates` are the tested places.
    """

    files: list[str]
    title: str
    summary: Summary
    prediction: Prediction
    unknown: Unknown | None
    regions: list[CredibleRegion]
    candidates: list[ShownCandidate]

    @property
    def name(self) -> str:
        """The names of the answer's photos, or how its texts begin, joined by commas."""
        return ", ".join(self.files)


def placed(file: TraceFile, beliefs: Beliefs) -> Placed:
    """An answer as the exports need it.

    `file` is its trace; `beliefs` compute its belief again. There are no regions where the evidence does not give the
    recorded answer any more.
    """
    past = history(file, beliefs)
    told = answer(file, past)
    regions = list[CredibleRegion]()
    if past.agrees and not told.unknown:
        drawn = outlines_of(belief_as_parts(past.final))
        regions = [CredibleRegion(outline.share, split_at_180(outline.shape)) for outline in drawn]
    return Placed(
        names(file), told.title, summary(file.prediction), file.prediction, told.unknown, regions, told.candidates
    )


def facts(place: Placed) -> Iterator[tuple[str, str | float]]:
    """The levels, radii, status and reasoner of an answer as pairs of a name and a value.

    Levels and radii are left out where nothing tells where.
    """
    prediction = place.prediction
    for level in prediction.levels if place.unknown is None else ():
        yield level.level, level.name
        yield f"{level.level}_probability", round(level.probability, 4)
        yield f"{level.level}_stated", "yes" if level.stated else "no"
    if place.unknown is None:
        yield "radius_km_50", prediction.radius_km_50
        yield "radius_km_90", prediction.radius_km_90
    yield "status", prediction.status
    yield "reasoner", prediction.reasoner
