"""Species that were heard or seen, with ranges that the user supplies, as evidence: `--heard SPECIES --ranges FILE`.

A file of ranges is GeoJSON with outlines or points, or a table (CSV, TSV, JSON Lines, Parquet) with a species in each
row and an area of the atlas or a point where it was observed. Ranges are rough, animals stray, and people err: outside
of a range a species is rarer, not impossible.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.atlas.place_in_words import one_place
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas, Patch, Patches
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError
from geoagent.files.foreign_tables import form_of, read_file, records
from geoagent.geo import Area
from geoagent.plain_text import fold, printable

NAMES = ("species", "scientificname", "scientific_name", "sci_name", "binomial", "name")
"""The columns and properties that name the species, in this order."""
LATITUDES, LONGITUDES = ("decimallatitude", "latitude", "lat"), ("decimallongitude", "longitude", "lon", "lng")
AREAS = ("area", "country", "countrycode", "country_code", "region")
GEOJSON = (".geojson", ".json")
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
MOST_BYTES = 500_000_000
MOST_HEARD = 20
LONGEST_NAME = 200
"""Characters of a species' name."""
OUTSIDE = 0.03
"""How often a species is met outside of its range, against inside, by judgement: strays, gaps of the range, zoos."""
CELL_DEG, ROUND_A_POINT = 1, 1
"""The grid that ranges are drawn on, and so many cells round a point where a species was observed count too."""
TELLS_LITTLE = 0.9
NEAREST = 3


class Range(NamedTuple):
    """The range of a species: cells of a grid (row from the south pole, column from the 180th meridian), and areas."""

    name: str
    cells: frozenset[tuple[int, int]]
    areas: frozenset[Area]


def heard(species: Sequence[str], ranges: Path, atlas: Atlas) -> Trace:
    """What species that were heard or seen say of where, by the ranges in a file. Raises ConfigError."""
    wanted = {fold(name): name.strip() for name in species}
    if "" in wanted or len(wanted) > MOST_HEARD:
        raise ConfigError(f"heard: give 1 to {MOST_HEARD} species by the names that the ranges have")
    if any(len(name) > LONGEST_NAME for name in wanted.values()):
        raise ConfigError(f"heard: a species' name has at most {LONGEST_NAME} characters; give --heard for each one")
    found, known = _ranges(ranges, set(wanted), atlas)
    if not known:
        raise ConfigError(f"{ranges}: holds no ranges: no species with an outline, a point or an area")
    missing = [wanted[name] for name in wanted if name not in found]
    if missing:
        raise ConfigError(f"{ranges.name} holds no range of {printable(missing[0])!r}{_alike(missing[0], known)}")
    clues = {
        name: Clue(kind="other", value=f"{printable(wanted[name])} was heard or seen", witness="user") for name in found
    }
    evidence = [_evidence(found[name], clues[name], atlas) for name in wanted]
    return Trace(clues=tuple(clues[name] for name in wanted), evidence=tuple(evidence))


def _alike(name: str, known: Sequence[str]) -> str:
    from rapidfuzz import process

    near = [found for found, score, _ in process.extract(name, known, limit=NEAREST) if score > 70]
    return f"; like it are {', '.join(map(printable, near))}" if near else f"; it has {len(known)} others"


def _evidence(range_: Range, clue: Clue, atlas: Atlas) -> Evidence:
    name = printable(range_.name)
    weights = dict.fromkeys(range_.areas, 1.0)
    said = (
        Areas(weights=weights, elsewhere=OUTSIDE)
        if weights
        else Patches(parts=patches(range_.cells), elsewhere=OUTSIDE)
    )
    share = _share(range_, atlas)
    few = "" if share < TELLS_LITTLE else ", which tells little"
    return Evidence(
        kind="heard", witness="user", level="region", group=f"heard:{fold(name)}"[:200], clues=(clue.id,),
        quote=name[:200],
        statement=f"{name} was heard or seen; it lives where {100 * share:.0f} % of all photos are taken{few}"[:2000],
        likelihood=said,
    )  # fmt: skip


