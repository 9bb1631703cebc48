"""Photos that are no files of their own: in tar files (WebDataset), in Parquet, and in object storage.

Each is known by a reference: "/data/0001.tar#cat.jpg", "/data/photos.parquet#17", "s3://bucket/cat.jpg". Its bytes are
read when its turn comes. No name in an archive ever becomes a path, and nothing is unpacked but that one photo.
"""

import os
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from geoagent.errors import ConfigError, ImageError
from geoagent.photo.decoding import MAX_BYTES
from geoagent.plain_text import PHOTO_SUFFIXES, printable
from geoagent.runs.column_names import IDS

STORES = ("s3", "gs", "gcs", "az", "abfs", "abfss", "hf", "hdfs", "oss", "memory")
"""What fsspec may be asked for: stores of files, and nothing that reads this machine or runs something."""
WITH_HOST = ("hdfs", "abfs", "abfss")
"""Stores whose addresses name a host, which the names of their files lack."""
ARCHIVES = (".tar", ".parquet")
MOST_PHOTOS = 5_000_000
MOST_GROUP_BYTES = 2_000_000_000
"""A group of rows of Parquet is read as a whole."""
LONGEST_NAME = 1000


class StoredPhoto(NamedTuple):
    """A photo in an archive or a store: the reference that finds it, and a name by which people know it."""

    reference: str
    name: str


class _Rows(NamedTuple):
    """Where photos are in a Parquet file: their column, and the number of the first row of each group."""

    column: str
    starts: tuple[int, ...]


def is_address(word: object) -> bool:
    """Whether a word is an address in a store, such as "s3://bucket/photos"."""
    return isinstance(word, str) and word.partition("://")[0].lower() in STORES and "://" in word


def is_stored(word: "str | Path") -> bool:
    """Whether photos are named that are no files: an archive, a photo in one, or an address in a store.

    A folder with an archive's suffix is a folder, and a file with "#" in its name a file.
    """
    if is_address(word):
        return True
    file = archive_of(str(word))
    is_other = Path(file).is_dir() or (file != str(word) and Path(word).is_file())
    return file.lower().endswith(ARCHIVES) and not is_other


def archive_of(reference: str) -> str:
    """The file that a reference leads into; the reference itself where that is no archive."""
    for suffix in ARCHIVES:
        at = reference.lower().rfind(f"{suffix}#")
        if at >= 0:
            return reference[: at + len(suffix)]
    return reference


def photos_at(place: "str | Path") -> list[StoredPhoto]:
    """The photos in an archive, or at an address: a photo, an archive, a folder, or a pattern with "*".

    Of an archive those with a photo's suffix count; in Parquet every row of the first column of bytes. Raises
    ConfigError where there are none, or the place cannot be read.
    """
    given = str(place) if is_address(place) else os.path.abspath(place)  # noqa: PTH100
    try:
        found = [photo for file in _files_at(given) for photo in _photos_of(file)]
    except (ConfigError, ImageError) as error:
        raise ConfigError(str(error)) from error
    except Exception as error:  # each store has faults of its own
        raise ConfigError(f"{printable(given)[:300]}: cannot be read: {printable(error)[:200]}") from error
    if not found:
        raise ConfigError(f"{printable(given)[:300]}: holds no photos")
    if len(found) > MOST_PHOTOS:
        raise ConfigError(f"{printable(given)[:300]}: more than {MOST_PHOTOS:,} photos; solve them as several runs")
    return found


def named_apart(photos: Sequence[StoredPhoto]) -> list[StoredPhoto]:
    """The photos, each once, those of one name by their references."""
    once = list({photo.reference: photo for photo in photos}.values())
    often = Counter(photo.name for photo in once)
    return [photo if often[photo.name] == 1 else photo._replace(name=photo.reference) for photo in once]


@contextmanager
def as_files(images: Sequence[str]) -> Iterator[dict[str, str]]:
    """Photos as files, while the block runs: for each path the reference, or path, that was given.

    Raises ImageError where a stored photo cannot be read.
    """
    if not any(map(is_stored, images)):
        yield {image: image for image in images}
        return
    with tempfile.TemporaryDirectory(prefix="geoagent-stored-") as folder:
        files = dict[str, str]()
        for number, image in enumerate(images, 1):
            suffix = PurePosixPath(image).suffix.lower()
            path = Path(folder, f"{number}{suffix if suffix in PHOTO_SUFFIXES else ''}")
            if is_stored(image):
                path.write_bytes(read(image))
            files[str(path) if is_stored(image) else image] = image
        yield files


