"""Samples: photos with what is known about where they were taken, from folders or tables."""

import logging
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from geoagent.case.evidence import LevelName
from geoagent.case.views import Frozen
from geoagent.errors import ConfigError, reason_of
from geoagent.files.foreign_tables import json_rows, records
from geoagent.geo import Point
from geoagent.plain_text import PHOTO_SUFFIXES, listed, printable
from geoagent.runs.column_names import (
    FILES,
    IDS,
    PLACES,
    TRUE,
    degrees,
    first,
    is_empty,
    place_columns,
    plain_row,
    raw_point,
)
from geoagent.runs.stored_photos import archive_of
from geoagent.runs.swapped_coordinates import are_swapped

log = logging.getLogger(__name__)

NAMES = {
    **PLACES,
    "gold": ("gold", "place"),
    "granularity": ("granularity",),
    "radius_km": ("radius_km",),
    "licence": ("licence", "license"),
    "source": ("source",),
    "question": ("question", "hint_text"),
}
"""The headings by which each field of a sample is known, the first present one counting.

Those of a place may also say that it is the true one ("gt_city").
"""
TAGS = ("text_clue", "hint", "note", "gold", "difficulty", "target", "answer")
GRANULARITY = {"place": "point", "exact": "point"}
LONGEST_NAME = 1000
NAMIBIA = "NA"
MOST_TOLD = 5
"""So many rows that are left out are named."""
Rows = Sequence[tuple[int, dict[str, Any]]]
Photos = Callable[[], dict[str, str]]
TABLES = ("labels", "metadata")
"""What the table of a folder is called: ours, and that of Hugging Face's image folders."""
LABELS = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
DEFAULT_RADIUS_KM = {"country": 2500.0, "region": 400.0, "city": 25.0, "street": 1.0, "point": 1.0}


class Sample(Frozen):
    """A case to be solved (photos of one place, and a hint) and what is known of where they were taken.

    The true place is `country`, `region` and `city` as far as known, and `point`, which stands for it; the place lies
    within `radius_km` round the point. `granularity` is the finest level that is known. `images` are paths of photos.
    `question` is what a solver is told besides the photos. `references` are texts of a solution, `tags` labels to
    report figures by.
    """

    id: Annotated[str, Field(min_length=1)]
    images: tuple[str, ...] = ()
    question: str = ""
    country: str | None = None
    region: str | None = None
    city: str | None = None
    point: Point | None = None
    granularity: LevelName = "point"
    radius_km: Annotated[float, Field(gt=0)] = 1.0
    references: tuple[str, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
    licence: str = ""
    source: str = ""


def load_samples(path: Path) -> list[Sample]:
    """The samples of a dataset: of a folder with a labels.csv (or metadata.csv), or of a table in a file.

    Tables are CSV, TSV, JSON, JSON Lines or Parquet. Each row needs an id or a photo's name, and a point or a country.
    Photos lie in the folder or in its "images". A folder may also hold questions.jsonl (id, question, images,
    solution). Raises ConfigError where the dataset is not there or none of its rows can be used.
    """
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise ConfigError(f"{path}: no such dataset")
    rows = [(line, plain_row(row)) for line, row in records(path)]
    return samples_of(_check_any(rows, path), path.parent, path)


def _from_folder(folder: Path) -> list[Sample]:
    tables = (folder / f"{name}{suffix}" for name in TABLES for suffix in LABELS)
    labels = next((table for table in tables if table.exists()), None)
    if labels is None:
        advice = "write one beside the photos, with the columns filename,latitude,longitude"
        raise ConfigError(f"{folder}: holds no labels.csv; {advice}")
    questions: dict[str, dict[str, Any]] = {}
    if (folder / "questions.jsonl").exists():
        questions = {str(row.get("id")): row for _, row in json_rows(folder / "questions.jsonl")}
    rows = [(line, plain_row(row)) for line, row in records(labels)]
    told = [(line, {**row, **_told(questions.get(str(row.get("id", "")), {}))}) for line, row in rows]
    return samples_of(_check_any(told, labels), folder, labels)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in ("question", "images") if name in row}
    return found | ({"references": [row["solution"]]} if row.get("solution") else {})


