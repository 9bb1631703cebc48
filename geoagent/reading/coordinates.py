"""Finds coordinates that are written in a photo: degrees as decimals or with minutes, plus codes, MGRS and UTM."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from geoagent.geo import Point

_LAT = r"(?:lat(?:itude|itud|\.)?|широта|纬度|緯度|北纬|北緯|南纬)"
_LON = r"(?:long?(?:itude|itud|g)?|lng|долгота|经度|經度|東経|东经|西经)\.?"
_DEGREES = r"[-+−]?\d{1,3}(?:[.,]\d+)?"


def _decimal(name: str) -> str:
    return rf"(?P<{name}>{_DEGREES})\s?[°º]?\s?(?P<{name}_side>[NSEWO]\b)?"


_LABELLED = re.compile(
    rf"\b{_LAT}[\s:=]{{0,3}}{_decimal('lat')}[\s,;/|]*{_LON}[\s:=]{{0,3}}{_decimal('lon')}", re.IGNORECASE
)
_HALF = re.compile(rf"\b(?:(?P<is_lat>{_LAT})|{_LON})[\s:=]{{0,3}}{_decimal('value')}", re.IGNORECASE)
_SIDED = re.compile(
    r"(?<![\w.])(?:(?P<lat>\d{1,2}[.,]\d{2,})\s?[°º]?\s?(?P<lat_side>[NS])[\s,;/]{0,3}"
    r"(?P<lon>\d{1,3}[.,]\d{2,})\s?[°º]?\s?(?P<lon_side>[EWO])|"
    r"(?P<lat_side2>[NS])\s?(?P<lat2>\d{1,2}[.,]\d{2,})[°º]?[\s,;/]{1,3}(?P<lon_side2>[EWO])\s?(?P<lon2>\d{1,3}[.,]\d{2,}))"
)
_MINUTES = r"(\d{1,3})\s?[°º]\s?(\d{1,2}(?:[.,]\d+)?)\s?['’′´]\s?(?:(\d{1,2}(?:[.,]\d+)?)\s?(?:[\"”″]|''|’’))?\s?"
_SEXAGESIMAL = re.compile(rf"([NS])?\s?{_MINUTES}([NS])?[\s,;/]*([EWO])?\s?{_MINUTES}([EWO])?")
_PAIR = re.compile(r"(?<![\w.,-])(?P<lat>-?\d{1,2}\.\d{4,8})°?\s?[,;/ ]\s?(?P<lon>-?\d{1,3}\.\d{4,8})°?(?![\w.,]*\d)")
_PLUS_ALPHABET = "23456789CFGHJMPQRVWX"
_PLUS = re.compile(rf"(?<!\w)([{_PLUS_ALPHABET}]{{8}})\+([{_PLUS_ALPHABET}]{{2,3}})?(?!\w)")
_GRID = re.compile(
    r"(?<!\w)(?P<zone>\d{1,2})\s?(?P<band>[C-HJ-NP-X])\s?"
    r"(?:(?P<square>[A-HJ-NP-Z][A-HJ-NP-V])\s?(?P<east>\d{3,5})\s?(?P<north>\d{3,5})"
    r"|(?P<easting>\d{6})(?:[.,]\d+)?\s?m?E?[\s,]+(?P<northing>\d{6,7})(?:[.,]\d+)?\s?m?N?)(?!\w)"
)
Span = tuple[int, int]
KM_A_DEGREE = 111.2
SURE, BARE = 0.98, 0.85
"""The chance that what looks like coordinates is: with a word, a side or minutes; two bare numbers of four decimals."""


class Position(NamedTuple):
    """A point that a text writes as coordinates, and where they stand in it.

    `span` is the first character and the one behind the last. `within_km` is how far the last digit leaves the point
    open, and `chance` how likely, from 0 to 1, these are coordinates. A `stamp` has words or a form that cameras write,
    rather than signs.
    """

    text: str
    span: Span
    point: Point
    within_km: float
    chance: float
    stamp: bool


class Half(NamedTuple):
    """A latitude or a longitude that stands alone in a text, in degrees; `within_km` is how far its last digit leaves
    it open.
    """

    is_lat: bool
    degrees: float
    within_km: float


def find_positions(text: str) -> list[Position]:
    """The points that a text writes as coordinates; no digit is used for two of them.

    They are in the order of their forms: labelled, with sides, with minutes, bare pairs, plus codes, grid references.
    Empty where there is none.
    """
    found, taken = list[Position](), set[int]()
    for position in _positions(text):
        span = set(range(*position.span))
        if not span & taken and (abs(position.point.lat) > 1e-6 or abs(position.point.lon) > 1e-6):
            taken |= span
            found.append(position)
    return found


def find_half(text: str) -> Half | None:
    """The latitude or longitude that stands with its label in a line, as on a stamp of two lines ("LAT 48.85"); None
    where there is none.
    """
    found = _HALF.search(text)
    if not found:
        return None
    degrees = _signed(found["value"], found["value_side"], negative="SW")
    limit = 90 if found["is_lat"] else 180
    return Half(bool(found["is_lat"]), degrees, _within(found["value"])) if abs(degrees) <= limit else None


def joined(first: Half, second: Half) -> Point | None:
    """The point of a latitude and a longitude that stand in two lines, in either order; None where they are not one of
    each.
    """
    if first.is_lat == second.is_lat:
        return None
    lat, lon = (first, second) if first.is_lat else (second, first)
    return Point(lat=lat.degrees, lon=lon.degrees)


def _positions(text: str) -> Iterator[Position]:
    for found in _LABELLED.finditer(text):
        lat = _signed(found["lat"], found["lat_side"], negative="S")
        lon = _signed(found["lon"], found["lon_side"], negative="W")
        yield from _position(found, lat, lon, max(_within(found["lat"]), _within(found["lon"])), SURE, stamp=True)
    for found in _SIDED.finditer(text):
        digits, side = found["lat"] or found["lat2"], found["lat_side"] or found["lat_side2"]
        digits_lon, side_lon = found["lon"] or found["lon2"], found["lon_side"] or found["lon_side2"]
        lat, lon = _signed(digits, side, negative="S"), _signed(digits_lon, side_lon, negative="W")
        yield from _position(found, lat, lon, max(_within(digits), _within(digits_lon)), SURE, stamp=True)
    for found in _SEXAGESIMAL.finditer(text):
        north, d, m, s, north_after, east, d_lon, m_lon, s_lon, east_after = found.groups()
        if (north or north_after) and (east or east_after):
            lat = _from_minutes(d, m, s) * (-1 if (north or north_after) == "S" else 1)
            lon = _from_minutes(d_lon, m_lon, s_lon) * (-1 if (east or east_after) == "W" else 1)
            yield from _position(found, lat, lon, 0.05 if s or "." in m or "," in m else 1.9, SURE, stamp=False)
    for found in _PAIR.finditer(text):
        yield from _position(found, float(found["lat"]), float(found["lon"]), _within(found["lat"]), BARE, stamp=True)
    for found in _PLUS.finditer(text):
        lat, lon = _of_plus_code(found[1] + (found[2] or ""))
        yield from _position(found, lat, lon, 0.02 if found[2] else 0.3, SURE, stamp=False)
    for found in _GRID.finditer(text):
        point = _of_grid(found)
        if point:
            yield Position(found[0], found.span(), point, 0.1, SURE, stamp=False)


def _position(
    found: re.Match[str], lat: float, lon: float, within_km: float, chance: float, *, stamp: bool
) -> Iterator[Position]:
    if abs(lat) <= 90 and abs(lon) <= 180:
        yield Position(found[0].strip(), found.span(), Point(lat=lat, lon=lon), within_km, chance, stamp)


def _signed(digits: str, side: str | None, negative: str) -> float:
    value = float(digits.replace(",", ".").replace("−", "-"))
    return -abs(value) if side and side.upper() in negative else value


def _within(digits: str) -> float:
    """The distance in km that the last decimal stands for."""
    decimals = len(digits.replace(",", ".").partition(".")[2])
    return max(KM_A_DEGREE * 10.0**-decimals, 0.02)


def _from_minutes(degrees: str, minutes: str, seconds: str | None) -> float:
    return float(degrees) + float(minutes.replace(",", ".")) / 60 + float((seconds or "0").replace(",", ".")) / 3600


def _of_plus_code(code: str) -> tuple[float, float]:
    """The centre of the cell of a full plus code (Open Location Code)."""
    lat, lon, size = -90.0, -180.0, 400.0
    for i in range(0, min(len(code), 10), 2):
        size /= 20
        lat += _PLUS_ALPHABET.index(code[i]) * size
        lon += _PLUS_ALPHABET.index(code[i + 1]) * size
    return lat + size / 2, lon + size / 2


def _of_grid(found: re.Match[str]) -> Point | None:
    """The point of an MGRS or UTM reference."""
    zone, band = int(found["zone"]), found["band"]
    if not 1 <= zone <= 60:
        return None
    south = band < "N"
    if found["square"]:
        digits = len(found["east"])
        if digits != len(found["north"]):
            return None
        columns = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")[zone % 3]
        if found["square"][0] not in columns:
            return None
        row = "ABCDEFGHJKLMNPQRSTUV".index(found["square"][1])
        easting = (columns.index(found["square"][0]) + 1) * 1e5 + float(found["east"]) * 10 ** (5 - digits)
        within = ((row - (5 if zone % 2 == 0 else 0)) % 20) * 1e5 + float(found["north"]) * 10 ** (5 - digits)
        least = (_southern_edge(band) * KM_A_DEGREE * 1000) + (1e7 if south else 0)
        northing = within + 2e6 * math.ceil((least - 1e5 - within) / 2e6)
    else:
        easting, northing = float(found["easting"]), float(found["northing"])
    point = _of_utm(zone, easting, northing, south=south)
    return point if _southern_edge(band) - 1 <= point.lat <= _southern_edge(band) + 13 else None


def _southern_edge(band: str) -> float:
    return "CDEFGHJKLMNPQRSTUVWX".index(band) * 8.0 - 80.0


def _of_utm(zone: int, easting: float, northing: float, *, south: bool) -> Point:
    """The inverse of the transverse Mercator projection, by Snyder's series on the WGS 84 ellipsoid."""
    a, e2, k0 = 6_378_137.0, 0.00669438, 0.9996
    ep2, x, y = e2 / (1 - e2), easting - 5e5, northing - (1e7 if south else 0)
    mu = y / k0 / (a * (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256))
    e1 = (1 - math.sqrt(1 - e2)) / (1 + math.sqrt(1 - e2))
    foot = (
        mu + (3 * e1 / 2 - 27 * e1**3 / 32) * math.sin(2 * mu) + (21 * e1**2 / 16) * math.sin(4 * mu)
        + (151 * e1**3 / 96) * math.sin(6 * mu)
    )  # fmt: skip
    sin2, t, c = math.sin(foot) ** 2, math.tan(foot) ** 2, ep2 * math.cos(foot) ** 2
    n, r = a / math.sqrt(1 - e2 * sin2), a * (1 - e2) / (1 - e2 * sin2) ** 1.5
    d = x / (n * k0)
    lat = foot - (n * math.tan(foot) / r) * (d**2 / 2 - (5 + 3 * t + 10 * c - 4 * c**2 - 9 * ep2) * d**4 / 24)
    lon = (d - (1 + 2 * t + c) * d**3 / 6 + (5 - 2 * c + 28 * t) * d**5 / 120) / math.cos(foot)
    return Point(lat=math.degrees(lat), lon=math.degrees(lon) + zone * 6 - 183)
