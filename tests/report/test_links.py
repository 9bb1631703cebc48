from urllib.parse import parse_qs, urlsplit

import pytest

from geoagent import Prediction, TraceFile
from geoagent.geo import Point
from geoagent.report.links import links, place_links, zoom_for
from tests.report.made import made


def at(lat: float, lon: float, radius_km: float = 1.0) -> Prediction:
    return made(point=Point(lat=lat, lon=lon), radius_km_90=radius_km).prediction


def test_each_address_holds_the_point_and_is_one_that_a_browser_reads() -> None:
    found = place_links(at(-0.00001, 179.5))
    assert len({link.name for link in found}) == len(found) == 9
    for link in found:
        parts = urlsplit(link.url)
        assert parts.scheme == "https"
        assert "-0.000010" in link.url and "179.500000" in link.url and " " not in link.url


def test_google_is_given_latitude_before_longitude() -> None:
    url = next(link.url for link in place_links(at(41.5, -0.9)) if link.name == "Google Maps")
    assert parse_qs(urlsplit(url).query)["center"] == ["41.500000,-0.900000"]


@pytest.mark.parametrize(("radius_km", "zoom"), [(0.02, 18), (1.0, 15), (10.0, 12), (100.0, 9), (1000.0, 5)])
def test_the_zoom_follows_the_radius(radius_km: float, zoom: int) -> None:
    assert zoom_for(Point(lat=0, lon=0), radius_km) == zoom
    assert zoom_for(Point(lat=60, lon=0), radius_km) in (zoom, zoom - 1)


def test_a_point_that_says_nothing_is_no_place_to_look_at() -> None:
    assert place_links(at(10, 10, radius_km=9000)) == []
    unknown = made(levels=(), is_known=False).prediction
    assert {link.kind for link in links(unknown)} == {"search"}


def test_nothing_of_the_photo_is_in_an_address(tmp_path: object) -> None:
    file: TraceFile = made()
    assert all(file.prediction.photo not in link.url for link in links(file.prediction))
