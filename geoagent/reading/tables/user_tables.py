"""Reads knowledge tables of a person's own, in the form of ours and used besides them: `--knowledge FOLDER`."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from geoagent.atlas import Atlas
from geoagent.errors import ConfigError, reason_of
from geoagent.geo import Area
from geoagent.plain_text import printable
from geoagent.reading.tables import Table, add_tables, ours

log = logging.getLogger(__name__)


def use_folder(folder: Path, atlas: Atlas) -> None:
    """Read the knowledge tables of a folder, and use them besides ours for all cases of this process.

    The log tells each fault in a line of its own. Raises ConfigError where there is any, where the folder holds no
    table, or where another folder is in use.
    """
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise ConfigError(f"{folder}: no tables are there; a table is a file NAME.json")
    found, faults = dict[str, Table](), list[str]()
    for file in files:
        try:
            table = Table.model_validate_json(file.read_bytes())
        except ValidationError as error:
            faults += [f"{file.name}: {_place(row['loc'])}{reason_of(row).lower()}" for row in error.errors()]
        except OSError as error:
            faults.append(f"{file.name}: {error.strerror or error}")
        else:
            faults += [f"{file.name}: {fault}" for fault in _faults(table, found, atlas)]
            found[table.name] = table
    for fault in faults:
        log.error("%s", fault)
    if faults:
        raise ConfigError(f"{folder}: {len(faults)} fault{'s' * (len(faults) > 1)} in its tables")
    add_tables(found, folder)


def _place(location: tuple[int | str, ...]) -> str:
    return f"{printable('.'.join(map(str, location)))[:100]}: " if location else ""


def _faults(table: Table, others: dict[str, Table], atlas: Atlas) -> Iterator[str]:
    """What is wrong in a table that has the right form."""
    if table.name in ours() or table.name in others:
        yield f"another table is called {table.name}"
    if table.witness != "text":
        yield "only tables of texts can be added"
    for name, answer in table.answers.items():
        if not answer.words and not answer.patterns:
            yield f"{name}: words or patterns are needed"
        for pattern in answer.patterns:
            try:
                written = re.compile(pattern)
            except re.error as error:
                yield f"{name}: the pattern {pattern!r} is none: {error}"
                continue
            if not any(written.search(example) for example in answer.examples):
                yield f"{name}: the pattern {pattern!r} matches none of the examples"
        for area in answer.areas:
            if not _is_known(area, atlas):
                yield f"{name}: the atlas has no area {area}"


def _is_known(area: Area, atlas: Atlas) -> bool:
    return atlas.knows(area) or atlas.row_of(area) is not None
