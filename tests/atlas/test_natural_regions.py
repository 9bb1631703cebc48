"""Islands, valleys and coasts lie in their countries."""

import csv
from importlib.resources import files

import pytest

from geoagent.atlas import Atlas
from geoagent.atlas.natural_regions import natural_region
from geoagent.geo import Point


def test_every_region_lies_in_its_country_or_beside_it(atlas: Atlas) -> None:
    with (files("geoagent") / "data" / "natural_regions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 600
    for row in rows:
        centre, radius_km = Point(lat=float(row["lat"]), lon=float(row["lon"])), float(row["radius_km"])
        nearest = atlas.nearest(centre, row["country"])
        assert nearest is not None
        assert nearest[1] <= max(radius_km, 90.0), row["name"]


@pytest.mark.parametrize(
    ("name", "country"), [("Kyushu", "JP"), ("kyūshū", "JP"), ("County Kerry", "IE"), ("Kerry", "IE"), ("Kent", "GB")]
)
def test_a_region_is_known_with_the_word_for_what_it_is_or_without(name: str, country: str) -> None:
    assert natural_region(name, country) is not None
    assert natural_region(name, "XX") is None
