"""The figures of a run, such as accuracies and costs: from the scores of each photo to a table with intervals.

A row (`Row`) holds all scores of one sample, as `judge` in `geoagent.eval.metrics.judged` gives them.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from geoagent.eval.metrics.aggregate import macro_average, recall_versus_area
from geoagent.eval.metrics.confidence import area_under_risk, brier_score, calibration_error
from geoagent.eval.metrics.failure_kinds import FAILURES
from geoagent.eval.metrics.intervals import (
    Interval,
    mean_interval,
    median_interval,
    proportion_interval,
    ratio_interval,
)
from geoagent.eval.metrics.judged import Row, number
from geoagent.eval.metrics.points import point_intervals
from geoagent.eval.metrics.power import TOLD, photos_needed, smallest_difference, usual_discordance
from geoagent.eval.metrics.scores import ACCURACY_KM

COARSE = ("country", "region")
"""Truths that are areas, not places: no distance is measured to them."""
CONFIDENT = 0.8
COUNTRY_RIGHT = "country right, most probable"
SPLITS = ("text_clue", "hint_names_country")
"""Labels of samples by which figures are also given apart."""


class Missing(NamedTuple):
    """The reason, in words, why a figure cannot be given."""

    why: str


Value = Interval | str | Missing


class Figure(NamedTuple):
    """One line of a table of figures: its name, and an interval, a text, or the reason why it cannot be given."""

    name: str
    value: Value


def numbers(rows: Sequence[Row], name: str) -> list[float]:
    """The finite numbers in the column `name` of the rows, in their order. Rows that have none there are left out."""
    return [value for row in rows if (value := number(row, name)) is not None]


def share(rows: Sequence[Row], name: str) -> Interval:
    """The share of ones in the column `name` of zeros and ones, with its 95 % interval.

    NaN where no row has a number there.
    """
    values = numbers(rows, name)
    return proportion_interval(int(sum(values)), len(values))


def distances_km(rows: Sequence[Row]) -> list[float]:
    """The distance in km of each answered point from the true one; NaN where no point was answered.

    Samples whose true place is known only as a country or region are left out.
    """
    fine = [row for row in rows if row["granularity"] not in COARSE and row.get("in_place") is not None]
    return [np.nan if (d := number(row, "distance_km")) is None else d for row in fine]


def figures(rows: Sequence[Row], thresholds_km: Sequence[float] = ACCURACY_KM) -> list[Figure]:
    """Every figure that the rows allow, from points and levels to costs and failures, as lines of a table.

    `thresholds_km` are the k of Acc@k, the share of answers within k km of the truth.
    """
    return [
        *_points(rows, thresholds_km), *_levels(rows), *_beliefs(rows), *_calibration(rows), *_arguments(rows),
        *_costs(rows), *_failures(rows),
    ]  # fmt: skip


def _points(rows: Sequence[Row], thresholds_km: Sequence[float]) -> list[Figure]:
    """Point figures over the samples whose truth is a place, not a country or region."""
    placed = share(rows, "in_place")
    found = [Figure("point in the true place's radius", placed if placed.n else Missing("no true point is known"))]
    found = [] if _is_one_of(thresholds_km, rows) else found
    distances = distances_km(rows)
    if not distances:
        why = Missing("no true place is finer than a region")
        return [*found, Figure("distances", why)] if placed.n else found
    points = point_intervals(distances, thresholds_km)
    if not points.mean_km.n:
        why = Missing("no answer has a point")
        return [*found, *(Figure(f"Acc@{k:g} km", a) for k, a in points.accuracy.items()), Figure("distances", why)]
    found += [Figure(f"Acc@{k:g} km", interval) for k, interval in points.accuracy.items()]
    return [
        *found,
        Figure("GeoScore", points.geoscore),
        Figure("median distance, km", points.median_km),
        Figure("mean distance, km", points.mean_km),
    ]


def _is_one_of(thresholds_km: Sequence[float], rows: Sequence[Row]) -> bool:
    """Whether the radius of all true places is one k of Acc@k, which then tells the same."""
    placed = [row for row in rows if row.get("in_place") is not None]
    radii = {number(row, "true_radius_km") for row in placed}
    return len(radii) == 1 and radii <= set(thresholds_km) and not any(row["granularity"] in COARSE for row in placed)


def _levels(rows: Sequence[Row]) -> list[Figure]:
    if not numbers(rows, "country_right"):
        return []
    found = []
    for level in ("country", "region", "city"):
        labelled = [row for row in rows if number(row, f"{level}_right") is not None]
        if not labelled:
            told = any(f"{level}_right" in row for row in rows)
            why = f"no truth names a {level}" if told else f"no answer names a {level}"
            found.append(Figure(f"{level} right, most probable", Missing(why)))
            continue
        found.append(Figure(f"{level} right, most probable", share(labelled, f"{level}_right")))
        for outcome in ("right", "wrong", "abstained"):
            count = sum(row[f"{level}_outcome"] == outcome for row in labelled)
            found.append(Figure(f"{level} stated: {outcome}", proportion_interval(count, len(labelled))))
    in_five = share(rows, "country_in_5")
    found.insert(1, Figure("country among the first 5", in_five if in_five.n else Missing("answers name one only")))
    labelled = [row for row in rows if number(row, "country_right") is not None]
    groups = [str(row["true_country"]) for row in labelled]
    found.insert(
        2, Figure("country right, macro-average", macro_average(groups, numbers(labelled, "country_right")).value)
    )
    return found


def _beliefs(rows: Sequence[Row]) -> list[Figure]:
    found = []
    for name, column in (("bits over the prior", "bits"), ("bits over the hint", "bits_over_hint")):
        if numbers(rows, column):
            found.append(Figure(name, mean_interval(np.array(numbers(rows, column)))))
    for percent in (50, 90):
        if numbers(rows, f"covered_{percent}"):
            found.append(Figure(f"{percent} % radius covers the truth", share(rows, f"covered_{percent}")))
        areas = numbers(rows, f"area_km2_{percent}")
        if areas:
            found.append(Figure(f"{percent} % area, median km²", median_interval(np.array(areas))))
    fine = numbers([row for row in rows if row["granularity"] != "country"], "area_km2_90")
    if fine:
        found.append(
            Figure("90 % area where the truth is a region or finer, median km²", median_interval(np.array(fine)))
        )
    areas = numbers(rows, "area_km2_to_truth")
    if areas:
        curve = recall_versus_area(areas)
        found += [Figure(f"area at recall {recall:g}, km²", interval) for recall, interval in curve.area_at.items()]
    return found


def _calibration(rows: Sequence[Row]) -> list[Figure]:
    """Whether what is stated comes true, at each level."""
    found = []
    for level in ("country", "region", "city"):
        named, right = f"{level}_p", f"{level}_right"
        stated = [row for row in rows if number(row, named) is not None and number(row, right) is not None]
        if not stated:
            continue
        p, hits = numbers(stated, named), numbers(stated, right)
        error = calibration_error(p, hits)
        text = f"{error.corrected:.4f} (raw {error.raw:.4f}, by chance {error.expected:.4f}, n = {error.n})"
        found.append(Figure(f"calibration error of the {level}, corrected", text))
        found.append(Figure(f"Brier score of the {level}", brier_score(p, hits)))
        found.append(Figure(f"AURC of the {level}", area_under_risk(p, hits)))
    stated = [row for row in rows if number(row, "country_p") is not None and number(row, "country_right") is not None]
    if stated:
        sure = [row for row in stated if (number(row, "country_p") or 0.0) >= CONFIDENT]
        wrong = len(sure) - int(sum(numbers(sure, "country_right")))
        found.append(Figure(f"country at {CONFIDENT:g} or more", f"{len(sure)} answers, {wrong} of them wrong"))
        value = share(sure, "country_right") if sure else Missing("no country is stated so surely")
        found.append(Figure(f"country right where stated at {CONFIDENT:g} or more", value))
    elif numbers(rows, "country_right"):
        found.append(Figure("calibration error of the country, corrected", Missing("no probability is stated")))
    return found


def _arguments(rows: Sequence[Row]) -> list[Figure]:
    """Of the arguments: their length, and the shares of what stands."""
    argued = [row for row in rows if number(row, "argument_lines")]
    looked = [row for row in rows if number(row, "looked_at_again")]
    found = []
    if argued:
        lines, grounded = numbers(argued, "argument_lines"), numbers(argued, "argument_grounded")
        found.append(Figure("argument lines, mean", mean_interval(np.array(lines))))
        found.append(Figure("argument lines grounded", ratio_interval(grounded, lines)))
    if looked:
        seen, phantoms = numbers(looked, "looked_at_again"), numbers(looked, "phantoms")
        found.append(Figure("phantom clues", ratio_interval(phantoms, seen)))
    return found


def _costs(rows: Sequence[Row]) -> list[Figure]:
    found = [Figure("failed", proportion_interval(sum(bool(row["fault"]) for row in rows), len(rows)))] if rows else []
    for name in ("seconds", "tokens", "model_calls", "tool_calls"):
        values = numbers(rows, name)
        if values:
            found.append(Figure(f"{name.replace('_', ' ')}, median", median_interval(np.array(values))))
    dollars = numbers(rows, "dollars")
    if dollars:
        found.append(Figure("dollars a photo, mean", mean_interval(np.array(dollars))))
        found.append(Figure("dollars in all", f"{sum(dollars):.4g} (n = {len(dollars)})"))
    calls = numbers(rows, "tool_calls")
    if any(calls):
        used = ratio_interval(numbers(rows, "tool_calls_of_use"), calls)
        found.append(Figure("tool calls that brought evidence", used))
    return found


def _failures(rows: Sequence[Row]) -> list[Figure]:
    """The share of photos on which each kind of failure was seen, among those on which it can be told."""
    return [Figure(f"failure: {told}", share(rows, name)) for name, told in FAILURES.items() if numbers(rows, name)]


def power_line(rows: Sequence[Row]) -> str:
    """A sentence on how large a difference from another run can be seen with so many photos.

    `rows` are the scores of the photos. The text is "" where no country and no point was judged.
    """
    for name, column in ((COUNTRY_RIGHT, "country_right"), ("point in the true place's radius", "in_place")):
        values = numbers(rows, column)
        if values:
            discordant = usual_discordance(sum(values) / len(values)) or 1 / len(values)
            return (
                f"power: {power_told(len(values), discordant)} (of {name!r}, between this run and another on the same "
                "photos; paired, 5 % level, 80 % power)"
            )
    return ""


def power_told(n: int, discordant: float) -> str:
    """In words, how large a difference `n` photos can show, and how many photos 5 points take.

    `discordant` is the share of photos on which just one of two runs is right.
    """
    seen, needed = 100 * smallest_difference(n, discordant), photos_needed(TOLD, discordant)
    return (
        f"{n:,} photos show a difference of {round(seen, 1):g} points or more; {needed:,} photos would show one of "
        f"{100 * TOLD:g} points"
    )


def as_markdown(columns: dict[str, list[Figure]]) -> str:
    """A Markdown table of figures: a line for each figure, a column for each group of samples.

    `columns` has each group's figures by its title. Below the table stand the reasons for what is missing.
    """
    names = list(dict.fromkeys(figure.name for table in columns.values() for figure in table))
    tables: dict[str, dict[str, Value]] = {title: dict(table) for title, table in columns.items()}
    lines = ["| figure | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(_cell(tables[title].get(name)) for title in columns) + " |")
    return "\n".join([*lines, *_reasons(tables)])


def _cell(value: Value | None) -> str:
    return "–" if value is None or isinstance(value, Missing) else str(value)


def _reasons(tables: dict[str, dict[str, Value]]) -> list[str]:
    """Why there is a dash in the table, a line for each reason."""
    whys: dict[str, list[str]] = {}
    for table in tables.values():
        for name, value in table.items():
            if isinstance(value, Missing) and name not in whys.setdefault(value.why, []):
                whys[value.why].append(name)
    return ["", *(f"– {', '.join(names)}: {why}" for why, names in whys.items())] if whys else []


def as_data(table: Sequence[Figure]) -> dict[str, Any]:
    """The figures by name as plain data for JSON: {"value", "low", "high", "n"}, or a text.

    A number that is infinite or cannot be given is None; the reason for what is missing stands in "why".
    """
    return {name: _as_data(value) for name, value in table}


def _as_data(value: Value) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Missing):
        return {"value": None, "low": None, "high": None, "n": 0, "why": value.why}
    ends = {"value": value.value, "low": value.low, "high": value.high}
    return {name: end if math.isfinite(end) else None for name, end in ends.items()} | {"n": value.n}


def splits(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows in groups by their labels: does the photo show text, does the hint name the country?

    The titles are as "text clue: yes". Only samples that are labelled so are in a group, and groups without samples are
    left out.
    """
    found: dict[str, list[Row]] = {}
    for name in SPLITS:
        for value in ("yes", "no"):
            group = [row for row in rows if row.get(f"tag_{name}") == value]
            if group:
                found[f"{name.replace('_', ' ')}: {value}"] = group
    return found
