"""Answers as GeoJSON (RFC 7946): the point, the regions that hold 50 % and 90 %, and the places that were tested.

An answer that knows nothing is a feature without a geometry.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import shapely

from geoagent.belief import Beliefs
from geoagent.case.trace import TraceFile
from geoagent.geo import Point
from geoagent.report.answer import ShownCandidate
from geoagent.report.export_content import CredibleRegion, Placed, placed


def as_geojson(file: TraceFile, beliefs: Beliefs) -> str:
    """One answer as a GeoJSON feature collection: the point, the regions of the belief, and the tested places.

    `file` is its trace; `beliefs` compute its belief again.
    """
    return as_collection([placed(file, beliefs)])


def as_collection(places: Sequence[Placed]) -> str:
    """Several answers as one GeoJSON feature collection. In its coordinates longitude comes before latitude."""
    features = [feature for place in places for feature in _features(place)]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def _features(place: Placed) -> Iterator[dict[str, Any]]:
    yield _answer(place)
    yield from (_region(region, place.files) for region in place.regions)
    yield from (_candidate(shown, place.files) for shown in place.candidates)


def _answer(place: Placed) -> dict[str, Any]:
    prediction = place.prediction
    common = {
        "kind": "answer", "name": place.title, "files": place.files, "status": prediction.status,
        "photos": list(prediction.photos),
    }  # fmt: skip
    if place.unknown:
        common |= {"tried": place.unknown.tried, "would_help": [help.what for help in place.unknown.helps]}
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


def _candidate(shown: ShownCandidate, files: Sequence[str]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": _position(shown.point)} if shown.point else None
    return _feature(
        geometry, kind="candidate", letter=shown.letter, name=shown.place, files=files, outcome=shown.outcome,
        probability=shown.probability,
    )  # fmt: skip


def _region(region: CredibleRegion, files: Sequence[str]) -> dict[str, Any]:
    coordinates = [shapely.geometry.mapping(polygon)["coordinates"] for polygon in region.polygons]
    return _feature(
        {"type": "MultiPolygon", "coordinates": coordinates}, kind="region", files=files, share=region.share
    )
