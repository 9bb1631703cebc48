"""Nominatim: addresses and streets by name, and the address at a point (OpenStreetMap data, API of version 4)."""

from typing import Any

from geoagent.geo import Point
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.map_answers import Address, Circle, cleaned, half_extent_km, point_of
from geoagent.web.provider import Provider

NOMINATIM = Provider(
    name="nominatim",
    answers="streets and addresses by name with their coordinates, and the address at a point",
    terms="the public server takes one request a second, no bulk use; data © OpenStreetMap contributors, ODbL",
    base_url="https://nominatim.openstreetmap.org",
    every_s=1.0,
    keep_s=30 * 86_400.0,
)
MOST = 40
LOCAL_NAMES = {"Accept-Language": "*"}
TOWNS = ("suburb", "city_district", "hamlet", "village", "town", "city", "municipality", "county")


def addresses(wire: Wire, query: str, country_code: str | None = None, inside: Circle | None = None) -> list[Address]:
    """The streets and houses that a query finds, at most 40; of one country (two letters) and round one circle where
    given.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    params: dict[str, str | int | float] = {"q": query, "format": "jsonv2", "addressdetails": 1, "limit": MOST}
    if country_code:
        params["countrycodes"] = country_code.lower()
    if inside:
        south, west, north, east = inside.box_deg()
        params |= {"viewbox": f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}", "bounded": 1}
    rows = read_json(wire.ask(NOMINATIM, "/search", params, headers=LOCAL_NAMES))
    found = [_address(row) for row in (rows if isinstance(rows, list) else [])[:MOST]]
    return [address for address in found if address]


def address_at(wire: Wire, point: Point) -> Address | None:
    """The road or house nearest to a point; None where there is none.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    params: dict[str, str | int | float] = {"lat": point.lat, "lon": point.lon, "format": "jsonv2", "zoom": 18}
    return _address(read_json(wire.ask(NOMINATIM, "/reverse", params, headers=LOCAL_NAMES)))


def _address(row: Any) -> Address | None:
    """A result as an address; None for what is neither on a road nor has a place."""
    point = point_of(part(row, str, "lat"), part(row, str, "lon"))
    road = next((road for name in ("road", "pedestrian", "square") if (road := part(row, str, "address", name))), None)
    if point is None or not road:
        return None
    box = part(row, list, "boundingbox") or []
    address = Address(
        road=road,
        number=part(row, str, "address", "house_number") or "",
        postcode=part(row, str, "address", "postcode") or "",
        towns=tuple(town for name in TOWNS if (town := part(row, str, "address", name))),
        country_code=part(row, str, "address", "country_code") or "",
        point=point,
        radius_km=half_extent_km(box[0], box[2], box[1], box[3]) if len(box) == 4 else 0.0,
    )
    return cleaned(address)
