"""Where on Earth, and when at a place, the sun stood as it was measured."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from astral import Observer
from astral.sun import azimuth, elevation

from geoagent.atlas import Atlas
from geoagent.atlas.place_in_words import one_place
from geoagent.belief import Beliefs
from geoagent.belief.chronolocation import clock_of, days_that_fit, hours_that_fit
from geoagent.belief.density import every_row, likelihood_ratio, places_of_spots, sky
from geoagent.belief.readout import mass
from geoagent.belief.sun_fit import FITS, ahead_s, sun_fit
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Sun
from geoagent.geo import Area, Floats
from tests.opened import says


def stood(place: str, atlas: Atlas, when: datetime, **said: Any) -> Sun:
    """What somebody at a place measures of the sun, by astral, at a time of UTC."""
    here = one_place(atlas, place).point
    observer = Observer(here.lat, here.lon)
    given = {
        "since": when,
        "until": when,
        "clock": "utc",
        "elevation_deg": elevation(observer, when.replace(tzinfo=UTC)),
    }
    return Sun.model_validate({**given, "direction_deg": azimuth(observer, when.replace(tzinfo=UTC)) % 360, **said})


def off(sun: Sun, atlas: Atlas) -> Floats:
    return sun_fit(sun, sky(atlas, every_row(atlas))).off


@pytest.mark.parametrize("place", ["Zaragoza, Spain", "Quito", "Honolulu", "Tromsø", "Suva, Fiji", "Ushuaia"])
def test_where_it_was_measured_it_fits_and_in_few_other_places(place: str, atlas: Atlas) -> None:
    row = one_place(atlas, place).row
    noon = datetime(2024, 6, 1, 12) - timedelta(hours=float(atlas.lon[row]) / 15 - 2)
    sun = stood(place, atlas, noon)
    fits = off(sun, atlas)
    assert fits[row] < 0.3
    assert atlas.prior[fits <= FITS].sum() < 0.12
    alone = off(sun.model_copy(update={"direction_deg": None}), atlas)
    assert alone[row] < 0.3
    assert (alone <= FITS).sum() > (fits <= FITS).sum()


def test_a_local_clock_goes_by_the_time_zone_of_each_place(atlas: Atlas) -> None:
    local = datetime(2024, 6, 1, 14, 30)
    for place, zone in (("Zaragoza, Spain", "Europe/Madrid"), ("Tokyo", "Asia/Tokyo"), ("Lima", "America/Lima")):
        when = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
        sun = stood(place, atlas, when, since=local, until=local, clock="local")
        assert off(sun, atlas)[one_place(atlas, place).row] < 0.3


def test_a_known_offset_leaves_the_places_whose_clocks_stood_so(atlas: Atlas) -> None:
    sides = {"Apia, Samoa": 13 * 60, "Pago Pago": -11 * 60}  # 80 km from each other, across the date line
    for place, ahead_min in sides.items():
        local = datetime(2024, 6, 1, 22, 30) + timedelta(minutes=ahead_min)
        sun = stood(
            place, atlas, datetime(2024, 6, 1, 22, 30), since=local, until=local, clock="local", ahead_min=ahead_min
        )
        found = off(sun, atlas)
        rows = {name: one_place(atlas, name).row for name in sides}
        assert found[rows[place]] < 0.3
        assert [name for name, row in rows.items() if np.isfinite(found[row])] == [place]


def test_two_shadows_at_two_times_meet(atlas: Atlas, beliefs: Beliefs) -> None:
    suns = [stood("Zaragoza, Spain", atlas, datetime(2024, 6, 1, hour), direction_deg=None) for hour in (9, 15)]
    bands = [off(sun, atlas) <= FITS for sun in suns]
    both = np.logical_and(*bands)
    assert both[one_place(atlas, "Zaragoza, Spain").row]
    assert atlas.prior[both].sum() < 0.5 * min(atlas.prior[band].sum() for band in bands)


def measured(sun: Sun) -> Evidence:
    return Evidence(kind="sun", witness="user", statement="a shadow", likelihood=sun, level="region", group="sun")


def test_a_shadow_overturns_a_wrong_leader(atlas: Atlas, beliefs: Beliefs) -> None:
    spain, argentina = Area("ES"), Area("AR")
    wrong = says(ES=1.0, AR=0.5)
    before = beliefs.of([wrong])
    assert mass(before, spain) > 2 * mass(before, argentina)
    sun = stood("Mendoza, Argentina", atlas, datetime(2024, 6, 1, 16, 30), since=datetime(2024, 6, 1, 13, 30),
                until=datetime(2024, 6, 1, 13, 30), clock="local")  # fmt: skip
    after = beliefs.of([wrong, measured(sun)])
    assert mass(after, argentina) > 4 * mass(after, spain)


def test_a_sun_that_was_up_at_some_time_of_a_day_says_next_to_nothing(atlas: Atlas, beliefs: Beliefs) -> None:
    day = datetime(2024, 3, 20, 7)
    sun = Sun(since=day, until=day + timedelta(hours=10), elevation_deg=15, elevation_error_deg=5)
    said = says(ES=1.0, AR=0.5)
    before, after = beliefs.of([said]), beliefs.of([said, measured(sun)])
    assert mass(after, Area("ES")) == pytest.approx(mass(before, Area("ES")), abs=0.1)


def test_spots_are_told_as_rows_are(atlas: Atlas) -> None:
    sun = stood("Zaragoza, Spain", atlas, datetime(2024, 6, 1, 9))
    here = one_place(atlas, "Zaragoza, Spain")
    spot = Spot(name="a corner", point=here.point, radius_km=0.1, evidence="e000000000000")
    at_rows, at_spots = likelihood_ratio(sun, atlas, places_of_spots(atlas, [spot]))
    assert at_spots[0] == pytest.approx(at_rows[here.row], rel=0.1)
    assert float(atlas.prior @ at_rows) == pytest.approx(1)


def test_the_hours_that_fit_hold_the_true_one(atlas: Atlas) -> None:
    place = one_place(atlas, "Lisbon")
    here = clock_of(atlas, place.point, place.row)
    sun = stood("Lisbon", atlas, datetime(2024, 6, 1, 8, 30), direction_deg=None)
    day = datetime(2024, 6, 1)
    whole = sun.model_copy(update={"since": day, "until": day + timedelta(days=1), "clock": "local"})
    morning, evening = hours_that_fit(whole, here).fitting
    assert morning[0] < datetime(2024, 6, 1, 9, 30) < morning[1]  # the clock of Lisbon is an hour ahead in summer
    assert evening[0].hour >= 16
    months = {hours.since.month for hours in days_that_fit(whole, here, 2024) if hours.fitting}
    assert 6 in months
    assert ahead_s(here, day)[0] == 3600


def test_polar_day_and_polar_night(atlas: Atlas) -> None:
    place = one_place(atlas, "Longyearbyen")
    here = clock_of(atlas, place.point, place.row)
    for day, rises in (
        (datetime(2024, 6, 21), "it stands 12° to 35° high"),
        (datetime(2024, 12, 21), "the sun does not rise"),
    ):
        sun = Sun(since=day, until=day + timedelta(days=1), elevation_deg=2, elevation_error_deg=1)
        found = hours_that_fit(sun, here)
        assert found.fitting == ()
        assert found.rises == rises
