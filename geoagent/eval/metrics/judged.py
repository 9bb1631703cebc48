"""What answers are worth: all scores of a result of a run against the true place, as one flat row."""

import json
import math
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.readout import cell_ranking
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import LEVELS
from geoagent.case.trace import TraceFile
from geoagent.eval.metrics.failure_kinds import failures, repeated_requests
from geoagent.eval.metrics.scores import bits_over_prior, code_at, distance, level_right, radius_covers, within
from geoagent.files.outputs import Form, Output
from geoagent.geo import Area, AreaLevel, Point
from geoagent.plain_text import fold
from geoagent.runs.run_folder import Result, answers, read_manifest, read_samples
from geoagent.runs.samples import Sample

STATED = 0.5
"""An answer that says it is less probable than this is an abstention, as in our own answers."""
COUNTRY_ALONE: tuple[AreaLevel, ...] = ("country",)
Row = dict[str, float | int | str | bool | None]


class Truth(NamedTuple):
    """The true place of a sample in the atlas.

    `area` is the finest area that is known, or None where the atlas knows none. `rows` is a mask over the rows (places)
    of the atlas: True where the photo may have been taken.
    """

    area: Area | None
    rows: np.typing.NDArray[np.bool_]


def find_truth(sample: Sample, beliefs: Beliefs) -> Truth:
    """The true place of a sample: the area that its names give down to its granularity, else the area at its point.

    `beliefs` have the atlas, whose rows are places. The rows of a country or division are all that lie in it. Those of
    anything finer lie within the sample's radius round its point; where none does, the nearest row counts.
    """
    atlas = beliefs.atlas
    names = (sample.country, sample.region, sample.city)
    depth = min(LEVELS.index(sample.granularity) + 1, 3)
    area = atlas.resolve(*names[:depth]) if sample.country else None
    if area is None and sample.point is not None:
        area = atlas.at(sample.point).place.key
    if area is not None and sample.granularity == "country":
        return Truth(area, atlas.rows(area.country_area))
    if area is not None and sample.granularity == "region" and area.division is not None:
        return Truth(area, atlas.rows(area))
    rows = np.zeros(len(atlas), dtype=np.bool_)
    if sample.point is not None:
        rows[atlas.rows_within(sample.point, sample.radius_km)] = True
        nearest = atlas.nearest(sample.point)
        if not rows.any() and nearest:
            rows[nearest[0]] = True
    elif area is not None:
        rows = atlas.rows(area)
    return Truth(area, rows)


def judge(result: Result, sample: Sample, beliefs: Beliefs, levels: Collection[AreaLevel] = COUNTRY_ALONE) -> Row:
    """All scores of a result against its sample, as one flat row: the name of each score with its value.

    `beliefs` compute the belief of the answer again. A value is None where a score does not apply; scores that need a
    trace are left out without one, and then only `levels` are judged by name (see `named_levels`). docs/eval.md says
    what each score means.
    """
    truth = find_truth(sample, beliefs)
    row: Row = {"id": sample.id, "granularity": sample.granularity, "fault": result.fault}
    row["true_country"] = truth.area.country if truth.area else None
    row["true_key"] = str(truth.area) if truth.area else None
    row |= {f"tag_{name}": value for name, value in sample.tags.items() if name in ("text_clue", "hint_names_country")}
    point = result.trace.prediction.point if result.trace else result.point
    row |= _point_scores(point, sample)
    if result.trace is not None:
        row |= _level_scores(result.trace, sample, truth)
        row |= _belief_scores(result.trace, sample, truth, beliefs)
        row |= _argument(result.trace)
        row |= _costs(result.trace)
        row |= failures(result.trace, number(row, "country_right"))
    elif result.fault:
        row |= _failed_levels(truth)
    elif truth.area is not None:
        for level in levels:
            row |= _named_level(result, sample, truth.area, beliefs.atlas, level)
    return row


def _failed_levels(truth: Truth) -> Row:
    """What could not be solved is a miss at each level that the truth names."""
    rights: dict[str, float | None] = {
        level: level_right(None, truth.area, level).value for level in ("country", "region", "city")
    }
    row: Row = {f"{level}_right": right for level, right in rights.items()}
    row |= {f"{level}_outcome": _outcome(right, False) for level, right in rights.items()}
    return row | ({"country_in_5": 0.0} if truth.area is not None else {})


def named_levels(results: Iterable[Result]) -> tuple[AreaLevel, ...]:
    """The levels at which answers without a trace are judged: the country, and others that any of them names.

    So a system that names no cities is not told to have all cities wrong, and one that names some misses the others.
    """
    given = list(results)
    finer: tuple[AreaLevel, ...] = ("region", "city")
    return (*COUNTRY_ALONE, *(level for level in finer if any(getattr(result, level) for result in given)))


