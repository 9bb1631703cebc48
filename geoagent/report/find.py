"""Spots where a combination of things is found: as text, and as GeoJSON."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geoagent.atlas import Atlas
from geoagent.errors import ConfigError
from geoagent.files.outputs import Form, Output, read_object
from geoagent.osm.query import Combination
from geoagent.osm.search import MapSpot

KIND = "map combination"


def render_spots(wanted: Combination, where: str, found: Sequence[MapSpot], shown: int, atlas: Atlas) -> str:
    """The spots as plain text, one a line, the best first."""
    lines = [f"{wanted}"]
    lines += [f'not understood, and left out: "{part}"' for part in wanted.not_understood]
    whole = sum(spot.fit >= 0.999 for spot in found)
    if not found:
        return "\n".join([*lines, "", f"Nothing in {where} comes near to that."])
    lines += ["", f"In {where}: {whole} {'spot fits' if whole == 1 else 'spots fit'}, {len(found) - whole} nearly fit."]
    lines += [""] + [_line(spot, wanted, atlas) for spot in found[:shown]]
    return "\n".join([*lines, *([f"and {len(found) - shown} more"] if len(found) > shown else [])])


def _line(spot: MapSpot, wanted: Combination, atlas: Atlas) -> str:
    parts = [
        f"{one.thing} {metres:.0f} m" if math.isfinite(metres) else f"no {one.thing}"
        for one, metres in zip(wanted.near, spot.away_m, strict=True)
    ]
    parts += [f"but {one}" for one in spot.against]
    name = spot.name or str(atlas.at(spot.point).place)
    return f"  {100 * spot.fit:3.0f} %  {spot.point.lat:.5f}, {spot.point.lon:.5f}  {name}: {', '.join(parts)}".rstrip(
        ": "
    )


def spot_row(spot: MapSpot) -> dict[str, Any]:
    """A spot as plain data."""
    away = [round(metres) if math.isfinite(metres) else None for metres in spot.away_m]
    point = {"lat": round(spot.point.lat, 6), "lon": round(spot.point.lon, 6)}
    return {"name": spot.name, **point, "fit": round(spot.fit, 4), "away_m": away, "against": list(spot.against)}


def _is_ours(path: Path) -> bool:
    found = read_object(path)
    return found.get("type") == "FeatureCollection" and found.get("kind") == KIND


def spots_output(path: Path, inputs: tuple[Path, ...], force: bool) -> Output:
    """The GeoJSON file of the spots. Raises ConfigError."""
    if path.suffix not in (".geojson", ".json"):
        raise ConfigError(f"--geojson: {path}: GeoJSON ends in .geojson or .json")
    return Output(path, Form("map combination", _is_ours), "--geojson", inputs, force)


def spots_geojson(wanted: Combination, found: Sequence[MapSpot]) -> str:
    """The spots as GeoJSON points, with how well each fits."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [spot.point.lon, spot.point.lat]},
            "properties": {key: value for key, value in spot_row(spot).items() if key not in ("lat", "lon")},
        }
        for spot in found
    ]
    return json.dumps({"type": "FeatureCollection", "kind": KIND, "asked": str(wanted), "features": features})
