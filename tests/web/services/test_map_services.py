"""Each map service over the wire: what it answers, and every way in which it may fail."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geoagent.errors import ToolError, ToolInputError, ToolUnavailable
from geoagent.geo import Point
from geoagent.settings import Settings
from geoagent.web.gate import Gate, Wire
from geoagent.web.map_answers import Circle
from geoagent.web.services import mapillary, nominatim, open_elevation, open_meteo, overpass, photon
from tests.internet import Reply, Web

HERE = Point(lat=41.65, lon=-0.88)
CIRCLE = Circle(HERE, 2.0)
ROAD = {
    "lat": "41.652", "lon": "-0.879", "boundingbox": ["41.651", "41.653", "-0.880", "-0.878"],
    "address": {
        "road": "Calle del Molino", "house_number": "8", "city": "Zaragoza", "postcode": "50003", "country_code": "es",
    },
}  # fmt: skip
FEATURE = {
    "geometry": {"type": "Point", "coordinates": [-0.879, 41.652]},
    "properties": {"type": "street", "name": "Calle del Molino", "city": "Zaragoza", "countrycode": "ES"},
}
NODE = {"type": "node", "id": 1, "lat": 41.652, "lon": -0.879, "tags": {"name": "Farmacia", "amenity": "pharmacy"}}
WAY = {"type": "way", "id": 2, "center": {"lat": 41.653, "lon": -0.879}, "tags": {"building": "church"}}
PICTURE = {
    "id": "77", "computed_geometry": {"coordinates": [-0.879, 41.652]}, "compass_angle": 90.0,
    "captured_at": 1_564_500_000_000, "thumb_1024_url": "http://pictures.example/77.jpg",
}  # fmt: skip
DAY = {"daily": {"temperature_2m_max": [31.5], "rain_sum": [0.0], "snowfall_sum": [None]}}

Asked = Callable[[Wire], Any]
SERVICES: dict[str, tuple[Asked, Any]] = {
    "nominatim": (lambda wire: nominatim.addresses(wire, "Calle del Molino 8", "ES", CIRCLE), [ROAD]),
    "photon": (lambda wire: photon.addresses(wire, "Calle del Molino", "ES", CIRCLE), {"features": [FEATURE]}),
    "overpass": (
        lambda wire: overpass.features(wire, [overpass.Wanted("pharmacy")], CIRCLE, overpass.Wanted("tram_stop"), 300),
        {"elements": [NODE, WAY]},
    ),
    "mapillary": (lambda wire: mapillary.pictures_near(wire, CIRCLE), {"data": [PICTURE]}),
    "open_elevation": (lambda wire: open_elevation.elevations_m(wire, [HERE]), {"results": [{"elevation": 208}]}),
    "open_meteo": (lambda wire: open_meteo.weather(wire, HERE, date(2019, 7, 31)), DAY),
}
READ = {
    "nominatim": "lat=41.652", "photon": "lat=41.652", "overpass": "lat=41.652", "mapillary": "lat=41.652",
    "open_elevation": "[208]", "open_meteo": "{'highest_c': 31.5, 'rain_mm': 0.0}",
}  # fmt: skip
FAULTS = {
    "401": (Reply("no", status=401), "refuses"),
    "403": (Reply("no", status=403), "refuses"),
    "429": (Reply("no", status=429, headers={"Retry-After": "3600"}), "asks to wait"),
    "500": (Reply("no", status=500), "failed"),
    "timeout": (Reply("", status=0), "failed"),
    "truncated": (Reply('{"a": ', "application/json"), "cut off"),
    "short body": (Reply('{"a": ', "application/json", promised=900), "failed"),
    "wrong type": (Reply("[]", "text/csv"), "answered with text/csv"),
    "private redirect": (Reply(status=302, headers={"Location": "http://10.0.0.1/"}), "redirects to"),
    "error page": (Reply("<html>sorry</html>"), "answered with text/html"),
}


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def wire(web: Web, name: str, folder: Path, reply: Reply) -> Wire:
    paths = {"nominatim": "/search", "photon": "/api", "mapillary": "/images"}
    host = f"{folder.name.replace('_', '-').lower()}.example"  # one that asks to wait is to hold up no other test
    web.pages = {f"{host}{paths.get(name, '/')}": reply}
    settings = Settings.model_validate({"cache_dir": folder, "services": {name: f"http://{host}"}})
    return Wire(Gate(settings, web.network)).during(4.0, (), lambda tool: True)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_answers_is_read(web: Web, tmp_path: Path, name: str) -> None:
    ask, answer = SERVICES[name]
    found = ask(wire(web, name, tmp_path, Reply(json.dumps(answer), "application/json")))
    assert READ[name] in f"{found}"


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_line(web: Web, tmp_path: Path, name: str, fault: str) -> None:
    reply, what = FAULTS[fault]
    with pytest.raises(ToolError, match=what) as raised:
        SERVICES[name][0](wire(web, name, tmp_path, reply))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    "body", ["null", "[]", "{}", "7", '[{"lat": "x"}, 3]', '{"features": [3], "elements": [null], "data": [1]}']
)
def test_an_answer_of_another_form_is_none(web: Web, tmp_path: Path, name: str, body: str) -> None:
    way = wire(web, name, tmp_path, Reply(body, "application/json"))
    if name == "open_elevation":  # a height for every point, or none
        with pytest.raises(ToolUnavailable, match="did not answer for every point"):
            SERVICES[name][0](way)
    else:
        assert SERVICES[name][0](way) == (open_meteo.Weather({}, "") if name == "open_meteo" else [])


def test_what_is_read_is_what_stands_there(web: Web, tmp_path: Path) -> None:
    (road,) = nominatim.addresses(wire(web, "nominatim", tmp_path, Reply(json.dumps([ROAD]), "application/json")), "x")
    assert (road.road, road.number, road.postcode, road.towns, road.country_code) == (
        "Calle del Molino", "8", "50003", ("Zaragoza",), "ES",
    )  # fmt: skip
    assert road.radius_km == pytest.approx(0.139, abs=0.002)


def test_a_query_holds_nothing_that_a_name_brings() -> None:
    name = 'a"];out;(node["x'
    written = overpass.query([overpass.Wanted(None, name)], CIRCLE, None, 300)
    assert written.count('"') == 4
    assert '["name"~"^a...out..node..x$",i]' in written
    with pytest.raises(ToolInputError):
        overpass.query([overpass.Wanted(None, '"')], CIRCLE, None, 300)


def test_overpass_that_gives_up_says_so(web: Web, tmp_path: Path) -> None:
    body = json.dumps({"elements": [], "remark": "runtime error: Query timed out"})
    with pytest.raises(ToolUnavailable, match="gave up"):
        SERVICES["overpass"][0](wire(web, "overpass", tmp_path, Reply(body, "application/json")))