def _share(range_: Range, atlas: Atlas) -> float:
    """The prior of a range."""
    inside = np.zeros(len(atlas), dtype=bool)
    for area in range_.areas:
        inside |= atlas.rows(area)
    rows, columns = (
        np.floor((values + off) / CELL_DEG).astype(int) for values, off in ((atlas.lat, 90), (atlas.lon, 180))
    )
    grid = np.zeros((180 // CELL_DEG + 1, 360 // CELL_DEG + 1), dtype=bool)
    for row, column in range_.cells:
        grid[row, column] = True
    return math.fsum(atlas.prior[inside | grid[rows, columns]])


def patches(cells: frozenset[tuple[int, int]]) -> tuple[Patch, ...]:
    """Cells of the grid as rectangles: neighbours in a row as one, and equal ones of rows above each other too."""
    open_: dict[tuple[int, int], int] = {}
    found = list[Patch]()
    rows = sorted({row for row, _ in cells})
    for row in [*range(rows[0], rows[-1] + 2)]:
        runs = set(_runs(sorted(column for at, column in cells if at == row)))
        for run in [run for run in open_ if run not in runs]:
            found.append(_patch(run, open_.pop(run), row))
        for run in runs:
            open_.setdefault(run, row)
    return tuple(found)


def _runs(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Columns that follow each other, each run as its first and what follows its last."""
    start = before = None
    for column in columns:
        if before is None or column != before + 1:
            if start is not None and before is not None:
                yield start, before + 1
            start = column
        before = column
    if start is not None and before is not None:
        yield start, before + 1


def _patch(run: tuple[int, int], since: int, until: int) -> Patch:
    west, east = (column * CELL_DEG - 180 for column in run)
    return Patch(south=since * CELL_DEG - 90, west=west, north=until * CELL_DEG - 90, east=east)


def _ranges(path: Path, wanted: set[str], atlas: Atlas) -> tuple[dict[str, Range], list[str]]:
    """The ranges of the species that are wanted, and the names of all that the file has."""
    known = dict[str, str]()
    cells, areas = dict[str, set[tuple[int, int]]](), dict[str, set[Area]]()
    for name, where in _entries(path, wanted, atlas):
        key = fold(name)
        known.setdefault(key, name)
        if isinstance(where, Area):
            areas.setdefault(key, set()).add(where)
        elif where:
            cells.setdefault(key, set()).update(where)
    for key in cells.keys() & areas.keys():
        raise ConfigError(f"{path}: {known[key]} has areas and points; give one or the other")
    found = {
        key: Range(known[key], frozenset(cells.get(key, ())), frozenset(areas.get(key, ())))
        for key in (cells.keys() | areas.keys()) & wanted
    }
    return found, list(known.values())


Where = set[tuple[int, int]] | Area | None
"""Cells or an area of a range; None for a species that is not wanted."""


def _entries(path: Path, wanted: set[str], atlas: Atlas) -> Iterator[tuple[str, Where]]:
    if not path.is_file():
        raise ConfigError(f"{path}: {'not a file' if path.exists() else 'no such file'}; name one of ranges")
    if form_of(path) in GEOJSON:
        yield from _of_geojson(path, wanted)
        return
    if form_of(path) not in TABLES:
        raise ConfigError(f"{path}: ranges end in {', '.join((*GEOJSON, *TABLES))}")
    for number, row in records(path):
        fields = {str(key).strip().casefold(): value for key, value in row.items()}
        name = _named(fields)
        if name:
            where = f"{path}, line {number}"
            yield name, _of_row(fields, where, atlas) if fold(name) in wanted else None


def _named(fields: Mapping[str, Any]) -> str:
    return next((str(fields[key]).strip() for key in NAMES if fields.get(key)), "")


def _of_row(fields: Mapping[str, Any], where: str, atlas: Atlas) -> Where:
    """The cells round a row's point, or its area. Raises ConfigError."""
    lat, lon = (
        next((fields[key] for key in keys if fields.get(key) not in (None, "")), None)
        for keys in (LATITUDES, LONGITUDES)
    )
    if lat is not None and lon is not None:
        try:
            return _round(float(lat), float(lon))
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{where}: {printable(lat)}, {printable(lon)} is no point in degrees") from error
    written = next((str(fields[key]).strip() for key in AREAS if fields.get(key)), "")
    if not written:
        raise ConfigError(f"{where}: neither a point (lat, lon) nor an area (a code such as SE, or a name)")
    try:
        area = Area.parse(written)
    except ValueError:
        area = None
    if area is not None and atlas.knows(area):
        return area
    try:
        place = one_place(atlas, written)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    if place.area is None:
        raise ConfigError(f"{where}: {printable(written)} lies in no country")
    return place.area


def _round(lat: float, lon: float) -> set[tuple[int, int]]:
    """The cell of a point, and those round it. Raises ValueError."""
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise ValueError("out of range")
    row, column = min(int((lat + 90) // CELL_DEG), 179), int((lon + 180) // CELL_DEG) % 360
    near = range(-ROUND_A_POINT, ROUND_A_POINT + 1)
    return {(row + high, (column + wide) % 360) for high in near for wide in near if 0 <= row + high < 180}


def _of_geojson(path: Path, wanted: set[str]) -> Iterator[tuple[str, Where]]:
    try:
        data = json.loads(read_file(path, MOST_BYTES))
        features = data["features"] if data.get("type") == "FeatureCollection" else [data]
        rows = [({str(k).casefold(): v for k, v in f["properties"].items()}, f.get("geometry")) for f in features]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: not GeoJSON: a FeatureCollection whose properties name the species") from error
    for number, (fields, geometry) in enumerate(rows, 1):
        name = _named(fields)
        if name:
            yield name, _covered(geometry, f"{path}, feature {number}") if fold(name) in wanted else None


def _covered(geometry: Any, where: str) -> set[tuple[int, int]]:
    """The cells that an outline touches, or that lie round points. Raises ConfigError."""
    try:
        with np.errstate(all="ignore"):  # coordinates like 1e308, which are refused below
            shape = shapely.make_valid(shapely.geometry.shape(geometry))
        west, south, east, north = map(float, shapely.bounds(shape))
        if not (-180.001 <= west <= east <= 180.001 and -90.001 <= south <= north <= 90.001):
            raise ValueError("out of range")
    except (ValueError, TypeError, LookupError, AttributeError, shapely.errors.ShapelyError) as error:
        raise ConfigError(f"{where}: no outline or point in degrees, longitude before latitude") from error
    if shapely.get_dimensions(shape) == 0:
        points = np.clip(shapely.get_coordinates(shape), (-180, -90), (180, 90)).tolist()
        return {cell for lon, lat in points for cell in _round(lat, lon)}
    rows = _lines(south + 90, north + 90, 180)
    columns = _lines(west + 180, east + 180, 360)
    column, row = (found.ravel() for found in np.meshgrid(columns, rows))
    shapely.prepare(shape)
    touched = shapely.intersects(shape, shapely.box(column - 180, row - 90, column - 179, row - 89))
    return set(zip(row[touched].tolist(), column[touched].tolist(), strict=True))


def _lines(begin: float, end: float, count: int) -> NDArray[np.int64]:
    """The lines of the grid between two bounds, which count from its first; at least the one that they lie on."""
    first = min(max(0, math.floor(begin)), count - 1)
    return np.arange(first, max(first + 1, min(count, math.ceil(end))))
