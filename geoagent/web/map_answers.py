"""What map services answer, in one form, and checks of it: coordinates, names, extents."""

import math
from typing import Any, NamedTuple

from geoagent.geo import Point, distance_km
from geoagent.web.untrusted_text import clean


class Address(NamedTuple):
    """A road or a house on a map, as map services give it; what they do not tell is empty.

    `towns` are the names of what it lies in, from suburb to county, and `country_code` has two capital letters.
    `radius_km` is half of how far it reaches.
    """

    road: str
    number: str
    postcode: str
    towns: tuple[str, ...]
    country_code: str
    point: Point
    radius_km: float

    def __str__(self) -> str:
        street = f"{self.road} {self.number}".strip()
        return ", ".join(filter(None, (street, f"{self.postcode} {self.towns[0] if self.towns else ''}".strip())))


class Feature(NamedTuple):
    """A thing on a map: its name, the street and number of its address, and its kind as OpenStreetMap tags it
    ("shop=bakery").
    """

    name: str
    street: str
    kind: str
    point: Point


class Circle(NamedTuple):
    """An area of a map to search in: a centre and a radius in km."""

    point: Point
    radius_km: float

    def box_deg(self) -> tuple[float, float, float, float]:
        """The box round the circle: south, west, north, east in degrees, cut off at the poles and the date line."""
        lat, lon = self.point.lat, self.point.lon
        high = self.radius_km / 111.0
        wide = high / max(0.01, math.cos(math.radians(lat)))
        return max(-90.0, lat - high), max(-180.0, lon - wide), min(90.0, lat + high), min(180.0, lon + wide)


def cleaned(address: Address) -> Address:
    """An address of a service with its texts made printable and cut to length, and the country code in capitals."""
    return address._replace(
        road=clean(address.road, 200),
        number=clean(address.number, 20),
        postcode=clean(address.postcode, 20),
        towns=tuple(clean(town, 100) for town in address.towns),
        country_code=clean(address.country_code, 2).upper(),
    )


def point_of(lat: Any, lon: Any) -> Point | None:
    """The point at a latitude and a longitude, given as numbers or texts; None where they are no place on Earth."""
    try:
        lat, lon = float(lat), float(lon)
    except (TypeError, ValueError):
        return None
    return Point(lat=lat, lon=lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def half_extent_km(south: Any, west: Any, north: Any, east: Any) -> float:
    """Half the diagonal, in km, of a box given by its edges in degrees; 0 for what is no box."""
    a, b = point_of(south, west), point_of(north, east)
    return distance_km(a, b) / 2 if a and b else 0.0
