"""Write geoagent/data/world.json: the outlines of the countries, for drawing.

Natural Earth 1:110m (public domain, www.naturalearthdata.com), as TopoJSON in the npm package world-atlas 2.0.2:

    npm install world-atlas@2 && python scripts/build_world_map.py node_modules/world-atlas/countries-110m.json
"""

import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path

import shapely

TARGET = Path(__file__).parent.parent / "geoagent" / "data" / "world.json"
STEPS = 50
"""Steps a degree that coordinates are rounded to: 2 km."""
Ring = list[tuple[float, float]]


def main() -> None:
    """Decode the countries of a TopoJSON file and write each ring as differences of rounded coordinates."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    arcs = [decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    countries = [
        [
            drawn
            for polygon in polygons(geometry)
            for numbers in polygon
            for part in cut(ring(numbers, arcs))
            if len(drawn := differences(part)) > 6
        ]
        for geometry in topology["objects"]["countries"]["geometries"]
    ]
    TARGET.write_text(json.dumps({"steps_per_deg": STEPS, "countries": countries}, separators=(",", ":")) + "\n")
    print(f"{TARGET.name}: {len(countries)} countries, {TARGET.stat().st_size:,} bytes")


def decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    """An arc in degrees, longitude first, from its quantised differences."""
    (kx, ky), (x0, y0) = transform["scale"], transform["translate"]
    xs, ys = (accumulate([step[axis] for step in arc]) for axis in (0, 1))
    return [(x * kx + x0, y * ky + y0) for x, y in zip(xs, ys, strict=True)]


def polygons(geometry: dict[str, object]) -> list[list[list[int]]]:
    """The polygons of a country, each as rings of numbers of arcs."""
    given: list[list[list[int]]] = geometry["arcs"]  # type: ignore[assignment]
    return [given] if geometry["type"] == "Polygon" else given  # type: ignore[list-item]


def ring(numbers: list[int], arcs: list[Ring]) -> Ring:
    """Arcs joined to a ring; ~n is arc n backwards."""
    joined: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        joined += arc[1:] if joined else arc
    return joined


def cut(outline: Ring) -> list[Ring]:
    """A ring cut at the 180th meridian, where it crosses it; one round the south pole goes along the edge to it."""
    lons = [lon for lon, _ in outline]
    turns = list(accumulate((round((a - b) / 360) for a, b in pairwise(lons)), initial=0))
    unrolled = [(lon + 360 * turn, lat) for (lon, lat), turn in zip(outline, turns, strict=True)]
    if not any(turns):
        return [outline]
    if turns[-1]:
        return [[*outline[:-1], (-lons[0], outline[0][1]), (-lons[0], -90.0), (lons[0], -90.0), outline[0]]]
    shape = shapely.Polygon(unrolled)
    parts = [
        shapely.transform(part, lambda xy, turn=turn: xy - [360 * turn, 0])
        for turn in (-1, 0, 1)
        for part in shapely.get_parts(shape & shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90))
    ]
    return [
        shapely.get_coordinates(part).tolist() for part in parts if part.geom_type == "Polygon" and not part.is_empty
    ]


def differences(points: Ring) -> list[int]:
    """Longitude and latitude in turn, in steps: those of the first point, then what each further one adds."""
    steps = [(round(lon * STEPS), round(lat * STEPS)) for lon, lat in points]
    kept = [point for point, before in zip(steps, [None, *steps[:-1]], strict=True) if point != before]
    flat = list(kept[0])
    for (x, y), (x0, y0) in zip(kept[1:], kept, strict=False):
        flat += [x - x0, y - y0]
    return flat


if __name__ == "__main__":
    main()
