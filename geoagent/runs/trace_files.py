"""Traces in files: each is written with a hash of its content, and is refused when it is read and was changed.

Whoever can compute a hash can also forge one. So the answer is computed again from the evidence that the trace records.
A trace that another version of geoagent wrote, or that was made with another atlas or other reliabilities, is shown
with the answer that its evidence gives here, and a remark says so. Where runs are measured, such a trace keeps the
answer that was given then. A trace of schema version 1 carries no hash: it shows the answer that its evidence gives.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from geoagent.belief import Beliefs, made_with
from geoagent.belief.trace_beliefs import judged_with
from geoagent.case.evidence import Noun
from geoagent.case.prediction import Prediction
from geoagent.case.trace import TRACE_VERSION, State, TraceFile, check
from geoagent.errors import EditedTrace, TraceError
from geoagent.files.outputs import Form, Output, read_object, write
from geoagent.files.small_files import read_bytes
from geoagent.graph.conclude import last_verdicts, read_out
from geoagent.privacy.disclosure import told_again
from geoagent.runs.version_1 import is_version_1, renamed_fields, with_facts

NO_HASH = (
    "this trace carries no hash, so this version did not write it as it is: its answer was computed again from its "
    "evidence, and its notes are left out"
)
OTHER_ANSWER = "the answer that it held is another: it was edited, or made with another version"
MOST_BYTES = 1_000_000_000
CLOSE = {"radius_km_50": 0.002, "radius_km_90": 0.002, "area_km2_50": 0.2, "area_km2_90": 0.2, "log_odds": 0.002}
"""How far two computations of a number may lie apart by rounding alone; others agree to four digits."""


class Loaded(NamedTuple):
    """A trace that was read from a file. `said` is a remark that has to be shown with it, or "" where there is none."""

    file: TraceFile
    said: str = ""


def digest(data: Mapping[str, Any]) -> str:
    """The SHA-256 of JSON data without their field `sha256`, as hexadecimal digits.

    Raises ValueError for a string that UTF-8 cannot hold.
    """
    content = {name: value for name, value in data.items() if name != "sha256"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(file: TraceFile) -> TraceFile:
    """A copy of a trace with the hash of its content in `sha256`."""
    return file.model_copy(update={"sha256": digest(json.loads(file.model_dump_json()))})


def save_trace(file: TraceFile, path: Path, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Write a trace to `path` as JSON, with the hash of its content.

    `inputs` are files that were read on the way: they and the photos are never written over. A file that is no trace is
    replaced only with `force`. Raises ConfigError where the file may not or cannot be written.
    """
    photos = [Path(ref.path) for ref in file.photos]
    write(trace_output(path, [*inputs, *photos], force), sealed(file).model_dump_json(indent=1) + "\n")


def trace_output(path: Path, inputs: Sequence[Path], force: bool = False) -> Output:
    """The file of a trace (flag `--trace`), to be checked before any work and written later.

    `path` is where it is to be written. `inputs` are files that are read and must not be written over; `force` lets
    another kind of file be replaced.
    """
    return Output(path, Form("trace", _is_trace), "--trace", tuple(inputs), force)


def _is_trace(path: Path) -> bool:
    return {"schema_version", "photos", "trace", "prediction"} <= set(read_object(path))


def load_trace(path: Path, beliefs: Callable[[], Beliefs], content: bytes | None = None) -> Loaded:
    """Read a saved trace, to be shown; `beliefs()` gives what computes its answer again.

    Where `content` is given it is read instead of the file, and `path` only says where it came from. Raises TraceError
    for a file that is no trace, or that was damaged or edited.
    """
    file = _read_file(path, content)
    try:
        return checked(file, beliefs(), bool(file.sha256), to_be_shown=True)
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from error


def photos_of(path: Path) -> tuple[Path, ...]:
    """The paths of the photos that a saved trace names, as they were when it was made; they may not be there.

    The answer is not computed again, so no atlas is needed. Raises TraceError where the file is no trace or was edited.
    """
    return tuple(Path(ref.path) for ref in _read_file(path).photos)


