"""How tables that others made spell their columns ("GPSLatitude", "pred_lng") and write coordinates in their cells."""

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

AXES = {
    "lat": ("lat", "latitude", "latitud", "breite", "breitengrad", "широта", "纬度", "緯度"),
    "lon": ("lon", "lng", "long", "longitude", "longitud", "laenge", "länge", "längengrad", "долгота", "经度", "經度"),
}
"""The words for the two coordinates."""
BARE = ("", "location", "coordinate", "coordinates", "coord", "coords", "gps", "position", "point", "geo")
TRUE = ("true", "gt", "truth", "ground_truth", "groundtruth", "target", "actual", "real", "label", "reference",
        "gold", "metadata")  # fmt: skip
GIVEN = ("predicted", "pred", "prediction", "guessed", "guess", "estimated", "estimate", "answer", "answered",
         "model", "output", "location_info_reverse_geocoding")  # fmt: skip
"""What stands beside such a word where it is the true coordinate, or the one that a system gave."""
PLACES = {
    "country": ("country_iso2", "country_code", "iso2", "country", "country_name", "nation"),
    "region": ("admin1", "region", "state", "province"),
    "city": ("city", "city_name", "town", "municipality"),
}
"""The headings of the name of a place, by its level."""
IDS = ("id", "img_id", "image_id", "sample_id", "photo_id", "picture_id", "question_id", "item_id", "uid", "uuid",
       "key", "pano_id", "panoid", "bvid", "index", "idx")  # fmt: skip
FILES = ("images", "file", "image", "image_path", "img_path", "file_name", "filename", "image_file", "image_name",
         "img_name", "file_path", "filepath", "photo", "photo_path", "photo_name", "photo_file", "path", "img",
         "picture", "picture_name", "picture_file")  # fmt: skip
DEPTH = 5
_NUMBER = r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?"
_DEGREES = re.compile(rf"\s*({_NUMBER})\s*°?\s*([NSEWnsew])?\s*")
_PAIR = re.compile(r"\s*[\[(]?\s*([-+]?\d+(?:\.\d+)?)\s*°?\s*[,;\s]\s*([-+]?\d+(?:\.\d+)?)\s*°?\s*[\])]?\s*")


@lru_cache(maxsize=10_000)
def heading(name: object) -> str:
    """The heading of a table's column in the form in which headings are compared: lower case, with "_" between words.

    A unit at its end is left out: "GPSLatitude" gives "gps_latitude", "Lat (deg)" gives "lat"; "%" becomes "percent".
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", str(name)).replace("%", "_percent_")
    plain = re.sub(r"[\W_]+", "_", spaced.lower()).strip("_")
    return re.sub(r"_(?:deg|degrees|decimal|wgs_?84)$", "", plain)


def plain_row(row: Mapping[str, Any], depth: int = DEPTH) -> dict[str, Any]:
    """A row of a table with its headings in the form that `heading` gives them.

    A value that is an object stays, and what it holds is added under both names: {"Ground truth": {"lat": 1}} also
    gives "ground_truth_lat". `depth` is how many levels of objects are opened. Of two equal headings the first counts.
    """
    found: dict[str, Any] = {}
    for name, value in row.items():
        word = heading(name)
        found.setdefault(word, value)
        if isinstance(value, dict) and depth:
            for below, inner in plain_row(value, depth - 1).items():
                found.setdefault(f"{word}_{below}", inner)
    return found


EMPTY = frozenset({"", "nan", "none", "null", "n/a", "na", "-"})
"""What stands in a cell that holds nothing, in lower case."""


def is_empty(cell: Any) -> bool:
    """Whether a table's cell holds nothing: None, or a text such as "", "nan", "null", "n/a" or "-"."""
    return cell is None or str(cell).strip().lower() in EMPTY


