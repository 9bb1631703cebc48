"""Solving the samples of a run: those that have no result yet, several at a time, each kept as it comes."""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver

from geoagent.agent import GeoAgent
from geoagent.case.prediction import Usage
from geoagent.errors import BAD_INPUT, DEGRADED, OK, ConfigError, GeoAgentError, ImageError, ModelError, set_aside
from geoagent.files.folders import claim
from geoagent.reading.ocr.rapidocr import read_many
from geoagent.reasoners.vlm.prices import TYPICAL_TOKENS, price_of, told
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.runs.result_lines import standings
from geoagent.runs.run_folder import CHECKPOINTS, RUN, Manifest, Mode, Result, append, check_own, open_run
from geoagent.runs.samples import Sample
from geoagent.runs.stored_photos import as_files
from geoagent.settings import Settings

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 3


def solve_sample(agent: GeoAgent, sample: Sample, mode: Mode, hints: bool) -> Result:
    """Solve one sample of a run; where that fails the result holds the fault, so that the other samples go on.

    `mode` says how it is solved (see `Manifest`). `hints` says whether the solver is told the sample's question. Raises
    ConfigError, which would end every sample alike.
    """
    if not sample.images:
        return Result(id=sample.id, fault="the dataset names no photo for it")
    try:
        with as_files(sample.images) as files:
            named = sample.model_copy(update={"images": tuple(files)})
            return _called_as_given(_solved(agent, named, mode, hints), files)
    except ImageError as error:  # a photo in an archive or a store cannot be had
        return Result(id=sample.id, fault=agent.hide(str(error)))


def _called_as_given(result: Result, files: Mapping[str, str]) -> Result:
    """A result that calls photos as they were given, and not by the files that they were for a while."""
    fault, trace = result.fault, result.trace
    for path, given in files.items():
        fault = fault.replace(path, given) if fault else fault
    if trace is not None:
        photos = tuple(ref.model_copy(update={"path": files.get(ref.path, ref.path)}) for ref in trace.photos)
        trace = trace.model_copy(update={"photos": photos})
    return result.model_copy(update={"fault": fault, "trace": trace})


def _solved(agent: GeoAgent, sample: Sample, mode: Mode, hints: bool) -> Result:
    """The result of a sample whose photos are files. Raises ConfigError."""
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
    check_own(folder)
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