def _read_file(path: Path, content: bytes | None = None) -> TraceFile:
    try:
        return read_trace(read_bytes(path, MOST_BYTES) if content is None else content)
    except OSError as error:
        is_folder = "a folder; name a trace or a bundle that solve kept (--trace FILE, --bundle FILE)"
        raise TraceError(f"{path}: {is_folder if path.is_dir() else error.strerror or error}") from error
    except ValueError as error:
        raise TraceError(f"{path}: {error}") from error
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from error


def read_trace(text: str | bytes) -> TraceFile:
    """A trace from JSON text. Its hash is checked if it has one; its answer is not computed again.

    A trace of schema version 1 comes back with the fields of version 2. Raises TraceError for text that is no trace, or
    was damaged or edited.
    """
    try:
        data = json.loads(text)
        check_sealed(data, data)
        return opened(data)
    except (ValueError, RecursionError) as error:  # what is no UTF-8 is a ValueError too
        raise TraceError("not a trace of this version (not JSON)") from error


def opened(data: Any) -> TraceFile:
    """A trace from JSON data, as `json.loads` gives them.

    Its hash is checked if it has one; its answer is not computed again. A trace of schema version 1 comes back with the
    fields of version 2. Raises TraceError for data that are no trace, or were damaged or edited.
    """
    check_hash(data)
    old = is_version_1(data)
    data = renamed_fields(data) if old else data
    try:
        file = TraceFile.model_validate(data)
    except ValidationError as error:
        raise TraceError(f"not a trace of this version ({error.errors()[0]['msg']})") from error
    _check_ids(data, file)
    check(file.trace)
    return with_facts(file) if old else file


def check_hash(data: Any) -> None:
    """Raise TraceError for JSON data whose field `sha256` is not the hash of the rest; data without that field pass."""
    said = data.get("sha256") if isinstance(data, dict) else None
    try:
        if said and said != digest(data):
            raise EditedTrace("it does not fit its own hash")
    except ValueError as error:
        raise EditedTrace("it holds something that is no text") from error


def check_sealed(data: Any, sealed_by: Any) -> None:
    """Raise TraceError for a trace of the present schema version that no hash covers.

    geoagent writes none without a hash, so that was taken out. `data` are the trace's JSON data, `sealed_by` the JSON
    data whose `sha256` covers them: those of the trace itself, or of the line of results that holds it.
    """
    if not isinstance(data, dict) or not isinstance(sealed_by, dict):
        return
    if data.get("schema_version") == TRACE_VERSION and not sealed_by.get("sha256"):
        raise EditedTrace("its hash was taken out")


def checked(file: TraceFile, beliefs: Beliefs, hashed: bool, to_be_shown: bool = False) -> Loaded:
    """A trace whose answer was computed again from its evidence, with the remark that has to be shown with it, or "".

    `beliefs` compute the answer again. `hashed` says that a hash vouches for its content. A trace with a hash that was
    made with another version, atlas or reliabilities keeps its answer, unless it is `to_be_shown`: then it gets the one
    that was computed here. Raises TraceError where the answer does not fit the record.
    """
    file = file.model_copy(update={"sha256": ""})
    _check_record(file)
    other = _made_otherwise(file, beliefs) if hashed else ""
    if other and not to_be_shown:
        said = f"the answer was not computed again, the hash alone vouches for it: {other}"
        return Loaded(_noted(file, (*file.prediction.notes, said)), said)
    try:
        again = _computed_again(file, beliefs)
    except (ValueError, LookupError, ArithmeticError) as error:
        raise TraceError(f"its answer cannot be computed again ({type(error).__name__})") from error
    if other:
        said = f"{other}: its answer was computed again here from its evidence"
        if not _agree(file.prediction.model_dump(mode="json"), again.model_dump(mode="json")):
            said += ", and is not the one that it held"
        return Loaded(_noted(file.model_copy(update={"prediction": again}), (said,)), said)
    same = _agree(file.prediction.model_dump(mode="json"), again.model_dump(mode="json"))
    if hashed and not same:
        raise EditedTrace("its answer is not what its evidence gives")
    if hashed:
        return Loaded(file)
    said = NO_HASH if same else f"{NO_HASH}; {OTHER_ANSWER}"
    return Loaded(_noted(file.model_copy(update={"prediction": again}), (said,)), said)


