"""Decoding of a prior's scores: by a beam, and no finer than the prior is to be believed."""

import numpy as np
import pytest

from geoagent.atlas import Atlas
from geoagent.geo import Area, Point, haversine_km
from geoagent.priors.areas import area_numbers
from geoagent.priors.decoding import beam_search
from geoagent.priors.prior import GeoDistribution

SPAIN = [(40.4, -3.7), (41.4, 2.2), (37.4, -6.0), (39.5, -0.4), (43.3, -3.0)]
TROMSO = (69.65, 18.96)


def spread(lone: float) -> GeoDistribution:
    """Five cities of Spain share what Tromsø does not have."""
    places = [*SPAIN, TROMSO]
    masses = np.log([(1 - lone) / 5] * 5 + [lone])
    return GeoDistribution.evenly([lat for lat, _ in places], [lon for _, lon in places], masses[None])


def test_a_beam_finds_the_cell_that_the_leading_country_hides(atlas: Atlas) -> None:
    found = spread(0.4)
    ground = area_numbers(found.lat_deg, found.lon_deg, atlas)
    best = beam_search(found, 0, ground)[0]
    assert best.country == Area("NO")
    assert best.cell is not None
    assert haversine_km(*TROMSO, np.array([best.cell.lat]), np.array([best.cell.lon]))[0] < 45
    assert best.probability == pytest.approx((0.4, 0.4, 0.4))
    assert beam_search(found, 0, ground, beam=1)[0].country == Area("ES")


def test_it_stops_where_it_is_not_to_be_believed(atlas: Atlas) -> None:
    found = spread(0.9)
    (best, *_) = beam_search(found, 0, area_numbers(found.lat_deg, found.lon_deg, atlas))
    sure = {"country": 0.9, "region": 0.8, "city": 0.7}
    assert best.until(sure.__getitem__) == best
    assert isinstance(best.cell, Point)
    to_region = best.until({**sure, "city": 0.5}.__getitem__)  # 0.9 · 0.5 is less than a half
    assert (to_region.division, to_region.cell, len(to_region.probability)) == (best.division, None, 2)
    to_country = best.until(dict.fromkeys(sure, 0.1).__getitem__)
    assert (to_country.country, to_country.division, to_country.cell) == (Area("NO"), None, None)


def test_where_there_is_no_land_there_is_no_way(atlas: Atlas) -> None:
    found = GeoDistribution.evenly([0.0], [-30.0], np.zeros((1, 1)))
    assert beam_search(found, 0, area_numbers(found.lat_deg, found.lon_deg, atlas)) == []
