"""An extract of OpenStreetMap in a file of the user's, and the index that is made of it once: where which things are.

Of each thing of the vocabulary the index holds points: of a node its own, of a way or an area points along its outline,
so that what lies beside a long river lies near one of them. It is kept in the cache folder, by path, size and time of
the file.
"""

import hashlib
import json
import logging
import math
import stat
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from geoagent.errors import ConfigError
from geoagent.files.folders import CACHE, claim
from geoagent.files.outputs import whole
from geoagent.geo import KM_PER_DEG, Floats
from geoagent.osm.vocabulary import BUILDING, STOREY_M, by_first_tag, things
from geoagent.plain_text import printable

log = logging.getLogger(__name__)

STEP_M = 25.0
LONGEST_SEGMENT_M = 50_000.0
"""Two neighbours of a way that are further apart are an error, or lie on both sides of the 180th meridian."""
MOST_OF_A_LINE = 20_000
"""Points along one line; along a longer one they lie further apart than 25 m."""
MOST_POINTS = 100_000_000
VERSION = 1
LONGEST_NAME = 100
LEAST_STOREYS = 4.0
"""Lower buildings are not kept: nobody asks for them, and most are."""
Numbers = NDArray[np.int64]


class Extract(NamedTuple):
    """The things of an extract: for each its kind, name and storeys; and points in degrees, each with the number of its
    thing.
    """

    kinds: NDArray[np.str_]
    names: list[str]
    storeys: Floats
    lat: Floats
    lon: Floats
    thing: Numbers

    def __len__(self) -> int:
        return len(self.kinds)


def open_extract(path: Path, cache: Path) -> Extract:
    """The index of an extract (.osm.pbf, .osm), made where the cache has none. Raises ConfigError."""
    try:
        known = path.stat()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if not stat.S_ISREG(known.st_mode):  # a pipe or a device may never end
        raise ConfigError(f"{path}: not a file; name an extract such as porto.osm.pbf")
    told = f"{VERSION} {path.absolute()} {known.st_size} {known.st_mtime_ns} {sorted(things().items())}"
    kept = cache / "extracts" / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.npz"
    if kept.is_file():
        return _read(kept)
    made = index_extract(path)
    if not len(made):
        raise ConfigError(
            f"{path}: holds nothing that can be asked for; take an extract with more than roads and borders"
        )
    _keep(made, kept, cache)
    return made


def _keep(made: Extract, kept: Path, cache: Path) -> None:
    """Keep an index in the cache; where that cannot be written to, the index serves this once."""
    try:
        claim(cache, CACHE)
        kept.parent.mkdir(parents=True, exist_ok=True)
        _write(kept, made)
    except (ConfigError, OSError) as error:
        log.warning(f"the index of the extract is not kept, so it is made anew each time: {printable(error)}")


def index_extract(path: Path) -> Extract:
    """Read an extract. Raises ConfigError for what is none, and where the library is missing."""
    try:
        import osmium
    except ImportError as error:
        raise ConfigError("reading an extract needs pyosmium: pip install 'geoagent-locate[osm]'") from error
    log.info(f"reading {path} once; a city takes seconds, a country minutes")
    keys = sorted({key for alternatives in things().values() for one in alternatives for key, _ in one} | {BUILDING})
    gathered = _Gathered()
    with tempfile.TemporaryDirectory() as folder:  # where the places of nodes are kept while ways are read
        try:
            keyed = osmium.filter.KeyFilter(*keys)
            read = osmium.FileProcessor(str(path)).with_locations(f"sparse_file_array,{folder}/nodes")
            for thing in read.with_areas(keyed).with_filter(keyed):
                gathered.add(thing)
        except _TooManyPoints as error:
            raise ConfigError(f"{path}: holds more than {MOST_POINTS:,} points of things; cut a smaller one") from error
        except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
            raise ConfigError(f"{path}: not an extract that can be read ({printable(error)[:150]})") from error
    return gathered.extract()


class _TooManyPoints(Exception):
    """An extract holds more than fits into memory."""


