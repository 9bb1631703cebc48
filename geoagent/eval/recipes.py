"""Named datasets, each with where its files come from and what must hold for them; and other systems' answers."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from geoagent.errors import ConfigError
from geoagent.eval.parsing import parse_lenient, parse_strict
from geoagent.eval.predictions import Predictions, read_answers, read_predictions
from geoagent.eval.runs import Result
from geoagent.eval.samples import Sample, load_samples
from geoagent.geo import Point


class Recipe(NamedTuple):
    """How a dataset is loaded: what to get where, and how many samples there must be."""

    what: str
    samples: int
    load: Callable[[Path], list[Sample]]


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


RECIPES: dict[str, Recipe] = {
    "geobrowse": Recipe(
        "GeoBrowse (MIT), level 1: labels.csv, questions.jsonl and images/; 100 questions, 111 images. Traps: some golds "
        "are regions or options, and a gold can contradict its own solution (see the notes).",
        100,
        load_samples,
    ),
}

def import_answers(path: Path, strict: bool) -> tuple[list[Sample], list[Result], str]:
    """Another system's answers with their truth, from JSON Lines of texts or CSV of points; and a line on the losses.

    What has no readable point stays in the run as an answer without one: a miss, not an omission.
    """
    if path.suffix == ".jsonl":
        found, _ = read_answers(path, parse_strict if strict else parse_lenient)
    elif path.suffix == ".csv":
        found = read_predictions(path)
    else:
        raise ConfigError(f"{path}: answers come as .jsonl (texts) or .csv (points)")
    samples = [
        Sample(id=i, point=Point(lat=lat, lon=lon), source=path.name)
        for i, lat, lon in zip(found.ids, found.true_lat.tolist(), found.true_lon.tolist(), strict=True)
    ]
    results = [
        Result(id=i, point=Point(lat=lat, lon=lon) if lat == lat else None)  # NaN: nothing was answered
        for i, lat, lon in zip(found.ids, found.lat.tolist(), found.lon.tolist(), strict=True)
    ]
    return samples, results, _losses(found)


def _losses(found: Predictions) -> str:
    skipped = {name: count for name in found.skipped.__slots__ if (count := getattr(found.skipped, name))}
    unread = f"; without a readable point: {', '.join(found.invalid[:20])}" if found.invalid else ""
    more = f" and {len(found.invalid) - 20} more" if len(found.invalid) > 20 else ""
    return f"{len(found.ids)} answers, {len(found.invalid)} unparsed, rows skipped: {skipped or 'none'}{unread}{more}"

