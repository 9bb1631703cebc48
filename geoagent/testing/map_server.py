"""For tests of agents: a small map, as a real HTTP server that answers in the formats of Nominatim and Overpass.

with MapServer([MapPlace("Calle del Molino", "8", "50003", "Zaragoza", "ES", 41.652, -0.879)]) as maps:
    GeoAgent(Settings(services=maps.services)).solve("photo.jpg")
maps.asked          # the paths and queries, as sent
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from geoagent.geo import haversine_km
from geoagent.plain_text import fold
from geoagent.testing.scripted_model import LoopbackServer

_STATEMENT = re.compile(
    r'nwr((?:\["[^"]+"(?:=|~)"[^"]*"(?:,i)?\])+)\(around:(\d+),([-\d.]+),([-\d.]+)\)(?:\(around\.beside:(\d+)\))?'
    r"(->\.beside)?;"
)
_FILTER = re.compile(r'\["([^"]+)"(=|~)"([^"]*)"')
HOUSE_DEG = 0.0001
STREET_DEG = 0.001


class MapPlace(NamedTuple):
    """A street of the test map, or, with a `number`, a house in it.

    `lat` and `lon` are in degrees. `name` and `tag` (such as "amenity=pharmacy") are those of a shop or other thing
    there; "" for none.
    """

    road: str
    number: str
    postcode: str
    town: str
    country_code: str
    lat: float
    lon: float
    name: str = ""
    tag: str = ""


class MapServer(LoopbackServer):
    """A small map server for tests, which answers as Nominatim and Overpass do, from the places that it is given. Use
    it as a context manager.

    `services` is what to give to `Settings(services=...)`; `asked` lists the paths and queries that it was sent.
    """

    def __init__(self, places: Sequence[MapPlace]) -> None:
        self.places = tuple(places)
        self.asked: list[str] = []
        super().__init__(type("Handler", (_Handler,), {"maps": self}))

    @property
    def services(self) -> dict[str, str]:
        """The addresses of the two map services that it stands for, by name: "nominatim" and "overpass"."""
        return {"nominatim": self.address, "overpass": f"{self.address}/interpreter"}

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """The answer to a request, as data that is sent as JSON: of Nominatim for the paths /search and /reverse, of
        Overpass for any other.

        `query` holds the parameters of the request.
        """
        if path == "/search":
            return [_row(place) for place in self._found(query)][: int(query["limit"])]
        if path == "/reverse":
            lat, lon = float(query["lat"]), float(query["lon"])
            houses = sorted(self.places, key=lambda place: _off_km(place, lat, lon))
            return _row(houses[0]) if houses else {"error": "Unable to geocode"}
        return {"version": 0.6, "elements": [_element(i, p) for i, p in enumerate(self._things(query["data"]))]}

    def _found(self, query: dict[str, str]) -> list[MapPlace]:
        """The places that hold all words; where none does, those that hold all words that are no house number."""
        inside = [place for place in self.places if _fits(place, query)]
        words = fold(query["q"]).split()
        for wanted in (words, [word for word in words if not word[0].isdigit()]):
            found = [place for place in inside if set(wanted) <= set(_words(place))]
            if found:
                return found
        return []

    def _things(self, query: str) -> list[MapPlace]:
        beside: list[MapPlace] | None = None
        found: list[MapPlace] = []
        for filters, metres, lat, lon, reach, aside in _STATEMENT.findall(query):
            near = [p for p in self.places if _off_km(p, float(lat), float(lon)) * 1000 <= int(metres)]
            near = [p for p in near if all(_passes(p, *rule) for rule in _FILTER.findall(filters))]
            if aside:
                beside = near
                continue
            if reach:
                near = [p for p in near if any(_off_km(p, o.lat, o.lon) * 1000 <= int(reach) for o in beside or ())]
            found += near
        return list(dict.fromkeys(found))


class _Handler(BaseHTTPRequestHandler):
    maps: MapServer

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer from the places."""
        url = urlsplit(self.path)
        self.maps.asked.append(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        data = json.dumps(self.maps.answer(url.path, query)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _off_km(place: MapPlace, lat: float, lon: float) -> float:
    return float(haversine_km(place.lat, place.lon, lat, lon))


def _words(place: MapPlace) -> Iterator[str]:
    for part in (place.road, place.number, place.postcode, place.town):
        yield from fold(part).split()


def _fits(place: MapPlace, query: dict[str, str]) -> bool:
    codes = query.get("countrycodes", "").upper()
    if codes and place.country_code not in codes.split(","):
        return False
    if "viewbox" not in query:
        return True
    west, south, east, north = map(float, query["viewbox"].split(","))
    return south <= place.lat <= north and west <= place.lon <= east


def _passes(place: MapPlace, key: str, operator: str, value: str) -> bool:
    tags = dict(_tags(place))
    if operator == "=":
        return tags.get(key) == value
    return key in tags and re.search(value, tags[key], re.IGNORECASE) is not None


def _tags(place: MapPlace) -> Iterable[tuple[str, str]]:
    if place.tag:
        key, _, value = place.tag.partition("=")
        yield key, value
    if place.name:
        yield "name", place.name
    if place.number:
        yield "addr:street", place.road
        yield "addr:housenumber", place.number


def _row(place: MapPlace) -> dict[str, Any]:
    half = HOUSE_DEG if place.number else STREET_DEG
    wide = half / math.cos(math.radians(place.lat))
    box = (place.lat - half, place.lat + half, place.lon - wide, place.lon + wide)
    address = {"road": place.road, "city": place.town, "postcode": place.postcode}
    address |= {"country_code": place.country_code.lower(), **({"house_number": place.number} if place.number else {})}
    return {
        "lat": f"{place.lat:.7f}", "lon": f"{place.lon:.7f}", "name": place.name, "address": address,
        "category": "place" if place.number else "highway", "type": "house" if place.number else "residential",
        "boundingbox": [f"{side:.7f}" for side in box],
    }  # fmt: skip


def _element(number: int, place: MapPlace) -> dict[str, Any]:
    return {"type": "node", "id": number + 1, "lat": place.lat, "lon": place.lon, "tags": dict(_tags(place))}
