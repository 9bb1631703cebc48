"""Scores answers to the benchmark EarthWhere, as its scripts write them: countries, places, points and clues."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from geoagent.errors import ConfigError
from geoagent.eval.answers.angles import find_points
from geoagent.eval.datasets.earthwhere import POINT, clue_weights, read_wherestreet, texts
from geoagent.eval.datasets.point_tables import read_json
from geoagent.eval.metrics.earthwhere import ACCURACY_KM, clue_score, coordinate_score, overall, path_score
from geoagent.eval.metrics.intervals import Interval, mean_interval, proportion_interval
from geoagent.files.foreign_tables import records
from geoagent.geo import distance_km
from geoagent.plain_text import fold, listed
from geoagent.runs.column_names import degrees, is_empty, plain_row
from geoagent.runs.samples import Sample

Row = Mapping[str, Any]
Uses = Callable[[Sequence[str], Sequence[str]], list[bool]]
"""Which of some clues the sentences of a reasoning mention and use."""
BILIBILI = "BV"
"""So begin the ids of videos of Bilibili; the others are YouTube's."""
WHERECOUNTRY = 500
"""Samples of WhereCountry, which summaries do not state."""
YES = frozenset({"1", "1.0", "true", "yes"})
SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")


class EarthWhereScore(NamedTuple):
    """The figures of a file of EarthWhere answers by name, and remarks on what of the file was not read."""

    figures: dict[str, Interval | float]
    remarks: list[str]


def score_countries(rows: Sequence[Row]) -> EarthWhereScore:
    """The score of answers to WhereCountry: the share whose `predicted` country is the one in `ground_truth`.

    Each of the `rows` has its headings as `heading` gives them. A row without a readable choice is a miss. Raises
    ConfigError where no row can be scored.
    """
    kept, remarks = _each_once(rows, "pano_id", "ground_truth")
    if not kept:
        raise ConfigError("none of its rows has a panoId and a ground_truth")
    given = {i: "" if is_empty(row.get("predicted")) else fold(str(row["predicted"])) for i, row in kept.items()}
    right = sum(given[i] == fold(str(row["ground_truth"])) for i, row in kept.items())
    unread = [i for i, said in given.items() if not said]
    if unread:
        remarks.append(f"{len(unread)} of {len(kept)} have no readable choice and count as misses: {listed(unread)}")
    return EarthWhereScore({"WhereCountry, country right": proportion_interval(right, len(kept))}, remarks)


def score_streets(rows: Sequence[Row], folder: Path, uses: Uses | None) -> EarthWhereScore:
    """The scores of answers to WhereStreet, those to Bilibili's and YouTube's places apart.

    They are the paths of places that answers name, the distances of points, and the weight of the used clues. `folder`
    holds all.csv and gt_key_clues_weight.json. `uses` judges which clues a reasoning uses, where the row does not
    record it; None leaves these scores out. Raises ConfigError where no answer is to a place of all.csv.
    """
    truths = {sample.id: sample for sample in read_wherestreet(folder / "all.csv")}
    path = folder / "gt_key_clues_weight.json"
    weights = clue_weights(read_json(path), path) if path.exists() else {}
    kept, remarks = _each_once(rows, "id")
    columns: dict[str, list[float]] = {}
    unweighed = []
    for identity, row in kept.items():
        if (sample := truths.get(identity)) is None:
            continue
        source = "bilibili" if identity.startswith(BILIBILI) else "YouTube"
        used = _used(row, sample, uses)
        if used is not None and len(weights.get(identity, ())) == len(used):
            columns.setdefault(f"clue score, {source}", []).append(clue_score(weights[identity], used))
        elif used is not None:
            unweighed.append(identity)
        for name, value in _scores(row, sample).items():
            columns.setdefault(f"{name}, {source}", []).append(value)
    if not columns:
        raise ConfigError(f"none of the answers is to a place of {folder / 'all.csv'}")
    for names, what in (
        ([i for i in kept if i not in truths], "answers are to no place of WhereStreet"),
        ([i for i in truths if i not in kept], "places have no answer and are left out"),
        (unweighed, "answers have no weights for as many clues, and no clue score"),
    ):
        remarks += [f"{len(names)} {what}: {listed(names)}"] if names else []
    return EarthWhereScore({name: _interval(name, values) for name, values in sorted(columns.items())}, remarks)


def _interval(name: str, values: Sequence[float]) -> Interval:
    is_share = name.startswith("Acc@")
    return proportion_interval(int(sum(values)), len(values)) if is_share else mean_interval(np.array(values))


