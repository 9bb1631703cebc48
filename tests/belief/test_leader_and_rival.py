"""The leader against its strongest rival: what favours which, at which level."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from geoagent.belief import Beliefs
from geoagent.belief.leader_and_rival import Contest, Place, contest_of, contests, speaks_at
from geoagent.belief.readout import mass
from geoagent.case.evidence import Evidence, LevelName, Spot
from geoagent.case.likelihood import Areas, Kernel
from geoagent.geo import Area, Point, distance_km

KYOTO = Point(lat=35.0116, lon=135.7681)


def says(witness: str, level: LevelName = "country", elsewhere: float = 0.01, **weights: float) -> Evidence:
    areas = {Area.parse(name.replace("_", ".")): weight for name, weight in weights.items()}
    likelihood = Areas(weights=areas, elsewhere=elsewhere)
    return Evidence(kind="x", witness=witness, statement=witness, likelihood=likelihood, level=level, group=witness)


def near(point: Point, witness: str = "ocr", km: float = 3.0, level: LevelName = "city") -> Evidence:
    likelihood = Kernel(lat=point.lat, lon=point.lon, sigma_km=km)
    return Evidence(kind="y", witness=witness, statement="near", likelihood=likelihood, level=level, group="near")


def at(level: LevelName, found: Sequence[Contest]) -> Contest:
    return next(contest for contest in found if contest.level == level)


def test_countries_are_weighed_against_each_other(beliefs: Beliefs) -> None:
    both, one = says("user", SE=1.0, NO=1.0), says("ocr", SE=1.0, NO=0.2)
    contest = at("country", contests(beliefs.of([both, one])))
    assert contest.rival is not None
    assert (str(contest.leader.area), str(contest.rival.area)) == ("SE", "NO")
    leans = {lean.evidence.id: lean.log_odds for lean in contest.leans}
    assert leans[one.id] > math.log(1.5)
    assert leans[both.id] == pytest.approx(0, abs=1e-6)


def test_what_the_evidence_says_and_the_prior_make_up_the_odds(beliefs: Beliefs) -> None:
    belief = beliefs.of([says("user", SE=1.0, NO=0.5), says("ocr", SE=1.0, NO=0.4)])
    contest = at("country", contests(belief))
    assert contest.rival is not None
    prior = [float(belief.atlas.prior[belief.atlas.rows(p.area)].sum()) for p in (contest.leader, contest.rival)]
    total = sum(lean.log_odds for lean in contest.leans) + math.log(prior[0] / prior[1])
    assert contest.log_odds == pytest.approx(total, abs=1e-6)


def test_a_country_says_nothing_between_its_cities(beliefs: Beliefs) -> None:
    country = says("user", JP=1.0)
    contest = at("city", contests(beliefs.of([country, near(KYOTO)])))
    assert "Kyoto" in str(beliefs.atlas.path(contest.leader.area))
    assert contest.rival is not None
    assert contest.rival.area.country == "JP"
    assert {lean.evidence.id: lean.log_odds for lean in contest.leans}[country.id] == pytest.approx(0, abs=1e-6)


def test_a_quarter_is_no_rival_of_its_city(beliefs: Beliefs) -> None:
    """The atlas has Delicias as a town of its own; it lies in Zaragoza."""
    atlas = beliefs.atlas
    zaragoza = atlas.resolve("Spain", "Aragon", "Zaragoza")
    assert zaragoza is not None
    centre = atlas.point(atlas.rows_named("Zaragoza")[0])
    rival = contest_of(Place(zaragoza), beliefs.of([near(centre, km=5.0)])).rival
    assert rival is not None
    assert rival.area.city is not None
    row = int(np.flatnonzero(atlas.geonameid == rival.area.city)[0])
    assert distance_km(centre, atlas.point(row)) > 4


@pytest.mark.parametrize(("level", "told"), [("country", True), ("region", False), ("city", False), ("street", False)])
def test_a_hint_speaks_at_its_own_level(level: LevelName, told: bool) -> None:
    assert speaks_at(says("user", JP=1.0), level) is told


def test_spots_apart_are_rivals_and_spots_together_are_not(beliefs: Beliefs) -> None:
    item = near(KYOTO, km=0.05, level="street")
    there = Spot(name="A", level="street", point=KYOTO, radius_km=0.15, evidence=item.id)
    beside = Spot(name="A 1", level="street", point=Point(lat=35.0117, lon=135.7682), radius_km=0.15, evidence=item.id)
    far = Spot(name="B", level="street", point=Point(lat=35.03, lon=135.77), radius_km=0.15, evidence=item.id)
    alone = at("street", contests(beliefs.of([item], [there, beside])))
    assert alone.rival is None
    contest = at("street", contests(beliefs.of([item], [there, beside, far])))
    assert contest.rival is not None
    assert contest.rival.spot == far
    assert contest.log_odds > 0


def test_nothing_known_is_no_contest_of_spots(beliefs: Beliefs) -> None:
    assert {contest.level for contest in contests(beliefs.of([says("ocr", SE=1.0)]))} <= {"country", "region", "city"}


def test_what_is_read_out_of_a_belief_is_worked_out_once(beliefs: Beliefs) -> None:
    one, other = says("user", SE=1.0, NO=0.5), says("ocr", NO=1.0, SE=0.4)
    belief = beliefs.of([one, other])
    assert contests(belief) is contests(belief)
    assert mass(belief, Area("SE")) > mass(belief, Area("NO"))
    turned = beliefs.of([other])
    assert mass(turned, Area("SE")) < mass(turned, Area("NO"))
    assert contests(turned) != contests(belief)
