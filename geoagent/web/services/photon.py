"""Photon: streets and addresses by name (OpenStreetMap data, GeoJSON answers)."""

from typing import Any

from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.map_answers import Address, Circle, cleaned, half_extent_km, point_of
from geoagent.web.provider import Provider

PHOTON = Provider(
    name="photon",
    answers="streets and addresses by name with their coordinates; forgives small misspellings",
    terms="the public server asks for fair use and slows down who asks much; data © OpenStreetMap contributors, ODbL",
    base_url="https://photon.komoot.io",
    every_s=1.0,
    keep_s=30 * 86_400.0,
)
MOST = 40
TOWNS = ("locality", "district", "city", "county")


def addresses(wire: Wire, query: str, country_code: str | None = None, inside: Circle | None = None) -> list[Address]:
    """The streets and houses that a query finds, at most 40; of one country (two letters) and round one circle where
    given.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    params: dict[str, str | int | float] = {"q": query, "limit": MOST}
    if inside:
        south, west, north, east = inside.box_deg()
        params["bbox"] = f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}"
    rows = part(read_json(wire.ask(PHOTON, "/api", params)), list, "features") or []
    found = [_address(row) for row in rows[:MOST]]
    return [a for a in found if a and (country_code is None or a.country_code == country_code)]


def _address(row: Any) -> Address | None:
    place = part(row, list, "geometry", "coordinates") or []
    point = point_of(place[1], place[0]) if len(place) == 2 else None
    is_street = part(row, str, "properties", "type") == "street"
    road = part(row, str, "properties", "name" if is_street else "street")
    if point is None or not road:
        return None
    extent = part(row, list, "properties", "extent") or []
    address = Address(
        road=road,
        number=part(row, str, "properties", "housenumber") or "",
        postcode=part(row, str, "properties", "postcode") or "",
        towns=tuple(town for name in TOWNS if (town := part(row, str, "properties", name))),
        country_code=part(row, str, "properties", "countrycode") or "",
        point=point,
        radius_km=half_extent_km(extent[3], extent[0], extent[1], extent[2]) if len(extent) == 4 else 0.0,
    )
    return cleaned(address)