def first(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value of the first of the columns `names` that holds anything in `row`; None if none does."""
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


@lru_cache(maxsize=1000)
def held(present: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `names` that are among the headings `present`, in the order of `names`."""
    return tuple(name for name in names if name in set(present))


@lru_cache(maxsize=100)
def spellings(axis: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """All headings that tables may use for a latitude (`axis` "lat") or a longitude ("lon") that words qualify.

    For the word "pred" these are "pred_lat", "lat_pred", "pred_gps_latitude" and so on; the word "" stands for a
    coordinate that nothing qualifies ("lat").
    """
    found = []
    for word in words:
        for bare in BARE:
            for name in AXES[axis]:
                found += [
                    "_".join(filter(None, parts)) for parts in ((word, bare, name), (name, word), (name, bare, word))
                ]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1000)
def point_columns(present: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, str] | None:
    """The headings of latitude and longitude, in this order, among the headings `present`.

    None where one of both is missing. `words` say which point is meant: ("pred", "guess") finds "pred_lat", and ("",)
    finds "lat". A heading that is the words and the coordinate alone comes before one that only ends so, as values
    inside objects do ("final_result_pred_lat").
    """
    lat, lon = (_column(present, spellings(axis, words), "" not in words) for axis in ("lat", "lon"))
    return (lat, lon) if lat and lon else None


def _column(present: tuple[str, ...], spelt: tuple[str, ...], or_inside: bool) -> str | None:
    """The first of some headings that is present, or else the first that ends in one of them."""
    whole = next((name for name in spelt if name in present), None)
    ends = tuple(f"_{name}" for name in spelt)
    return whole or next((name for name in present if or_inside and name.endswith(ends)), None)


@lru_cache(maxsize=1000)
def place_columns(present: tuple[str, ...], level: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The headings, among those `present`, of the name of a place: of a "country", "region" or "city" (`level`).

    `words` say which place is meant, as in `point_columns`: ("pred",) finds "pred_city", and ("",) finds "city".
    """
    spelt = []
    for word in words:
        for name in PLACES[level]:
            spelt += ["_".join(filter(None, parts)) for parts in ((word, name), (word, "address", name), (name, word))]
    whole = [name for name in spelt if name in present]
    ends = tuple(f"_{name}" for name in spelt) if "" not in words else ()
    return tuple(dict.fromkeys([*whole, *(name for name in present if ends and name.endswith(ends))]))


@lru_cache(maxsize=1000)
def pair_column(present: tuple[str, ...], words: tuple[str, ...]) -> str | None:
    """The heading, among those `present`, of a column that holds latitude and longitude at once ("gt_coordinate").

    `words` say which point is meant, as in `point_columns`. None where there is no such column.
    """
    names = set(present)
    joint = (*BARE[1:], "latlon", "lat_lon", "latlng", "lat_lng")
    return next((name for word in words for part in joint if (name := f"{word}_{part}".strip("_")) in names), None)


def raw_point(row: Mapping[str, Any], *choices: tuple[str, ...]) -> tuple[Any, Any] | None:
    """The cells of latitude and longitude in a row, in this order, as they stand there; `degrees` reads them.

    Each of `choices` is a tuple of words that say which point is meant, as in `point_columns`; the first one for which
    the row holds something counts. None where the row has no such columns, or nothing in them.
    """
    present = tuple(row)
    for words in choices:
        columns = point_columns(present, words)
        if columns and any(row[name] not in (None, "") for name in columns):
            return row[columns[0]], row[columns[1]]
        joint = pair_column(present, words)
        if joint and (pair := read_pair(row[joint])):
            return pair
    return None


def read_pair(value: Any) -> tuple[Any, Any] | None:
    """Latitude and longitude from one cell, as they stand there: from a list of two or a text such as "(48.85, 2.35)".

    None for anything else.
    """
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    match = _PAIR.fullmatch(value) if isinstance(value, str) else None
    return (match[1], match[2]) if match else None


def degrees(cell: Any) -> float:
    """A latitude or longitude of a table as a number of degrees: 48.85, "48,85" and "48.85° N" give 48.85.

    South and west give negative numbers. NaN where the cell is no finite number. The range is not checked.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if math.isfinite(cell) else math.nan
    if not isinstance(cell, str):
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        match = _DEGREES.fullmatch(cell)
        value = float(match[1].replace(",", ".")) if match else math.nan
        value = -abs(value) if match and match[2] and match[2] in "SWsw" else value
    return value if math.isfinite(value) else math.nan