class _Gathered:
    """What was read of an extract so far."""

    def __init__(self) -> None:
        self._kinds: list[str] = []
        self._names: list[str] = []
        self._storeys: list[float] = []
        self._points: list[Floats] = []
        self._of: list[int] = []

    def add(self, thing: Any) -> None:
        """Add a node or a way, once for each kind that it is tagged as."""
        tags = dict(thing.tags)
        kinds = _kinds(tags)
        storeys = _storeys(tags) if tags.get(BUILDING, "no") != "no" else math.nan
        if storeys >= LEAST_STOREYS:
            kinds.append(BUILDING)
        points = _points(thing) if kinds else np.zeros((0, 2))
        for kind in kinds if len(points) else ():
            if len(self._of) + len(points) > MOST_POINTS:
                raise _TooManyPoints
            self._of.extend([len(self._kinds)] * len(points))
            self._kinds.append(kind)
            self._names.append(printable(tags.get("name", ""))[:LONGEST_NAME])
            self._storeys.append(storeys)
            self._points.append(points)

    def extract(self) -> Extract:
        """All that was read."""
        points = np.concatenate(self._points) if self._points else np.zeros((0, 2))
        return Extract(
            np.array(self._kinds, dtype=np.str_), self._names, np.array(self._storeys, dtype=np.float64),
            points[:, 0].copy(), points[:, 1].copy(), np.array(self._of, dtype=np.int64),
        )  # fmt: skip


def _kinds(tags: Mapping[str, str]) -> list[str]:
    """The things of the vocabulary that something with such tags is."""
    known = by_first_tag()
    told = (one for tag in tags.items() for one in known.get(tag, ()))
    return list(dict.fromkeys(kind for kind, others in told if all(tags.get(k) == v for k, v in others)))


def _storeys(tags: Mapping[str, str]) -> float:
    """How many storeys a building has, or as many as fit its height; not a number where the map tells neither."""
    for key, per_storey in (("building:levels", 1.0), ("height", STOREY_M)):
        try:
            return float(tags.get(key, "").removesuffix("m").strip()) / per_storey
        except ValueError:
            continue
    return math.nan


def _points(thing: Any) -> Floats:
    """The place of a node, or points at most 25 m apart along a way, or along the outline of an area of several ways;
    none where its nodes are not in the extract or lie nowhere on earth.
    """
    if thing.is_node():
        if not thing.location.valid():
            return np.zeros((0, 2))
        return np.array([[thing.location.lat, thing.location.lon]])
    if thing.is_way():
        lines = [thing.nodes]
    elif thing.is_area() and not thing.from_way():
        lines = list(thing.outer_rings())
    else:
        lines = []
    corners = [
        np.array([[node.location.lat, node.location.lon] for node in line if node.location.valid()]) for line in lines
    ]
    points = [part for line in corners if len(line) for part in _along(line)]
    return np.concatenate(points) if points else np.zeros((0, 2))


def _along(corners: Floats) -> Iterator[Floats]:
    """Points along a line of corners in degrees; none between corners that are too far apart to be neighbours."""
    yield corners[:1]
    scale = 1000 * KM_PER_DEG * np.array([1.0, math.cos(math.radians(corners[0, 0]))])
    metres = np.linalg.norm(np.diff(corners, axis=0) * scale, axis=1)
    metres[metres > LONGEST_SEGMENT_M] = 0
    step_m = max(STEP_M, float(metres.sum()) / MOST_OF_A_LINE)
    for (begin, end), length in zip(pairwise(corners), metres, strict=True):
        count = max(1, math.ceil(length / step_m))
        yield begin + (end - begin) * (np.arange(1, count + 1) / count)[:, None]


def _write(path: Path, extract: Extract) -> None:
    names = np.frombuffer(json.dumps(extract.names).encode(), dtype=np.uint8)
    with whole(path) as fresh, fresh.open("wb") as file:
        np.savez(
            file, kinds=extract.kinds, names=names, storeys=extract.storeys, lat=extract.lat, lon=extract.lon,
            thing=extract.thing,
        )  # fmt: skip


def _read(path: Path) -> Extract:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            names = json.loads(kept["names"].tobytes())
            return Extract(kept["kinds"], names, *(kept[name] for name in ("storeys", "lat", "lon", "thing")))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ConfigError(f"{path}: the index of an extract is damaged; delete it, it is made anew") from error