def samples_of(
    rows: Rows, folder: Path, path: Path, places: Sequence[Path] = (), is_placed: bool = True
) -> list[Sample]:
    """The samples in the rows of a table.

    Each of `rows` is the number of its line and the row, its headings in the form that `heading` gives them. `path` is
    the table, for complaints. Photos are sought in `folder`, in its "images" and in `places`. With `is_placed` each row
    has to name a point or a country. Rows of which no sample can be made are left out, counted and named in the log.
    Raises ConfigError where none is left, where two rows have one id, or where a photo lies outside the folder.
    """
    faults, unplaced = dict[int, str](), set[int]()
    pairs = [_degrees(row, line, faults) for line, row in rows]
    swapped = are_swapped([pair for pair in pairs if pair])
    if swapped:
        log.warning(f"{path}: the columns of latitude and longitude are swapped, as their values show; read so")
        pairs = [(pair[1], pair[0]) if pair else None for pair in pairs]
    named = [_named(row) for _, row in rows]
    twice = {name for name, count in Counter(Path(names[0]).name for names in named if names).items() if count > 1}
    photos = cache(lambda: _photos_in([*places, folder / "images", folder]))
    samples = []
    for (line, row), pair, names in zip(rows, pairs, named, strict=True):
        identity = _identity(row, names, twice)
        images = [str(_find(folder, name, path, photos)) for name in names] or _photo_called(identity, photos)
        sample = None if line in faults else _sample(row, pair, identity, images, line, faults)
        if sample and is_placed and sample.point is None and sample.country is None:
            faults[line] = f"line {line} ({printable(identity)[:100]}): neither a point nor a country"
            unplaced.add(line)
        elif sample:
            samples.append(sample)
    if faults and not samples:
        raise ConfigError(f"{path}, {_first_fault(faults, unplaced, rows)}", "correct or remove it")
    if faults:
        told = listed(faults.values(), MOST_TOLD)
        log.warning(f"{path}: {len(faults):,} of {len(rows):,} rows are left out: {told}")
    return _unique(samples, path)


def _first_fault(faults: Mapping[int, str], unplaced: set[int], rows: Rows) -> str:
    """The first fault of a table of which no row is left, and what its columns are where none names a place."""
    first_told = next(iter(faults.values()))
    if len(unplaced) < len(faults):
        return first_told
    return (
        f"{first_told}, and so in all; its columns are {printable(', '.join(rows[0][1]))[:200]}; a point stands in "
        "columns such as lat and lon, a country in country"
    )


def _check_any(rows: Rows, path: Path) -> Rows:
    """The rows of a table. Raises ConfigError where there are none."""
    if not rows:
        raise ConfigError(f"{path}: holds no rows below its heading")
    return rows


def _named(row: Mapping[str, Any]) -> list[str]:
    """The photos that a row names; a name that may be that of a place counts if it ends as photos do."""
    named = first(row, FILES)
    if named is None and str(row.get("name", "")).lower().endswith(tuple(PHOTO_SUFFIXES)):
        named = row["name"]
    return [str(name) for name in (named if isinstance(named, list) else [named]) if name not in (None, "")]


def _identity(row: Mapping[str, Any], names: Sequence[str], twice: set[str]) -> str:
    """The id of a row: its own, or its photo's name, with the folder where several photos bear that name."""
    own = first(row, IDS)
    if own is not None:
        return str(own)
    if not names:
        return ""
    name = Path(names[0]).name
    return names[0] if name in twice else name


def _degrees(row: Mapping[str, Any], line: int, faults: dict[int, str]) -> tuple[float, float] | None:
    """Latitude and longitude of a row; None where it has neither, or where they are no numbers, which is a fault."""
    cells = raw_point(row, TRUE, ("",))
    if cells is None or all(map(is_empty, cells)):
        return None
    lat, lon = map(degrees, cells)
    if math.isnan(lat) or math.isnan(lon):
        told = printable(", ".join(map(str, cells)))[:100]
        faults[line] = f"line {line}: {told!r} are no latitude and longitude in degrees"
        return None
    return lat, lon


