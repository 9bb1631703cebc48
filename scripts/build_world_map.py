"""Write the outlines of the countries: world.json, world_map.json and outlines.npz in geoagent/data.

Natural Earth (public domain, www.naturalearthdata.com), as TopoJSON in the npm package world-atlas 2.0.2:

    npm install world-atlas@2.0.2 && python scripts/build_world_map.py node_modules/world-atlas

world.json has the outlines at 1:110m for pictures of the whole world, world_map.json those at 1:50m with the names of
the countries for the map that can be moved, outlines.npz those at 1:10m, of which a map is given what lies round its
answer, and the land without borders.
"""

import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.report.country_outlines import packed

TARGET = Path(__file__).parent.parent / "geoagent" / "data"
STEPS = 50
"""Steps a degree that coordinates are rounded to: 2 km."""
FINE_STEPS = 400
COARSE_DEG, FINE_DEG = 0.01, 0.002
"""How far a simplified outline may lie off."""
LAND = {"land": 0.05, "rough_land": 0.3}
"""The land of the world without borders: by its name, how far it may lie off."""
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
    land = {
        name: [ring for part in read(folder / "land-50m.json", 0.0, "land") for ring in simplified(part.rings, off)]
        for name, off in LAND.items()
    }
    write_fine(read(folder / "countries-10m.json", FINE_DEG), land)


def write(name: str, data: object) -> None:
    """Write a file of data, and say how long it is."""
    path = TARGET / name
    path.write_text(json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def simplified(rings: list[Ring], off_deg: float) -> list[Ring]:
    """Rings with fewer points, without those that are smaller than that."""
    large = [shapely.Polygon(ring) for ring in rings if shapely.Polygon(ring).area > off_deg**2]
    return [shapely.get_coordinates(shapely.simplify(shape, off_deg)).tolist() for shape in large]


def read(path: Path, off_deg: float = 0.0, what: str = "countries") -> list[Country]:
    """The countries of a TopoJSON file, simplified border by border, so that neighbours still meet."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = [simpler(decoded(arc, topology["transform"]), off_deg) for arc in topology["arcs"]]
    found = []
    for geometry in topology["objects"][what]["geometries"]:
        outlines = [ring(numbers, arcs) for polygon in polygons(geometry) for numbers in polygon]
        parts = [part for outline in outlines if len(outline) > 3 for part in cut(outline)]
        found.append(Country(geometry.get("properties", {}).get("name", ""), parts))
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
        return [round_the_pole(outline[:-1])]
    shape = shapely.make_valid(shapely.Polygon(unrolled))
    parts = [
        shapely.transform(part, lambda xy, turn=turn: xy - [360 * turn, 0])
        for turn in (-1, 0, 1)
        for part in shapely.get_parts(shape & shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90))
    ]
    return [
        shapely.get_coordinates(part).tolist() for part in parts if part.geom_type == "Polygon" and not part.is_empty
    ]


def round_the_pole(points: Ring) -> Ring:
    """A ring round the south pole, cut where it crosses the 180th meridian, and led along the lower edge of the map."""
    jump = next(i for i in range(len(points)) if abs(points[i][0] - points[i - 1][0]) > 180)
    turned = [*points[jump:], *points[:jump]]
    (first, lat), (last, _) = turned[0], turned[-1]
    start, end = (180.0 if lon > 0 else -180.0 for lon in (first, last))
    return [(start, -90.0), (start, lat), *turned, (end, lat), (end, -90.0), (start, -90.0)]


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


def write_fine(countries: list[Country], land: dict[str, list[Ring]]) -> None:
    """Write the countries at their finest, and the land of the world without borders, in the forms that are given."""
    path = TARGET / "outlines.npz"
    owned = [(ring, number) for number, country in enumerate(countries) for ring in country.rings]
    columns = rounded("countries", [ring for ring, _ in owned], [number for _, number in owned])
    for name, rings in land.items():
        columns |= rounded(name, rings, [0] * len(rings))
    np.savez_compressed(path, allow_pickle=False, steps_per_deg=FINE_STEPS, **columns)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def rounded(name: str, rings: list[Ring], owner: list[int]) -> dict[str, NDArray[Any]]:
    """Rings as columns: for each its owner, its start and its length, and the steps of all. None crosses itself."""
    found: dict[str, list[Any]] = {"owner": [], "start": [], "length": [], "steps": []}
    for points, number in zip(rings, owner, strict=True):
        for part in valid(np.rint(np.array(points) * FINE_STEPS)):
            moves = np.diff(part, axis=0)
            found["owner"].append(number)
            found["start"].append(part[0])
            found["length"].append(len(moves))
            found["steps"].append(moves)
    kinds = {"owner": np.int16, "start": np.int32, "length": np.int32, "steps": np.int16}
    joined = {column: np.concatenate(v) if column == "steps" else np.array(v) for column, v in found.items()}
    return {f"{name}_{column}": values.astype(kinds[column]) for column, values in joined.items()}


def valid(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """A ring of whole numbers as rings that do not cross themselves, of whole numbers too."""
    moves = np.concatenate(([True], np.diff(points, axis=0).any(axis=1)))
    if moves.sum() < 4:
        return []
    shapes = [shapely.Polygon(points[moves])]
    for _ in range(5):
        if all(shape.is_valid for shape in shapes):
            break
        made = shapely.get_parts(shapely.get_parts(shapely.set_precision(shapely.make_valid(shapes), 1)))
        shapes = [shapely.Polygon(part.exterior) for part in made if part.geom_type == "Polygon"]
    return [shapely.get_coordinates(shape) for shape in shapes if shape.is_valid]


if __name__ == "__main__":
    main()
