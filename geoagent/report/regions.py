"""Draws where a belief lies: smooth outlines on land round the fewest places or cells that hold 50 % and 90 %."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import h3
import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.belief import Belief
from geoagent.case.evidence import Spot
from geoagent.case.views import Frozen
from geoagent.geo import EARTH_RADIUS_KM, KM_PER_DEG, Floats, Point, km_to_chord, unit_vectors
from geoagent.report.country_outlines import TURNS, on_land, packed, polygons, rings_of, turned
from geoagent.report.map import azimuthal, from_azimuthal

SHARES = (0.9, 0.5)
RESOLUTIONS = (5, 4, 3, 2)
"""Of h3, the finest first."""
MOST_PLACES, MOST_CELLS = 60, 600
"""Where a share needs more, it is drawn by cells, and by coarser ones."""
COVERS = 1.1
"""A circle round a cell reaches so many lengths of its edge."""
JOINED, FILLED, ROUNDED = 3.0, 1.5, 0.5
"""How far apart parts are joined, how wide gaps are filled and corners rounded, in radii of the circles."""
CORNERS = 8
"""In a quarter of a circle."""
FINELY, OFF, ROUGHLY = 1 / 150, 1 / 35, 1 / 3
"""How far an outline may be simplified, in radii: one of few places, one of cells, and one that passes by."""
GRID_DEG = 1e-5
"""To which outlines are rounded for other programs."""
ALIKE = 0.9
"""An outline that fills so much of the larger one would look the same on a map."""
LEAST = 0.3
"""The side of a square that a part must fill to be drawn beside larger ones, in radii."""


class Parts(NamedTuple):
    """A belief in the form that regions are drawn from.

    `probability` has the probability of each row (place) of the atlas, `rest` that of each row without its spots,
    `spot_probability` that of each of the `spots`.
    """

    atlas: Atlas
    probability: Floats
    rest: Floats
    spots: tuple[Spot, ...]
    spot_probability: Floats


class Outline(NamedTuple):
    """The outline of the area that holds a share of the belief, in degrees, longitude first.

    Where the shape crosses the 180th meridian its longitudes go on beyond 180°.
    """

    share: float
    shape: shapely.Geometry


def rows_as_parts(atlas: Atlas, probability: Floats) -> Parts:
    """Probabilities of the rows (places) of an atlas in the form that regions are drawn from, without spots."""
    return Parts(atlas, probability, probability, (), np.empty(0))


def belief_as_parts(belief: Belief) -> Parts:
    """A belief in the form that regions are drawn from."""
    return Parts(belief.atlas, belief.probability, belief.rest, belief.spots, belief.spot_probability)


def regions(parts: Parts, off: float = OFF) -> list[Outline]:
    """The outlines of the areas that hold 90 % and 50 % of a belief, the larger first.

    They may be the same. Where few places hold them, outlines go finely round these; else they go round cells and are
    simplified by at most `off` radii of a cell.
    """
    circles, counts = _places(parts)
    if counts[0] <= MOST_PLACES:
        off = FINELY
    else:
        circles, counts = _cells(parts)
    return [Outline(share, _outline(circles.first(n), off)) for share, n in zip(SHARES, counts, strict=True)]


class Circles(NamedTuple):
    """Circles on the Earth, the most probable first: latitudes and longitudes in degrees, and radii in km."""

    lat: Floats
    lon: Floats
    km: Floats

    def first(self, count: int) -> "Circles":
        """The `count` most probable circles."""
        return Circles(self.lat[:count], self.lon[:count], self.km[:count])


def _places(parts: Parts) -> tuple[Circles, list[int]]:
    """The heaviest places, and how many hold each share."""
    atlas, spots = parts.atlas, parts.spots
    heaviest, counts = _heaviest(np.concatenate((parts.rest, parts.spot_probability)))
    taken = heaviest[: min(counts[0], MOST_PLACES)]
    rows, own = taken[taken < len(atlas)], [spots[i - len(atlas)] for i in taken.tolist() if i >= len(atlas)]
    found = np.empty((len(taken), 3))
    found[taken < len(atlas)] = np.column_stack((atlas.lat[rows], atlas.lon[rows], atlas.extent_km[rows]))
    if own:
        found[taken >= len(atlas)] = [(spot.point.lat, spot.point.lon, spot.radius_km) for spot in own]
    return Circles(found[:, 0], found[:, 1], found[:, 2]), counts


def _cells(parts: Parts) -> tuple[Circles, list[int]]:
    """The heaviest cells, and how many hold each share."""
    for resolution in RESOLUTIONS:
        names, member = _members(parts.atlas, resolution)
        heaviest, counts = _heaviest(np.bincount(member, parts.probability, len(names)))
        if counts[0] <= MOST_CELLS:
            break
    places = np.array([h3.cell_to_latlng(h3.int_to_str(int(cell))) for cell in names[heaviest[: counts[0]]]])
    km = COVERS * h3.average_hexagon_edge_length(resolution, unit="km")
    return Circles(places[:, 0], places[:, 1], np.full(len(places), km)), counts


def _heaviest(probability: NDArray[Any]) -> tuple[NDArray[np.int64], list[int]]:
    """The order of parts by weight, and how many of the heaviest hold each share."""
    order = np.argsort(-probability)
    held = np.cumsum(probability[order])
    return order, [int(np.searchsorted(held, share * held[-1])) + 1 for share in SHARES]


@lru_cache(maxsize=8)
def _members(atlas: Atlas, resolution: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The cells of a resolution, and of each row the number of its cell.

    h3 keeps the resolution in bits 52 to 55, and below them 3 bits for each level, all set where it does not go so far.
    """
    finer = np.uint64((1 << 3 * (15 - resolution)) - 1)
    cells = (atlas.cell & ~np.uint64(15 << 52)) | np.uint64(resolution << 52) | finer
    names, member = np.unique(cells, return_inverse=True)
    return names, member