def _sample(
    row: Mapping[str, Any], pair: tuple[float, float] | None, identity: str, images: list[str], line: int,
    faults: dict[int, str],
) -> Sample | None:  # fmt: skip
    """The sample of a row; None where it is none, which is a fault."""
    present = tuple(row)
    true = {level: place_columns(present, level, TRUE) for level in PLACES}
    if not identity:
        told = printable(", ".join(row))[:200]
        faults[line] = f"line {line}: no id (columns such as id, image_id, file); its columns are {told}"
        return None
    known = {field: first(row, (*true.get(field, ()), *spelled)) for field, spelled in NAMES.items()}
    if is_empty(known["country"]) and str(known["country"]).upper() != NAMIBIA:
        known["country"] = None
    level = str(known["granularity"] or ("point" if pair else "country"))
    level = GRANULARITY.get(level, level)
    try:
        return Sample.model_validate(
            {
                "id": identity,
                "images": images,
                "question": known["question"] or "",
                "country": known["country"],
                "region": known["region"],
                "city": known["city"],
                "point": Point(lat=pair[0], lon=pair[1]) if pair else None,
                "granularity": level,
                "radius_km": known["radius_km"] or DEFAULT_RADIUS_KM.get(level, 1.0),
                "references": row.get("references", ()),
                "tags": _tags(row),
                "licence": known["licence"] or "",
                "source": known["source"] or "",
            }
        )
    except (ValueError, TypeError, OverflowError) as error:
        faults[line] = f"line {line} ({printable(identity or images)[:100]}): {_fault(error)}"
        return None


def _fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {reason_of(first)}"
    return printable(error)[:200]


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    tags = {name: str(row[name]) for name in TAGS if row.get(name)}
    if "hint" in row:
        tags["hint_names_country"] = "yes" if re.search(r"(^|;)country=", str(row["hint"])) else "no"
    return tags


def _find(folder: Path, name: str, path: Path, photos: Photos) -> Path:
    """A photo of a dataset. Raises ConfigError for one that lies outside its folder: the dataset may be anybody's."""
    if len(name) > LONGEST_NAME or not _can_be_a_name(name):
        raise ConfigError(f"{path}: {printable(name)[:100]!r} is no file name")
    inside = folder / "images" / name
    found = (inside if os.path.exists(inside) else folder / name).absolute()  # noqa: PTH110 a name too long is none
    if Path(os.path.realpath(folder)) not in Path(os.path.realpath(archive_of(str(found)))).parents or "://" in name:
        raise ConfigError(f"{path}: {printable(name)[:200]!r} is not a file in {folder}; copy the photo there")
    if not os.path.exists(found):  # noqa: PTH110
        return next((Path(file) for file in _photo_called(Path(name).name, photos)), found)
    return found


def _can_be_a_name(name: str) -> bool:
    """Whether the system can hold a name: no zero byte, and no half of a character."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _photo_called(name: str, photos: Photos) -> list[str]:
    """The photo of that name, with or without its suffix; an empty list without one."""
    found = photos().get(name) or photos().get(name.casefold())
    return [found] if found else []


def _photos_in(places: Sequence[Path]) -> dict[str, str]:
    """The photos of some folders by their names: as they are, in lower case, with and without suffix."""
    found: dict[str, str] = {}
    for place in map(Path.absolute, places):
        for entry in os.scandir(place) if place.is_dir() and not place.is_symlink() else ():
            name = Path(entry.name)
            if name.suffix.lower() in PHOTO_SUFFIXES and entry.is_file(follow_symlinks=False):
                for called in (name.name, name.stem, name.name.casefold(), name.stem.casefold()):
                    found.setdefault(called, entry.path)
    return found


def _unique(samples: list[Sample], path: Path) -> list[Sample]:
    seen = set[str]()
    for sample in samples:
        if sample.id in seen:
            raise ConfigError(f"{path}: the id {printable(sample.id)[:100]} occurs twice; give each row its own")
        seen.add(sample.id)
    return samples
