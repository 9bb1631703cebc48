"""Each geocoder over the wire, in the form in which it answers: what is read, where the key goes, how it may fail."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoagent.errors import ToolUnavailable
from geoagent.geo import Point
from geoagent.settings import Settings
from geoagent.web.gate import Gate, Wire
from geoagent.web.map_answers import Circle
from geoagent.web.services.geocoders import GEOCODERS, Geocoder, address_at, addresses
from tests.internet import Reply, Web

HERE = Point(lat=41.65, lon=-0.88)
CIRCLE = Circle(HERE, 2.0)
FEATURE = {
    "type": "Feature", "geometry": {"type": "Point", "coordinates": [-0.879, 41.652]},
    "bbox": [-0.88, 41.651, -0.878, 41.653],
    "properties": {
        "street": "Calle del Molino", "housenumber": "8", "postalcode": "50003", "locality": "Zaragoza",
        "country_a": "ESP",
    },
}  # fmt: skip
BOX = {"northeast": {"lat": 41.653, "lng": -0.878}, "southwest": {"lat": 41.651, "lng": -0.88}}
GEOAPIFY = {
    **FEATURE,
    "properties": {
        "street": "Calle del Molino", "housenumber": "8", "postcode": "50003", "city": "Zaragoza", "country_code": "es",
    },
}  # fmt: skip
OPENCAGE = {
    "status": {"code": 200, "message": "OK"},
    "results": [{
        "components": {
            "ISO_3166-1_alpha-2": "ES", "_type": "building", "road": "Calle del Molino", "house_number": "8",
            "postcode": "50003", "city": "Zaragoza", "country": "Spain", "country_code": "es",
        },
        "formatted": "Calle del Molino, 8, 50003 Zaragoza", "geometry": {"lat": 41.652, "lng": -0.879}, "bounds": BOX,
    }],
}  # fmt: skip
OSM = {
    "lat": "41.652", "lon": "-0.879", "boundingbox": ["41.651", "41.653", "-0.880", "-0.878"],
    "display_name": "8, Calle del Molino",
    "address": {
        "road": "Calle del Molino", "house_number": "8", "city": "Zaragoza", "postcode": "50003", "country_code": "es",
    },
}  # fmt: skip
ARCGIS = {
    "candidates": [{
        "address": "Calle del Molino 8, 50003, Zaragoza", "location": {"x": -0.879, "y": 41.652}, "score": 100,
        "attributes": {
            "StAddr": "Calle del Molino 8", "AddNum": "8", "Postal": "50003", "City": "Zaragoza", "Country": "ESP",
        },
        "extent": {"xmin": -0.88, "ymin": 41.651, "xmax": -0.878, "ymax": 41.653},
    }],
}  # fmt: skip
ARCGIS_AT = {
    "address": {
        "Address": "Calle del Molino 8", "AddNum": "8", "City": "Zaragoza", "Region": "Aragón", "Postal": "50003",
        "CountryCode": "ESP", "LongLabel": "Calle del Molino 8, 50003, Zaragoza",
    },
    "location": {"x": -0.879, "y": 41.652},
}  # fmt: skip
GOOGLE = {
    "status": "OK",
    "results": [{
        "address_components": [
            {"long_name": "8", "short_name": "8", "types": ["street_number"]},
            {"long_name": "Calle del Molino", "short_name": "C. del Molino", "types": ["route"]},
            {"long_name": "Zaragoza", "short_name": "Zaragoza", "types": ["locality", "political"]},
            {"long_name": "Spain", "short_name": "ES", "types": ["country", "political"]},
            {"long_name": "50003", "short_name": "50003", "types": ["postal_code"]},
        ],
        "formatted_address": "C. del Molino, 8", "types": ["street_address"],
        "geometry": {"location": {"lat": 41.652, "lng": -0.879}, "viewport": BOX},
    }],
}  # fmt: skip
BING = {
    "statusCode": 200,
    "resourceSets": [{"resources": [{
        "bbox": [41.651, -0.88, 41.653, -0.878], "name": "Calle del Molino 8, Zaragoza",
        "point": {"type": "Point", "coordinates": [41.652, -0.879]},
        "address": {
            "addressLine": "Calle del Molino 8", "locality": "Zaragoza", "postalCode": "50003",
            "countryRegion": "Spain", "countryRegionIso2": "ES",
        },
    }]}],
}  # fmt: skip
HERE_ANSWER = {
    "items": [{
        "title": "Calle del Molino, 8", "position": {"lat": 41.652, "lng": -0.879},
        "address": {
            "label": "Calle del Molino, 8, 50003 Zaragoza, España", "countryCode": "ESP", "countryName": "España",
            "city": "Zaragoza", "street": "Calle del Molino", "houseNumber": "8", "postalCode": "50003",
        },
        "mapView": {"west": -0.88, "south": 41.651, "east": -0.878, "north": 41.653},
    }],
}  # fmt: skip
MAPBOX = {
    "features": [{
        "id": "address.1", "type": "Feature", "place_type": ["address"], "text": "Calle del Molino", "address": "8",
        "place_name": "Calle del Molino 8, 50003 Zaragoza, Spain", "bbox": [-0.88, 41.651, -0.878, 41.653],
        "geometry": {"type": "Point", "coordinates": [-0.879, 41.652]}, "center": [-0.879, 41.652],
        "context": [
            {"id": "postcode.1", "text": "50003"}, {"id": "place.2", "text": "Zaragoza"},
            {"id": "country.3", "text": "Spain", "short_code": "es"},
        ],
    }],
}  # fmt: skip
YANDEX = {"response": {"GeoObjectCollection": {"featureMember": [{"GeoObject": {
    "metaDataProperty": {"GeocoderMetaData": {"kind": "house", "text": "Spain, Zaragoza", "Address": {
        "country_code": "ES", "postal_code": "50003",
        "Components": [
            {"kind": "country", "name": "Spain"}, {"kind": "locality", "name": "Zaragoza"},
            {"kind": "street", "name": "Calle del Molino"}, {"kind": "house", "name": "8"},
        ],
    }}},
    "name": "Calle del Molino, 8", "description": "Zaragoza, Spain", "Point": {"pos": "-0.879 41.652"},
}}]}}}  # fmt: skip
BAIDU = {"status": 0, "result": {"location": {"lng": -0.879, "lat": 41.652}, "precise": 1, "level": "门址"}}
BAIDU_AT = {"status": 0, "result": {
    "location": {"lng": -0.879, "lat": 41.652}, "formatted_address": "Zaragoza", "addressComponent": {
        "country": "Spain", "country_code_iso": "ESP", "city": "Zaragoza", "street": "Calle del Molino",
        "street_number": "8",
    },
}}  # fmt: skip
AMAP = {"status": "1", "infocode": "10000", "geocodes": [{
    "formatted_address": "x", "city": "Zaragoza", "district": [], "street": "Calle del Molino", "number": "8",
    "location": "-0.879000,41.652000",
}]}  # fmt: skip
AMAP_AT = {"status": "1", "regeocode": {"formatted_address": "x", "addressComponent": {
    "city": "Zaragoza", "streetNumber": {"street": "Calle del Molino", "number": "8", "location": "-0.879,41.652"},
}}}  # fmt: skip
WORLD = "/arcgis/rest/services/World/GeocodeServer"
ANSWERS: dict[str, dict[str, Any]] = {
    "pelias": {"/v1/search": {"features": [FEATURE]}, "/v1/reverse": {"features": [FEATURE]}},
    "opencage": {"/geocode/v1/json": OPENCAGE},
    "geoapify": {"/v1/geocode/search": {"features": [GEOAPIFY]}, "/v1/geocode/reverse": {"features": [GEOAPIFY]}},
    "locationiq": {"/search": [OSM], "/reverse": OSM},
    "arcgis": {f"{WORLD}/findAddressCandidates": ARCGIS, f"{WORLD}/reverseGeocode": ARCGIS_AT},
    "google": {"/maps/api/geocode/json": GOOGLE},
    "bing": {"/REST/v1/Locations": BING, "/REST/v1/Locations/41.65%2C-0.8800000": BING},
    "here": {"/v1/geocode": HERE_ANSWER, "/v1/revgeocode": HERE_ANSWER},
    "mapbox": {
        f"/geocoding/v5/mapbox.places/{written}.json/": MAPBOX
        for written in ("Calle%20del%20Molino%208", "-0.8800000%2C41.65")
    },
    "yandex": {"/1.x/": YANDEX},
    "baidu": {"/geocoding/v3/": BAIDU, "/reverse_geocoding/v3/": BAIDU_AT},
    "amap": {"/v3/geocode/geo": AMAP, "/v3/geocode/regeo": AMAP_AT},
}
"""What each service answers to the question and at the point, by path."""
LESS = {"baidu": {"postcode": ""}, "amap": {"postcode": "", "country_code": "CN"}}
"""What these two do not tell; AMap answers for China alone."""
every_geocoder = pytest.mark.parametrize("geocoder", GEOCODERS, ids=[one.provider.name for one in GEOCODERS])


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def wire_to(web: Web, folder: Path, name: str, replies: dict[str, Reply]) -> Wire:
    web.pages = {f"{name}.example{path}": reply for path, reply in replies.items()}
    values = {"cache_dir": folder, "services": {name: f"http://{name}.example"}, "keys": {name: f"key-of-{name}"}}
    return Wire(Gate(Settings.model_validate(values), web.network)).during(4.0, (), lambda tool: False)


def served(name: str) -> dict[str, Reply]:
    return {path: Reply(json.dumps(answer), "application/json") for path, answer in ANSWERS[name].items()}


@every_geocoder
@pytest.mark.parametrize("asked", ["by name", "at a point"])
def test_what_a_geocoder_answers_is_read(geocoder: Geocoder, asked: str, web: Web, tmp_path: Path) -> None:
    name = geocoder.provider.name
    wire = wire_to(web, tmp_path, name, served(name))
    country = "CN" if name == "amap" else "ES"
    found = (
        addresses(geocoder, wire, "Calle del Molino 8", country, CIRCLE)
        if asked == "by name"
        else [address_at(geocoder, wire, HERE)]
    )
    told = {"road": "Calle del Molino", "number": "8", "postcode": "50003", "country_code": "ES", **LESS.get(name, {})}
    assert [address and {part: getattr(address, part) for part in told} for address in found] == [told]
    assert found[0] is not None
    assert "Zaragoza" in found[0].towns
    assert (found[0].point.lat, found[0].point.lon) == (41.652, -0.879)


@every_geocoder
def test_a_key_goes_where_the_service_wants_it_and_nowhere_else(geocoder: Geocoder, web: Web, tmp_path: Path) -> None:
    name = geocoder.provider.name
    wire = wire_to(web, tmp_path, name, served(name))
    addresses(geocoder, wire, "Calle del Molino 8", None, None)
    if geocoder.provider.key:
        parameter = geocoder.provider.key.partition(" ")[2]
        assert all(hit.url.count(f"{parameter}=key-of-{name}") == 1 for hit in web.hits)
    assert not any("stand-in" in hit.url for hit in web.hits)
    assert f"key-of-{name}" not in json.dumps(wire.log)


@every_geocoder
def test_what_lies_elsewhere_is_left_out(geocoder: Geocoder, web: Web, tmp_path: Path) -> None:
    wire = wire_to(web, tmp_path, geocoder.provider.name, served(geocoder.provider.name))
    assert addresses(geocoder, wire, "Calle del Molino 8", "FR", None) == []
    assert addresses(geocoder, wire, "Calle del Molino 8", None, Circle(Point(lat=40.4, lon=-3.7), 20.0)) == []


@every_geocoder
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("no", status=403), "refuses"),
        (Reply("<html>sorry</html>"), "answered with text/html"),
        (Reply('{"a": ', "application/json"), "cut off"),
        (Reply('{"features": [7], "results": [7], "candidates": [7], "items": [7]}', "application/json"), None),
        (Reply("[7]", "application/json"), None),
    ],
)
def test_a_fault_is_one_line(geocoder: Geocoder, reply: Reply, said: str | None, web: Web, tmp_path: Path) -> None:
    name = geocoder.provider.name
    wire = wire_to(web, tmp_path, name, dict.fromkeys(ANSWERS[name], reply))
    try:
        assert addresses(geocoder, wire, "Calle del Molino 8", None, None) == []
        assert said is None
    except ToolUnavailable as error:
        assert said is None or said in str(error)
        assert "\n" not in str(error)


def test_a_refused_key_is_told_in_the_words_of_the_service(web: Web, tmp_path: Path) -> None:
    denied = Reply(
        '{"status": "REQUEST_DENIED", "error_message": "The provided API key is invalid."}', "application/json"
    )
    google = next(one for one in GEOCODERS if one.provider.name == "google")
    wire = wire_to(web, tmp_path, "google", {"/maps/api/geocode/json": denied})
    with pytest.raises(ToolUnavailable, match="API key is invalid"):
        addresses(google, wire, "Calle del Molino 8", None, None)


@pytest.mark.parametrize("road", ["25 de Mayo", "Carrera 7", "Route 66"])
def test_a_number_in_the_name_of_a_road_is_no_house_number(road: str, web: Web, tmp_path: Path) -> None:
    geocoder = next(geocoder for geocoder in GEOCODERS if geocoder.provider.name == "locationiq")
    named = json.loads(json.dumps(ANSWERS["locationiq"]).replace("Calle del Molino", road))
    replies = {path: Reply(json.dumps(answer), "application/json") for path, answer in named.items()}
    found = addresses(geocoder, wire_to(web, tmp_path, "locationiq", replies), road, "ES", None)
    assert {(address.road, address.number) for address in found} == {(road, "8")}


def test_here_is_asked_by_codes_of_three_letters(web: Web, tmp_path: Path) -> None:
    geocoder = next(geocoder for geocoder in GEOCODERS if geocoder.provider.name == "here")
    addresses(geocoder, wire_to(web, tmp_path, "here", served("here")), "Calle del Molino 8", "ES", None)
    assert "countryCode%3AESP" in web.hits[0].url
