"""What reliabilities are fitted to, taken from runs over photos with known places, and the file that keeps them."""

from collections.abc import Sequence
from pathlib import Path

from geoagent.belief import Beliefs
from geoagent.eval.calibration.fit import Labelled
from geoagent.eval.metrics.judged import find_truth
from geoagent.files.outputs import Form, Output, read_object
from geoagent.runs.run import answers, read_samples


def labelled_samples(runs: Sequence[Path], beliefs: Beliefs) -> list[Labelled]:
    """The samples of these runs that have a trace and a known place, as `fit` takes them.

    `runs` are the runs' folders; `beliefs` check their answers. Raises ConfigError where a run cannot be read.
    """
    found = []
    for folder in runs:
        results = {i: result.trace for i, result in answers(folder, beliefs).items()}
        for sample in read_samples(folder):
            file, truth = results.get(sample.id), find_truth(sample, beliefs)
            if file is not None and truth.area is not None:
                found.append(Labelled(file.trace.evidence, truth.rows, truth.area.country))
    return found


def _are_reliabilities(path: Path) -> bool:
    value = read_object(path)
    return "gamma" in value and all({"witness", "kind", "level", "r"} <= set(row) for row in value["rows"])


def reliabilities_output(path: Path, runs: Sequence[Path], force: bool = False) -> Output:
    """The file of fitted reliabilities (flag `--out` of `geoagent eval calibrate`), to be checked before any work.

    The files of the `runs` are never written over; `force` lets another kind of file be replaced.
    """
    return Output(path, Form("file of reliabilities", _are_reliabilities), "--out", tuple(runs), force)