def _noted(file: TraceFile, notes: tuple[str, ...]) -> TraceFile:
    return file.model_copy(update={"prediction": file.prediction.model_copy(update={"notes": notes})})


def _made_otherwise(file: TraceFile, beliefs: Beliefs) -> str:
    """Why the answer cannot be computed again as it was; "" where it can."""
    if file.geoagent != version("geoagent-locate"):
        return f"it was made by version {file.geoagent}"
    mine = made_with(judged_with(file, beliefs))
    if file.made_with.get("atlas") != mine["atlas"]:
        return "it was made with another atlas"
    return "" if file.made_with == mine else "it was made with other reliabilities"


def _computed_again(file: TraceFile, beliefs: Beliefs) -> Prediction:
    own, told = judged_with(file, beliefs), file.prediction
    if file.disclosure != "exact":
        return told_again(file, own)
    state: State = {"photos": file.photos, "trace": file.trace, "status": told.status, "notes": told.notes}
    if told.failure:
        state["failure"] = told.failure
    again = read_out(state, own, file.reasoner.name, told.usage)
    return again if told.argument else again.model_copy(update={"argument": ()})  # traces from before hold none


def _check_record(file: TraceFile) -> None:
    """Raise TraceError unless the answer is of these photos, this hint and these steps; no atlas is needed for that."""
    told, ids = file.prediction, tuple(ref.id for ref in file.photos)
    if told.photo != next(iter(ids), "") or told.photos not in ((), ids):
        raise EditedTrace("its answer is on other photos")
    if file.disclosure != "exact" and told.argument:
        raise EditedTrace("its answer holds an argument, which no coarse trace does")
    if told.chain != file.trace.steps:
        raise EditedTrace("the chain of its answer is not that of its record")
    if file.geoagent == version("geoagent-locate"):
        is_of_record = told.verdicts == last_verdicts(file.trace)
    else:  # another version may have chosen otherwise among them
        is_of_record = all(verdict in file.trace.verdicts for verdict in told.verdicts)
    if not is_of_record:
        raise EditedTrace("the verdicts of its answer are not those of its record")
    if not {influence.evidence for influence in told.influences} <= {item.id for item in file.trace.evidence}:
        raise EditedTrace("its answer rests on evidence that its record does not hold")
    if file.disclosure == "exact" and file.reasoner.is_perceived:
        given = [clue.value for clue in file.trace.clues if clue.kind == "hint" and clue.witness == "user"]
        if given[:1] != [file.hint[:2000]][: bool(file.hint)]:
            raise EditedTrace("its hint is not the one in its record")


def _check_ids(data: dict[str, Any], file: TraceFile) -> None:
    """Raise TraceError for a record whose id was left out: it would get whatever id its content has now."""
    for part, model in (("trace", file.trace), ("prediction", file.prediction)):
        for name in type(model).model_fields:
            items = getattr(model, name)
            nouns = isinstance(items, tuple) and items and isinstance(items[0], Noun)
            if nouns and not all(item.get("id") for item in data[part][name] if isinstance(item, dict)):
                raise EditedTrace(f"a record in {part}.{name} has no id")


def _agree(one: Any, other: Any, name: str = "") -> bool:
    """Whether two computations of the same data agree but for rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_agree(one[key], other[key], key) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-4, abs_tol=CLOSE.get(name, 1e-9))
    return bool(one == other)
