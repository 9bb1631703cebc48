"""Reads what is added to a gallery: photos whose positions are in their files or in a labels.csv, or vectors with
positions.
"""

import io
import json
import logging
import lzma
import tarfile
import tokenize
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from geoagent.errors import ConfigError, ImageError
from geoagent.files.foreign_tables import table_rows
from geoagent.gallery.encoder import Encoder, Vector
from geoagent.gallery.entries import Entry
from geoagent.geo import Point
from geoagent.photo import load_photo, read_position
from geoagent.photo.hashing import picture_hash
from geoagent.plain_text import PHOTO_SUFFIXES, printable

log = logging.getLogger(__name__)

NAME = ("name", "id", "file", "image", "key", "__key__")
VECTOR = ("embedding", "vector")
LAT, LON = ("lat", "latitude"), ("lon", "lng", "longitude")
LONGEST_NAME = 300
MAX_MEMBER = 10_000_000
BATCH = 1024


class Item(NamedTuple):
    """An entry that is to be added to a gallery, with its vector."""

    entry: Entry
    vector: Vector


Skip = Callable[[str], bool]


def photos(folder: Path, encoder: Encoder, skip: Skip) -> Iterator[Item]:
    """The photos in `folder` and the folders below it, as gallery entries with the vectors that `encoder` makes of
    them.

    An entry's name is the absolute path of its file. The position comes from `folder`/labels.csv (columns file, lat,
    lon in degrees), or else from the photo's metadata. A photo for whose name `skip` gives True is passed over. One
    that cannot be read or has no position is left out, and the log says why.
    """
    for path, point in placed(folder, skip):
        try:
            image = load_photo(path).image
        except ImageError as error:
            log.warning(f"{error}; left out")
            continue
        yield Item(Entry(_name(path.absolute()), point, picture_hash(image)), encoder.encode(image))


def placed(folder: Path, skip: Skip) -> Iterator[tuple[Path, Point]]:
    """The photos in `folder` and the folders below it that have a position, as pairs of path and point, sorted by path.

    The position comes from `folder`/labels.csv or else from the photo's metadata; no pixels are read. A photo for whose
    name (its absolute path) `skip` gives True is passed over. One without a position is left out, and the log says so.
    """
    labelled = _labels(folder / "labels.csv")
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()):
        if skip(_name(path.absolute())):
            continue
        try:
            point = labelled.get(path.relative_to(folder).as_posix()) or read_position(path)
        except ImageError as error:
            log.warning(f"{error}; left out")
            continue
        if point is None:
            log.warning(f"{path}: left out: no position in the file or in labels.csv")
            continue
        yield path, point


def vectors(path: Path, skip: Skip) -> Iterator[Item]:
    """The entries, with vectors, in a Parquet file (columns name, lat, lon, embedding) or a WebDataset shard (a .tar
    with a .json and a .npy for each sample).

    An entry for whose name `skip` gives True is passed over; one that cannot be used is left out, and the log says why.
    Raises ConfigError where the file itself cannot be read.
    """
    for found in _rows(path, skip):
        if isinstance(found, Item):
            yield found
        else:
            log.warning(found)


def first_vector(path: Path) -> Item | None:
    """The first usable entry in a Parquet file or WebDataset shard of vectors, by which the length of the vectors is
    known; None where there is none.
    """
    return next((found for found in _rows(path, lambda name: False) if isinstance(found, Item)), None)


def _rows(path: Path, skip: Skip) -> Iterator[Item | str]:
    """Each row, or why it is left out."""
    rows = _parquet(path) if path.suffix == ".parquet" else _shard(path)
    for number, row in enumerate(rows):
        name = _name(_first(row, NAME) or f"{path.absolute()}#{number}")
        if skip(name):
            continue
        try:
            point = Point(lat=float(_first(row, LAT)), lon=float(_first(row, LON)))
            vector = np.asarray(_first(row, VECTOR), dtype=np.float32)
        except (TypeError, ValueError, OverflowError) as error:
            why = "no usable position" if isinstance(error, ValidationError | TypeError) else "no usable vector"
            yield f"{path}: {name}: left out: {why}"
            continue
        if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all() or not vector.any():
            yield f"{path}: {name}: left out: no usable vector"
            continue
        yield Item(Entry(name, point), vector)


def _labels(path: Path) -> dict[str, Point]:
    if not path.exists():
        return {}
    found = {}
    for number, row in table_rows(path):
        name, lat, lon = _first(row, NAME), _first(row, LAT), _first(row, LON)
        if name and lat and lon:
            try:
                found[name] = Point(lat=float(lat), lon=float(lon))
            except ValueError as error:
                shown = printable(f"{lat}, {lon}")[:100]
                raise ConfigError(f"{path}, line {number}: {shown} is no position in degrees; correct it") from error
    return found


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ConfigError("reading Parquet needs pyarrow: pip install 'geoagent-locate[eval]'") from error
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH):
                yield from batch.to_pylist()
    except (OSError, ArrowException, UnicodeDecodeError, MemoryError) as error:
        raise ConfigError(f"{path}: not Parquet that can be read ({printable(error)[:200]})") from error


def _shard(path: Path) -> Iterator[Mapping[str, Any]]:
    """The samples of a shard: files of one key stand next to each other. Nothing is unpacked to the disk."""
    try:
        with tarfile.open(path) as shard:
            key, sample = None, dict[str, Any]()
            for member in shard:
                stem, _, kind = member.name.rpartition("/")[2].partition(".")
                whole = f"{member.name.rpartition('/')[0]}/{stem}".lstrip("/")
                if whole != key and key is not None:
                    yield {"__key__": key, **sample}
                    sample = {}
                key = whole
                stream = shard.extractfile(member) if member.isfile() and member.size <= MAX_MEMBER else None
                if stream is not None:
                    sample |= _part(kind, stream.read())
            if key is not None:
                yield {"__key__": key, **sample}
    except (OSError, tarfile.TarError, ValueError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ConfigError(f"{path}: not a shard that can be read ({printable(error)[:200]})") from error


_DAMAGED = (ValueError, EOFError, MemoryError, RecursionError, SyntaxError, tokenize.TokenError)
"""What reading an array or JSON raises; NumPy reads the heads of old arrays as Python."""


def _part(kind: str, content: bytes) -> dict[str, Any]:
    """What one file of a sample says; nothing where it cannot be read."""
    try:
        if kind.endswith("npy"):
            return {"embedding": np.load(io.BytesIO(content), allow_pickle=False)}
        if kind.endswith("json"):
            said = json.loads(content)
            return said if isinstance(said, dict) else {}
    except _DAMAGED:  # the sample is left out for what it lacks
        return {}
    return {}


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None and not _is_blank(row[name])), None)


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _name(value: object) -> str:
    return printable(value)[:LONGEST_NAME]
