"""Write the outlines of the countries: world.json, world_map.json and outlines.npz in geoagent/data.

Natural Earth (public domain, www.naturalearthdata.com), as TopoJSON in the npm package world-atlas 2.0.2:

    npm install world-atlas@2.0.2 && python scripts/build_world_map.py node_modules/world-atlas

world.json has the outlines at 1:110m for pictures of the whole world, world_map.json those at 1:50m with the names of the
countries for the map that can be moved, outlines.npz those at 1:10m, of which each map is given what lies round its answer.
"""

import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from geoagent.report.outlines import packed

TARGET = Path(__file__).parent.parent / "geoagent" / "data"
STEPS = 50
"""Steps a degree that coordinates are rounded to: 2 km."""
FINE_STEPS = 400
COARSE_DEG, FINE_DEG = 0.01, 0.002
"""How far a simplified outline may lie off."""
LEAST_DEG2 = 0.0005
"""What is smaller is left out at 1:50m, unless it is all of a country."""
Ring = list[tuple[float, float]]


class Country(NamedTuple):
    """A country: its name, and its rings, longitude first, each cut at the 180th meridian."""

    name: str
    rings: list[Ring]


def main() -> None:
    """Read the three files of the package, and write ours."""
    folder = Path(sys.argv[1])
    small = [[line for r in c.rings if len(line := differences(r)) > 6] for c in read(folder / "countries-110m.json")]
    write("world.json", {"steps_per_deg": STEPS, "countries": small})
    middle = [labelled(country) for country in read(folder / "countries-50m.json", COARSE_DEG)]
    write("world_map.json", {"steps_per_deg": STEPS, "countries": middle})
    write_fine(read(folder / "countries-10m.json", FINE_DEG))


def write(name: str, data: object) -> None:
    """Write a file of data, and say how long it is."""
    path = TARGET / name
    path.write_text(json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def read(path: Path, off_deg: float = 0.0) -> list[Country]:
    """The countries of a TopoJSON file, simplified border by border, so that neighbours still meet."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = [simpler(decoded(arc, topology["transform"]), off_deg) for arc in topology["arcs"]]
    found = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        outlines = [ring(numbers, arcs) for polygon in polygons(geometry) for numbers in polygon]
        parts = [part for outline in outlines if len(outline) > 3 for part in cut(outline)]
        found.append(Country(geometry["properties"]["name"], parts))
    return found


def simpler(arc: Ring, off_deg: float) -> Ring:
    """An arc with fewer points."""
    line = shapely.simplify(shapely.LineString(arc), off_deg) if off_deg else shapely.LineString(arc)
    return [(x, y) for x, y in shapely.get_coordinates(line).tolist()]


def decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    """An arc in degrees, longitude first, from its quantised differences."""
    (kx, ky), (x0, y0) = transform["scale"], transform["translate"]
    xs, ys = (accumulate([step[axis] for step in arc]) for axis in (0, 1))
    return [(x * kx + x0, y * ky + y0) for x, y in zip(xs, ys, strict=True)]


def polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    """The polygons of a country, each as rings of numbers of arcs; none where it has no outline at this scale."""
    given = geometry.get("arcs", [])
    return [given] if geometry["type"] == "Polygon" else given


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
    shape = shapely.make_valid(shapely.Polygon(unrolled))
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


def labelled(country: Country) -> dict[str, object]:
    """A country for the map that can be moved: its name, the middle of its largest part and how far that reaches."""
    parts = sorted(map(shapely.Polygon, country.rings), key=lambda part: -part.area)
    rings = [shapely.get_coordinates(part) for n, part in enumerate(parts) if n == 0 or part.area >= LEAST_DEG2]
    if not parts:
        return {"name": country.name, "at": None, "reach_deg": 0, "rings": ""}
    radius = shapely.maximum_inscribed_circle(shapely.make_valid(parts[0]), tolerance=0.05)
    (lon, lat), _ = shapely.get_coordinates(radius).tolist()
    return {
        "name": country.name, "at": [round(lat, 2), round(lon, 2)], "reach_deg": round(float(radius.length), 2),
        "rings": packed(rings, STEPS),
    }  # fmt: skip


def write_fine(countries: list[Country]) -> None:
    """Write the finest outlines: for each ring its country, its start and its length, and the steps of all."""
    owner, start, length, steps = [], [], [], []
    for number, country in enumerate(countries):
        for points in country.rings:
            whole = np.rint(np.array(points) * FINE_STEPS).astype(np.int32)
            moves = np.diff(whole, axis=0)
            moves = moves[moves.any(axis=1)]
            if len(moves) > 2:
                owner.append(number)
                start.append(whole[0])
                length.append(len(moves))
                steps.append(moves)
    path = TARGET / "outlines.npz"
    np.savez_compressed(
        path, steps_per_deg=FINE_STEPS, owner=np.array(owner, np.int16), start=np.array(start, np.int32),
        length=np.array(length, np.int32), steps=np.concatenate(steps).astype(np.int16),
    )  # fmt: skip
    print(f"{path.name}: {len(owner)} rings, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