def _each_once(rows: Sequence[Row], *needed: str) -> tuple[dict[str, Row], list[str]]:
    """The rows by the first of the columns that they need, the first of each; what is left out, in words."""
    found: dict[str, Row] = {}
    lacking, twice = list[str](), list[str]()
    for number, row in enumerate(rows, 1):
        if any(is_empty(row.get(name)) for name in needed):
            lacking.append(f"row {number}")
        elif (identity := str(row[needed[0]])) in found:
            twice.append(identity)
        else:
            found[identity] = row
    kinds = ((lacking, f"rows lack {' or '.join(needed)}, left out"), (twice, "further answers of one id, left out"))
    return found, [f"{len(names)} {what}: {listed(names)}" for names, what in kinds if names]


def _scores(row: Row, sample: Sample) -> dict[str, float]:
    answer, found = "" if is_empty(row.get("predicted")) else str(row["predicted"]), dict[str, float]()
    if sample.tags.get("target") == POINT and sample.point:
        given = find_points(answer, topical=True)
        apart = distance_km(given[0].point, sample.point) if given else np.inf
        found["coordinate score"] = coordinate_score(apart) if given else 0.0
        found |= {f"Acc@{k:g} km": float(apart <= k) for k in ACCURACY_KM}
    elif sample.tags.get("gold"):
        found["path score"] = path_score(answer, sample.tags["gold"], sample.question)
        judged = degrees(row.get("answer_score"))
        if not math.isnan(judged):
            found["path score, as the file's judge gave it"] = judged
    return found


def _used(row: Row, sample: Sample, uses: Uses | None) -> list[bool] | None:
    """Which clues were used: as the row records it, or as a judge says; None where neither does."""
    recorded = row.get("thinking_result")
    if not is_empty(recorded):
        return [value.strip().lower() in YES for value in texts(recorded, f"thinking_result of {sample.id}")]
    if uses is None:
        return None
    said = SENTENCE.split("\n".join(texts(row.get("response"), f"response of {sample.id}")))
    return uses(sample.references, [sentence for sentence in said if sentence.strip()])


def summary_figures(rows: Sequence[Row]) -> EarthWhereScore:
    """The overall accuracy of each model in a summary that EarthWhere's scripts wrote, computed again from its parts.

    The one that the summary states is given too. Parts without a figure do not count, and a remark says so.
    """
    found: dict[str, Interval | float] = {}
    remarks = []
    for row in rows:
        name = row.get("model_name")
        parts = [(_share(row.get("wherecountry_accuracy")), WHERECOUNTRY)]
        for kind in ("bilibili", "yt"):
            for accuracy, count in (
                (f"{kind}_accuracy", f"{kind}_count"),
                (f"{kind}_coord_acc_1km", f"{kind}_coord_count"),
            ):
                n = degrees(row.get(f"wherestreet_{count}"))
                parts.append((_share(row.get(f"wherestreet_{accuracy}")), int(n) if n > 0 else 0))
        known = [(value, n) for value, n in parts if n and not math.isnan(value)]
        if lacking := sum(bool(n) and math.isnan(value) for value, n in parts):
            remarks.append(f"{name}: {lacking} of {len(parts)} parts have no figure and do not count")
        if known:
            found[f"{name}, overall"] = overall(known)
        found[f"{name}, overall in the file"] = _share(row.get("overall_accuracy"))
    return EarthWhereScore(found, remarks)


def _share(cell: Any) -> float:
    """A share as a number: 0.41, or "41 %"; NaN for what is none."""
    text = str(cell).strip()
    return degrees(text.removesuffix("%")) / 100 if text.endswith("%") else degrees(cell)


def score_file(path: Path, folder: Path | None, uses: Uses | None = None) -> EarthWhereScore:
    """The figures of a file of answers to EarthWhere, or of a summary; its columns show which it is.

    `folder` is where WhereStreet's files lie, needed for answers to it; `uses` judges which clues were used (see
    `score_streets`). Raises ConfigError where the file is none of these or cannot be read.
    """
    lost = list[str]()
    rows = [plain_row(row) for _, row in records(path, lost)]
    scored = _score_rows(rows, path, folder, uses)
    told = [f"{len(lost)} rows are no objects, left out: {listed(lost)}"] if lost else []
    return scored._replace(remarks=[*told, *scored.remarks])


def _score_rows(rows: Sequence[Row], path: Path, folder: Path | None, uses: Uses | None) -> EarthWhereScore:
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
