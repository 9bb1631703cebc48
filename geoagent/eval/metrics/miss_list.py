"""The misses of a run, one line each: the true place, the answer, and the evidence that spoke for the answer."""

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import explain
from geoagent.case.evidence import LevelName
from geoagent.eval.metrics.judged import Row, answer_in_words, number
from geoagent.geo import Area
from geoagent.plain_text import percent
from geoagent.runs.run_folder import Result

SPOKE = 2
JUDGED: tuple[LevelName, ...] = ("country", "region", "city")


def describe_miss(row: Row, result: Result, beliefs: Beliefs) -> str | None:
    """A line on what was wrong with an answer; None where the answer is right at each level that is known.

    It names the coarsest level (country, region or city) at which the most probable place is wrong, the true place, the
    answer and what spoke for it. `row` holds the scores of `result`. A sample that could not be solved gives its fault.
    `beliefs` compute the belief again.
    """
    level = next((name for name in JUDGED if number(row, f"{name}_right") == 0.0), None)
    if result.trace is None and row["fault"]:
        return f"{row['id']}: {row['fault']}"
    if result.trace is None:
        return _of_answer(row, result, beliefs.atlas, level) if level else None
    if level is None:
        return None
    file = result.trace
    belief = beliefs.of(file.trace.evidence, file.trace.spots)
    answers = {answer.level: answer for answer in file.prediction.levels}
    answer = answers.get(level)
    given = f"{answer.name} {percent(answer.probability)}" if answer else "none"
    truth = Area.parse(str(row["true_key"]))
    areas = {"country": truth.country_area, "region": truth.division_area}
    area = areas.get(level) or truth
    p_truth = float(belief.probability[belief.atlas.rows(area)].sum())
    given_area = (answer.code if answer else None) or file.prediction.levels[0].code
    statements = {item.id: item.statement for item in file.trace.evidence}
    told = explain(belief, given_area) if given_area else []
    shifts = sorted(told, key=lambda shift: -shift.odds_ratio)[:SPOKE]
    spoke = "; ".join(f"{statements[s.evidence]} (odds ×{s.odds_ratio:.3g})" for s in shifts if s.odds_ratio > 1)
    said = f"{level} is {belief.atlas.path(area)} {percent(p_truth)}, answered {given}"
    return f"{row['id']}: {said}: {spoke or 'the prior alone'}"


def _of_answer(row: Row, result: Result, atlas: Atlas, level: LevelName) -> str:
    """What went wrong in an answer without a trace: its country, region or city, and how far off its point lies."""
    distance = number(row, "distance_km")
    truth = atlas.path(Area.parse(str(row["true_key"])))
    named = {"country": answer_in_words(result, atlas), "region": result.region, "city": result.city}[level]
    wanted = {"country": truth.country, "region": truth.region, "city": truth.city}[level] or str(truth)
    apart = "" if distance is None else f", {distance:,.0f} km off"
    given = "nothing was answered" if named == "nothing" else f"answered {named or f'no {level}'}"
    return f"{row['id']}: {level} is {wanted}, {given}{apart}"
