import json
from pathlib import Path

import numpy as np
import pytest

from geoagent import GeoAgent
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence, SecondLook, Turn
from geoagent.case.likelihood import Areas, Kernel, Mixture
from geoagent.errors import ConfigError
from geoagent.eval.calibration import fit as calibrate
from geoagent.eval.calibration.diagram import diagram_output, draw_reliability
from geoagent.eval.calibration.fit import Labelled, fit
from geoagent.eval.calibration.grouped_rows import atoms
from geoagent.eval.metrics.compare import overturned
from geoagent.eval.metrics.failure_kinds import repeated_requests
from geoagent.eval.metrics.figures import Missing, as_data, as_markdown, figures
from geoagent.eval.metrics.intervals import Interval
from geoagent.eval.metrics.judged import find_truth, judge, named_levels
from geoagent.eval.metrics.miss_list import describe_miss
from geoagent.eval.metrics.power import photos_needed, smallest_difference
from geoagent.geo import Area, Point
from geoagent.runs.run_folder import Result
from geoagent.runs.samples import Sample

LYON = Sample(
    id="lyon", country="FR", region="Auvergne-Rhône-Alpes", city="Lyon", point=Point(lat=45.76, lon=4.84),
    granularity="city", radius_km=25,
)  # fmt: skip


@pytest.fixture(scope="module")
def lyon(agent: GeoAgent) -> Result:
    photos = Path(__file__).parents[3] / "examples" / "photos"
    return Result(id="lyon", trace=agent.trace(photos / "france_lyon.jpg", hint="in Europe"))


def test_a_right_answer(lyon: Result, beliefs: Beliefs) -> None:
    row = judge(lyon, LYON, beliefs)
    assert row["country_right"] == row["region_right"] == row["city_right"] == row["country_in_5"] == 1.0
    assert row["in_place"] == 1.0
    assert lyon.trace is not None
    belief = beliefs.of(lyon.trace.trace.evidence)
    now, before = (float(p[find_truth(LYON, beliefs).rows].sum()) for p in (belief.probability, belief.atlas.prior))
    assert 2 ** float(row["bits"] or 0) == pytest.approx(now / before)
    assert 0 < float(row["bits_over_hint"] or 0) < float(row["bits"] or 0)
    assert row["covered_90"] == 1.0


def test_a_wrong_answer(lyon: Result, beliefs: Beliefs) -> None:
    truth = Sample(id="lyon", country="JP", granularity="country", point=Point(lat=36, lon=138), radius_km=1000)
    row = judge(lyon, truth, beliefs)
    assert (row["country_right"], row["country_outcome"]) == (0.0, "wrong")
    assert row["region_right"] is None
    assert float(row["bits"] or 0) < -1
    assert float(row["distance_km"] or 0) > 9000


def test_a_point_near_a_country_is_not_in_it(lyon: Result, beliefs: Beliefs) -> None:
    truth = Sample(id="lyon", country="CH", granularity="country", point=Point(lat=46.8, lon=8.2), radius_km=1000)
    assert judge(lyon, truth, beliefs)["country_right"] == 0.0


def test_the_area_until_the_truth_holds_the_densest_cells(lyon: Result, beliefs: Beliefs) -> None:
    far = LYON.model_copy(update={"point": Point(lat=48.85, lon=2.35), "city": "Paris", "region": None})
    near_area, far_area = (judge(lyon, s, beliefs)["area_km2_to_truth"] for s in (LYON, far))
    assert 0 < float(near_area or 0) < float(far_area or 0)


def test_a_country_is_its_rows_and_a_place_those_within_its_radius(beliefs: Beliefs, atlas: Atlas) -> None:
    country = Sample(id="x", country="FR", granularity="country")
    assert find_truth(country, beliefs).rows.sum() == atlas.rows(Area("FR")).sum()
    assert find_truth(LYON, beliefs).area == Area.parse("FR.84#2996944")
    assert 10 < find_truth(LYON, beliefs).rows.sum() < 500


