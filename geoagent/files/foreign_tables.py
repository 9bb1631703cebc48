"""Tables and records in files that others made, within bounds, and each fault with file and row.

CSV (separated by commas, semicolons, tabs or bars), JSON Lines, JSON, and Parquet; texts also packed by gzip.
"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any

from geoagent.errors import ConfigError
from geoagent.files.small_files import read_bytes
from geoagent.json_safe import json_safe
from geoagent.plain_text import printable

MOST_BYTES = 1_000_000_000
MOST_FIELD = 1_000_000
"""Characters of one field of a table."""
MOST_ROWS = 5_000_000
DELIMITERS = ",;\t|"
Rows = Iterator[tuple[int, dict[str, Any]]]
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GZIP = b"\x1f\x8b"


def read_lenient(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 that says so; other bytes become question marks. Raises ConfigError."""
    data = _content(path)
    return data.decode("utf-16" if data[:2] in _UTF_16 else "utf-8-sig", "replace")


def read_strict(path: Path, encoding: str = "") -> str:
    """The text of a file, in UTF-8, or in UTF-16 that says so, unless another encoding is named. Raises ConfigError."""
    data = _content(path)
    try:
        return data.decode(encoding or ("utf-16" if data[:2] in _UTF_16 else "utf-8-sig"))
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {row}: in another encoding", "save it as UTF-8") from error


def form_of(path: Path) -> str:
    """The suffix that tells the form of a table, in lower case; that of "answers.csv.gz" is ".csv"."""
    return PurePath(path.name.lower().removesuffix(".gz")).suffix


def records(path: Path, lost: list[str] | None = None) -> Rows:
    """The rows of a table in CSV, JSON Lines, JSON or Parquet, each with its line or number; the suffix tells which.

    Rows of JSON that are no objects are named in `lost`, where that is given. Raises ConfigError, without `lost` for
    such a row too.
    """
    readers: dict[str, Callable[[Path], Rows]] = {
        ".csv": table_rows, ".tsv": table_rows, ".jsonl": lambda path: json_rows(path, lost),
        ".ndjson": lambda path: json_rows(path, lost), ".json": lambda path: json_objects(path, lost),
        ".parquet": parquet_rows,
    }  # fmt: skip
    reader = readers.get(form_of(path))
    if reader is None:
        raise ConfigError(f"{path}: a table ends in {', '.join(readers)}")
    return reader(path)


def table_rows(path: Path, text: str | None = None) -> Rows:
    """The rows of a CSV file by its heading, each with its line number; a missing cell is "". Raises ConfigError.

    `text` is what it holds, where that was read another way than as strict UTF-8.
    """
    text = read_strict(path) if text is None else text
    lines = cells(path, text, delimiter_of(text))
    _, heading = next(lines, (1, []))
    for number, row in lines:
        if row:
            yield number, {name: row[at] if at < len(row) else "" for at, name in enumerate(heading)}


def delimiter_of(text: str) -> str:
    """What separates the columns of a table: the sign that its heading holds most often."""
    return max(DELIMITERS, key=text.partition("\n")[0].count)


def cells(path: Path, text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The cells of each line of a table, with the number of the line. Raises ConfigError."""
    csv.field_size_limit(MOST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = f"{path}, line {reader.line_num}"
            raise ConfigError(f"{where}: not a table that can be read ({error})", "correct or remove it") from error
        yield reader.line_num, row


def json_rows(path: Path, lost: list[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON Lines, as plain data, each with its line.

    A line that holds none is named in `lost`, where that is given; otherwise it raises ConfigError.
    """
    for number, line in enumerate(read_strict(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = _object(line)
        except ValueError as error:
            if lost is None:
                raise ConfigError(f"{path}, line {number}: {error}", "correct or remove it") from error
            lost.append(f"line {number}: {error}")
            continue
        yield number, json_safe(row)


def json_lines(text: str) -> Iterator[tuple[int, Any]]:
    """The values of JSON Lines in a text, each with the number of its line, from 1; None for a line that is not JSON.

    Empty lines give nothing. For files that others made, of which the lines that can be read are taken. A string in
    JSON may hold other signs at which Unicode ends a line: only a line feed ends one here.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _object(line: str) -> dict[str, Any]:
    """The object in a line of JSON Lines. Raises ValueError that says what is there instead."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({_why(error)})") from error
    if not isinstance(row, dict):
        raise ValueError("JSON, but no object")
    return row


def json_objects(path: Path, lost: list[str] | None = None) -> Rows:
    """The rows of a JSON file, each with its number. Raises ConfigError.

    It holds a list of objects, an object of objects by their ids (null is one that holds nothing), or an object with
    one such list. What is no object in a list is named in `lost`, where that is given.
    """
    try:
        value = json.loads(read_strict(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON ({_why(error)})", "correct it") from error
    parts = list(value.values()) if isinstance(value, dict) else []
    lists = [part for part in parts if isinstance(part, list)] if isinstance(value, dict) else [value]
    if any(isinstance(part, dict) for part in parts) and all(isinstance(part, dict | None) for part in parts):
        rows = [{"id": key, **(part or {})} for key, part in value.items()]
    elif len(lists) == 1 and isinstance(lists[0], list) and _has_objects(lists[0], lost is not None):
        rows = lists[0]
    else:
        raise ConfigError(f"{path}: JSON, but neither a list of objects nor an object of objects by their ids")
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield number, json_safe(row)
        elif lost is not None:
            lost.append(f"row {number}: no object")


def _has_objects(values: list[Any], or_half: bool) -> bool:
    """Whether all values of a list are objects, or at least half of them."""
    found = sum(isinstance(value, dict) for value in values)
    return found == len(values) or (or_half and 2 * found >= len(values))


def parquet_rows(path: Path) -> Rows:
    """The rows of a Parquet file, each with its number. Raises ConfigError."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ConfigError("reading Parquet needs pyarrow: pip install 'geoagent-locate[eval]'") from error
    try:
        with parquet.ParquetFile(path) as file:
            if file.metadata.num_rows > MOST_ROWS:
                raise ConfigError(f"{path}: more than {MOST_ROWS:,} rows; split it")
            for number, row in enumerate(file.read().to_pylist(), 1):
                yield number, json_safe(row)
    except (OSError, ArrowException, UnicodeDecodeError, MemoryError) as error:
        why = printable(error)[:200]
        raise ConfigError(f"{path}: not Parquet that can be read ({why}); write it again") from error


def _why(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """The content of a plain file of at most `most` bytes. Raises ConfigError, also for a pipe or a device."""
    try:
        return read_bytes(path, most)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error


def _content(path: Path) -> bytes:
    """The content of a file, unpacked where gzip packed it. Raises ConfigError."""
    data = read_file(path)
    if data[:2] != _GZIP:
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            whole = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigError(f"{path}: packed by gzip, and damaged ({error})", "pack it again") from error
    if len(whole) > MOST_BYTES:
        raise ConfigError(f"{path}: more than {MOST_BYTES:,} bytes when unpacked", "split it")
    return whole
