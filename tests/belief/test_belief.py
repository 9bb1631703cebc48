"""The properties that the belief promises."""

import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoagent.atlas import Atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.density import likelihood_ratio, places_of_spots
from geoagent.belief.readout import explain, levels, mass, radius_km
from geoagent.belief.reliability import Reliabilities
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Areas, Band, Kernel, Likelihood, Mixture, Ring
from geoagent.geo import Area, Point, haversine_km

GAMMA = 0.3
calm = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sure(r: float) -> Reliabilities:
    rows = [{"witness": "*", "kind": "*", "level": "*", "r": r}]
    return Reliabilities.model_validate({"gamma": GAMMA, "rows": rows})


def says(likelihood: Likelihood, group: str = "g", statement: str = "it does", **more: str) -> Evidence:
    return Evidence.model_validate({
        "kind": "test", "witness": "ocr", "statement": statement, "likelihood": likelihood, "group": group, **more
    })  # fmt: skip


@pytest.fixture(scope="module")
def trusting(atlas: Atlas) -> Beliefs:
    return Beliefs(atlas, sure(0.9))


def ratio(belief: Belief, area: str) -> float:
    """How the odds of an area have moved from the prior."""
    rows = belief.atlas.rows(Area.parse(area))
    prior, now = belief.atlas.prior[rows].sum(), belief.probability[rows].sum()
    return float((now / (1 - now)) / (prior / (1 - prior)))


EVIDENCE = [
    says(Areas(weights={"SE": 1.0, "NO": 0.5}, elsewhere=0.01), "a"),
    says(Areas(weights={"SE": 1.0, "FI": 0.7}, elsewhere=0.05), "a"),
    says(Kernel(lat=59.9, lon=17.6, sigma_km=20), "b"),
    says(Band(south=50, north=70), "c"),
    says(Mixture(parts=((0.3, Kernel(lat=59.3, lon=18.1, sigma_km=5)), (0.4, Areas(weights={"NO": 1.0})))), "d"),
]


@calm
@given(st.randoms(use_true_random=False))
def test_order_does_not_matter(atlas: Atlas, order: random.Random) -> None:
    shuffled = EVIDENCE.copy()
    order.shuffle(shuffled)
    expected = Beliefs(atlas, sure(0.9)).of(EVIDENCE).probability
    assert np.array_equal(Beliefs(atlas, sure(0.9)).of(shuffled).probability, expected)


def test_part_of_a_belief_is_the_belief_of_that_part(atlas: Atlas, trusting: Beliefs) -> None:
    whole = trusting.of(
        EVIDENCE, [Spot(name="x", point=Point(lat=59.9, lon=17.6), radius_km=1, evidence=EVIDENCE[2].id)]
    )
    for some in (EVIDENCE[1:3], EVIDENCE[:2], []):
        part = trusting.part(whole, some)
        assert np.array_equal(part.probability, Beliefs(atlas, sure(0.9)).of(some).probability)
        assert part.spots == ()


def test_a_ratio_of_one_changes_nothing(trusting: Beliefs) -> None:
    flat = says(Areas(weights={}, elsewhere=3.0), "a")
    assert np.allclose(trusting.of([flat]).probability, trusting.atlas.prior, rtol=1e-12)
    assert np.allclose(trusting.of([*EVIDENCE, flat]).probability, trusting.of(EVIDENCE).probability, rtol=1e-12)


def test_a_lone_strong_clue_keeps_its_full_ratio(atlas: Atlas) -> None:
    one = says(Areas(weights={"LU": 451.0}, elsewhere=1.0))
    scale = 1 + 450 * float(atlas.prior[atlas.rows(Area("LU"))].sum())

    def full(r: float) -> float:
        return (r * 451 / scale + 1 - r) / (r / scale + 1 - r)

    assert ratio(Beliefs(atlas, sure(0.999)).of([one]), "LU") == pytest.approx(full(0.999), rel=1e-9)
    assert ratio(Beliefs(atlas, sure(0.9)).of([one]), "LU") == pytest.approx(full(0.9), rel=1e-9)


def test_ten_copies_of_one_opinion_stay_bounded(atlas: Atlas) -> None:
    beliefs = Beliefs(atlas, sure(0.999))
    copies = [says(Areas(weights={"LU": 451.0}, elsewhere=1.0), "opinion", f"copy {i}") for i in range(10)]
    lone, ten = ratio(beliefs.of(copies[:1]), "LU"), ratio(beliefs.of(copies), "LU")
    assert lone < ten <= lone ** (1 / (1 - GAMMA))
    assert math.log(ten) == pytest.approx(math.log(lone) * (1 - GAMMA**10) / (1 - GAMMA))