def read(reference: str) -> bytes:
    """The bytes of a stored photo. Raises ImageError."""
    file = archive_of(reference)
    inside = reference[len(file) + 1 :]
    try:
        if file.lower().endswith(".tar"):
            return _read_member(file, inside)
        if file.lower().endswith(".parquet"):
            return _read_row(file, int(inside))
        with _opened(file) as stream:
            content = stream.read(MAX_BYTES + 1)
    except ImageError:
        raise
    except Exception as error:  # each store has faults of its own
        raise ImageError(f"{printable(reference)[:300]}: cannot be read: {printable(error)[:200]}") from error
    _check_size(len(content), reference)
    return content


def _check_size(size: int, reference: str) -> None:
    if size > MAX_BYTES:
        raise ImageError(f"{printable(reference)[:300]}: more than {MAX_BYTES // 1_000_000_000} GB; leave it out")


def _files_at(place: str) -> list[str]:
    """The archives and photos at a place: itself, or those below an address or that fit its pattern."""
    if not is_address(place):
        return [place]
    if "::" in place:
        raise ConfigError(f"{printable(place)[:300]}: an address of one store, without ::")
    scheme, _, rest = place.partition("://")
    store, path = _store(place)
    if any(mark in path for mark in "*?[") and not store.isfile(path):
        found = sorted(store.glob(path))
    elif store.isdir(path):
        found = sorted(store.find(path))
    else:
        return [place]
    wanted = tuple(PHOTO_SUFFIXES) + ARCHIVES
    has_host = scheme.lower() == "hdfs" or (scheme.lower() in WITH_HOST and "@" in _authority(rest))
    root = f"{scheme}://{_authority(rest)}" if has_host else f"{scheme}://"
    kept = [file for file in found if file.lower().endswith(wanted) and "::" not in file and archive_of(file) == file]
    return [root + _below(file, rest, scheme) for file in kept]


def _authority(rest: str) -> str:
    """The host of an address without its scheme, with a slash: "namenode:8020/"."""
    return f"{rest.partition('/')[0]}/"


def _below(file: str, rest: str, scheme: str) -> str:
    """A found file as it stands behind the host, or behind the scheme where a store's addresses have no host.

    The stores of Azure name the container first, which their addresses have before the account.
    """
    file = file.lstrip("/")
    container = _authority(rest).partition("@")[0] + "/"
    is_azure = scheme.lower() in ("abfs", "abfss") and "@" in _authority(rest)
    return file.removeprefix(container) if is_azure else file


def _photos_of(file: str) -> list[StoredPhoto]:
    base = PurePosixPath(file).name
    if file.lower().endswith(".tar"):
        return [StoredPhoto(f"{file}#{name}", f"{base}/{name}") for name in _members(file, _version(file))]
    if file.lower().endswith(".parquet"):
        ids = _row_ids(file)
        return [StoredPhoto(f"{file}#{row}", f"{base}/{name}") for row, name in enumerate(ids)]
    return [StoredPhoto(file, file.partition("://")[2].lstrip("/"))]


def _store(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise ConfigError("photos in a store need fsspec: pip install 'geoagent-locate[storage]'") from error
    store, path = fsspec.core.url_to_fs(address)
    return store, path


def _opened(file: str) -> AbstractContextManager[IO[bytes]]:
    if not is_address(file):
        return Path(file).open("rb")
    store, path = _store(file)
    opened: AbstractContextManager[IO[bytes]] = store.open(path, "rb")
    return opened


def _version(file: str) -> tuple[int, int]:
    """What changes when a file of this machine does; a file in a store is taken not to change."""
    if is_address(file):
        return 0, 0
    status = Path(file).stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=64)
