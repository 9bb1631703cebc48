"""One answer as GeoJSON (RFC 7946): the point, the regions that hold 50 % and 90 %, and the places that were tested.

An answer that knows nothing is a feature without a geometry.
"""

import json
from collections.abc import Sequence
from typing import Any

import h3
import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.case.prediction import Prediction
from geoagent.case.trace import TraceFile
from geoagent.geo import Floats, Point
from geoagent.report.answer import Answer, ShownCandidate, answer
from geoagent.report.replay import history

RESOLUTIONS = (5, 4, 3, 2)
"""Of h3, the finest first: that of the atlas, and what is taken where a region has too many cells."""
MOST_CELLS = 1500
SHARES = (0.9, 0.5)


def as_geojson(file: TraceFile, beliefs: Beliefs) -> str:
    """An answer as a feature collection: longitude before latitude, as GeoJSON has it."""
    past = history(file, beliefs)
    told = answer(file, past)
    features = [_answer(file.prediction, told)]
    if past.agrees and not told.unknown:
        features += [_region(past.final.atlas, past.final.probability, share) for share in SHARES]
    features += [_candidate(shown) for shown in told.candidates]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def _answer(prediction: Prediction, told: Answer) -> dict[str, Any]:
    common = {"kind": "answer", "name": told.title, "status": prediction.status, "photos": list(prediction.photos)}
    if told.unknown:
        common |= {"tried": told.unknown.tried, "would_help": [help.what for help in told.unknown.helps]}
        return _feature(None, **common, radius_km_50=None, radius_km_90=None, levels=[])
    return _feature(
        {"type": "Point", "coordinates": _position(prediction.point)}, **common,
        radius_km_50=prediction.radius_km_50, radius_km_90=prediction.radius_km_90,
        levels=[level.model_dump(mode="json") for level in prediction.levels],
    )  # fmt: skip


def _feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _position(point: Point) -> list[float]:
    return [round(point.lon, 6), round(point.lat, 6)]


def _candidate(shown: ShownCandidate) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": _position(shown.point)} if shown.point else None
    return _feature(
        geometry, kind="candidate", letter=shown.letter, name=shown.place, outcome=shown.outcome,
        probability=shown.probability,
    )  # fmt: skip


def _region(atlas: Atlas, probability: Floats, share: float) -> dict[str, Any]:
    """The fewest cells that hold a share of the belief, joined."""
    for resolution in RESOLUTIONS:
        cells = _cells(atlas, probability, share, resolution)
        if len(cells) <= MOST_CELLS:
            break
    shape = shapely.union_all([part for cell in cells for part in _outline(cell)])
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    coordinates = [shapely.geometry.mapping(shapely.geometry.polygon.orient(part))["coordinates"] for part in polygons]
    return _feature(
        {"type": "MultiPolygon", "coordinates": coordinates}, kind="region", share=share, h3_resolution=resolution
    )


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