def test_the_figures_and_a_fault(lyon: Result, beliefs: Beliefs) -> None:
    rows = [judge(lyon, LYON, beliefs), judge(Result(id="lyon", fault="broken"), LYON, beliefs)]
    table = dict(figures(rows))
    assert str(table["failed"]).startswith("0.5")
    assert str(table["country right, most probable"]).startswith("0.5")
    assert str(table["Acc@25 km"]).startswith("0.5")  # what failed is a miss
    assert "| figure | both |" in as_markdown({"both": figures(rows)})


def test_the_figures_of_arguments(lyon: Result, beliefs: Beliefs) -> None:
    assert lyon.trace is not None
    steps, clue = lyon.trace.prediction.argument, lyon.trace.trace.clues[0]
    word = steps[0].model_copy(update={"support": "unsupported"})
    looks = tuple(
        SecondLook(clue=clue.id, witness="vlm:x", outcome=outcome) for outcome in ("confirmed", "not_visible")
    )
    other = lyon.trace.model_copy(
        update={
            "prediction": lyon.trace.prediction.model_copy(update={"argument": (word, *steps[1:])}),
            "trace": lyon.trace.trace.model_copy(update={"second_looks": looks}),
        }
    )
    rows = [judge(found, LYON, beliefs) for found in (lyon, Result(id="lyon", trace=other))]
    table = dict(figures(rows))
    lines, grounded, phantoms = table["argument lines, mean"], table["argument lines grounded"], table["phantom clues"]
    assert isinstance(lines, Interval) and isinstance(grounded, Interval) and isinstance(phantoms, Interval)
    assert (lines.value, lines.n) == (len(steps), 2)
    assert grounded.value == pytest.approx(1 - 1 / (2 * len(steps)))
    assert (phantoms.value, phantoms.n) == (0.5, 1)


def says(kind: str, key: str) -> Evidence:
    return Evidence(
        kind=kind, witness="ocr", statement=f"{kind} {key}", likelihood=Areas(weights={key: 1.0}), group=kind
    )


def test_what_overturned_the_truth_is_named(lyon: Result, beliefs: Beliefs) -> None:
    assert lyon.trace is not None
    misled = lyon.trace.trace.evidence[0].replace(
        likelihood=Areas(weights={"JP": 1.0}), statement="it looks Japanese", clues=(), kind="domain", group="z"
    )
    trace = lyon.trace.trace.model_copy(update={"evidence": (misled,)})
    levels = (lyon.trace.prediction.levels[0].model_copy(update={"code": Area("JP"), "name": "Japan"}),)
    prediction = lyon.trace.prediction.model_copy(update={"levels": levels})
    file = lyon.trace.model_copy(update={"trace": trace, "prediction": prediction})
    answer, reason = overturned(file, Area("FR"), beliefs)
    assert answer == "Japan"
    assert "it looks Japanese" in reason


def test_an_answer_without_a_trace_has_the_country_of_its_point_or_name(beliefs: Beliefs) -> None:
    answers = [Result(id="lyon", point=LYON.point), Result(id="lyon", country="Japan"), Result(id="lyon")]
    rows = [judge(answer, LYON, beliefs) for answer in answers]
    assert [(row["country_right"], row["country_outcome"]) for row in rows] == [
        (1.0, "right"),
        (0.0, "wrong"),
        (0.0, "abstained"),
    ]
    shown = as_markdown({"all": figures(rows)})
    assert "nan" not in shown
    assert "– country among the first 5: answers name one only" in shown
    assert "no probability is stated" in shown
    assert json.loads(json.dumps(as_data(figures(rows)), allow_nan=False))["region right, most probable"]["why"]


def test_an_answer_at_sea_is_wrong_and_no_abstention(beliefs: Beliefs) -> None:
    row = judge(Result(id="lyon", point=Point(lat=40, lon=-40)), LYON, beliefs)
    assert (row["country_right"], row["country_outcome"]) == (0.0, "wrong")


