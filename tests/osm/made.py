"""Extracts that are made up: things at random in and round Porto, and combinations that are planted among them."""

import math
import random
from pathlib import Path
from typing import Any

import osmium

from geoagent.geo import Point

PORTO = Point(lat=41.1496, lon=-8.611)
HALF_DEG = 0.12
RANDOM = (
    {"amenity": "cafe"}, {"shop": "bakery"}, {"highway": "bus_stop"}, {"amenity": "pharmacy"}, {"leisure": "park"},
    {"railway": "tram_stop"}, {"tourism": "hotel"}, {"building": "yes", "building:levels": "5"}, {"amenity": "bench"},
    {"building": "yes", "building:levels": "14"}, {"amenity": "place_of_worship", "religion": "christian"},
)  # fmt: skip
MOSQUE = {"amenity": "place_of_worship", "religion": "muslim"}
PHRASE = "a mosque within 200 m of a tram stop, beside a river, no building over 10 storeys within 100 m"


class Made:
    """An extract that is being written."""

    def __init__(self, path: Path) -> None:
        self._writer = osmium.SimpleWriter(str(path), overwrite=True)
        self._number = 0

    def node(self, lat: float, lon: float, tags: dict[str, str] | None = None) -> int:
        """A node; its number."""
        self._number += 1
        self._writer.add_node(osmium.osm.mutable.Node(id=self._number, location=(lon, lat), tags=tags or {}, version=1))
        return self._number

    def way(self, nodes: list[int], tags: dict[str, str]) -> int:
        """A way through nodes that were written before; its number."""
        self._number += 1
        self._writer.add_way(osmium.osm.mutable.Way(id=self._number, nodes=nodes, tags=tags, version=1))
        return self._number

    def area(self, ways: list[int], tags: dict[str, str]) -> None:
        """An area whose outline is made of several ways."""
        self._number += 1
        members: list[Any] = [("w", way, "outer") for way in ways]
        tags = {"type": "multipolygon", **tags}
        self._writer.add_relation(osmium.osm.mutable.Relation(id=self._number, members=members, tags=tags, version=1))

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def moved(point: Point, metres: float, towards_deg: float) -> tuple[float, float]:
    """Latitude and longitude of a place so many metres from another."""
    north, east = (metres * f(math.radians(towards_deg)) / 111_195 for f in (math.cos, math.sin))
    return point.lat + north, point.lon + east / math.cos(math.radians(point.lat))


def cell(point: Point) -> tuple[int, int]:
    """A cell some 250 m wide."""
    return math.floor(point.lat / 0.0025), math.floor(point.lon / 0.0033)


def extract(path: Path, count: int, planted: int, seed: int = 1) -> list[Point]:
    """Write an extract of `count` things, and so many planted combinations of `PHRASE`; where these lie.

    As many decoys lack one thing each: the tram stop, the river, or low houses.
    """
    rng, made = random.Random(seed), Made(path)
    truths, rivers = list[Point](), list[list[int]]()

    def anywhere() -> Point:
        lat, lon = (centre + rng.uniform(-HALF_DEG, HALF_DEG) for centre in (PORTO.lat, PORTO.lon))
        return Point(lat=lat, lon=lon)

    taken = set[tuple[int, int]]()
    for number in range(2 * planted):
        here, lacks = anywhere(), "nothing" if number < planted else rng.choice(("stop", "river", "low"))
        taken |= {(y + a, x + b) for y, x in [cell(here)] for a in (-1, 0, 1) for b in (-1, 0, 1)}
        made.node(here.lat, here.lon, {**MOSQUE, "name": f"Mosque {number}"})
        towards = rng.uniform(0, 360)
        if lacks != "stop":
            made.node(*moved(here, rng.uniform(20, 195), rng.uniform(0, 360)), {"railway": "tram_stop"})
        aside = Point(**dict(zip(("lat", "lon"), moved(here, 500 if lacks == "river" else 40, towards), strict=True)))
        rivers.append([made.node(*moved(aside, far, towards + 90)) for far in (-400, 400)])
        if lacks == "low":
            made.node(*moved(here, 60, towards + 180), {"building": "yes", "building:levels": "15"})
        if lacks == "nothing":
            truths.append(here)
    for _ in range(count - 6 * planted):
        here = anywhere()
        if cell(here) not in taken:  # beside a planted one it might complete a decoy
            made.node(here.lat, here.lon, rng.choice(RANDOM))
    for nodes in rivers:
        made.way(nodes, {"waterway": "river"})
    made.close()
    return truths
