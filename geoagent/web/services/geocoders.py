"""Geocoders that geopy speaks to: streets and addresses by name, and the address at a point. Each is off until chosen.

geopy (extra `web`) writes the question and finds the results in the answer; the way out is the gate. A key goes in
there: geopy is given a stand-in, which is taken out again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from geoagent.errors import ToolUnavailable
from geoagent.geo import Point, distance_km
from geoagent.web.gate import Wire
from geoagent.web.json_answer import read_json
from geoagent.web.map_answers import Address, Circle, cleaned, half_extent_km, point_of
from geoagent.web.provider import DAY_S, Provider
from geoagent.web.untrusted_text import clean

STAND_IN = "stand-in"
SHIFTED_KM = 0.7
"""How far off the coordinates of maps of China are, which law shifts by 0.1 to 0.7 km."""
_ROAD = ("road", "pedestrian", "square", "route", "street", "StAddr", "Address", "addressLine", "text")
_WHOLE_LINES = ("StAddr", "Address", "addressLine", "text")
"""The fields that hold street and house number in one."""
_NUMBER = ("house_number", "housenumber", "houseNumber", "street_number", "AddNum", "number", "house", "address")
_POSTCODE = ("postcode", "postalcode", "postalCode", "postal_code", "Postal")
_TOWNS = (
    "suburb", "city_district", "neighbourhood", "sublocality", "district", "hamlet", "village", "town", "place", "city",
    "City", "locality", "localadmin", "postal_town", "municipality", "county", "Subregion", "adminDistrict2",
)  # fmt: skip
_COUNTRY = (
    "country_code", "countryRegionIso2", "countryCode", "CountryCode", "country_code_iso", "short_code", "country_a",
    "Country", "country",
)  # fmt: skip
_EDGES = {
    "s": ("south", "ymin", "southwest.lat"), "w": ("west", "xmin", "southwest.lng"),
    "n": ("north", "ymax", "northeast.lat"), "e": ("east", "xmax", "northeast.lng"),
}  # fmt: skip
_ENDS = re.compile(r"^\d+\w?\s+|[\s,]+\d+\w?$")
"""The house number at an end of a line that holds street and number."""


class Geocoder(NamedTuple):
    """A service that finds addresses, and how geopy is made to ask it.

    - `made` are the arguments of its class in geopy, `asked` those of each question.
    - `country` and `box` name the arguments that restrict a question; empty where it takes none. `restricts` is False
      where a box is a preference only. `three_letters` says that it knows countries by ISO's codes of three letters.
    - `most` is how many results it lists. `edges` is the order in which it writes a box, by the first letters of south,
      west, north and east.
    - `paths` and `names` say how its paths and parameters differ from those of the service that the class is for.
    - One that is `indirect` answers a name with a point alone, and is then asked what is there. One whose coordinates
      law has `shifted` is off by up to 0.7 km.
    """

    provider: Provider
    class_name: str
    made: Mapping[str, Any] = {}
    asked: Mapping[str, Any] = {}
    country: str = ""
    three_letters: bool = False
    box: str = ""
    most: int = 10
    edges: str = "wsen"
    restricts: bool = True
    paths: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    indirect: bool = False
    shifted: bool = False

    def written(self, country_code: str) -> str:
        """A country code of two letters in the form in which the service takes it."""
        if not self.three_letters:
            return country_code.lower()
        return next((long for long, short in _codes().items() if short == country_code.upper()), country_code.upper())


def _provider(name: str, base_url: str | None, key: str | None, terms: str, keep_days: int = 0) -> Provider:
    answers = "streets and addresses by name with their coordinates, and the address at a point"
    return Provider(name, answers, f"{terms}; through geopy", base_url, every_s=0.2, keep_s=keep_days * DAY_S, key=key)


GEOCODERS = (
    Geocoder(
        _provider("pelias", None, None, "a server of yours (MIT); those of its data", keep_days=30),
        "Pelias", {"domain": "pelias"}, country="countries", box="boundary_rect",
    ),
    Geocoder(
        _provider(
            "opencage", "https://api.opencagedata.com", "query key",
            "key; free trial 2,500 a day; results may be kept", keep_days=30,
        ),
        "OpenCage", {"api_key": STAND_IN}, {"annotations": False}, country="country", box="bounds",
    ),
    Geocoder(
        _provider(
            "geoapify", "https://api.geoapify.com", "query apiKey",
            "key; free plan 3,000 a day, 5 a second; results may be kept", keep_days=30,
        ),
        "Pelias", {"domain": "geoapify"}, most=5,
        paths={"/v1/search": "/v1/geocode/search", "/v1/reverse": "/v1/geocode/reverse"},
        names={"point.lat": "lat", "point.lon": "lon"},
    ),
    Geocoder(
        _provider("locationiq", "https://us1.locationiq.com/v1", "query key", "key; free plan 5,000 a day, 2 a second"),
        "Nominatim", {"user_agent": "geoagent"}, {"limit": 10, "addressdetails": True, "bounded": True},
        country="country_codes", box="viewbox", edges="snwe",
    ),
    Geocoder(
        _provider(
            "arcgis", "https://geocode.arcgis.com", "query token", "key (token), billed; keeping results costs more"
        ),
        "ArcGIS", {}, {"out_fields": "*"}, most=50,
    ),
    Geocoder(
        _provider("google", "https://maps.googleapis.com", "query key", "key, billed; results may not be kept"),
        "GoogleV3", {"api_key": STAND_IN}, box="bounds", restricts=False,
    ),
    Geocoder(
        _provider(
            "bing", "https://dev.virtualearth.net", "query key",
            "key; closed to new customers, ends on 30 June 2028; results may not be kept",
        ),
        "Bing", {"api_key": STAND_IN}, {"include_country_code": True}, most=5, edges="swne",
    ),
    Geocoder(
        _provider("here", "https://{api}.search.hereapi.com", "query apiKey", "key; free plan 1,000 a day"),
        "HereV7", {"apikey": STAND_IN}, {"limit": 20}, country="countries", three_letters=True, most=20,
    ),
    Geocoder(
        _provider("mapbox", "https://api.mapbox.com", "query access_token", "key; results may not be kept"),
        "MapBox", {"api_key": STAND_IN}, country="country", box="bbox", most=5,
    ),
    Geocoder(
        _provider(
            "yandex", "https://geocode-maps.yandex.ru", "query apikey", "key; free plan 1,000 a day, may not be kept"
        ),
        "Yandex", {"api_key": STAND_IN},
    ),
    Geocoder(
        _provider("baidu", "https://api.map.baidu.com", "query ak", "key; China; its coordinates are shifted"),
        "BaiduV3", {"api_key": STAND_IN}, most=1, indirect=True, shifted=True,
    ),
    Geocoder(
        _provider("amap", "https://restapi.amap.com", "query key", "key; China; its coordinates are shifted"),
        "", shifted=True,
    ),
)  # fmt: skip
"""AMap has no class in geopy, and is asked by `_ask_amap`."""


def addresses(
    geocoder: Geocoder, wire: Wire, query: str, country_code: str | None, inside: Circle | None
) -> list[Address]:
    """The streets and houses that a query finds, of one country and inside one circle where these are given.

    `country_code` has two letters. Raises ToolUnavailable where the service or geopy does not answer.
    """
    if geocoder.class_name:
        more: dict[str, Any] = {"exactly_one": geocoder.indirect, **geocoder.asked}
        if geocoder.country and country_code:
            more[geocoder.country] = [geocoder.written(country_code)]
        if geocoder.box and inside:
            south, west, north, east = inside.box_deg()
            more[geocoder.box] = [(south, west), (north, east)]
        results = list(_asked(geocoder, wire, lambda made: made.geocode(query, **more)))
    else:
        results = list(_ask_amap(geocoder, wire, "/v3/geocode/geo", {"address": query}))
    if geocoder.indirect:
        found = [address_at(geocoder, wire, point) for point, _ in results]
    else:
        found = [_address(geocoder, point, raw) for point, raw in results]
    return [a for a in found if a and _is_in(a, country_code, inside)]


def address_at(geocoder: Geocoder, wire: Wire, point: Point) -> Address | None:
    """The road or house that a service gives for a point; None where it gives none.

    Raises ToolUnavailable where the service or geopy does not answer.
    """
    if geocoder.class_name:
        results = _asked(geocoder, wire, lambda made: made.reverse((point.lat, point.lon)))
    else:
        results = _ask_amap(geocoder, wire, "/v3/geocode/regeo", {"location": f"{point.lon:.6f},{point.lat:.6f}"})
    found = (_address(geocoder, at, raw) for at, raw in results)
    return next(filter(None, found), None)


def _is_in(address: Address, country_code: str | None, inside: Circle | None) -> bool:
    if country_code and address.country_code != country_code:
        return False
    return inside is None or distance_km(inside.point, address.point) <= inside.radius_km + address.radius_km


def _asked(geocoder: Geocoder, wire: Wire, ask: Callable[[Any], Any]) -> Iterator[tuple[Point, Any]]:
    """The results of a question, each with its point. Raises ToolUnavailable, whatever geopy makes of an answer."""
    try:
        from geopy import geocoders
        from geopy.exc import GeopyError
    except ImportError as error:
        raise ToolUnavailable("geopy is not installed; install geoagent with its extra `web`") from error
    made = getattr(geocoders, geocoder.class_name)(**geocoder.made, adapter_factory=_adapter(geocoder, wire))
    try:
        results = ask(made) or []
    except GeopyError as error:
        raise ToolUnavailable(f"{geocoder.provider.name} has no answer ({clean(str(error), 160)})") from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:  # geopy trusts the form of answers
        raise ToolUnavailable(f"{geocoder.provider.name} answered in another form") from error
    for place in results if isinstance(results, list) else [results]:
        point = point_of(place.latitude, place.longitude)
        if point is not None:
            yield point, place.raw


def _adapter(geocoder: Geocoder, wire: Wire) -> Callable[..., Any]:
    """What geopy sends its questions through: the gate."""
    from geopy.adapters import BaseSyncAdapter

    class OverTheGate(BaseSyncAdapter):  # type: ignore[misc]
        def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
            parts = urlsplit(url)
            params = {geocoder.names.get(name, name): value for name, value in parse_qsl(parts.query)}
            path = geocoder.paths.get(parts.path, parts.path)
            host = {"api": (parts.hostname or "").partition(".")[0]}
            asked = {name: value for name, value in params.items() if value != STAND_IN}
            return _with_names(read_json(wire.ask(geocoder.provider, path, asked, host)))

        def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
            raise NotImplementedError("these geocoders answer in JSON")

    return OverTheGate


def _with_names(answer: Any) -> Any:
    """An answer whose features all bear a name, as geopy expects it of them; Geoapify's addresses have none."""
    features = answer.get("features") if isinstance(answer, dict) else None
    for feature in features if isinstance(features, list) else []:
        if isinstance(feature, dict) and isinstance(feature.get("properties"), dict):
            feature["properties"].setdefault("name", "")
    return answer


