"""Many photos as a run: `geoagent solve … --out RUN`, kept like measured runs; `resuming` goes on with one."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from geoagent.atlas import open_atlas
from geoagent.errors import ConfigError
from geoagent.files.folders import claim
from geoagent.plain_text import PHOTO_SUFFIXES, printable
from geoagent.priors.loader import opening
from geoagent.reading.evidence_file import read_evidence
from geoagent.runs import run as runs
from geoagent.runs.samples import Sample
from geoagent.settings import Settings


def photos_in(paths: Sequence[Path]) -> list[Path]:
    """The photos named, and those in the folders named and below, in order, each once. Raises ConfigError for none."""
    found: list[Path] = []
    for path in (Path(os.path.abspath(path)) for path in paths):  # noqa: PTH100  # also without "a/../"
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in PHOTO_SUFFIXES and file.is_file())
        if not inside:
            raise ConfigError(f"{path}: no photos in this folder")
        found += inside
    for path in found:
        if str(path).encode(errors="replace") != os.fsencode(path):
            raise ConfigError(f"{printable(path)}: the name is not UTF-8, which a run is kept in; rename the file")
    return list(dict.fromkeys(found))


class Batch(NamedTuple):
    """The samples of a run, the run's folder, and the settings to solve them with."""

    settings: Settings
    samples: list[Sample]
    folder: Path
    manifest: runs.Manifest


def new_batch(
    settings: Settings, photos: Sequence[Path], folder: Path, question: str, same_place: bool, mode: runs.Mode
) -> Batch:
    """A new run over photos: each photo a sample of its own, or all together one of the same place.

    Raises ConfigError.
    """
    if settings.evidence:  # its faults are told before there is a folder that they would make useless
        read_evidence(settings.evidence, open_atlas(settings.cache))
    for name in settings.prior:
        opening(name, settings.cache)
    settings = runs.with_model(settings)
    base = Path(os.path.commonpath([photo.parent for photo in photos]))
    if same_place:
        samples = [Sample(id=base.name or "case", images=tuple(map(str, photos)), question=question)]
    else:
        names = [photo.relative_to(base).as_posix() for photo in photos]
        samples = [
            Sample(id=name, images=(str(photo),), question=question) for name, photo in zip(names, photos, strict=True)
        ]
    return Batch(settings, samples, folder, runs.manifest_of(settings, str(base), samples, mode))


def solve_batch(batch: Batch, workers: int | None) -> Iterator[runs.Result]:
    """Solve what is not solved yet; each result when it is kept. Raises as `run` does."""
    claim(batch.folder, runs.RUN)  # a folder of others is refused before anything is kept
    remember(batch.samples, batch.settings.cache)
    count = workers or runs.workers_for(batch.settings)
    yield from runs.run(batch.settings, batch.samples, batch.folder, batch.manifest, count)


def remember(samples: Sequence[Sample], cache: Path) -> None:
    """Note in the user's cache that the photos of a run were named on this machine, so that resuming it needs no
    `--photos`.
    """
    path = named_here(samples, cache)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:  # the run is asked for its photos when it goes on, nothing else
        return


def named_here(samples: Sequence[Sample], cache: Path) -> Path:
    """The file in the user's cache that exists if a run with these photos was begun on this machine."""
    rows = [[sample.id, *sample.images] for sample in samples]
    return cache / "runs" / hashlib.sha256(json.dumps(rows).encode(errors="surrogatepass")).hexdigest()
