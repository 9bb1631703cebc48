"""Samples: photos with what is known about where they were taken, from folders, CSV, JSON Lines or Parquet."""

import csv
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from geoagent.case.evidence import LevelName
from geoagent.case.views import Frozen
from geoagent.errors import ConfigError
from geoagent.geo import Point
from geoagent.names import printable

NAMES = {
    "country": ("country_iso2", "country_code", "country"),
    "region": ("admin1", "region", "state"),
    "city": ("city",),
    "gold": ("gold", "place"),
    "granularity": ("granularity",),
    "radius_km": ("radius_km",),
    "licence": ("licence", "license"),
    "source": ("source",),
    "question": ("question", "hint_text"),
}
"""The headings by which each field of a sample is known, the first present one counting."""
GRANULARITY = {"place": "point", "exact": "point"}
LONGEST_NAME = 1000
DEFAULT_RADIUS_KM = {"country": 2500.0, "region": 400.0, "city": 25.0, "street": 1.0, "point": 1.0}


class Sample(Frozen):
    """One case to be solved, and the truth about it.

    The truth is a place path down to `granularity`, a point that stands for it, and the radius in km round the point
    that contains the place. `question` is what a solver is told besides the photos; `tags` are labels to report by.
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
    """The samples of a folder with `labels.csv`, or of a .csv, .jsonl or .parquet file. Raises ConfigError.

    A folder may hold `questions.jsonl` beside the labels (id, question, images, solution); images lie in the folder or
    in its `images`. Rows need an id (or a file name) and a point or a country; other columns become tags.
    """
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise ConfigError(f"{path}: no such dataset")
    readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".parquet": _parquet_rows}
    if path.suffix not in readers:
        raise ConfigError(f"{path}: a dataset is a folder with labels.csv, or a file in .csv, .jsonl or .parquet")
    return _unique([_sample(row, path.parent, path) for row in readers[path.suffix](path)], path)


def _from_folder(folder: Path) -> list[Sample]:
    labels = folder / "labels.csv"
    if not labels.exists():
        raise ConfigError(f"{folder}: holds no labels.csv")
    questions = {}
    if (folder / "questions.jsonl").exists():
        questions = {str(row["id"]): row for row in _json_rows(folder / "questions.jsonl")}
    rows = [{**row, **_told(questions.get(row.get("id", ""), {}))} for row in _csv_rows(labels)]
    return _unique([_sample(row, folder, labels) for row in rows], labels)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in ("question", "images") if name in row}
    return found | ({"references": [row["solution"]]} if row.get("solution") else {})


def _sample(row: Mapping[str, Any], folder: Path, path: Path) -> Sample:
    images = row.get("images") or [row[name] for name in ("file", "image", "image_path") if row.get(name)]
    images = [images] if isinstance(images, str) else list(images)
    known = {field: _first(row, names) for field, names in NAMES.items()}
    level = str(known["granularity"] or ("point" if _first(row, ("lat", "latitude")) else "country"))
    level = GRANULARITY.get(level, level)
    try:
        return Sample.model_validate(
            {
                "id": str(row.get("id") or (Path(images[0]).name if images else "")),
                "images": [str(_find(folder, str(name), path)) for name in images],
                "question": known["question"] or "",
                "country": known["country"],
                "region": known["region"],
                "city": known["city"],
                "point": _point(row),
                "granularity": level,
                "radius_km": known["radius_km"] or DEFAULT_RADIUS_KM.get(level, 1.0),
                "references": row.get("references", ()),
                "tags": _tags(row),
                "licence": known["licence"] or "",
                "source": known["source"] or "",
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{path}: row {row.get('id') or images}: {first['loc'][0]}: {first['msg']}") from error


def _first(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _point(row: Mapping[str, Any]) -> Point | None:
    lat, lon = _first(row, ("lat", "latitude")), _first(row, ("lon", "lng", "longitude"))
    return Point(lat=float(lat), lon=float(lon)) if lat is not None and lon is not None else None


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    tags = {name: str(row[name]) for name in ("text_clue", "hint", "note", "gold", "difficulty") if row.get(name)}
    if "hint" in row:
        tags["hint_names_country"] = "yes" if re.search(r"(^|;)country=", str(row["hint"])) else "no"
    return tags


def _find(folder: Path, name: str, path: Path) -> Path:
    """A photo of a dataset. Raises ConfigError for one that lies outside its folder: the dataset may be anybody's."""
    if "\0" in name or len(name) > LONGEST_NAME:
        raise ConfigError(f"{path}: {printable(name)[:100]!r} is no file name")
    inside = folder / "images" / name
    found = (inside if inside.exists() else folder / name).absolute()
    if Path(os.path.realpath(folder)) not in Path(os.path.realpath(found)).parents or "://" in name:
        raise ConfigError(f"{path}: {printable(name)[:200]!r} is not a file in {folder}; copy the photo there")
    return found


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: not a table that can be read ({error})") from error


def _json_rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise ConfigError(f"{path}, line {number}: not JSON ({error})") from error
    return rows


def _parquet_rows(path: Path) -> list[dict[str, Any]]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigError("reading Parquet needs pyarrow: pip install 'geoagent-locate[eval]'") from error
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows


def _unique(samples: list[Sample], path: Path) -> list[Sample]:
    seen = set[str]()
    for sample in samples:
        if sample.id in seen:
            raise ConfigError(f"{path}: the id {sample.id} occurs twice")
        seen.add(sample.id)
        if sample.point is None and sample.country is None:
            raise ConfigError(f"{path}: row {sample.id} has neither a point nor a country")
    return samples
