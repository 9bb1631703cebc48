"""Measures how much of an answer's argument stands on its record; a claimed check counts only if the tool call ran."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from geoagent.case.evidence import ArgumentStep, Id
from geoagent.case.trace import Trace, TraceFile
from geoagent.errors import ConfigError, TraceError
from geoagent.eval.chains.chains import trace_in
from geoagent.files.foreign_tables import json_lines, read_lenient


class Groundedness(NamedTuple):
    """How much of one argument its record supports.

    `id` names the photo. `lines` are the argument's sentences, `grounded` how many of them the record supports;
    `checks` are those that claim a check by a tool, `ran` how many of these cite a call that ran. `fault` says why
    nothing could be counted, or is None.
    """

    id: str
    lines: int = 0
    grounded: int = 0
    checks: int = 0
    ran: int = 0
    fault: str | None = None


def groundedness(file: TraceFile, identity: str) -> Groundedness:
    """How much of the argument in a trace its record supports; `identity` becomes the `id`.

    `file` is the trace. A sentence is grounded where it cites something, all that it cites is recorded, and it is
    supported. One that tells of a check, or cites a tool call, also needs a call that succeeded, or evidence from one.
    """
    held, ran = file.trace.ids(), _ran(file.trace)
    calls = {call.id for call in file.trace.calls}
    checks = [step for step in file.prediction.argument if step.kind == "check" or calls & set(step.cites)]
    made = [step for step in checks if ran & set(step.cites)]
    kept = [
        step
        for step in file.prediction.argument
        if _stands(step, held) and (step not in checks or step in made)
    ]  # fmt: skip
    return Groundedness(identity, len(file.prediction.argument), len(kept), len(checks), len(made))


def _stands(step: ArgumentStep, held: set[Id]) -> bool:
    return step.support != "unsupported" and bool(step.cites) and set(step.cites) <= held


def _ran(trace: Trace) -> set[Id]:
    """The ids of the calls that succeeded, and of the evidence that they gave."""
    calls = {call.id for call in trace.calls if call.status == "ok"}
    return calls | {item.id for item in trace.evidence if item.call in calls}


def grounded_in(path: Path) -> Iterator[Groundedness]:
    """The groundedness of a saved trace, or of each line of a run (its folder or results.jsonl), one after the other.

    A line without a trace, or with an edited one, gives a `fault`. Raises ConfigError where the file holds no trace.
    """
    file = path / "results.jsonl" if path.is_dir() else path
    text = read_lenient(file) if file.exists() else ""
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        values = [value for _, value in json_lines(text)]
    if not any(isinstance(value, dict) and "trace" in value for value in values):
        raise ConfigError(f"{path}: no trace in it; groundedness is measured of a saved trace or a run")
    for number, value in enumerate(values, 1):
        identity = str(value.get("id") or path.stem) if isinstance(value, dict) else f"line {number}"
        if not isinstance(value, dict) or not value.get("trace"):
            yield Groundedness(identity, fault="no trace")
            continue
        try:
            yield groundedness(trace_in(value), identity)
        except TraceError as error:
            yield Groundedness(identity, fault=str(error))