def _members(file: str, version: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Where each photo of a tar file lies in it, and its size. Links, devices and holes are passed over.

    Where a heading is damaged that photo is lost, and those behind it are found.
    """
    found = dict[str, tuple[int, int]]()
    with _opened(file) as stream:
        try:
            tarfile.open(fileobj=stream, mode="r:").close()
        except tarfile.TarError as error:
            raise ConfigError(f"{printable(file)[:300]}: no tar file, or a packed one; unpack gzip first") from error
        stream.seek(0)
        with tarfile.open(fileobj=stream, mode="r:", ignore_zeros=True, tarinfo=_Heading) as archive:
            behind = -1
            while (member := _next(archive)) is not None and member.size >= 0 and archive.offset > behind:
                behind = archive.offset
                archive.members = []  # type: ignore[attr-defined]  # they would all be kept
                suffix = PurePosixPath(member.name).suffix.lower()
                plain = member.isreg() and not member.issparse() and len(member.name) <= LONGEST_NAME
                if plain and suffix in PHOTO_SUFFIXES and member.name == printable(member.name):
                    found[member.name] = member.offset_data, member.size
    return found


class _Heading(tarfile.TarInfo):
    """A heading that leads no way back: with a negative size tarfile of some Pythons reads the same for ever."""

    def _block(self, count: int) -> int:
        if count < 0:
            raise tarfile.InvalidHeaderError("a negative size")  # type: ignore[attr-defined]
        blocks: int = super()._block(count)  # type: ignore[misc]
        return blocks


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    """The next member of a tar file; None at its end, also where it was cut off."""
    try:
        return archive.next()
    except (tarfile.ReadError, ValueError, OverflowError):
        return None


def _read_member(file: str, name: str) -> bytes:
    where = _members(file, _version(file)).get(name)
    if where is None:
        raise ImageError(f"{printable(file)[:300]}: holds no photo {printable(name)[:100]}")
    offset, size = where
    _check_size(size, f"{file}#{name}")
    with _opened(file) as stream:
        stream.seek(offset)
        content = stream.read(size)
    if len(content) < size:
        raise ImageError(f"{printable(file)[:300]}: ends within {printable(name)[:100]}; copy it again")
    return content


def _row_ids(file: str) -> list[str]:
    """What the photos of a Parquet file are called: by their ids, or by numbers where these are not each its own."""
    from pyarrow import parquet

    with _opened(file) as stream, parquet.ParquetFile(stream) as table:
        _rows_in(table, file)
        names = [name for name in table.schema_arrow.names if name.lower() in (*IDS, "__key__")]
        if names and table.metadata.num_rows <= MOST_PHOTOS:
            ids = [printable(str(value)) for value in table.read(columns=names[:1]).column(0).to_pylist()]
            if len(set(ids)) == len(ids) and all(0 < len(one) <= LONGEST_NAME for one in ids):
                return ids
        return [str(number) for number in range(min(table.metadata.num_rows, MOST_PHOTOS + 1))]


def _rows_in(table: Any, file: str) -> _Rows:
    """The first column of bytes of a Parquet file, or of a column that has them as a part. Raises ConfigError."""
    from pyarrow import types

    def of_bytes(kind: Any) -> bool:
        return bool(types.is_binary(kind) or types.is_large_binary(kind))

    for field in table.schema_arrow:
        parts = [part.name for part in field.type] if types.is_struct(field.type) else []
        if of_bytes(field.type) or ("bytes" in parts and of_bytes(field.type.field("bytes").type)):
            counts = [table.metadata.row_group(number).num_rows for number in range(table.num_row_groups)]
            starts = tuple(sum(counts[:number]) for number in range(len(counts)))
            return _Rows(f"{field.name}.bytes" if parts else field.name, starts)
    raise ConfigError(f"{printable(file)[:300]}: no column of bytes, which photos in Parquet are")


@lru_cache(maxsize=1)
def _group(file: str, version: tuple[int, int], number: int, column: str) -> Any:
    """The photos of one group of rows."""
    from pyarrow import parquet

    repeated = [] if "." in column else [column]  # a value that is there a thousand times is kept once
    with _opened(file) as stream, parquet.ParquetFile(stream, read_dictionary=repeated) as table:
        if table.metadata.row_group(number).total_byte_size > MOST_GROUP_BYTES:
            raise ImageError(f"{printable(file)[:300]}: a group of rows of more than 2 GB; write smaller groups")
        return table.read_row_group(number, columns=[column]).column(0)


@lru_cache(maxsize=64)
def _groups(file: str, version: tuple[int, int]) -> _Rows:
    from pyarrow import parquet

    with _opened(file) as stream, parquet.ParquetFile(stream) as table:
        return _rows_in(table, file)


def _read_row(file: str, row: int) -> bytes:
    version = _version(file)
    rows = _groups(file, version)
    number = max((n for n, start in enumerate(rows.starts) if start <= row), default=0)
    value = _group(file, version, number, rows.column)[row - rows.starts[number]].as_py()
    content = value.get("bytes") if isinstance(value, dict) else value
    if not content:
        raise ImageError(f"{printable(file)[:300]}: row {row} holds no photo")
    _check_size(len(content), f"{file}#{row}")
    return bytes(content)