def test_the_cities_that_answers_name_are_judged(beliefs: Beliefs) -> None:
    levels = named_levels([Result(id="x", city="Lyon"), Result(id="x")])
    assert levels == ("country", "city")
    answers = [
        Result(id="lyon", country="France", city="Lyon", probabilities={"city": 0.8, "country": 0.4}),
        Result(id="lyon", country="France", city="Marseille", probabilities={"city": 0.6}),
        Result(id="lyon", country="France"),
    ]
    rows = [judge(answer, LYON, beliefs, levels) for answer in answers]
    assert [(row["city_right"], row["city_outcome"], row.get("city_p")) for row in rows] == [
        (1.0, "right", 0.8),
        (0.0, "wrong", 0.6),
        (0.0, "abstained", None),
    ]
    assert rows[0]["country_outcome"] == "abstained"  # it says itself that it is probably elsewhere
    table = dict(figures(rows))
    assert str(table["Brier score of the city"]).startswith("0.2 ")
    assert table["region right, most probable"] == Missing("no answer names a region")
    unknown = LYON.model_copy(update={"city": "Little Nowhere-on-Rhône", "granularity": "point"})
    rights = [
        judge(Result(id="lyon", country="FR", city=city), unknown, beliefs, levels)["city_right"]
        for city in ("little nowhere on rhone", "Lyon")
    ]
    assert rights == [1.0, 0.0]
    assert describe_miss(rows[1], answers[1], beliefs) == "lyon: city is Lyon, answered Marseille"


def test_a_radius_that_is_one_of_those_of_accuracy_is_not_told_twice(beliefs: Beliefs) -> None:
    point = LYON.model_copy(update={"granularity": "point", "radius_km": 1.0})
    name = "point in the true place's radius"
    for sample, km, is_told in ((point, (1.0, 25.0), False), (point, (25.0,), True), (LYON, (1.0,), True)):
        rows = [judge(Result(id="lyon", point=LYON.point), sample, beliefs)]
        assert (name in dict(figures(rows, km))) is is_told


def test_the_ways_in_which_an_answer_goes_wrong(lyon: Result, beliefs: Beliefs) -> None:
    assert lyon.trace is not None
    right = judge(lyon, LYON, beliefs)
    assert [right[name] for name in ("premature", "overconfident", "hesitant", "looped")] == [0, 0, 0, 0]
    japan = Sample(id="lyon", country="JP", granularity="country")
    wrong = judge(lyon, japan, beliefs)
    assert (wrong["overconfident"], wrong["own_word"]) == (1, 0)  # a text in the photo speaks for it
    turn = Turn(thought="", action="search_web", arguments={"query": "x"}, observation="")
    trace = lyon.trace.trace.model_copy(update={"turns": (turn, turn, turn)})
    again = Result(id="lyon", trace=lyon.trace.model_copy(update={"trace": trace}))
    assert (judge(again, LYON, beliefs)["looped"], repeated_requests(again.trace or lyon.trace)) == (1, 2)
    table = dict(figures([right, wrong]))
    assert str(table["failure: wrong country at 0.8 or more"]).startswith("0.5 ")


def test_how_many_photos_show_a_difference() -> None:
    # Connor's formula by hand: ((1.96·√.2 + .8416·√(.2 − .0025)) / .05)²
    assert photos_needed(0.05, 0.2) == pytest.approx(((1.96 * 0.2**0.5 + 0.8416 * 0.1975**0.5) / 0.05) ** 2, abs=1)
    assert photos_needed(0.1, 0.2) < photos_needed(0.05, 0.2) < photos_needed(0.05, 0.4)
    assert smallest_difference(photos_needed(0.05, 0.2), 0.2) == pytest.approx(0.05)
    assert smallest_difference(0, 0.2) == 1


def labelled(atlas: Atlas, country: str, *evidence: Evidence) -> Labelled:
    return Labelled(evidence, atlas.rows(Area(country)), country)


EVEN = Reliabilities.model_validate({"gamma": 0.3, "rows": [{"witness": "*", "kind": "*", "level": "*", "r": 0.5}]})


