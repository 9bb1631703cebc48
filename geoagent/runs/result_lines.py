"""How the samples of a run stand, read line by line without their traces: for runs of any size, and soon known.

What decides something about a place reads the results themselves, with their hashes (`run_folder.read_results`).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from geoagent.case.prediction import Usage
from geoagent.errors import ConfigError

LONGEST_LINE = 200_000_000


class Standing(NamedTuple):
    """How one sample stands: solved or not, open where resuming the run solves it again, faulty, and what it cost."""

    is_solved: bool
    is_open: bool
    is_faulty: bool
    usage: Usage


def standings(folder: Path, mend: bool = False) -> dict[str, Standing]:
    """How each sample of a run stands by its last line; with `mend` a torn last line is cut off the file.

    A fault does not take the place of an answer that was there before. Raises ConfigError.
    """
    path, found = folder / "results.jsonl", dict[str, Standing]()
    try:
        for number, line in enumerate(_lines(path, mend), 1):
            name, standing = _standing(path, number, line)
            if standing.is_solved or name not in found or not found[name].is_solved:
                found[name] = standing
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return found


def _lines(path: Path, mend: bool) -> Iterator[bytes]:
    """The whole lines of a file. Raises OSError, and ConfigError for one that is longer than any of ours."""
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path} cannot be read: a pipe or a device, not a file")
    end = 0
    with path.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                if len(line) == LONGEST_LINE:
                    raise ConfigError(f"{path}: a line of more than {LONGEST_LINE / 1e6:g} MB; remove it")
                break
            end += len(line)
            yield line
    if mend and path.stat().st_size > end:
        os.truncate(path, end)


def _standing(path: Path, number: int, line: bytes) -> tuple[str, Standing]:
    try:
        row = from_json(line)
        trace = row.get("trace")
        prediction: dict[str, Any] = trace["prediction"] if trace else {}
        is_open = bool(row.get("unserved"))
        if prediction:
            is_open = is_open if prediction["status"] != "degraded" else prediction.get("failure") == "server"
        usage = Usage.model_validate(prediction.get("usage", {}))
        return str(row["id"]), Standing(bool(trace), is_open, row.get("fault") is not None, usage)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
        raise ConfigError(f"{path}: line {number} is damaged, or of another version; remove it") from error
