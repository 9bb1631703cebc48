"""Answers to EarthWhere as its scripts write them, scored: countries, places by their paths, points, and clues."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from geoagent.errors import ConfigError
from geoagent.eval.answers.angles import find_points
from geoagent.eval.datasets.earthwhere import POINT, clue_weights, read_wherestreet, texts
from geoagent.eval.datasets.others import read_json
from geoagent.eval.metrics.earthwhere import ACCURACY_KM, clue_score, coordinate_score, overall, path_score
from geoagent.eval.metrics.intervals import Interval, mean_interval, proportion_interval
from geoagent.files.tables import records
from geoagent.geo import distance_km
from geoagent.names import fold
from geoagent.runs.headings import degrees, plain_row
from geoagent.runs.samples import Sample

Uses = Callable[[Sequence[str], Sequence[str]], list[bool]]
"""Which of some clues the sentences of a reasoning mention and use."""
BILIBILI = "BV"
"""So begin the ids of videos of Bilibili; the others are YouTube's."""
WHERECOUNTRY = 500
"""Samples of WhereCountry, which summaries do not state."""
SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")


class Scored(NamedTuple):
    """The figures of a file of EarthWhere answers, and what of it was not read."""

    figures: dict[str, Interval | float]
    remarks: list[str]


def score_countries(rows: Sequence[Mapping[str, Any]]) -> Scored:
    """EarthWhere's country task: the share of rows whose `predicted` country is the true one; none is a miss."""
    right = [fold(str(row.get("predicted") or "")) == fold(str(row["ground_truth"])) for row in rows]
    unread = sum(not row.get("predicted") for row in rows)
    remarks = [f"{unread} of {len(rows)} have no readable choice and count as misses"] if unread else []
    return Scored({"WhereCountry, country right": proportion_interval(sum(right), len(right))}, remarks)


def score_streets(rows: Sequence[Mapping[str, Any]], folder: Path, uses: Uses | None) -> Scored:
    """WhereStreet: paths by name, points, and the weight of the used clues; `uses` judges where no record does."""
    truths = {sample.id: sample for sample in read_wherestreet(folder / "all.csv")}
    path = folder / "gt_key_clues_weight.json"
    weights = clue_weights(read_json(path), path) if path.exists() else {}
    columns: dict[str, list[float]] = {}
    lost = [str(row["id"]) for row in rows if str(row["id"]) not in truths]
    for row in rows:
        if (sample := truths.get(str(row["id"]))) is None:
            continue
        source = "bilibili" if sample.id.startswith(BILIBILI) else "YouTube"
        for name, value in _scores(row, sample, weights.get(sample.id), uses).items():
            columns.setdefault(f"{name}, {source}", []).append(value)
    if not columns:
        raise ConfigError(f"none of the answers is to a place of {folder / 'all.csv'}")
    remarks = [f"{len(lost)} answers are to no place of WhereStreet, such as {lost[0]}"] if lost else []
    return Scored({name: mean_interval(np.array(values)) for name, values in sorted(columns.items())}, remarks)


def _scores(
    row: Mapping[str, Any], sample: Sample, weights: Sequence[float] | None, uses: Uses | None
) -> dict[str, float]:
    answer, found = str(row.get("predicted") or ""), dict[str, float]()
    if sample.tags.get("target") == POINT and sample.point:
        given = find_points(answer, topical=True)
        apart = distance_km(given[0].point, sample.point) if given else np.inf
        found["coordinate score"] = coordinate_score(apart) if given else 0.0
        found |= {f"Acc@{k:g} km": float(apart <= k) for k in ACCURACY_KM}
    elif sample.tags.get("gold"):
        found["path score"] = path_score(answer, sample.tags["gold"], sample.question)
        judged = row.get("answer_score")
        if isinstance(judged, int | float):
            found["path score, as the file's judge gave it"] = float(judged)
    recorded = row.get("thinking_result")
    used = [bool(value) for value in recorded] if isinstance(recorded, list) else None
    if used is None and uses is not None:
        said = SENTENCE.split("\n".join(texts(row.get("response"), "")))
        used = uses(sample.references, [sentence for sentence in said if sentence.strip()])
    if used is not None and weights and len(weights) == len(used):
        found["clue score"] = clue_score(weights, used)
    return found


def summary_figures(rows: Sequence[Mapping[str, Any]]) -> Scored:
    """The overall accuracy of each line of a published summary, computed again from its parts."""
    found: dict[str, Interval | float] = {}
    for row in rows:
        country = degrees(row.get("wherecountry_accuracy"))
        parts = [(country, WHERECOUNTRY)] if country > 0 else []
        for kind in ("bilibili", "yt"):
            for accuracy, count in (
                (f"{kind}_accuracy", f"{kind}_count"),
                (f"{kind}_coord_acc_1km", f"{kind}_coord_count"),
            ):
                n = degrees(row.get(f"wherestreet_{count}"))
                parts += [(degrees(row.get(f"wherestreet_{accuracy}")), int(n))] if n > 0 else []
        found[f"{row.get('model_name')}, overall"] = overall(parts)
        found[f"{row.get('model_name')}, overall in the file"] = degrees(row.get("overall_accuracy"))
    return Scored(found, [])


def score_file(path: Path, folder: Path | None, uses: Uses | None = None) -> Scored:
    """The figures of a file of answers, or of a summary; what it is shows by its columns. Raises ConfigError."""
    rows = [plain_row(row) for _, row in records(path)]
    held = set().union(*rows) if rows else set()
    if {"model_name", "overall_accuracy"} <= held:
        return summary_figures(rows)
    if {"pano_id", "ground_truth", "predicted"} <= held:
        return score_countries(rows)
    if {"id", "predicted"} <= held:
        place = (
            next((f for f in (folder, folder / "wherestreet") if (f / "all.csv").exists()), None) if folder else None
        )
        if place is None:
            raise ConfigError("give the folder of all.csv and gt_key_clues_weight.json with --from")
        return score_streets(rows, place, uses)
    raise ConfigError(
        f"{path}: neither answers to WhereStreet (objects by id with predicted), nor to WhereCountry (panoId, "
        "ground_truth, predicted), nor a summary (model_name, overall_Accuracy)"
    )