def _named_level(result: Result, sample: Sample, truth: Area, atlas: Atlas, level: AreaLevel) -> Row:
    """Whether the country, region or city of an answer without a trace is right, and how probable it said it was."""
    right, answered = _named_right(result, sample, truth, atlas, level)
    p = result.probabilities.get(level)
    stated = answered and (p is None or p >= STATED)
    row: Row = {f"{level}_right": right, f"{level}_outcome": _outcome(right, stated)}
    return row | ({f"{level}_p": p} if answered and p is not None else {})


def _named_right(
    result: Result, sample: Sample, truth: Area, atlas: Atlas, level: AreaLevel
) -> tuple[float | None, bool]:
    """Whether an answer without a trace is right at a level, None where the truth does not name it; and whether it
    answers it.

    A country is the one that the answer names, or in which its point lies. A region is that of the names, or else of
    the point. A city is named. Cities are compared by code, or else as they are written.
    """
    country = answered_country(result, atlas)
    if level == "country":
        return float(country == truth.country), country is not None or result.point is not None
    named = atlas.resolve(result.country or country, result.region, result.city)
    if level == "region":
        area = named if named and named.division else atlas.at(result.point).place.key if result.point else None
        is_told = bool(sample.region or sample.city)
        return level_right(area, truth, level).value if is_told else None, code_at(area, level) is not None
    if not sample.city:
        return None, bool(result.city)
    same = country == truth.country and fold(result.city or "") == fold(sample.city)
    is_near = sample.granularity == level and _lies_within(result.point, sample)
    right = same or is_near or level_right(named, truth, level).value == 1.0
    return float(right), bool(result.city)


def _lies_within(point: Point | None, sample: Sample) -> bool:
    return sample.point is not None and within(point, sample.point, sample.radius_km).outcome == "right"


def answered_country(result: Result, atlas: Atlas) -> str | None:
    """The ISO code of the country that an answer gives: the most probable one of its trace.

    Without a trace it is the country that the answer names, or else the one that its point lies in. None where it gives
    none. The `atlas` tells countries by name and by point.
    """
    if result.trace is not None:
        code = result.trace.prediction.levels[0].code
        return code.country if code else None
    named = atlas.resolve(result.country) if result.country else None
    area = named or (atlas.at(result.point).place.key if result.point else None)
    return area.country if area else None


def answer_in_words(result: Result, atlas: Atlas) -> str:
    """What an answer says of the country: its name, or that its point lies in none, as at sea; "nothing" without an
    answer.
    """
    country = answered_country(result, atlas)
    point = result.trace.prediction.point if result.trace else result.point
    if country is None and point is not None:
        return f"a point in no country ({point.lat:.2f}, {point.lon:.2f})"
    return "nothing" if country is None else atlas.country_name(country)


def _point_scores(point: Point | None, sample: Sample) -> Row:
    if sample.point is None:
        return {"distance_km": None, "in_place": None, "true_radius_km": None}
    return {
        "true_radius_km": sample.radius_km,
        "distance_km": distance(point, sample.point).value,
        "in_place": within(point, sample.point, sample.radius_km).value,
    }


def _level_scores(file: TraceFile, sample: Sample, truth: Truth) -> Row:
    """For country, region and city whether the most probable one is right, and whether it was stated.

    Right is right by code; a region or city that is the sample's finest level is right too where the point lies inside
    the sample's radius.
    """
    prediction = file.prediction
    levels = {level.level: level for level in prediction.levels}
    row: Row = {}
    in_place = _lies_within(prediction.point, sample)
    for name in ("country", "region", "city"):
        level = levels.get(name)
        score = level_right(level.code if level else None, truth.area, name)
        right = score.value
        if right == 0.0 and name == sample.granularity != "country" and in_place:
            right = 1.0
        row[f"{name}_right"] = right
        row[f"{name}_p"] = level.probability if level else None
        row[f"{name}_outcome"] = _outcome(right, bool(level and level.stated))
    if truth.area is not None:
        leaders = [region.key for region in prediction.alternatives[:5]]
        row["country_in_5"] = float(truth.area.country_area in leaders)
    return row


def _outcome(right: float | None, stated: bool) -> str | None:
    if right is None:
        return None
    return "abstained" if not stated else "right" if right else "wrong"


