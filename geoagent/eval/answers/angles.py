"""Coordinates as people and models write them, found in running text.

Three forms are known, tried in this order: angles with a name or a hemisphere ("lat: 27.5", "27.47° S", "N 48°51.5'
E"), pairs under a joint label ("lat/lon: 48.85, 2.29"), and bare pairs ("(48.8584, 2.2945)"), which need a word such as
"coordinates" before them or three decimals. Grid references (UTM, MGRS, plus codes) are not read.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from geoagent.geo import Point

Axis = Literal["lat", "lon"]

_LAT = r"(?:lat(?:itud(?:e|en|ine)?)?|breite(?:ngrad)?|широта|纬度|緯度)"
_LON = r"(?:lon(?:g(?:itud(?:e|en|ine)?)?)?|lng|länge(?:ngrad)?|долгота|经度|經度)"
_NORTH_SOUTH = r"(?:north(?:ern)?|south(?:ern)?|[NS])"
_EAST_WEST = r"(?:east(?:ern)?|west(?:ern)?|[EW])"
_HEMISPHERE = rf"(?:{_NORTH_SOUTH}|{_EAST_WEST})(?![^\W\d_])"
_HEMISPHERE_FIRST = r"(?:(?<![^\W\d_])[NSEW]|北纬|北緯|南纬|南緯|东经|東經|西经|西經)"
_ANGLE = (
    r"(?<![\d.])[-+]?\d{1,3}(?:[.,]\d+)?(?!\d)"
    r"(?:\s*(?:°|deg(?:rees?)?(?![a-z]))(?:\s*\d{1,2}(?:\.\d+)?\s*'(?!')(?:\s*\d{1,2}(?:\.\d+)?\s*(?:\"|''))?)?)?"
)
_PLAIN = r"[-+]?\d{1,3}(?:\.\d+)?(?![\d.]*\d)"
_FILLER = (
    r"(?:[\s:=|(\[\"'≈~]|\.(?=[\s:])|->|→|-(?!\d)"
    r"|\(?(?:decimal(?: degrees)?|degrees|deg|wgs ?84|°|approx(?:\.|imately)?)\)?"
    r"|is|are|of|at|about|around|roughly|_(?!min|max|err|std|range|unc|delta|span)\w{1,10}){0,12}?"
)

_TOKEN = re.compile(
    rf"(?<![^\W_])(?:(?P<lat>{_LAT})|(?P<lon>{_LON}))(?![^\W_]){_FILLER}(?P<labelled>{_ANGLE})(?:\s*\(?(?P<mark>{_HEMISPHERE}))?"
    rf"|(?P<first>{_HEMISPHERE_FIRST})[\s:]*(?P<led>{_ANGLE})"
    rf"|(?P<trailed>{_ANGLE})\s*(?:(?P<last>{_HEMISPHERE})|(?:(?P<lat_after>{_LAT})|(?P<lon_after>{_LON}))(?![^\W_]))",
    re.IGNORECASE,
)
_JOINT = re.compile(
    rf"(?<![^\W_])(?:(?P<lat_first>{_LAT}\W{{0,4}}(?:and\W)?{_LON})|(?P<lon_first>{_LON}\W{{0,4}}(?:and\W)?{_LAT}))(?![^\W\d_])"
    rf"{_FILLER}[\s|:=()-]*?(?P<one>{_PLAIN})°?[\s,;/|]+(?:and\s+)?(?P<two>{_PLAIN})",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"(?<![\d.,-])(?P<one>{_PLAIN})\s*°?(?P<mark>\s*[,;/]\s*|\s+)(?P<two>{_PLAIN})(?!\s*,\s*[-+]?\d[\d.]*(?![\d.zma]))"
)
_TOPIC = re.compile(r"co-?ord|gps|\bgeo\b|geolocat|位置|坐标|座標|координат", re.IGNORECASE)
_LIST_BEFORE = re.compile(r"\d\.\d+\s*,\s*$")
_PARTS = re.compile(r"([-+]?)(\d+(?:[.,]\d+)?)\D*?(?:(\d+(?:\.\d+)?)\s*'(?!')\s*(?:(\d+(?:\.\d+)?))?)?\D*$")
_LOOKALIKES = str.maketrans(
    {**dict.fromkeys("º˚∘", "°"), **dict.fromkeys("′’‘ʹ＇", "'"), **dict.fromkeys("″”“„ʺ＂", '"')}
    | {**dict.fromkeys("−–‒﹣－", "-"), **dict.fromkeys("\u00a0\u202f\u2009", " ")}
    | {"：": ":", "，": ",", "、": ",", "（": "(", "）": ")", "*": None, "`": None}
)
_UNITS = {"度": "°", "分": "'", "秒": '"'}
_LATEX = re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degree|\\text\{([^{}]*)\}|\\[,;! ]|\$")
_LABEL_GAP = 80
_MARK_GAP = 25
_TOPIC_REACH = 60


class Found(NamedTuple):
    """A point that a text states; `start` and `end` are where it stands in the text, after `plain` has cleaned that."""

    start: int
    end: int
    point: Point


class _Token(NamedTuple):
    start: int
    end: int
    axis: Axis
    value: float
    reach: int


def plain(text: str) -> str:
    """A text with look-alike signs, such as primes and dashes, made plain, and without emphasis and LaTeX.

    So "27°28′ S" becomes "27°28' S". The functions that find coordinates read texts in this form.
    """
    marked = _LATEX.sub(lambda m: m[1] if m[1] is not None else "°" if "circ" in m[0] or "deg" in m[0] else " ", text)
    return re.sub(r"(?<=\d)\s*([度分秒])", lambda m: _UNITS[m[1]], marked.translate(_LOOKALIKES))


def read_angle(text: str, axis: Axis) -> float | None:
    """A latitude or longitude that stands alone in a text, in degrees: "48.8584", "27.47° S" (−27.47), "48°51.5' N".

    `axis` says which of both is meant. None where the text is no angle, is out of range, or names the other axis's
    hemisphere.
    """
    cleaned = plain(text).strip(" \t\r\n\"'~≈()[]")
    match = _TOKEN.fullmatch(f"{axis} {cleaned}") or _TOKEN.fullmatch(cleaned)
    token = _token(match) if match else None
    return token.value if token and token.axis == axis else None


def find_points(text: str, topical: bool = False) -> list[Found]:
    """Every point that a text states, in the order of the text; an empty list where it states none.

    `topical` says that the text is about coordinates, so that a bare pair such as "48.9, 2.3" counts. A text without
    letters is read so anyway.
    """
    cleaned = plain(text)
    topical = topical or not re.search(r"[^\W\d_]", cleaned)
    joint = list(_joint(cleaned))
    tokens = [t for t in map(_token, _TOKEN.finditer(cleaned)) if t and not _overlaps(t, joint)]
    found = [*joint, *_paired(tokens)]
    found += [pair for pair in _bare(cleaned, topical) if not _overlaps(pair, found)]
    return sorted(found)


def point_at(lat: float, lon: float) -> Point | None:
    """The point at a latitude and longitude in degrees; None where the latitude exceeds ±90 or the longitude ±360."""
    if not (abs(lat) <= 90 and abs(lon) <= 360):
        return None
    return Point(lat=lat, lon=lon)


def unordered_point(one: float, two: float) -> Point | None:
    """A point from two numbers of which it is not told which is the latitude; None where they are no point on Earth.

    The first is the latitude, unless only the other order is a point on Earth.
    """
    return point_at(one, two) or point_at(two, one)


def _token(match: re.Match[str]) -> _Token | None:
    groups = match.groupdict()
    hemisphere = (groups["mark"] or groups["first"] or groups["last"] or "").lower()
    written = groups["labelled"] or groups["led"] or groups["trailed"]
    axis: Axis | None = None
    if groups["lat"] or groups["lat_after"]:
        axis = "lat"
    elif groups["lon"] or groups["lon_after"]:
        axis = "lon"
    marked: Axis | None = None
    if hemisphere:
        marked = "lat" if hemisphere[0] in "ns北南" else "lon"
    value = _degrees(written)
    bare = not axis and not re.search(r"[.,°d]", written, re.IGNORECASE)
    if value is None or bare or (axis and marked and axis != marked):
        return None
    if hemisphere and hemisphere[0] in "sw南西":
        value = -abs(value)
    which = axis or marked
    if which is None or abs(value) > (90 if which == "lat" else 360):
        return None
    return _Token(match.start(), match.end(), which, value, _LABEL_GAP if axis else _MARK_GAP)


def _degrees(written: str) -> float | None:
    parts = _PARTS.match(written)
    if parts is None:
        return None
    sign, degrees, minutes, seconds = parts.groups(default="")
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60:
        return None
    size = float(degrees.replace(",", ".")) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return -size if sign == "-" else size


def _paired(tokens: list[_Token]) -> Iterator[Found]:
    waiting: _Token | None = None
    for token in tokens:
        if waiting and waiting.axis != token.axis and token.start - waiting.end <= min(waiting.reach, token.reach):
            lat, lon = (waiting.value, token.value) if waiting.axis == "lat" else (token.value, waiting.value)
            yield Found(waiting.start, token.end, Point(lat=lat, lon=lon))
            waiting = None
        else:
            waiting = token


def _joint(text: str) -> Iterator[Found]:
    for match in _JOINT.finditer(text):
        one, two = float(match["one"]), float(match["two"])
        point = point_at(one, two) if match["lat_first"] else point_at(two, one)
        if point:
            yield Found(match.start(), match.end(), point)


def _bare(text: str, topical: bool) -> Iterator[Found]:
    for match in _PAIR.finditer(text):
        precise = all(len(match[part].partition(".")[2]) >= 3 for part in ("one", "two"))
        before = text[max(0, match.start() - _TOPIC_REACH) : match.start()]
        point = unordered_point(float(match["one"]), float(match["two"]))
        if (
            point
            and not _LIST_BEFORE.search(before)
            and ((precise and match["mark"].strip()) or topical or _TOPIC.search(before))
        ):
            yield Found(match.start(), match.end(), point)


def _overlaps(span: _Token | Found, others: list[Found]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)