def test_a_useless_member_of_a_group_changes_nothing(trusting: Beliefs) -> None:
    strong, flat = says(Areas(weights={"SE": 1.0}), "g"), says(Areas(weights={}, elsewhere=1.0), "g")
    assert np.allclose(trusting.of([strong, flat]).probability, trusting.of([strong]).probability, rtol=1e-12)


def test_a_case_changes_no_coarser_probability(trusting: Beliefs) -> None:
    pointed = says(Kernel(lat=59.858, lon=17.639, sigma_km=0.05), "p", level="point")
    evidence = [*EVIDENCE, pointed]
    cases = [
        Spot(name=f"spot {i}", point=Point(lat=59.858 + i / 100, lon=17.639), radius_km=0.05, evidence=pointed.id)
        for i in range(5)
    ]
    plain, refined = trusting.of(evidence), trusting.of(evidence, cases)
    assert np.array_equal(plain.probability, refined.probability)
    assert refined.spot_probability.argmax() == [case.id for case in refined.spots].index(cases[0].id)
    assert refined.spot_probability.sum() < mass(refined, Area("SE"))
    assert refined.spot_probability.sum() + refined.rest.sum() == pytest.approx(1)
    assert refined.spot_probability.max() > 0.3


def test_an_uninformed_case_keeps_its_small_share(trusting: Beliefs) -> None:
    about = says(Areas(weights={"SE": 1.0}))
    case = Spot(name="spot", point=Point(lat=59.858, lon=17.639), radius_km=0.1, evidence=about.id)
    belief = trusting.of([about], [case])
    rows = belief.atlas.rows_within(case.point, 30)
    assert 0 < belief.spot_probability[0] < 0.05 * belief.probability[rows].sum()


def test_a_case_out_of_reach_of_its_country_belongs_to_the_nearest_row(trusting: Beliefs) -> None:
    pointed = says(Kernel(lat=-54.62, lon=158.86, sigma_km=0.05, within="AU"), level="point")
    case = Spot(name="Macquarie", point=Point(lat=-54.62, lon=158.86), radius_km=0.1, evidence=pointed.id)
    plain, refined = trusting.of([pointed]), trusting.of([pointed], [case])
    assert np.array_equal(plain.probability, refined.probability)
    assert plain.probability.argmax() == refined.spot_rows[0]
    assert refined.spot_probability[0] > 0.5


def test_a_ring_is_strongest_at_its_radius(atlas: Atlas, trusting: Beliefs) -> None:
    belief = trusting.of([says(Ring(lat=48.857, lon=2.352, radius_km=200, sigma_km=30))])
    ratio_at = belief.probability / atlas.prior
    away = haversine_km(48.857, 2.352, atlas.lat, atlas.lon)
    at, inside, outside = (float(ratio_at[abs(away - km) < 10].mean()) for km in (200, 40, 400))
    assert at > 5 * inside
    assert at > 5 * outside


def test_two_rings_meet_where_both_hold(atlas: Atlas, trusting: Beliefs) -> None:
    paris = says(Ring(lat=48.857, lon=2.352, radius_km=392, sigma_km=40), "paris")
    marseille = says(Ring(lat=43.296, lon=5.381, radius_km=278, sigma_km=30), "marseille")
    both = trusting.of([paris, marseille])
    assert float(both.probability[haversine_km(45.75, 4.85, atlas.lat, atlas.lon) < 60].sum()) > 0.3  # Lyon
    assert mass(both, Area.parse("FR.84")) > 3 * mass(trusting.of([paris]), Area.parse("FR.84"))


def test_levels_nest_and_sum_to_one(trusting: Beliefs) -> None:
    belief = trusting.of(EVIDENCE)
    assert belief.probability.sum() == pytest.approx(1)
    countries = np.bincount(belief.atlas.country, belief.probability)
    assert countries.sum() == pytest.approx(1)
    path = levels(belief)
    assert [level.level for level in path] == ["country", "region", "city"]
    assert path[0].probability >= path[1].probability >= path[2].probability
    divisions = [area for area in belief.atlas.divisions if Area("SE").contains(area)]
    outside = belief.probability[belief.atlas.rows(Area("SE")) & (belief.atlas.division < 0)].sum()
    assert sum(mass(belief, area) for area in divisions) + outside == pytest.approx(mass(belief, Area("SE")))