def _belief_scores(file: TraceFile, sample: Sample, truth: Truth, beliefs: Beliefs) -> Row:
    """Bits at the truth over the prior and over the hint alone, coverage of the radii, area until the truth."""
    if file.reasoner.at_its_word:
        return _coverage(file, sample)
    belief = beliefs.of(file.trace.evidence, file.trace.spots)
    hint = beliefs.of([item for item in file.trace.evidence if item.witness == "user"])
    now, told, before = (float(p[truth.rows].sum()) for p in (belief.probability, hint.probability, belief.atlas.prior))
    row: Row = {
        "bits": bits_over_prior(now, before).value,
        "bits_over_hint": bits_over_prior(now, told).value,
        "p_truth": min(now, 1.0),
    }
    if sample.granularity not in ("country", "region") and truth.rows.any():
        row["area_km2_to_truth"] = area_until(belief, truth)
    return row | _coverage(file, sample)


def _coverage(file: TraceFile, sample: Sample) -> Row:
    prediction = file.prediction
    row: Row = {"area_km2_50": prediction.area_km2_50, "area_km2_90": prediction.area_km2_90}
    row |= {"radius_km_50": prediction.radius_km_50, "radius_km_90": prediction.radius_km_90}
    if sample.point is not None and sample.granularity != "country":
        row["covered_50"] = radius_covers(prediction.point, prediction.radius_km_50, sample.point).value
        row["covered_90"] = radius_covers(prediction.point, prediction.radius_km_90, sample.point).value
    return row


def area_until(belief: Belief, truth: Truth) -> float:
    """How many km² of the Earth, densest cells of the belief first, are searched until one holds a row of the truth.

    This is the area that Recall versus Area counts for the sample.
    """
    inverse, area = belief.atlas.cells
    order = cell_ranking(belief)
    wanted = np.unique(inverse[truth.rows])
    first = int(np.isin(order, wanted).argmax())
    return float(area[order][: first + 1].sum())


def _argument(file: TraceFile) -> Row:
    """How many sentences the argument has, how many of them a record stands behind, and what a second look told."""
    steps, looks = file.prediction.argument, file.trace.second_looks
    grounded = sum(step.support != "unsupported" for step in steps)
    told: Row = {"argument_lines": len(steps), "argument_grounded": grounded} if steps else {}
    return told | {"looked_at_again": len(looks), "phantoms": len(file.trace.unconfirmed())}


def _costs(file: TraceFile) -> Row:
    usage = file.prediction.usage
    failed = sum(call.status != "ok" for call in file.trace.calls)
    return {
        "status": file.prediction.status, "seconds": usage.seconds, "tokens": usage.tokens, "steps": usage.steps,
        "model_calls": usage.model_calls, "tool_calls": len(file.trace.calls), "tool_calls_failed": failed,
        "tool_calls_of_use": len({item.call for item in file.trace.evidence if item.call}),
        "requests_repeated": repeated_requests(file), "dollars": usage.dollars,
    }  # fmt: skip


def number(row: Row, name: str) -> float | None:
    """The value in the column `name` of a row as a finite number; None where it is missing or is none."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def run_beliefs(cache: Path, run: Path | None = None) -> Beliefs:
    """What computes the beliefs of a run: with the reliabilities that the run in the folder `run` used.

    Without a run they are those that ship with geoagent. `cache` is the folder that the atlas is kept in. Raises
    ConfigError where the run cannot be read.
    """
    own = read_manifest(run).reliabilities if run else None
    return Beliefs(open_atlas(cache), own or load_reliabilities())


def judge_run(folder: Path, beliefs: Beliefs) -> dict[str, tuple[Row, Result]]:
    """The scores and the result of each finished sample of a run whose true place is known, by sample id.

    `beliefs` check and judge the answers. The order is that of the samples. `folder` is the run's. Raises ConfigError
    where the run cannot be read.
    """
    results = answers(folder, beliefs)
    samples = [s for s in read_samples(folder) if s.id in results and (s.point or s.country)]
    levels = named_levels(results.values())
    return {sample.id: (judge(results[sample.id], sample, beliefs, levels), results[sample.id]) for sample in samples}


def _are_scores(path: Path) -> bool:
    with path.open(encoding="utf-8") as lines:
        return {"id", "granularity", "fault", "true_country", "distance_km"} <= set(json.loads(next(lines, "[]")))


def scores_output(path: Path, run: Path, force: bool = False) -> Output:
    """The file of every sample's scores (flag `--samples` of `geoagent eval score`), to be checked before any work.

    The files of the run are never written over; `force` lets another kind of file be replaced.
    """
    return Output(path, Form("file of scores", _are_scores), "--samples", (run,), force)
