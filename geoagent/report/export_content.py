"""An answer as places on a map, for every form that other programs read: the point, regions and tested places."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import h3
import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.case.prediction import Prediction
from geoagent.case.summary import Summary, summary
from geoagent.case.trace import TraceFile
from geoagent.geo import Floats
from geoagent.report.answer import ShownCandidate, answer
from geoagent.report.replay import history
from geoagent.report.unknown import Unknown

RESOLUTIONS = (5, 4, 3, 2)
"""Of h3, the finest first: that of the atlas, and what is taken where a region has too many cells."""
MOST_CELLS = 1500
SHARES = (0.9, 0.5)


class Region(NamedTuple):
    """The fewest cells that hold a share of the belief, joined; longitude first, no polygon over the 180th meridian."""

    share: float
    resolution: int
    polygons: list[shapely.Polygon]


class Placed(NamedTuple):
    """An answer as the exports (GeoJSON, KML, GPX, CSV) need it: the prediction, the regions of the belief, and the
    tested places.
    """

    files: list[str]
    title: str
    summary: Summary
    prediction: Prediction
    unknown: Unknown | None
    regions: list[Region]
    candidates: list[ShownCandidate]

    @property
    def name(self) -> str:
        """The names of the answer's photos, joined by commas."""
        return ", ".join(self.files)


def placed(file: TraceFile, beliefs: Beliefs) -> Placed:
    """An answer as the exports need it; without regions where its evidence does not give it any more."""
    past = history(file, beliefs)
    told = answer(file, past)
    regions = []
    if past.agrees and not told.unknown:
        regions = [_region(past.final.atlas, past.final.probability, share) for share in SHARES]
    names = [ref.path.replace("\\", "/").rsplit("/", 1)[-1] for ref in file.photos]
    return Placed(names, told.title, summary(file.prediction), file.prediction, told.unknown, regions, told.candidates)


def facts(place: Placed) -> Iterator[tuple[str, str | float]]:
    """The levels, radii and status of an answer as pairs of a name and a value."""
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


def _region(atlas: Atlas, probability: Floats, share: float) -> Region:
    for resolution in RESOLUTIONS:
        cells = _cells(atlas, probability, share, resolution)
        if len(cells) <= MOST_CELLS:
            break
    shape = shapely.union_all([part for cell in cells for part in _outline(cell)])
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
    return Region(share, resolution, [shapely.geometry.polygon.orient(part) for part in parts])


def _cells(atlas: Atlas, probability: Floats, share: float, resolution: int) -> Sequence[str]:
    fine, row_cell = np.unique(atlas.cell, return_inverse=True)
    held = np.bincount(row_cell, probability, len(fine))
    parents: dict[str, float] = {}
    for i in np.flatnonzero(held > 0):
        cell = h3.int_to_str(int(fine[i]))
        parent = cell if resolution == RESOLUTIONS[0] else h3.cell_to_parent(cell, resolution)
        parents[parent] = parents.get(parent, 0.0) + float(held[i])
    names = sorted(parents, key=lambda cell: (-parents[cell], cell))
    masses: NDArray[np.float64] = np.cumsum([parents[name] for name in names])
    return names[: int(np.searchsorted(masses, share * masses[-1])) + 1]


def _outline(cell: str) -> list[shapely.Geometry]:
    """A cell in degrees, longitude first, cut in two where it lies across the 180th meridian."""
    corners = [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]
    if max(lon for lon, _ in corners) - min(lon for lon, _ in corners) < 180:
        return [shapely.Polygon(corners)]
    whole = shapely.make_valid(shapely.Polygon([(lon % 360, lat) for lon, lat in corners]))
    east, west = whole & shapely.box(0, -90, 180, 90), whole & shapely.box(180, -90, 360, 90)
    return [east, shapely.transform(west, lambda xy: xy - [360, 0])]