def _ask_amap(geocoder: Geocoder, wire: Wire, path: str, params: dict[str, str]) -> Iterator[tuple[Point, Any]]:
    found = read_json(wire.ask(geocoder.provider, path, {**params, "output": "json"}))
    texts = found if isinstance(found, dict) else {}
    if texts.get("status") == "0":
        raise ToolUnavailable(f"{geocoder.provider.name} has no answer ({clean(str(texts.get('info', '')), 160)})")
    places = texts.get("geocodes") or [texts.get("regeocode")]
    for place in places if isinstance(places, list) else []:
        lon, _, lat = dict(_texts(place)).get("location", "").partition(",")
        point = point_of(lat, lon)
        if point is not None:
            yield point, place


def _address(geocoder: Geocoder, point: Point, raw: Any) -> Address | None:
    """A result as an address; None for what is on no road."""
    texts = dict(reversed(list(_texts(raw))))
    number = next((texts[n] for n in _NUMBER if n in texts and re.match(r"\d[\w/-]{0,9}$", texts[n])), "")
    line = next((texts[name] for name in _ROAD if texts.get(name)), "")
    end = _ENDS.search(line) if any(texts.get(name) == line for name in _WHOLE_LINES) else None
    road = line.replace(end[0], "", 1) if end else line
    if not road:
        return None
    country = next((code for name in _COUNTRY if (code := _two_letters(texts.get(name, "")))), "")
    address = Address(
        road=road,
        number=number or (end[0].strip(", ") if end else ""),
        postcode=next((texts[name] for name in _POSTCODE if name in texts), ""),
        towns=tuple(dict.fromkeys(texts[name] for name in _TOWNS if texts.get(name))),
        country_code=country or ("CN" if geocoder.shifted else ""),
        point=point,
        radius_km=_radius_km(raw, geocoder.edges) + (SHIFTED_KM if geocoder.shifted else 0.0),
    )
    return cleaned(address)


