"""Conclude: the answer is what the evidence amounts to, and says where it ends."""

import math

import pytest

from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Evidence, Spot, Verdict
from geoagent.case.likelihood import Areas, Kernel
from geoagent.case.prediction import Prediction, Usage
from geoagent.case.trace import Trace
from geoagent.case.views import PhotoRef
from geoagent.geo import Area, Point, haversine_km
from geoagent.graph.conclude import read_out
from geoagent.reasoners.vlm.answer_models import Opinion
from geoagent.reasoners.vlm.opinion import opinion_trace
from tests.opened import clue, says

PHOTOS = tuple(PhotoRef(path=f"{number}.png", id=f"{number}" * 64, width=64, height=48) for number in (1, 2))
LYON = "FR.84#2996944"


def answer(beliefs: Beliefs, *evidence: Evidence, **more: object) -> Prediction:
    state = {"photos": PHOTOS, "trace": Trace.model_validate({"evidence": evidence, **more})}
    return read_out(state, beliefs, "rules", Usage(steps=3))  # type: ignore[arg-type]


def of_areas(weights: dict[str, float], witness: str = "user") -> Evidence:
    likelihood = Areas.model_validate({"weights": weights, "elsewhere": 0.0001})
    return Evidence(kind="hint", witness=witness, statement="x", likelihood=likelihood, level="city", group=witness)


def missing(prediction: Prediction) -> dict[str, str]:
    return {item.level: item.reason for item in prediction.undetermined}


@pytest.mark.parametrize(
    ("clues", "reason"),
    [
        ((), "nothing in the photo tells where"),
        ((clue("OPEN"),), "nothing that was read tells where"),
    ],
)
def test_without_evidence_nothing_is_stated_and_each_level_says_why(
    beliefs: Beliefs, clues: tuple[object, ...], reason: str
) -> None:
    prediction = answer(beliefs, clues=clues)
    assert prediction.stated is None
    assert missing(prediction) == dict.fromkeys(["country", "region", "city", "street", "point"], reason)
    assert prediction.influences == ()


def test_a_point_that_a_model_gives_is_told_as_that(beliefs: Beliefs) -> None:
    place = {"country": "Iceland", "city": "Reynisfjara", "lat": 63.4044, "lon": -19.0451, "probability": 0.9}
    said = opinion_trace(Opinion.model_validate({"places": [place], "elsewhere": 0.1}), "vlm:x", beliefs.atlas)
    prediction = answer(beliefs, *said.evidence, spots=said.spots)
    assert prediction.point == Point(lat=63.4044, lon=-19.0451)
    assert missing(prediction)["point"].startswith("the point is where the model puts it")
    assert missing(prediction)["street"] == "no evidence is this fine"


def test_a_level_is_as_probable_as_the_belief_says_and_stated_from_one_half_on(beliefs: Beliefs) -> None:
    evidence = says("user", SE=1.0, NO=0.2)
    prediction = answer(beliefs, evidence)
    belief = beliefs.of([evidence])
    country = prediction.levels[0]
    assert (country.name, country.code) == ("Sweden", Area("SE"))
    assert country.probability == pytest.approx(mass(belief, Area("SE")))
    for level in prediction.levels:
        assert level.stated == (level.probability >= 0.5)


def test_levels_are_named_inside_each_other_down_to_the_city(beliefs: Beliefs) -> None:
    prediction = answer(beliefs, of_areas({LYON: 1.0}), of_areas({LYON: 1.0}, "ocr"))
    assert [level.name for level in prediction.levels] == ["France", "Auvergne-Rhône-Alpes", "Lyon"]
    assert prediction.stated is not None
    assert prediction.stated.name == "Lyon"
    assert haversine_km(prediction.point.lat, prediction.point.lon, 45.76, 4.84) < 20


def test_what_is_finer_than_the_evidence_is_listed_with_the_reason(beliefs: Beliefs) -> None:
    prediction = answer(beliefs, says("user", SE=1.0), says("ocr", SE=1.0))
    region = prediction.levels[1]
    assert set(missing(prediction)) == {"region", "city", "street", "point"}
    assert missing(prediction)["region"].startswith(f"the most probable, {region.name}, has only ")
    assert missing(prediction)["street"] == missing(prediction)["point"] == "no evidence is this fine"


def test_a_country_without_regions_misses_none(beliefs: Beliefs) -> None:
    prediction = answer(beliefs, says("user", MC=1.0, elsewhere=1e-6), says("ocr", MC=1.0, elsewhere=1e-6))
    assert prediction.levels[0].name == "Monaco"
    named = {level.level for level in prediction.levels}
    assert named >= {"country", "city"}
    assert "region" not in named | set(missing(prediction))


