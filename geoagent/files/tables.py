"""Tables and records in files that others made: CSV and JSON Lines, within bounds, and each fault with file and row."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoagent.errors import ConfigError
from geoagent.files.whole import read_bytes
from geoagent.storable import storable

MOST_BYTES = 1_000_000_000
MOST_FIELD = 1_000_000
"""Characters of one field of a table."""
_OTHER = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def read_lenient(path: Path) -> str:
    """The text of a file in UTF-8; other bytes become question marks. Raises ConfigError."""
    return _read(path).decode("utf-8-sig", "replace")


def read_strict(path: Path) -> str:
    """The text of a file in UTF-8. Raises ConfigError."""
    data = _read(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        encoding = _OTHER.get(data[:2], "another encoding")
        raise ConfigError(f"{path}, line {row}: in {encoding}", "save it as UTF-8") from error


def table_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file by its heading, each with its line; a missing field is empty. Raises ConfigError."""
    lines = cells(path, read_strict(path))
    _, heading = next(lines, (1, []))
    for number, row in lines:
        if row:
            yield number, {name: row[at] if at < len(row) else "" for at, name in enumerate(heading)}


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
        yield number, storable(row)


def _why(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, MOST_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
