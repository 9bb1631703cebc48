"""Credible regions as outlines: on land, smooth, one inside the other, whole across the 180th meridian."""

import base64

import numpy as np
import pytest
import shapely

from geoagent.belief import Beliefs
from geoagent.geo import Area, Floats, haversine_km
from geoagent.report.country_outlines import land_round, on_land, packed, rings_of
from geoagent.report.regions import Outline, different, packed_regions, regions, rows_as_parts


def _prior_of(country: str, beliefs: Beliefs) -> Floats:
    atlas = beliefs.atlas
    inside: Floats = np.where(atlas.rows(Area.parse(country)), atlas.prior, 0)
    return inside / inside.sum()


def _drawn(country: str, beliefs: Beliefs) -> tuple[Outline, Outline]:
    far, near = regions(rows_as_parts(beliefs.atlas, _prior_of(country, beliefs)))
    return far, near


@pytest.mark.parametrize("country", ["ES", "FJ", "CL"])
def test_a_region_holds_its_share_on_land_and_one_lies_inside_the_other(country: str, beliefs: Beliefs) -> None:
    far, near = _drawn(country, beliefs)
    atlas, probability = beliefs.atlas, _prior_of(country, beliefs)
    for region in (far, near):
        held = sum(
            probability[shapely.contains_xy(shapely.buffer(region.shape, 0.1), atlas.lon + turn, atlas.lat)].sum()
            for turn in (-360, 0, 360)
        )
        assert held >= region.share - 0.1  # corners are rounded
        assert region.shape.is_valid
        sea = shapely.difference(region.shape, shapely.buffer(on_land(region.shape, 0), 0.1))
        assert shapely.area(sea) < 0.01 * shapely.area(region.shape)
    assert shapely.area(shapely.difference(near.shape, shapely.buffer(far.shape, 0.05))) < 1e-3


def test_a_region_across_the_180th_meridian_is_not_drawn_round_the_world(beliefs: Beliefs) -> None:
    far, _ = _drawn("FJ", beliefs)
    west, _, east, _ = far.shape.bounds
    assert east - west < 10


def test_one_town_is_a_round_region_about_it(beliefs: Beliefs) -> None:
    atlas = beliefs.atlas
    row = int(np.argmax((atlas.city == np.arange(len(atlas))) * atlas.population))
    alone = np.zeros(len(atlas))
    alone[row] = 1
    shape = regions(rows_as_parts(atlas, alone))[0].shape
    lon, lat = shapely.get_coordinates(shape.convex_hull).T
    off = haversine_km(atlas.lat[row], atlas.lon[row], lat, lon)
    assert off.max() < 1.6 * atlas.extent_km[row]


def test_land_round_a_point_is_told_country_by_country_also_beyond_180_degrees() -> None:
    assert len(land_round(5.5, 45.8, 6.7, 46.6, 0.001)) == 2  # Geneva: France and Switzerland
    assert land_round(-151, -1, -149, 1, 0.001) == []
    fiji = land_round(177, -19, 183, -15, 0.001)
    assert max(ring[:, 0].max() for rings in fiji for ring in rings) > 180


def test_rings_come_back_as_they_were_packed() -> None:
    ring = np.array([[179.9, -16.5], [180.4, -16.5], [180.4, -16.9], [179.9, -16.5]])
    numbers, value, factor = [], 0, 1
    for byte in base64.b64decode(packed([ring], 100)):
        value, factor = value + (byte & 127) * factor, factor * 128
        if byte < 128:
            numbers.append(value)
            value, factor = 0, 1
    moves = [-(n + 1) // 2 if n % 2 else n // 2 for n in numbers[1:]]
    assert numbers[0] == 4
    assert np.cumsum(np.reshape(moves, (-1, 2)), axis=0) / 100 == pytest.approx(ring)


def test_a_packed_region_is_small(beliefs: Beliefs) -> None:
    packed_ones = packed_regions(regions(rows_as_parts(beliefs.atlas, _prior_of("US", beliefs))))
    assert [region.share for region in packed_ones] == [0.9, 0.5]
    assert all(0 < len(region.rings) < 40_000 for region in packed_ones)
    assert rings_of(shapely.box(0, 0, 1, 1))[0].shape == (5, 2)


def test_outlines_that_would_look_the_same_are_drawn_once() -> None:
    def outline(share: float, side: float) -> Outline:
        return Outline(share, shapely.box(0, 0, side, side))

    assert [each.share for each in different([outline(0.9, 1.0), outline(0.5, 0.99)])] == [0.9]
    assert [each.share for each in different([outline(0.9, 1.0), outline(0.5, 0.5)])] == [0.9, 0.5]
    assert different([]) == []