def test_an_open_country_says_what_would_tell_most(beliefs: Beliefs) -> None:
    reason = missing(answer(beliefs, says("user", GB=1.0, FR=1.0, BR=1.0)))["country"]
    assert "; what would tell most: " in reason
    assert reason.endswith(")")


def test_a_question_that_was_answered_is_not_asked_again(beliefs: Beliefs) -> None:
    first = missing(answer(beliefs, says("user", GB=1.0, FR=1.0, BR=1.0)))["country"]
    every = [says("vlm:x", GB=1.0, FR=1.0, kind=kind) for kind in ("driving_side", "script", "language")]
    again = missing(answer(beliefs, says("user", GB=1.0, FR=1.0, BR=1.0), *every)).get("country", "")
    assert first != again
    assert "which side" not in again


def test_the_influences_multiply_to_what_the_evidence_did_to_the_odds(beliefs: Beliefs) -> None:
    evidence = [says("user", SE=1.0), says("ocr", SE=1.0, NO=1.0), says("exif", DK=1.0, SE=0.5)]
    prediction = answer(beliefs, *evidence)
    assert {item.evidence for item in prediction.influences} == {item.id for item in evidence}
    prior = float(beliefs.atlas.prior[beliefs.atlas.rows(Area("SE"))].sum())
    after = prediction.levels[0].probability
    product = math.prod(item.odds_ratio for item in prediction.influences)
    assert product == pytest.approx(after / (1 - after) / (prior / (1 - prior)), rel=1e-6)


def test_the_alternatives_are_the_most_probable_countries_the_best_first(beliefs: Beliefs) -> None:
    nordic = [says(witness, SE=1.0, NO=0.5, FI=0.05, elsewhere=1e-6) for witness in ("user", "ocr")]
    prediction = answer(beliefs, *nordic)
    shares = [item.probability for item in prediction.alternatives]
    assert [item.name for item in prediction.alternatives[:3]] == ["Sweden", "Norway", "Finland"]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 5
    assert sum(shares) <= 1 + 1e-9


def test_more_of_the_belief_takes_more_room(beliefs: Beliefs) -> None:
    prediction = answer(beliefs, says("user", SE=1.0))
    assert 0 < prediction.radius_km_50 < prediction.radius_km_90
    assert 0 < prediction.area_km2_50 < prediction.area_km2_90


def test_a_street_that_holds_half_of_the_belief_is_the_point(beliefs: Beliefs) -> None:
    here = Point(lat=45.7578, lon=4.8320)
    evidence = [
        Evidence(
            kind="position", witness=witness, statement="x", level="street", group=witness,
            likelihood=Kernel(lat=here.lat, lon=here.lon, sigma_km=0.05),
        )
        for witness in ("exif", "user")
    ]  # fmt: skip
    spot = Spot(name="Place Bellecour", level="street", point=here, radius_km=0.2, evidence=evidence[0].id)
    prediction = answer(beliefs, *evidence, spots=(spot,))
    assert prediction.stated is not None
    assert (prediction.stated.level, prediction.stated.name) == ("street", "Place Bellecour")
    assert prediction.point == here
    assert set(missing(prediction)) == {"point"}


def test_the_last_verdict_on_a_candidate_counts(beliefs: Beliefs) -> None:
    first = Verdict(candidate="p1", outcome="plausible")
    last = Verdict(candidate="p1", outcome="confirmed")
    other = Verdict(candidate="p2", outcome="unverified")
    prediction = answer(beliefs, says("user", SE=1.0), verdicts=(first, other, last))
    assert sorted((item.candidate, item.outcome) for item in prediction.verdicts) == [
        ("p1", "confirmed"), ("p2", "unverified")
    ]  # fmt: skip


def test_the_answer_names_its_photos_and_tells_how_it_went(beliefs: Beliefs) -> None:
    state = {"photos": PHOTOS, "trace": Trace(), "status": "degraded", "notes": ("the server failed",)}
    prediction = read_out(state, beliefs, "vlm", Usage(steps=3))  # type: ignore[arg-type]
    assert (prediction.photo, prediction.photos) == (PHOTOS[0].id, tuple(photo.id for photo in PHOTOS))
    assert (prediction.status, prediction.notes, prediction.reasoner) == ("degraded", ("the server failed",), "vlm")
    assert prediction.usage.steps == 3
    assert answer(beliefs).status == "complete"
