"""Many photos as a run: `geoagent solve … --out RUN` and `geoagent resume RUN`, kept and resumed like measured runs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.errors import ConfigError
from geoagent.files.folders import claim
from geoagent.names import printable
from geoagent.runs import run as runs
from geoagent.runs.permissions import check_photos, remember, resumed_settings
from geoagent.runs.samples import Sample
from geoagent.settings import Settings

SUFFIXES = frozenset(".jpg .jpeg .jpe .jfif .mpo .png .apng .webp .avif .heic .heif .hif .tif .tiff .gif .bmp".split())
"""By these names a file in a folder is taken for a photo; a file named by itself is taken as it is."""


def photos_in(paths: Sequence[Path]) -> list[Path]:
    """The photos named, and those in the folders named and below, in order, each once. Raises ConfigError for none."""
    found: list[Path] = []
    for path in (Path(os.path.abspath(path)) for path in paths):  # noqa: PTH100  # also without "a/../"
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if not inside:
            raise ConfigError(f"{path}: no photos in this folder")
        found += inside
    for path in found:
        if str(path).encode(errors="replace") != os.fsencode(path):
            raise ConfigError(f"{printable(path)}: the name is not UTF-8, which a run is kept in; rename the file")
    return list(dict.fromkeys(found))


class Batch(NamedTuple):
    """Samples to solve into the folder of a run, and the settings to solve them with."""

    settings: Settings
    samples: list[Sample]
    folder: Path
    manifest: runs.Manifest


def new_batch(
    settings: Settings, photos: Sequence[Path], folder: Path, question: str, same_place: bool, mode: runs.Mode
) -> Batch:
    """A run that begins: each photo a sample of its own, or all one of the same place. Raises ConfigError."""
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


def kept_batch(folder: Path, given: Mapping[str, Any], photos: Sequence[Path] | None) -> Batch:
    """A run that goes on where it stopped, as it was begun: only the server's address may be another.

    What is reached, and what it may be told, the person says anew in what is `given` (see `resume`), and where the
    photos are of a run that was begun elsewhere; the run is only compared with that. Raises ConfigError.
    """
    kept = runs.read_manifest(folder)
    if kept.mode == "imported":
        raise ConfigError(f"{folder}: imported answers; there is nothing to resume")
    settings = resumed_settings(kept, given, folder)
    samples = runs.read_samples(folder)
    check_photos(samples, photos, folder, settings.cache)
    manifest = runs.manifest_of(settings, kept.dataset, samples, kept.mode, kept.hints, kept.reliabilities)
    return Batch(settings, samples, folder, manifest)


def solve_batch(batch: Batch, workers: int | None) -> Iterator[runs.Result]:
    """Solve what is not solved yet; each result when it is kept. Raises as `run` does."""
    claim(batch.folder, runs.RUN)  # a folder of others is refused before anything is kept
    remember(batch.samples, batch.settings.cache)
    count = workers or runs.workers_for(batch.settings)
    yield from runs.run(batch.settings, batch.samples, batch.folder, batch.manifest, count)
