"""Country from a point, by polygons (country-coder 5.6.1, ISC; borders include territorial waters)."""

import json
from functools import cached_property
from importlib.resources import files

import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.geo import Floats


class Borders:
    """Polygons of countries and territories by ISO 3166-1 alpha-2 code; longitudes are planar, cut at ±180°."""

    @cached_property
    def _index(self) -> tuple[list[str], "shapely.STRtree", Floats]:
        source = json.loads((files("geoagent") / "data" / "borders.json").read_text())
        codes, shapes = [], []
        for feature in source:
            for polygon in feature["polygons"]:
                codes.append(feature["code"])
                shapes.append(shapely.Polygon(polygon[0], polygon[1:]))
        return codes, shapely.STRtree(shapes), np.asarray(shapely.area(shapes), dtype=np.float64)

    def country_codes(self, lat: Floats, lon: Floats) -> list[str | None]:
        """The country of each point in degrees; where borders overlap the smaller polygon; None at open sea."""
        codes, tree, areas = self._index
        points: NDArray[np.object_] = np.array(shapely.points(lon, lat), dtype=object, ndmin=1)
        found: list[str | None] = [None] * len(points)
        area = [float("inf")] * len(points)
        for point, polygon in tree.query(points, predicate="intersects").T:
            if areas[polygon] < area[point]:
                found[point], area[point] = codes[polygon], areas[polygon]
        return found
