"""Tables and records in files that others made, within bounds, and each fault with file and row.

CSV (separated by commas, semicolons, tabs or bars), JSON Lines, JSON, and Parquet.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.files.whole import read_bytes
from geoagent.json_safe import json_safe
from geoagent.names import printable

MOST_BYTES = 1_000_000_000
MOST_FIELD = 1_000_000
"""Characters of one field of a table."""
MOST_ROWS = 5_000_000
DELIMITERS = ",;\t|"
Rows = Iterator[tuple[int, dict[str, Any]]]
_OTHER = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def read_lenient(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 that says so; other bytes become question marks. Raises ConfigError."""
    data = read_file(path)
    return data.decode("utf-16" if data[:2] in _OTHER else "utf-8-sig", "replace")


def read_strict(path: Path, encoding: str = "utf-8-sig") -> str:
    """The text of a file, in UTF-8 unless another encoding is named. Raises ConfigError."""
    data = read_file(path)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        encoding = _OTHER.get(data[:2], "another encoding")
        raise ConfigError(f"{path}, line {row}: in {encoding}", "save it as UTF-8") from error


def records(path: Path) -> Rows:
    """The rows of a table in CSV, JSON Lines, JSON or Parquet, each with its line or number.

    The suffix tells which it is. Raises ConfigError.
    """
    readers: dict[str, Callable[[Path], Rows]] = {
        ".csv": table_rows, ".tsv": table_rows, ".jsonl": json_rows, ".ndjson": json_rows, ".json": json_objects,
        ".parquet": parquet_rows,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
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


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON Lines, as plain data, each with its line. Raises ConfigError."""
    for number, line in enumerate(read_strict(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path}, line {number}: not JSON ({_why(error)})", "correct or remove it") from error
        if not isinstance(row, dict):
            raise ConfigError(f"{path}, line {number}: JSON, but no object", "correct or remove it")
        yield number, json_safe(row)


def json_lines(text: str) -> Iterator[tuple[int, Any]]:
    """The values of JSON Lines in a text, each with its line; None for a line that is not JSON. Empty lines count not.

    For files that others made, of which the lines that can be read are taken.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def json_objects(path: Path) -> Rows:
    """The rows of a JSON file, each with its number. Raises ConfigError.

    It holds a list of objects, an object of objects by their ids, or an object with one such list.
    """
    try:
        value = json.loads(read_strict(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON ({_why(error)})", "correct it") from error
    lists = [part for part in value.values() if isinstance(part, list)] if isinstance(value, dict) else [value]
    if isinstance(value, dict) and value and all(isinstance(part, dict) for part in value.values()):
        rows = [{"id": key, **part} for key, part in value.items()]
    elif len(lists) == 1 and isinstance(lists[0], list) and all(isinstance(part, dict) for part in lists[0]):
        rows = lists[0]
    else:
        raise ConfigError(f"{path}: JSON, but neither a list of objects nor an object of objects by their ids")
    for number, row in enumerate(rows, 1):
        yield number, json_safe(row)


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
