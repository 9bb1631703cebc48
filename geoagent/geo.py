"""Points and areas, and geometry on the sphere."""

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache, total_ordering
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

EARTH_RADIUS_KM = 6371.0
"""Mean radius used by every distance here; published Im2GPS3k distances are reproduced with it to 0.01 km."""
KM_PER_DEG = math.radians(1.0) * EARTH_RADIUS_KM
"""How long a degree of latitude is."""

Floats = NDArray[np.float64]

AreaLevel = Literal["country", "region", "city"]
AREA_LEVELS: tuple[AreaLevel, ...] = ("country", "region", "city")
AREA_PATTERN = r"^[A-Z]{2}(\.[^.#]+)?(#\d+)?$"
_AREA = re.compile(r"([A-Z]{2})(?:\.([^.#]+))?(?:#(0|[1-9][0-9]{0,17}))?")


class Point(BaseModel):
    """A point on Earth (WGS 84) in degrees. Longitudes are folded into [-180, 180)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]

    @field_validator("lon")
    @classmethod
    def _fold(cls, lon: float) -> float:
        return (lon + 180.0) % 360.0 - 180.0 if not -180.0 <= lon < 180.0 else lon


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A country, a first-order division of one, or a city.

    `country` is an ISO 3166-1 alpha-2 code, `division` the code of a division inside that country, `city` the GeoNames
    id of a city; some cities lie in no division. The text of an area is "SE", "SE.28", "SE.28#2711537" or
    "HK#1819729"; it is what files and answers hold, and what areas are sorted by.
    """

    country: str
    division: str | None = None
    city: int | None = None
    _text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        division = "" if self.division is None else f".{self.division}"
        city = "" if self.city is None else f"#{self.city}"
        found = _AREA.fullmatch(f"{self.country}{division}{city}")
        if found is None or (found[1], found[2]) != (self.country, self.division):
            raise _no_area(f"{self.country}{division}{city}")
        object.__setattr__(self, "_text", found[0])

    @staticmethod
    @lru_cache(maxsize=16_384)
    def parse(text: str) -> "Area":
        """The area that a text such as "SE.28" stands for. Raises ValueError for any other text."""
        found = _AREA.fullmatch(text)
        if found is None:
            raise _no_area(text)
        return Area(found[1], found[2], int(found[3]) if found[3] else None)

    @property
    def level(self) -> AreaLevel:
        """The level of the area: "country", "region" (a first-order division) or "city"."""
        return "city" if self.city is not None else "region" if self.division is not None else "country"

    @property
    def country_area(self) -> "Area":
        """The country that the area lies in; for a country that is itself."""
        return self if self.level == "country" else Area(self.country)

    @property
    def division_area(self) -> "Area | None":
        """The first-order division that the area lies in; a division is its own. None for a country, and for a city in
        no division.
        """
        if self.division is None:
            return None
        return self if self.city is None else Area(self.country, self.division)

    @property
    def parent(self) -> "Area | None":
        """The next larger area: a city's division, or its country if it has none; a division's country; None for a
        country.
        """
        if self.city is not None and self.division is not None:
            return self.division_area
        return None if self.level == "country" else self.country_area

    def contains(self, other: "Area") -> bool:
        """Whether another area is this one or lies in it, as their codes tell."""
        if self.city is not None:
            return self == other
        return self.country == other.country and self.division in (None, other.division)

    def __str__(self) -> str:
        return self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Area) else NotImplemented

    def __lt__(self, other: "Area") -> bool:
        return self._text < other._text if isinstance(other, Area) else NotImplemented

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In data an area is its text, as the key of a dictionary too; an Area is taken as well."""
        text = core_schema.to_string_ser_schema(when_used="always")
        return core_schema.no_info_plain_validator_function(_as_area, serialization=text)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": AREA_PATTERN}


def _as_area(value: object) -> Area:
    if isinstance(value, Area):
        return value
    if isinstance(value, str):
        return Area.parse(value)
    raise ValueError("an area is given as text")


def _no_area(text: str) -> ValueError:
    return ValueError(f'{text[:80]!r} is not an area; areas are written "SE", "SE.28" or "SE.28#2711537"')


def haversine_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Great-circle distance in km between points, given as latitude and longitude in degrees; arrays broadcast."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_dphi = (phi2 - phi1) / 2
    half_dlambda = np.radians(np.subtract(lon2, lon1)) / 2
    a = np.sin(half_dphi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_dlambda) ** 2
    distance: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0)))
    return distance


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance in km between two points."""
    return float(haversine_km(a.lat, a.lon, b.lat, b.lon))


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Points, given in degrees, as unit vectors from the middle of the Earth, in the shape (n, 3).

    The straight distance of two of them (the chord) grows with the great-circle distance, at the poles too.
    """
    phi, lam = np.radians(np.atleast_1d(lat)), np.radians(np.atleast_1d(lon))
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def chord_to_km(chord: ArrayLike) -> Floats:
    """Great-circle distances in km of points whose unit vectors lie `chord` apart (see `unit_vectors`)."""
    distance: Floats = np.asarray(np.asarray(chord, dtype=np.float64) / 2)
    np.clip(distance, 0.0, 1.0, out=distance)
    np.arcsin(distance, out=distance)
    distance *= 2 * EARTH_RADIUS_KM
    return distance


def km_to_chord(distance: float) -> float:
    """How far the unit vectors of two points lie apart (see `unit_vectors`) whose great-circle distance is given in
    km.
    """
    return 2 * math.sin(min(distance / EARTH_RADIUS_KM, math.pi) / 2)


def inner(a: Floats, b: Floats) -> float:
    """Σ aᵢ·bᵢ of two arrays of one length, computed without the threads of a BLAS, which wait for each other on a busy
    machine.
    """
    return float(np.einsum("i,i", a, b))