def _outline(circles: Circles, off: float) -> shapely.Geometry:
    return shapely.union_all([_smooth(group, off) for group in _groups(circles)])


def _groups(circles: Circles) -> Iterator[Circles]:
    """Circles that lie near to each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    reach = min(JOINED * float(np.median(circles.km)), EARTH_RADIUS_KM)
    pairs = KDTree(unit_vectors(circles.lat, circles.lon)).query_pairs(km_to_chord(reach), output_type="ndarray")
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(circles.km), len(circles.km)))
    count, group = connected_components(joined, directed=False)
    for number in range(count):
        inside = group == number
        yield Circles(circles.lat[inside], circles.lon[inside], circles.km[inside])


def _smooth(group: Circles, off: float) -> shapely.Geometry:
    """One outline round circles: gaps between them are filled, corners rounded, the sea left out."""
    centre = Point(lat=float(group.lat[0]), lon=float(group.lon[0]))
    radius = float(np.median(group.km))
    middles = azimuthal(group.lat, group.lon, centre) * EARTH_RADIUS_KM
    filled = shapely.union_all(shapely.buffer(shapely.points(middles), group.km, quad_segs=CORNERS))
    for km in (FILLED, -FILLED - ROUNDED, ROUNDED):
        filled = shapely.buffer(filled, km * radius, quad_segs=CORNERS)
    flat = shapely.transform(shapely.simplify(filled, off * radius), lambda km: _degrees(km, centre))
    deg = radius / KM_PER_DEG
    land = shapely.simplify(on_land(shapely.make_valid(flat), off * deg), off * deg)
    large = [part for part in polygons([land]) if part.area >= (LEAST * deg) ** 2]
    return shapely.union_all(large) if large else flat if shapely.is_empty(land) else land


def _degrees(km: Floats, centre: Point) -> Floats:
    """Points of a plane round a centre as longitudes and latitudes; the longitudes go on beyond 180°."""
    lat, lon = from_azimuthal(km / EARTH_RADIUS_KM, centre)
    return np.column_stack((centre.lon + (lon - centre.lon + 180) % 360 - 180, lat))


def split_at_180(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """An outline as polygons whose longitudes lie from −180 to 180: it is cut where it crosses the 180th meridian."""
    parts = list[shapely.Geometry]()
    for turn in TURNS:
        inside = shapely.intersection(shape, shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90))
        parts.append(turned(inside, -turn))
    joined = shapely.set_precision(shapely.union_all(parts), GRID_DEG)
    return [shapely.geometry.polygon.orient(polygon) for polygon in polygons([joined])]


def different(found: Sequence[Outline]) -> list[Outline]:
    """The outlines that are worth drawing: not one inside another that is hardly larger."""
    largest = shapely.area(found[0].shape) if found else 0.0
    return [outline for n, outline in enumerate(found) if n == 0 or shapely.area(outline.shape) < ALIKE * largest]


class PackedRegion(Frozen):
    """An outline in compact form for the interactive map, with the share of the belief that it holds.

    `rings` is what `packed` makes of it, on a grid of `steps_per_deg`.
    """

    share: float
    steps_per_deg: int
    rings: str


def packed_regions(found: Sequence[Outline]) -> list[PackedRegion]:
    """Outlines in compact form for the interactive map."""
    return [
        PackedRegion(share=o.share, steps_per_deg=steps, rings=packed(rings_of(o.shape), steps))
        for o in found
        for steps in [_steps(o.shape)]
    ]


def _steps(shape: shapely.Geometry) -> int:
    """Steps a degree: small outlines need finer ones."""
    west, south, east, north = map(float, shapely.bounds(shape))
    return round(max(100, min(20_000, 2000 / max(east - west, north - south, 0.01))))