def _texts(raw: Any) -> Iterator[tuple[str, str]]:
    """All texts and numbers of a result under the names of its fields; parts of an address under what they are."""
    for part in raw if isinstance(raw, list) else []:
        yield from _texts(part)
    if not isinstance(raw, dict):
        return
    for kind in raw.get("types") or () if "long_name" in raw else ():
        yield str(kind), str(raw["short_name" if kind == "country" else "long_name"])
    if {"kind", "name"} <= set(raw):
        yield str(raw["kind"]), str(raw["name"])
    if {"id", "text"} <= set(raw) and raw.get("place_type") is None:
        yield str(raw["id"]).partition(".")[0], str(raw.get("short_code") or raw["text"])
        return
    for name, value in raw.items():
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield name, str(value)
        else:
            yield from _texts(value)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """The codes of countries of two letters by those of three (CLDR)."""
    from babel.core import get_global

    return {old: new[0] for old, new in get_global("territory_aliases").items() if len(old) == 3 and old.isalpha()}


def _two_letters(code: str) -> str:
    return code.upper() if len(code) == 2 and code.isalpha() else _codes().get(code.upper(), "")


def _radius_km(raw: Any, edges: str) -> float:
    """Half of how far a result reaches, by the box that stands with it; 0 without."""
    for name, box in _fields(raw):
        if name in ("bbox", "boundingbox", "bounds", "mapView", "extent", "viewport"):
            found = _box(box, edges)
            if len(found) == 4:
                return half_extent_km(found["s"], found["w"], found["n"], found["e"])
    return 0.0


def _box(box: Any, edges: str) -> dict[str, Any]:
    """The edges of a box by the letters of south, west, north and east."""
    if isinstance(box, list):
        return dict(zip(edges, box, strict=False))
    sides = dict(box) if isinstance(box, dict) else {}
    for corner, at in list(sides.items()):
        sides |= {f"{corner}.{name}": value for name, value in at.items()} if isinstance(at, dict) else {}
    return {letter: sides[name] for letter, names in _EDGES.items() for name in names if name in sides}


def _fields(raw: Any) -> Iterator[tuple[str, Any]]:
    for name, value in raw.items() if isinstance(raw, dict) else ():
        yield name, value
        yield from _fields(value)
