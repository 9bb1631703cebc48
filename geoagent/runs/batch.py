"""Runs over photos that a person names (`geoagent solve … --out RUN`), as opposed to a dataset with known places.

Such a run is kept in its folder as the runs of `geoagent eval run` are; `geoagent.runs.resuming` goes on with one that
was interrupted.
"""

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
from geoagent.runs.run_folder import RUN, Manifest, Mode, Result, manifest_of
from geoagent.runs.samples import Sample
from geoagent.runs.stored_photos import StoredPhoto, archive_of, named_apart
from geoagent.settings import Settings


def photos_in(paths: Sequence[Path]) -> list[Path]:
    """The photos that are named, and those in and below each named folder, as absolute paths, each once.

    A file that is named comes back without being opened, whatever its suffix; in a folder the files with a photo's
    suffix count, sorted. Raises ConfigError for a folder without photos and for a name that is not UTF-8.
    """
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
    """All that solving a run needs: settings, samples, the run's folder, and the manifest that describes it."""

    settings: Settings
    samples: list[Sample]
    folder: Path
    manifest: Manifest


def new_batch(
    settings: Settings,
    photos: Sequence[Path],
    folder: Path,
    question: str,
    same_place: bool,
    mode: Mode,
    stored: Sequence[StoredPhoto] = (),
) -> Batch:
    """A run that is about to start: each photo is a sample of its own, or, with `same_place`, all are one sample.

    `photos` are absolute paths, and `stored` are photos in archives and stores, each a sample. `folder` is where the
    run is to be kept; nothing is written to it yet. `question` is the person's hint on where the photos were taken, or
    "". `mode` says how the run solves (see `Manifest`). Raises ConfigError where the evidence file, a prior or the
    model server that the settings name cannot be used.
    """
    if settings.evidence:  # its faults are told before there is a folder that they would make useless
        read_evidence(settings.evidence, open_atlas(settings.cache))
    for name in settings.prior:
        opening(name, settings.cache)
    settings = runs.with_model(settings)
    base = Path(os.path.commonpath([photo.parent for photo in photos] or [Path.cwd()]))
    if same_place:
        samples = [Sample(id=base.name or "case", images=tuple(map(str, photos)), question=question)]
    else:
        names = [photo.relative_to(base).as_posix() for photo in photos]
        samples = [
            Sample(id=name, images=(str(photo),), question=question) for name, photo in zip(names, photos, strict=True)
        ]
    known = {sample.id for sample in samples}
    for photo in named_apart(stored):
        name = photo.reference if photo.name in known else photo.name
        samples.append(Sample(id=name, images=(photo.reference,), question=question))
    dataset = str(base) if photos else archive_of(stored[0].reference)
    return Batch(settings, samples, folder, manifest_of(settings, dataset, samples, mode))


def solve_batch(batch: Batch, workers: int | None, engine: runs.Engine) -> Iterator[Result]:
    """Solve the samples of a run that have no result yet, and yield each result once it is kept in the run's folder.

    `workers` is how many `engine` solves at a time; None leaves that to the engine. Raises ConfigError where the folder
    holds something else, and ModelError where the model server fails one sample after the other.
    """
    claim(batch.folder, RUN)  # a folder of others is refused before anything is kept
    remember(batch.samples, batch.settings.cache)
    yield from runs.run(batch.settings, batch.samples, batch.folder, batch.manifest, workers, engine)


def remember(samples: Sequence[Sample], cache: Path) -> None:
    """Note in the folder `cache` that the photos of these samples were named on this machine.

    So resuming the run needs no `--photos`. Where the note cannot be written nothing happens: the person is asked for
    the photos on resuming.
    """
    path = named_here(samples, cache)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:  # the run is asked for its photos when it goes on, nothing else
        return


def named_here(samples: Sequence[Sample], cache: Path) -> Path:
    """The path of the note, in the folder `cache`, that a run with these samples was begun on this machine.

    The note is there if the run was begun here (see `remember`). It is named by a hash of the samples' ids and photos.
    """
    rows = [[sample.id, *sample.images] for sample in samples]
    return cache / "runs" / hashlib.sha256(json.dumps(rows).encode(errors="surrogatepass")).hexdigest()