@pytest.mark.slow
def test_calibration_finds_the_reliabilities_that_made_the_data(atlas: Atlas) -> None:
    # "domain" is right in 29 of 30 cases, "language" in 3 of 30; both are shipped at one half
    countries = ["SE", "CL", "KE", "PE", "JP", "NZ", "PT", "GR", "VN", "MA"] * 3
    samples = [
        labelled(atlas, c, says("domain", "TH" if i == 0 else c), says("language", c if i % 10 == 1 else "BE"))
        for i, c in enumerate(countries)
    ]
    found = fit(samples, EVEN, atlas, "made up")
    r = {row.kind: row.r for row in found.reliabilities.rows}
    assert r["domain"] > 0.75
    assert r["language"] < 0.36
    assert found.gained_bits.low > 0
    assert found.bits_after.value - found.bits_before.value == pytest.approx(found.gained_bits.value)
    assert found.samples == len(found.after.confidence) == 30
    assert all(found.reliabilities.temperatures.get(w, 1.0) >= 1 for w in ("ocr", "user"))


def test_calibration_tells_the_levels_apart(atlas: Atlas) -> None:
    # the region that is named is never the right one, its country always is
    wrong = says("toponym", "FR.11").replace(level="region")
    found = fit([Labelled((wrong,), atlas.rows(Area.parse("FR.84")), "FR")] * 30, EVEN, atlas, "made up")
    r = {row.level: row.r for row in found.reliabilities.rows if row.kind == "toponym"}
    assert r["country"] > 0.6 > 0.4 > r["region"]
    assert r["*"] == r["region"]


@pytest.mark.slow
def test_what_is_fitted_to_a_witness_with_a_row_of_its_own_counts(atlas: Atlas) -> None:
    # "prior:geoclip" and "tool:find_address" have rows of their own
    shipped = load_reliabilities().model_copy(update={"temperatures": {"prior": 1.5}})
    looks, hit = (
        says(kind, "SE").replace(witness=witness)
        for kind, witness in (("looks_like", "prior:geoclip"), ("address", "tool:find_address"))
    )
    found = fit([labelled(atlas, "CL", looks, hit)] * 40, shipped, atlas, "always wrong")
    for item in (looks, hit):
        assert found.reliabilities.of(item, "country") < shipped.of(item, "country") - 0.04
    named = {(row.witness, row.kind) for row in found.reliabilities.rows}
    assert named == {(row.witness, row.kind) for row in shipped.rows}
    assert found.reliabilities.temperatures["prior"] > shipped.temperatures["prior"]


@pytest.mark.slow
def test_a_temperature_that_is_not_needed_goes(atlas: Atlas) -> None:
    warm = EVEN.model_copy(update={"temperatures": {"ocr": 1.5, "prior": 1.4}})
    found = fit([labelled(atlas, "SE", says("domain", "SE"))] * 80, warm, atlas, "always right")
    assert found.reliabilities.temperatures == {"prior": 1.4}  # nothing was fitted to a prior


def test_no_fit_raises_a_row_above_its_most(atlas: Atlas) -> None:
    shipped = Reliabilities.model_validate({
        "gamma": 0.3, "rows": [{"witness": "ocr", "kind": "domain", "level": "*", "r": 0.45, "most": 0.5}]
    })  # fmt: skip
    found = fit([labelled(atlas, "SE", says("domain", "SE"))] * 40, shipped, atlas, "x")
    assert {row.r for row in found.reliabilities.rows} == {0.5}
    with pytest.raises(ValueError, match="above the most"):
        Reliabilities.model_validate({
            "gamma": 0, "rows": [{"witness": "*", "kind": "*", "level": "*", "r": 0.6, "most": 0.5}]
        })  # fmt: skip


def test_shipped_reliabilities_survive_a_fit_without_their_kind(atlas: Atlas) -> None:
    found = fit([labelled(atlas, "SE", says("domain", "SE"))] * 10, load_reliabilities(), atlas, "x")
    kinds = {(row.witness, row.kind) for row in found.reliabilities.rows}
    assert kinds == {(row.witness, row.kind) for row in load_reliabilities().rows}


