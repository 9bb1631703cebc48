"""Where an interrupted run goes on, and what it may then reach.

A run's folder may come from anybody. So it names no address, command or folder to be used: the person names these
again, and they are only compared with what the run was made with.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geoagent.errors import ConfigError
from geoagent.plain_text import printable
from geoagent.runs.batch import Batch, named_here
from geoagent.runs.run_folder import Manifest, manifest_of, read_manifest, read_samples
from geoagent.runs.samples import Sample
from geoagent.runs.stored_photos import archive_of, is_address
from geoagent.settings import Settings, read_settings

OWN = {
    "vlm": ("the model server", "--vlm"),
    "mcp": ("the MCP server", "--mcp"),
    "services": ("the services", "--services"),
    "reverse_image": ("the reverse image search", "--reverse-image"),
    "online": ("services of the network", "--online"),
    "allow_exif_gps": ("the positions in the photos", "--allow-exif-gps"),
    "gallery": ("the gallery", "--gallery"),
    "elevation": ("the elevation tiles", "--elevation"),
    "extract": ("the extract of the map", "--extract"),
    "knowledge": ("the tables of knowledge", "--knowledge"),
    "guide": ("the guidebook", "--guide"),
    "evidence": ("the evidence", "--evidence"),
    "prior_weights": ("the weights", "--prior-weights"),
    "contact": ("the contact", "GEOAGENT_CONTACT"),
}
"""What a run reaches or lets out: how it is called, and how the person says it."""
KEPT = (
    "model", "minds", "native_tools", "opinion_samples", "max_steps", "timeout_s", "max_tokens", "request_timeout_s",
    "image_side", "no_second_look", "rerank", "no_shortcuts", "prior", "prior_precision",
)  # fmt: skip
"""What a run goes on with as it was begun: numbers, names and restrictions, which reach nothing by themselves."""
LONGEST = 200


def kept_batch(folder: Path, given: Mapping[str, Any], photos: Sequence[Path] | None) -> Batch:
    """The run in `folder` as it was begun, ready for `solve_batch`; only the model server may have moved.

    `given` are the options of `geoagent resume` by name. `photos` are the folders that hold the photos of a run that
    was begun on another machine, or None. Raises ConfigError where the folder holds no run or imported answers, or
    where the options, the evidence file or the photos do not fit the run.
    """
    kept = read_manifest(folder)
    if kept.mode == "imported":
        raise ConfigError(f"{folder}: imported answers; there is nothing to resume")
    settings = resumed_settings(kept, given, folder)
    samples = read_samples(folder)
    check_photos(samples, photos, folder, settings.cache)
    manifest = manifest_of(settings, kept.dataset, samples, kept.mode, kept.hints, kept.reliabilities)
    if manifest.versions.get("evidence") != kept.versions.get("evidence"):
        raise ConfigError(
            f"{folder}: {settings.evidence} has changed since the run was begun; "
            "bring back what it was, or begin another run"
        )
    return Batch(settings, samples, folder, manifest)


def resumed_settings(run: Manifest, given: Mapping[str, Any], folder: Path) -> Settings:
    """The settings to go on with: numbers and restrictions are those of `run`, all that is reached is named anew.

    `given` are the options of `geoagent resume` by name; `folder` is named in complaints. Raises ConfigError, in one
    line, where the person has not named what the run was made with, such as its model server, or has named more.
    """
    now = read_settings(given)
    present = now.public()
    _check_named(run.settings, present, folder)
    _check_flags(run.settings, present, given, folder)
    defaults = Settings().public()
    own = {name: getattr(now if run.settings.get(name) else Settings(), name) for name in OWN}
    mine = {
        "max_cost": now.max_cost,
        "prices": now.prices,
        "api_key": now.api_key,
        "keys": now.keys,
        "cache_dir": now.cache_dir,
        "milvus": now.milvus,
        "opentelemetry": now.opentelemetry,
    }
    kept = {name: run.settings.get(name, defaults[name]) for name in KEPT}
    try:
        return Settings.model_validate({**kept, **own, **mine})
    except ValidationError as error:
        raise ConfigError(f"{folder}: a run of another version ({error.errors()[0]['loc'][0]})") from error


def _check_named(made: Mapping[str, Any], present: Mapping[str, Any], folder: Path) -> None:
    """Raise ConfigError unless the person has named all that the run was made with; a model may be served elsewhere."""
    missing = [
        name for name in OWN if made.get(name) and (not present[name] if name == "vlm" else made[name] != present[name])
    ]
    if missing:
        told = ", ".join(_told(name, made[name]) for name in missing)
        flags = ", ".join(OWN[name][1] for name in missing)
        raise ConfigError(f"{folder}: this run was made with {told}; name it with {flags} to go on")


def _told(name: str, value: Any) -> str:
    what = OWN[name][0]
    return what if value is True else f"{what} {printable(' '.join(str(value).split()))[:LONGEST]}"


def _check_flags(made: Mapping[str, Any], present: Mapping[str, Any], given: Mapping[str, Any], folder: Path) -> None:
    """Raise ConfigError for a flag that names more than the run was made with, or another model or restriction."""
    for name, (what, how) in OWN.items():
        if given.get(name) and not made.get(name):
            raise ConfigError(f"{folder}: this run was made without {what}; leave out {how}, or begin another run")
    for name in ("model", "prior", "no_shortcuts"):
        differs = present[name] and present[name] != made.get(name)
        if differs and (given.get(name) or name == "no_shortcuts" or (name == "model" and made.get("vlm"))):
            shown = printable(str(made.get(name)))[:LONGEST]
            raise ConfigError(f"{folder}: this run was made with {name} {shown}, which the present settings are not")


def check_photos(samples: Sequence[Sample], named: Sequence[Path] | None, folder: Path, cache: Path) -> None:
    """Raise ConfigError unless the photos of a run were named on this machine before, or lie in what is named now.

    `folder` is the run's, for complaints. `named` are the photos or folders that `--photos` names, or None; `cache`
    holds the notes of runs that were begun here (see `remember`). Without this check a run that somebody else made
    could name any picture of this machine, and get back what was read in it.
    """
    if named_here(samples, cache).exists():
        return
    allowed = [Path(os.path.realpath(path)) for path in named or ()]
    for image in (image for sample in samples for image in sample.images):
        real = Path(os.path.realpath(archive_of(image)))
        if is_address(image) or not any(real == place or place in real.parents for place in allowed):
            shown = printable(image)[:LONGEST]
            raise ConfigError(
                f"{folder}: this run was not begun here; name with --photos where its photos are: {shown}"
            )
