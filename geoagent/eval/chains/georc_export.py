"""Chains written as candidates of GeoRC, for its own scorer: one text a photo, and the country beside it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.eval.chains.chains import Chain, bare_id
from geoagent.files.outputs import Form, Output, check, write

SYSTEM = "geoagent"
_ID = re.compile(r"(?P<challenge>[^/\\]*[^/\\.][^/\\]*)_(?P<round>\d{1,6})")


def write_candidates(chains: Sequence[Chain], folder: Path, inputs: Sequence[Path], force: bool) -> list[str]:
    """Write chains whose ids are CHALLENGE_1 … into the folders of their challenges; the ids of the others.

    A file that is there and says anything else is written over with `force` alone. A line a point, and no conclusion:
    GeoRC's scorer counts every line. Raises ConfigError.
    """
    left, outputs = list[str](), list[tuple[Output, str]]()
    for chain in chains:
        found = _ID.fullmatch(bare_id(chain.id))
        if found is None or not chain.points:
            left.append(f"{chain.id}: {'no point in it' if found else 'not CHALLENGE_1, CHALLENGE_2 …'}")
            continue
        into = folder / found["challenge"]
        for name, text in _files(chain, found["round"]).items():
            outputs.append((_output(into / name, text, inputs, force), text))
    if not outputs:
        raise ConfigError(f"--write-georc: no chain to write; {left[0] if left else 'none was read'}")
    _make_folders({output.path.parent for output, _ in outputs})
    check(*(output for output, _ in outputs))
    for output, text in outputs:
        write(output, text)
    return left


def _files(chain: Chain, number: str) -> dict[str, str]:
    lines = "".join(f"{' '.join(point.split())}\n" for point in chain.points)
    files = {f"candidate_reasoning_chain_{SYSTEM}_{number}.txt": lines}
    if len(chain.answer) == 2:
        said = json.dumps({"country_code": chain.answer.lower()})
        files[f"candidate_prediction_{SYSTEM}_{number}.json"] = f"{said}\n"
    return files


def _output(path: Path, text: str, inputs: Sequence[Path], force: bool) -> Output:
    return Output(path, Form("chain", lambda there: there.read_text(encoding="utf-8") == text), "--write-georc",
                  tuple(inputs), force)  # fmt: skip


def _make_folders(folders: set[Path]) -> None:
    for folder in sorted(folders):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--write-georc: {folder}: {error.strerror or error}") from error