def test_the_belief_over_atoms_is_that_over_rows(beliefs: Beliefs) -> None:
    atlas = beliefs.atlas
    near = Evidence(
        kind="toponym", witness="ocr", statement="a name", group="language", level="city",
        likelihood=Mixture(
            parts=((0.6, Areas(weights={"FR.84#2996944": 1.0})), (0.2, Kernel(lat=59, lon=18, sigma_km=9)))
        ),
    )  # fmt: skip
    evidence = (says("domain", "FR"), says("language", "NO"), near)
    shipped = Reliabilities.model_validate({
        "gamma": 0.3, "temperatures": {"ocr": 1.3}, "rows": [
            {"witness": "*", "kind": "*", "level": "country", "r": 0.8},
            {"witness": "*", "kind": "*", "level": "*", "r": 0.6},
        ]
    })  # fmt: skip
    truth = atlas.rows(Area.parse("FR.84"))
    case = atoms(evidence, truth, Beliefs(atlas, shipped))
    parameters = calibrate._parameters([case], shipped)
    scored = calibrate._score(case, parameters, parameters.start)
    whole = Beliefs(atlas, shipped).of(evidence)
    assert np.exp(scored.log_p) == pytest.approx(float(whole.probability[truth].sum()), rel=1e-3)
    at, step = parameters.start + np.linspace(0.3, 0.1, len(parameters.start)), 1e-5  # where no two r are equal
    scored = calibrate._score(case, parameters, at)
    for i, slope in enumerate(scored.gradient):
        moved = np.zeros(len(scored.gradient))
        moved[i] = step
        ends = [calibrate._score(case, parameters, at + sign * moved).log_p for sign in (1, -1)]
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-3, abs=1e-6)


def test_a_temperature_softens(atlas: Atlas) -> None:
    warm = EVEN.model_copy(update={"temperatures": {"ocr": 2.0}})
    said = [says("domain", "SE")]
    sharp, soft = (mass(Beliefs(atlas, table).of(said), Area("SE")) for table in (EVEN, warm))
    assert mass(Beliefs(atlas, EVEN).of([]), Area("SE")) < soft < sharp


def test_a_miss_in_one_line(lyon: Result, beliefs: Beliefs) -> None:
    japan = Sample(id="lyon", country="JP", granularity="country")
    line = describe_miss(judge(lyon, japan, beliefs), lyon, beliefs)
    assert line is not None
    assert line.startswith("lyon: country is Japan <1 %, answered France")
    assert "odds ×" in line
    assert describe_miss(judge(lyon, LYON, beliefs), lyon, beliefs) is None


def test_a_miss_of_another_system_says_how_far_off_it_lies(beliefs: Beliefs) -> None:
    def told(result: Result) -> str | None:
        return describe_miss(judge(result, LYON, beliefs), result, beliefs)

    assert told(Result(id="lyon", point=Point(lat=41.9, lon=12.5))) == (
        "lyon: country is France, answered Italy, 749 km off"
    )
    assert told(Result(id="lyon")) == "lyon: country is France, nothing was answered"
    at_sea = told(Result(id="lyon", point=Point(lat=40, lon=-40)))
    assert at_sea is not None and at_sea.startswith("lyon: country is France, answered a point in no country (40.00, -")
    assert told(Result(id="lyon", point=Point(lat=48.9, lon=2.3))) is None


@pytest.mark.parametrize(("name", "begins"), [("d.svg", b"<?xml"), ("d.png", b"\x89PNG")])
def test_the_diagram_is_drawn(tmp_path: Path, name: str, begins: bytes) -> None:
    curve = [0.1, 0.5, 0.9] * 10, [0.0, 1.0, 1.0] * 10
    draw_reliability({"before": curve, "after": curve}, diagram_output(tmp_path / name), "test")
    assert (tmp_path / name).read_bytes().startswith(begins)
    with pytest.raises(ConfigError, match=r"as \.svg or \.png"):
        diagram_output(tmp_path / "d.jpg")
