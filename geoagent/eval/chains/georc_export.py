"""Writes chains as candidates of GeoRC, so that its own scorer can read them: a text a photo, and the country.

GeoRC is a published benchmark of reasoning chains by experts.
"""

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
    """Write chains into `folder` as GeoRC's candidates; a chain's id names its challenge and round, as in CHALLENGE_1.

    Returns remarks on the chains that were left out: another id, or no points. Each point becomes a line, and no
    conclusion is written, since GeoRC's scorer counts every line. A file with other content is written over with
    `force` alone, one of the `inputs` never. Raises ConfigError where no chain can be written or a file may not be.
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
