"""Reads out of another system's free text where it says that a photo was taken.

How strictly one reads moves a published score by 5 to 19 points, so there are two ways, and reports name theirs.
*Strict*: the last {…} of the text must be JSON with numbers under `lat` and `lon`. *Lenient*: whatever states a point,
the last statement counting: JSON anywhere and under any usual key, JSON that does not parse, coordinates in prose. No
point is guessed from the name of a place.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from geoagent.eval.answers.angles import find_points, plain, point_at, read_angle, unordered_point
from geoagent.eval.answers.confidences import confidences_in
from geoagent.geo import Point
from geoagent.runs.column_names import plain_row

Source = Literal["json", "repaired", "prose"]
Parser = Callable[[str], "ParsedAnswer | None"]


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """Where a text of another system says a photo was taken: a point in degrees, names, or both.

    What it does not say is None. `source` is the form that the point was read from: "json", "repaired" (JSON that does
    not parse) or "prose". `confidences` are what stands in the object under headings of a confidence, by these.
    """

    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    street: str | None = None
    country_code: str | None = None
    source: Source = "json"
    confidences: tuple[tuple[str, Any], ...] = ()

    @property
    def point(self) -> Point | None:
        """The answered point; None where no coordinates were answered."""
        return None if self.lat is None or self.lon is None else Point(lat=self.lat, lon=self.lon)


_LAT_WORDS = frozenset({"lat", "latitude", "latitud"})
_LON_WORDS = frozenset({"lon", "long", "lng", "longitude", "longitud"})
_NOT_A_VALUE = frozenset({"min", "max", "range", "error", "uncertainty", "delta", "span", "std", "confidence"})
_PAIR_KEYS = frozenset({"coordinates", "coordinate", "coords", "coord", "gps", "location", "point", "position",
                        "latlon", "latlng", "geo", "answer"})  # fmt: skip
_NAME_KEYS: dict[str, str] = {
    "country": "country", "country_name": "country", "nation": "country",
    "country_code": "country_code", "iso": "country_code", "iso_code": "country_code", "cc": "country_code",
    "region": "region", "state": "region", "province": "region", "admin1": "region",
    "city": "city", "town": "city", "municipality": "city", "village": "city", "locality": "city",
    "street": "street", "address": "street", "road": "street",
}  # fmt: skip
_NO_NAME = frozenset({"", "unknown", "n/a", "na", "none", "null", "undefined", "uncertain", "not sure", "?", "-"})
_FIELD = re.compile(
    r"[\"']?(?P<key>[A-Za-z_][A-Za-z_0-9]{0,40})[\"']?\s*[:=]\s*"
    r"(?P<value>\"(?:[^\"\\\n]|\\.)*\"(?=\s*[,}\n]|\s*$)|'[^'\n]*'(?=\s*[,}\n]|\s*$)|\[[^\]\n]*\]|[^,\n{}\[\]]+)"
)
_PROSE_NAME = re.compile(r"\b(country|region|state|province|city|town|street)\s*[:=]\s*([^\n,;|{}]+)", re.IGNORECASE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGGED = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
_LIMIT = 100_000
_DEPTH = 8


def parse_strict(text: str) -> ParsedAnswer | None:
    """The answer of a text whose last {…} is JSON with a point on Earth under `lat` and `lon` as numbers; else None."""
    chunks = _chunks(text[-_LIMIT:])
    value = _loads(chunks[-1]) if chunks else None
    if not isinstance(value, dict):
        return None
    lat, lon = _number(value.get("lat")), _number(value.get("lon"))
    point = None if lat is None or lon is None else point_at(lat, lon)
    sure = confidences_in(plain_row(value))
    return replace(_named(value), lat=point.lat, lon=point.lon, confidences=sure) if point else None


def parse_lenient(text: str) -> ParsedAnswer | None:
    """The answer that a text states in any form; None where it states neither a point nor a name.

    A marked answer (`<answer>`) goes before what follows the thinking, and that before the thinking itself. In each of
    them JSON goes before prose, and a later statement before an earlier one. Names that are missing are taken from
    labels in the prose ("City: Lyon"). `lat` and `lon` are None where only names are stated.
    """
    named = ParsedAnswer()
    for zone in _zones(text[-_LIMIT:]):
        answer = _in_objects(zone) or _in_prose(zone)
        names = _names_in(zone)
        if answer:
            return _filled(answer, names)
        named = _filled(named, names)
    return named if named != ParsedAnswer() else None


def _zones(text: str) -> Iterator[str]:
    tagged = _TAGGED.findall(text)
    if tagged:
        yield tagged[-1]
    thought = list(_THOUGHT_END.finditer(text))
    if thought:
        yield text[thought[-1].end() :]
    yield text


def _in_objects(text: str) -> ParsedAnswer | None:
    for chunk in reversed(_chunks(text)):
        value = _loads(chunk)
        source: Source = "json"
        if value is None:
            value, source = _fields(chunk), "repaired"
        point = _point_in(value)
        if point:
            return replace(_named(value), lat=point.lat, lon=point.lon, source=source)
    return None


def _in_prose(text: str) -> ParsedAnswer | None:
    found = find_points(text)
    return ParsedAnswer(lat=found[-1].point.lat, lon=found[-1].point.lon, source="prose") if found else None


def _chunks(text: str) -> list[str]:
    """Outermost {…} and [{…}] in order; what follows an opening brace that is never closed is one more."""
    spans: list[tuple[int, int]] = []
    open_at: list[int] = []
    for match in re.finditer(r"\[(?=\s*\{)|[{}\]]", text):
        if match[0] in "[{":
            open_at.append(match.start())
        elif open_at and text[open_at[-1]] == "[{"[match[0] == "}"]:
            start = open_at.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, match.end()))
    if open_at:
        spans.append((open_at[0], len(text)))
    return [text[start:end] for start, end in sorted(spans)]


def _loads(chunk: str) -> Any:
    try:
        return json.loads(chunk, strict=False)
    except (ValueError, RecursionError):
        return None


def _fields(chunk: str) -> dict[str, Any]:
    """`key: value` pairs of an object that is not JSON, whatever is wrong with it; the first of a key counts."""
    fields: dict[str, Any] = {}
    for match in _FIELD.finditer(plain(chunk)):
        value = re.sub(r"\s(?://|#).*$", "", match["value"]).strip().strip("\"'")
        fields.setdefault(match["key"].lower(), value)
    return fields


def _point_in(value: Any, depth: int = 0) -> Point | None:
    """The first point in nested data: here, under a key for pairs, then deeper down."""
    if depth > _DEPTH:
        return None
    if isinstance(value, list):
        return next((p for item in value if (p := _point_in(item, depth + 1))), None)
    if not isinstance(value, dict):
        return None
    lat, lon = _axis_value(value, _LAT_WORDS, _LON_WORDS), _axis_value(value, _LON_WORDS, _LAT_WORDS)
    if lat is not None and lon is not None:
        return point_at(lat, lon)
    for key, item in value.items():
        if (set(_words(key)) & _PAIR_KEYS or set(_words(key)) >= {"lat"}) and (pair := _pair(item, value)):
            return pair
    return next((p for item in value.values() if (p := _point_in(item, depth + 1))), None)


def _axis_value(value: dict[str, Any], words: frozenset[str], others: frozenset[str]) -> float | None:
    for key, item in value.items():
        parts = set(_words(key))
        if parts & words and not parts & (others | _NOT_A_VALUE):
            number = read_angle(item, "lat" if "lat" in words else "lon") if isinstance(item, str) else _number(item)
            if number is not None:
                return number
    return None


def _pair(item: Any, owner: dict[str, Any]) -> Point | None:
    if isinstance(item, str):
        found = find_points(item, topical=True)
        return found[0].point if found else None
    if not isinstance(item, list) or len(item) not in (2, 3):
        return None
    one, two = _number(item[0]), _number(item[1])
    if one is None or two is None:
        return None
    return point_at(two, one) if owner.get("type") == "Point" else unordered_point(one, two)


def _number(item: Any) -> float | None:
    if isinstance(item, bool) or not isinstance(item, int | float):
        return None
    try:
        number = float(item)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _words(key: object) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(key)).lower())


def _named(value: Any, depth: int = 0) -> ParsedAnswer:
    """The names in nested data, outer ones first."""
    if depth > _DEPTH:
        return ParsedAnswer()
    if isinstance(value, list):
        return _named(value[0], depth + 1) if value else ParsedAnswer()
    if not isinstance(value, dict):
        return ParsedAnswer()
    names: dict[str, str] = {}
    for key, item in value.items():
        field = _NAME_KEYS.get("_".join(_words(key)))
        name = _name(item) if field else None
        if field and name:
            names.setdefault(field, name)
    answer = ParsedAnswer(**names)  # type: ignore[arg-type]  # the keys are the names of the text fields alone
    for item in value.values():
        if isinstance(item, dict | list):
            answer = _filled(answer, _named(item, depth + 1))
    return answer


def _names_in(text: str) -> ParsedAnswer:
    objects = ParsedAnswer()
    for chunk in reversed(_chunks(text)):
        loaded = _loads(chunk)
        value = _fields(chunk) if loaded is None else loaded
        sure = confidences_in(plain_row(value)) if isinstance(value, dict) else ()
        objects = _filled(objects, replace(_named(value), confidences=sure))
    labelled = {label.lower(): name for label, name in _PROSE_NAME.findall(plain(text))}
    return _filled(objects, _named(labelled))


def _name(item: Any) -> str | None:
    text = item.strip().strip("\"'.") if isinstance(item, str) else ""
    return None if text.lower() in _NO_NAME or len(text) > 200 else text


def _filled(answer: ParsedAnswer, names: ParsedAnswer) -> ParsedAnswer:
    """The answer with the names and confidences it lacks; its point stays its own."""
    fields = ("country", "region", "city", "street", "country_code", "confidences")
    return replace(answer, **{field: getattr(answer, field) or getattr(names, field) for field in fields})