def test_alternatives_inside_one_likelihood_do_not_multiply(trusting: Beliefs) -> None:
    paris = Areas(weights={"FR": 1.0}), Areas(weights={"US.TX": 1.0})
    belief = trusting.of([says(Mixture(parts=((0.6, paris[0]), (0.3, paris[1]))))])
    for area, weight in ((Area("FR"), 0.6), (Area("US", "TX"), 0.3)):
        prior = belief.atlas.prior[belief.atlas.rows(area)].sum()
        assert mass(belief, area) == pytest.approx(0.9 * (weight + 0.1 * prior) + 0.1 * prior)


def test_against_an_area(trusting: Beliefs) -> None:
    rows = trusting.atlas.rows(Area("CN"))
    at_rows, _ = likelihood_ratio(
        Areas(weights={"CN": 0.0}, elsewhere=1.0), trusting.atlas, places_of_spots(trusting.atlas, [])
    )
    inside = trusting.atlas.prior[rows].sum()
    assert at_rows[rows].max() == 0
    assert np.allclose(at_rows[~rows], 1 / (1 - inside))


def test_a_witness_of_reliability_zero_has_no_effect(atlas: Atlas) -> None:
    assert np.allclose(Beliefs(atlas, sure(0.0)).of(EVIDENCE).probability, atlas.prior, rtol=1e-12)


@pytest.mark.parametrize(("lat", "lon"), [(0, 179.99), (0, -180), (90, 0), (-90, 77), (-16.5, 180 - 1e-9), (0, 0)])
def test_antimeridian_and_poles_are_ordinary(trusting: Beliefs, lat: float, lon: float) -> None:
    belief = trusting.of([says(Kernel(lat=lat, lon=lon, sigma_km=500))])
    assert np.isfinite(belief.probability).all()
    nearest = trusting.atlas.nearest(Point(lat=lat, lon=lon))
    assert nearest is not None
    assert belief.probability[nearest[0]] > trusting.atlas.prior[nearest[0]]
    assert radius_km(belief, Point(lat=lat, lon=lon), 0.5) < 3000


def test_the_antimeridian_splits_no_kernel(trusting: Beliefs) -> None:
    east, west = (
        trusting.of([says(Kernel(lat=-16.8, lon=lon, sigma_km=300))]).probability for lon in (179.999, -179.999)
    )
    assert np.abs(east - west).sum() < 1e-3


def test_the_last_word_of_a_witness_replaces_the_one_before(trusting: Beliefs) -> None:
    first = says(Areas(weights={"SE": 1.0}), "opinion")
    second = says(Areas(weights={"NO": 1.0}), "opinion", supersedes=first.id)
    assert np.array_equal(trusting.of([first, second]).probability, trusting.of([second]).probability)


def test_an_echo_of_what_was_shown_adds_little(trusting: Beliefs) -> None:
    shown = says(Areas(weights={"ES": 30.0}, elsewhere=1.0), "domain")
    first = says(Areas(weights={"PT": 2.0}, elsewhere=1.0), "opinion")
    echo = {"likelihood": Areas(weights={"ES": 20.0}, elsewhere=1.0), "group": "opinion", "supersedes": first.id}
    echoing = says(**echo, seen=(shown.id,))  # type: ignore[arg-type]
    deaf = says(**echo)  # type: ignore[arg-type]
    alone, echoed, doubled = (ratio(trusting.of([shown, first, *more]), "ES") for more in ([], [echoing], [deaf]))
    assert alone < echoed < 3 * alone < doubled


def test_cases_of_evidence_that_fell_fall_with_it(trusting: Beliefs) -> None:
    first = says(Kernel(lat=59.858, lon=17.639, sigma_km=0.3), "opinion")
    second = says(Areas(weights={"NO": 1.0}), "opinion", supersedes=first.id)
    case = Spot(name="street", point=Point(lat=59.858, lon=17.639), radius_km=0.7, evidence=first.id)
    assert trusting.of([first], [case]).spots == (case,)
    assert trusting.of([first, second], [case]).spots == ()


def test_the_explanation_multiplies_exactly(trusting: Beliefs) -> None:
    belief = trusting.of(EVIDENCE)
    shifts = explain(belief, Area("SE"))
    assert len(shifts) == len(EVIDENCE)
    assert math.prod(shift.odds_ratio for shift in shifts) == pytest.approx(ratio(belief, "SE"), rel=1e-9)


def test_a_place_that_the_atlas_does_not_know_says_nothing(trusting: Beliefs) -> None:
    belief = trusting.of([says(Areas(weights={"ZZ": 1.0}))])
    assert np.allclose(belief.probability, trusting.atlas.prior, rtol=1e-12)
