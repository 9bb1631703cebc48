"""Many photos as a run: `geoagent solve … --out RUN` and `geoagent resume RUN`, kept and resumed like measured runs."""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from geoagent.case.prediction import Prediction
from geoagent.errors import BAD_INPUT, ConfigError
from geoagent.files.folders import claim
from geoagent.names import percent, printable
from geoagent.photo import readable
from geoagent.runs import run as runs
from geoagent.runs.resume import check_photos, remember, resumed_settings
from geoagent.runs.samples import Sample
from geoagent.settings import Settings

SUFFIXES = frozenset(".jpg .jpeg .jpe .jfif .mpo .png .apng .webp .avif .heic .heif .hif .tif .tiff .gif .bmp".split())
"""By these names a file in a folder is taken for a photo; a file named by itself is taken as it is."""
Tell = Callable[[str], None]


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


def solve_run(options: argparse.Namespace, settings: Settings, tell: Tell) -> int:
    """Solve photos into a run folder; the exit code."""
    settings = runs.with_model(settings)
    photos, unread = photos_in(options.photos), False
    if options.same_place:
        usable = readable(photos, tell)
        photos, unread = usable, len(usable) < len(photos)
        if not photos:
            return BAD_INPUT
    base = Path(os.path.commonpath([photo.parent for photo in photos]))
    samples = [
        Sample(id=photo.relative_to(base).as_posix(), images=(str(photo),), question=options.hint) for photo in photos
    ]
    if options.same_place:
        samples = [Sample(id=base.name or "case", images=tuple(map(str, photos)), question=options.hint)]
    mode: runs.Mode = "direct" if options.direct else "agent"
    manifest = runs.manifest_of(settings, str(base), samples, mode)
    code = _carry_out(settings, samples, options.out, manifest, options, tell)
    return BAD_INPUT if unread else code


def resume(options: argparse.Namespace, tell: Tell) -> int:
    """Go on with a run where it stopped, as it was begun: only the server's address may be another; the exit code.

    What is reached, and what it may be told, the person says anew (see `resuming`); the run is only compared with that.
    """
    kept = runs.read_manifest(options.run)
    if kept.mode == "imported":
        raise ConfigError(f"{options.run}: imported answers; there is nothing to resume")
    settings = resumed_settings(kept, vars(options), options.run)
    samples = runs.read_samples(options.run)
    check_photos(samples, options.photos, options.run, settings.cache)
    manifest = runs.manifest_of(settings, kept.dataset, samples, kept.mode, kept.hints, kept.reliabilities)
    return _carry_out(settings, samples, options.run, manifest, options, tell)


def _carry_out(
    settings: Settings,
    samples: Sequence[Sample],
    folder: Path,
    manifest: runs.Manifest,
    options: argparse.Namespace,
    tell: Tell,
) -> int:
    workers = options.workers or runs.workers_for(settings)
    progress: Tell = (lambda line: None) if options.quiet else tell
    claim(folder, runs.RUN)  # a folder of others is refused before anything is kept
    remember(samples, settings.cache)
    try:
        for result in runs.run(settings, samples, folder, manifest, workers, progress):
            if result.fault and options.quiet:
                tell(f"geoagent: {result.fault}")
            if result.trace is not None:
                prediction = result.trace.prediction
                print(_as_json(result.id, prediction) if options.json else _line(result), flush=True)
    except KeyboardInterrupt:
        tell(f"interrupted; geoagent resume {folder} goes on")
        raise
    return runs.exit_code(folder)


def _as_json(photo: str, prediction: Prediction) -> str:
    return json.dumps({"id": photo, "prediction": prediction.model_dump(mode="json")}, ensure_ascii=False)


def _line(result: runs.Result) -> str:
    assert result.trace is not None
    prediction = result.trace.prediction
    path = [level for level in prediction.levels if level.stated] or list(prediction.levels[:1])
    names = " > ".join(f"{level.name} {percent(level.probability)}" for level in path)
    doubt = "" if prediction.stated else "unknown, perhaps "
    return f"{result.id}: {doubt}{names}; {prediction.point.lat:.4f}, {prediction.point.lon:.4f}; {prediction.status}"
