"""What a report on runs shows: each run's samples with their scores, and the names of true and answered places."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.metrics.judged import Row, answer_in_words, answered_country, find_truth, judge, named_levels, number
from geoagent.geo import AreaLevel, Point
from geoagent.plain_text import percent
from geoagent.runs.run_folder import Manifest, Result, answers, dataset_hash, read_manifest, read_samples
from geoagent.runs.samples import Sample

MAX_RUNS = 6
"""As many as can be told apart by colour and shape."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sample in one run, with its result and its scores (`row`).

    `answer` is the ISO code of the most probable country, or of the country that the answer's name or point gives; None
    without one.
    """

    sample: Sample
    result: Result
    row: Row
    answer: str | None
    right: float | None
    """1.0 where `answer` is the true country, 0.0 where it is not; None where the true country is not known."""

    @property
    def true_country(self) -> str | None:
        """The ISO code of the true country; None where it is not known."""
        code = self.row["true_country"]
        return str(code) if code else None

    @property
    def point(self) -> Point | None:
        """The answered point; None where the answer has none."""
        return self.result.trace.prediction.point if self.result.trace else self.result.point


@dataclass(frozen=True, slots=True)
class Run:
    """A run in a report: its finished samples with known places, by id.

    `letter` is what the report calls it, `name` its folder's name, `total` how many samples it has, finished or not.
    """

    letter: str
    name: str
    manifest: Manifest
    total: int
    cases: dict[str, Case]

    @property
    def rows(self) -> list[Row]:
        """The scores of the run's samples, a row for each."""
        return [case.row for case in self.cases.values()]

    @property
    def title(self) -> str:
        """The letter and the name of the run: "A baseline"."""
        return f"{self.letter} {self.name}"


def read_run(folder: Path, letter: str, beliefs: Beliefs) -> Run:
    """Read the run in `folder` and judge its answers; the report calls it by `letter`.

    `beliefs` check and judge the answers. Raises ConfigError where it cannot be read, or where no finished sample has a
    known place.
    """
    samples = read_samples(folder)
    manifest = read_manifest(folder).model_copy(update={"dataset_hash": dataset_hash(samples)})  # not as of old
    results = answers(folder, beliefs)
    levels = named_levels(results.values())
    cases = {
        sample.id: _case(sample, results[sample.id], beliefs, levels)
        for sample in samples
        if sample.id in results and (sample.point or sample.country)
    }
    if not cases:
        raise ConfigError(f"{folder}: none of its photos is finished and has a known place; there is nothing to report")
    return Run(letter, folder.resolve().name, manifest, len(samples), cases)


def read_runs(folders: Sequence[Path], beliefs: Beliefs) -> list[Run]:
    """Read and judge the runs in `folders`, which the report calls A, B, C … in this order.

    `beliefs` check and judge the answers. Raises ConfigError for more than six, or one that `read_run` refuses.
    """
    if len(folders) > MAX_RUNS:
        raise ConfigError(f"a report holds at most {MAX_RUNS} runs, not {len(folders)}")
    return [read_run(folder, "ABCDEF"[place], beliefs) for place, folder in enumerate(folders)]


def _case(sample: Sample, result: Result, beliefs: Beliefs, levels: Collection[AreaLevel]) -> Case:
    row = judge(result, sample, beliefs, levels)
    answer = answered_country(result, beliefs.atlas)
    return Case(sample, result, row, answer, number(row, "country_right"))


def truth_name(case: Case, beliefs: Beliefs) -> str:
    """The true place of a case in words, as finely as it is known: names, else coordinates; "?" for nothing.

    `beliefs` have the atlas that the names come from.
    """
    area = find_truth(case.sample, beliefs).area
    if area:
        return str(beliefs.atlas.path(area))
    point = case.sample.point
    return f"{point.lat:.3f}, {point.lon:.3f}" if point else "?"


def answer_name(case: Case, atlas: Atlas) -> str:
    """The answer of a case in words: the levels that it states, with the country's probability.

    The `atlas` tells what lies at a point. Where no level is stated it says which country leads; for an answer without
    a trace the names that it gives, or else what lies at its point. "not known" where nothing that was found tells
    where, "no answer" where the sample failed.
    """
    if case.result.fault:
        return "no answer"
    if case.result.trace is None:
        place = atlas.at(case.result.point).place if case.result.point else None
        said = ", ".join(filter(None, (case.result.city, case.result.region, case.result.country)))
        return said or (str(place) if place and place.key else answer_in_words(case.result, atlas))
    prediction = case.result.trace.prediction
    if prediction.is_unknown:
        return "not known"
    first = prediction.levels[0]
    stated = [level.name for level in prediction.levels if level.stated and level.level != "point"]
    if not stated:
        return f"{first.name} leads with {percent(first.probability)}"
    return f"{', '.join(reversed(stated))} ({first.name} {percent(first.probability)})"
