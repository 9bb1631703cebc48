"""The country at a point: by polygons (country-coder 5.6.1, ISC) on land and near the shore; the open sea has none.

The polygons reach far out to sea. What counts of them is land and about 12 nautical miles of sea (global-land-mask
1.0.0, MIT); in Antarctica it is 100 km, which takes in most ice shelves.
"""

import json
from functools import cached_property
from importlib.resources import files

import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.geo import Floats


class Borders:
    """Polygons of countries and territories by ISO 3166-1 alpha-2 code, read when they are first needed.

    Their longitudes are planar, cut at ±180°.
    """

    @cached_property
    def _shore(self) -> NDArray[np.bool_]:
        from PIL import Image

        with (files("geoagent") / "data" / "shore.png").open("rb") as stream, Image.open(stream) as picture:
            return np.asarray(picture)

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
        """The ISO code of the country at each point, given arrays of latitudes and longitudes in degrees; None at open
        sea.

        Where polygons overlap, the smaller one counts.
        """
        codes, tree, areas = self._index
        points: NDArray[np.object_] = np.array(shapely.points(lon, lat), dtype=object, ndmin=1)
        found: list[str | None] = [None] * len(points)
        area = [float("inf")] * len(points)
        for point, polygon in tree.query(points, predicate="intersects").T:
            if areas[polygon] < area[point]:
                found[point], area[point] = codes[polygon], areas[polygon]
        return [code if self._is_shore(y, x) else None for code, y, x in zip(found, lat, lon, strict=True)]

    def country_code(self, lat: float, lon: float) -> str | None:
        """The ISO code of the country at one point in degrees; None at open sea. Where polygons overlap, the smaller
        one counts.
        """
        if not self._is_shore(lat, lon):
            return None
        codes, tree, areas = self._index
        found = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return codes[min(found, key=areas.__getitem__)] if len(found) else None

    def _is_shore(self, lat: float, lon: float) -> bool:
        height, width = self._shore.shape
        row, column = int((90.0 - lat) / 180.0 * height), int((lon + 180.0) / 360.0 * width)
        return bool(self._shore[min(row, height - 1), column % width])
