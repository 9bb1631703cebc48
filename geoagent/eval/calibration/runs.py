"""What reliabilities are fitted to, taken from runs over photos with known places, and the file that keeps them."""

from collections.abc import Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.calibration.fit import Labelled
from geoagent.eval.metrics.judged import find_truth
from geoagent.files.outputs import Form, Output, read_object
from geoagent.plain_text import listed
from geoagent.runs.run_folder import answers, dataset_hash, read_samples


def labelled_samples(runs: Sequence[Path], beliefs: Beliefs) -> list[Labelled]:
    """The samples of these runs that have a trace and a known place, as `fit` takes them.

    `runs` are the runs' folders; `beliefs` check their answers. Raises ConfigError where a run cannot be read, or where
    two samples are of one photo: it would count twice.
    """
    found, seen, again = list[Labelled](), dict[str, str](), list[str]()
    for folder in runs:
        results = {i: result.trace for i, result in answers(folder, beliefs).items()}
        samples = read_samples(folder)
        of = dataset_hash(samples)
        for sample in samples:
            file, truth = results.get(sample.id), find_truth(sample, beliefs)
            if file is not None and truth.area is not None:
                found.append(Labelled(file.trace.evidence, truth.rows, truth.area.country))
                name = f"{folder.name}/{sample.id}"
                photos = [photo.id for photo in file.photos] or [f"{of}/{sample.id}"]
                first = next((seen[photo] for photo in photos if photo in seen), None)
                again += [f"{name} is {first}"] if first else []
                seen |= dict.fromkeys(photos, name)
    if again:
        told = f"{len(again)} of {len(found)} samples are of a photo that another sample has: {listed(again, 3)}"
        raise ConfigError(told, "name each run once, and runs of different photos: each photo may count once")
    return found


def _are_reliabilities(path: Path) -> bool:
    value = read_object(path)
    return "gamma" in value and all({"witness", "kind", "level", "r"} <= set(row) for row in value["rows"])


def reliabilities_output(path: Path, runs: Sequence[Path], force: bool = False) -> Output:
    """The file of fitted reliabilities (flag `--out` of `geoagent eval calibrate`), to be checked before any work.

    The files of the `runs` are never written over; `force` lets another kind of file be replaced.
    """
    return Output(path, Form("file of reliabilities", _are_reliabilities), "--out", tuple(runs), force)
