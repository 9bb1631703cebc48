"""Named datasets and answer files: where they come from, what must hold for them, and the traps that they hold.

Only what could be checked against real files has a name here; anything else loads by its format.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.answers.files import Predictions, read_answers, read_predictions
from geoagent.eval.answers.parsing import parse_lenient, parse_strict
from geoagent.files.tables import cells, read_strict
from geoagent.geo import Point
from geoagent.runs.run import Result
from geoagent.runs.samples import Sample, load_samples


class Recipe(NamedTuple):
    """A named dataset: what to get where and its traps, how many samples there must be, and how they are loaded."""

    what: str
    samples: int
    load: Callable[[Path], list[Sample]]


class AnswerFile(NamedTuple):
    """A published file of another system's answers, recognised by its content."""

    what: str
    answers: int


def load(name: str, folder: Path | None) -> list[Sample]:
    """The samples of a named dataset. Raises ConfigError that says what to get when something is missing."""
    recipe = RECIPES[name]
    if folder is None or not folder.exists():
        raise ConfigError(f"{name}: give the folder of its files with --from. {recipe.what}")
    samples = recipe.load(folder)
    if len(samples) != recipe.samples:
        raise ConfigError(f"{name}: {len(samples)} samples in {folder}, expected {recipe.samples}. {recipe.what}")
    missing = [image for sample in samples for image in sample.images if not Path(image).exists()]
    if missing:
        raise ConfigError(f"{name}: {len(missing)} images are missing, such as {missing[0]}. {recipe.what}")
    return samples


def _geobrowse(folder: Path) -> list[Sample]:
    return [sample for sample in load_samples(folder) if sample.images]


def _geocomp(folder: Path) -> list[Sample]:
    path = folder / "Ground_Truth.csv"
    if not path.exists():
        raise ConfigError(f"geocomp: {path} is missing. {RECIPES['geocomp'].what}")
    merged: dict[str, Sample] = {}
    for number, row in list(cells(path, read_strict(path)))[1:]:
        if len(row) != 3:
            raise ConfigError(f"{path}, line {number}: {len(row)} columns, not 3; correct or remove it")
        nation, pano, text = row
        earlier = merged[pano].references if pano in merged else ()
        merged[pano] = Sample(
                id=pano, country=nation, granularity="country", radius_km=2500.0, references=(*earlier, text),
                licence="Apache-2.0", source="GeoComp",
            )  # fmt: skip
    return list(merged.values())


RECIPES: dict[str, Recipe] = {
    "geobrowse": Recipe(
        "GeoBrowse (MIT), level 1, with labels: a folder with labels.csv, questions.jsonl and images/ (111). Traps: "
        "two of the 100 questions have no image and are left out; some golds contradict their own solution (see the "
        "notes).",
        98,
        _geobrowse,
    ),
    "geocomp": Recipe(
        "GeoComp (Apache-2.0): a folder with Ground_Truth.csv in UTF-8. Expert reasoning by panorama, without images. "
        "Traps: nations are in Chinese, seven panoramas occur twice (their texts are merged), the last column has no "
        "name.",
        493,
        _geocomp,
    ),
}

ANSWER_FILES: dict[str, AnswerFile] = {
    "1f993e5d475081b1": AnswerFile(
        "Im2GPS3k predictions of GeoEstimation's base M (f*); in its source's metadata LAT and LON are swapped, and a "
        "blank line and two summary rows end the file",
        2997,
    ),
    "6111931f551e8b6a": AnswerFile("GPT-5 on GeoBench without names, from Thinking-with-Map (Apache-2.0)", 934),
    "41291cfe9f3c7214": AnswerFile("Qwen3-VL-235B on GeoBench without names, Thinking-with-Map (Apache-2.0)", 934),
}
"""By the first 16 hexadecimal digits of the file's SHA-256."""


def import_answers(path: Path, strict: bool) -> tuple[list[Sample], list[Result], str]:
    """Another system's answers with their truth, from JSON Lines of texts or CSV of points; and a line on the losses.

    What has no readable point stays in the run as an answer without one: a miss, not an omission. Raises ConfigError.
    """
    if not path.exists():
        raise ConfigError(f"{path}: no such file")
    if path.suffix == ".jsonl":
        found, _ = read_answers(path, parse_strict if strict else parse_lenient)
    elif path.suffix == ".csv":
        found = read_predictions(path)
    else:
        raise ConfigError(f"{path}: answers come as .jsonl (texts) or .csv (points)")
    if not all(found.ids):
        raise ConfigError(f"{path}: an answer has no id; give each row its own")
    samples = [
        Sample(id=i, point=Point(lat=lat, lon=lon), source=path.name)
        for i, lat, lon in zip(found.ids, found.true_lat.tolist(), found.true_lon.tolist(), strict=True)
    ]
    results = [
        Result(id=i, point=Point(lat=lat, lon=lon) if lat == lat else None)  # NaN: nothing was answered
        for i, lat, lon in zip(found.ids, found.lat.tolist(), found.lon.tolist(), strict=True)
    ]
    known = ANSWER_FILES.get(hashlib.sha256(path.read_bytes()).hexdigest()[:16])
    if known and len(samples) != known.answers:
        raise ConfigError(f"{path}: {len(samples)} answers, expected {known.answers}: {known.what}")
    return samples, results, f"{known.what + ': ' if known else ''}{_losses(found)}"


def _losses(found: Predictions) -> str:
    skipped = {name: count for name in found.skipped.__slots__ if (count := getattr(found.skipped, name))}
    unread = f"; without a readable point: {', '.join(found.invalid[:20])}" if found.invalid else ""
    more = f" and {len(found.invalid) - 20} more" if len(found.invalid) > 20 else ""
    return f"{len(found.ids)} answers, {len(found.invalid)} unparsed, rows skipped: {skipped or 'none'}{unread}{more}"
