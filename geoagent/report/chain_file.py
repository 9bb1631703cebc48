"""Writes the arguments of answers as a file of reasoning chains (`--chain`), which `geoagent eval chain` scores."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from geoagent.case.prediction import Prediction
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError
from geoagent.files.foreign_tables import json_lines
from geoagent.files.outputs import Form, Output, write

CHAIN_FIELDS = frozenset({"id", "reasoning", "conclusion"})
"""The fields of a line, which are those of GeoRC's candidates."""


def _is_chains(path: Path) -> bool:
    """Lines of ours, each with an id, points and conclusions."""
    rows = [row for _, row in json_lines(path.read_text(encoding="utf-8", errors="replace"))]
    return bool(rows) and all(isinstance(row, dict) and set(row) == CHAIN_FIELDS for row in rows)


CHAINS = Form("chains", _is_chains)


def chains_output(path: Path, inputs: Sequence[Path], force: bool = False) -> Output:
    """The file of chains (flag `--chain`), to be checked before any work; the `inputs` are never written over.

    `force` lets another kind of file be replaced. Raises ConfigError where the path does not end in .jsonl.
    """
    if path.suffix != ".jsonl":
        raise ConfigError(f"--chain: {path}: a file of chains ends in .jsonl")
    return Output(path, CHAINS, "--chain", tuple(inputs), force)


def write_chains(files: Mapping[str, TraceFile], path: Path, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Write the arguments of answers to a JSON Lines file, which `geoagent eval chain` reads.

    `files` has the traces by the ids of their chains. The `inputs` are never written over, another kind of file only
    with `force`. Raises ConfigError where the file may not or cannot be written.
    """
    rows = [json.dumps(as_candidate(file.prediction, name), ensure_ascii=False) for name, file in files.items()]
    write(chains_output(path, inputs, force), "".join(f"{row}\n" for row in rows))


def as_candidate(prediction: Prediction, identity: str) -> dict[str, object]:
    """An answer's argument as one line of a file of chains: its id, the sentences for the answer, and the conclusions.

    `identity` becomes its id. The fields are those of GeoRC's candidates.
    """
    return {"id": identity, "reasoning": list(points(prediction)), "conclusion": list(_concluded(prediction))}


def points(prediction: Prediction) -> Iterator[str]:
    """The sentences of an answer's argument that speak for the answer, without conclusions: the points of its chain."""
    steps = (step for step in prediction.argument if step.kind != "conclusion" and step.stance == "for")
    yield from (step.statement for step in steps)


def _concluded(prediction: Prediction) -> Iterator[str]:
    yield from (step.statement for step in prediction.argument if step.kind == "conclusion")
